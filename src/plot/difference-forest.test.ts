import { expect, test } from "vitest";
import { differenceForest } from "./difference-forest.ts";

test("a difference of 1.2 points is printed with its interval, n and p", async () => {
  const svg = await differenceForest([{ label: "adam", mean: 0.012, low: -0.001, high: 0.025, n: 15, p: 0.0312 }]);
  expect(svg).toContain(">+1.20 [−0.10, +2.50]<");
  expect(svg).toContain(">15<");
  expect(svg).toContain(">0.031<");
});

test("a mark is filled only where the interval leaves out 0", async () => {
  const clear = await differenceForest([{ label: "a", mean: 0.02, low: 0.01, high: 0.03 }]);
  const unclear = await differenceForest([{ label: "a", mean: 0.02, low: -0.01, high: 0.03 }]);
  expect(clear).not.toContain('fill="#ffffff"');
  expect(unclear).toContain('fill="#ffffff"');
});

test("two cells of the same name keep a row each", async () => {
  const cell = { label: "adam", mean: 0.01, low: 0, high: 0.02 };
  expect((await differenceForest([cell, cell])).match(/>adam</g)).toHaveLength(2);
});

test("a cell without an interval shows its mean alone; one without a mean is counted", async () => {
  const svg = await differenceForest([
    { label: "one seed", mean: 0.01, low: Number.NaN, high: Number.NaN },
    { label: "diverged", mean: Number.NaN, low: 0, high: 0 },
  ]);
  expect(svg).toContain(">+1.00<");
  expect(svg).toContain("1 of 2 cells left out: not finite.");
});
