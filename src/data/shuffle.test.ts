import { describe, expect, test } from "vitest";
import { batches, shuffledIndices } from "./shuffle.ts";

describe("shuffledIndices", () => {
  test("visits each of 1,000 examples once, in another order in each epoch and for each seed", () => {
    const orders = [shuffledIndices(1000, 1, 0), shuffledIndices(1000, 1, 1), shuffledIndices(1000, 2, 0)];
    for (const order of orders)
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(new Set(orders.map((order) => order.join()))).toHaveLength(3);
  });

  test("is a function of (count, seed, epoch): these ten are part of every stored result", () => {
    expect([...shuffledIndices(10, 7, 3)]).toEqual([...shuffledIndices(10, 7, 3)]);
    expect(shuffledIndices(10, 0, 0).join(" ")).toBe("1 8 0 5 4 2 3 6 7 9");
  });

  test("the first place takes each of 5 examples about 400 times in 2,000 epochs (chi-square < 18.5, p = 0.001)", () => {
    const seen = [0, 0, 0, 0, 0];
    for (let epoch = 0; epoch < 2000; epoch++) seen[shuffledIndices(5, 11, epoch)[0]] += 1;
    expect(seen.reduce((total, n) => total + (n - 400) ** 2 / 400, 0)).toBeLessThan(18.5);
  });

  test("refuses a negative epoch", () => {
    expect(() => shuffledIndices(10, 0, -1)).toThrow(
      "shuffledIndices: epoch must be an integer in [0, 4294967295], got -1",
    );
  });
});

describe("batches", () => {
  test("cuts 10 examples by 4 into 4, 4 and 2, or with dropLast into 4 and 4", () => {
    expect(batches(10, 4)).toEqual([
      { start: 0, end: 4 },
      { start: 4, end: 8 },
      { start: 8, end: 10 },
    ]);
    expect(batches(10, 4, { dropLast: true })).toEqual([
      { start: 0, end: 4 },
      { start: 4, end: 8 },
    ]);
  });

  test("refuses a batch size of 0, and dropLast where it leaves nothing", () => {
    expect(() => batches(10, 0)).toThrow("batches: batchSize must be an integer in [1, 4294967295], got 0");
    expect(() => batches(10, 11, { dropLast: true })).toThrow("dropLast leaves no batch of 11 in 10 examples");
  });
});
