import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isPlottable, leftOutNote, linearDomain, logDomain, position, sift } from "./values.ts";

test("NaN, infinities, 1e200 and text are not plottable; -0 and 1e99 are", () => {
  expect([Number.NaN, Number.POSITIVE_INFINITY, 1e200, "1", undefined].some(isPlottable)).toBe(false);
  expect([-0, 1e99, -5].every(isPlottable)).toBe(true);
});

test("sift counts each row once, however many of its values are bad", () => {
  const rows = [
    { x: 1, y: Number.NaN },
    { x: Number.NaN, y: Number.NaN },
    { x: 1, y: 2 },
  ];
  expect(sift(rows, (row) => [row.x, row.y])).toEqual({ kept: [{ x: 1, y: 2 }], leftOut: 2 });
});

test("the note names the count, and there is none where nothing is left out", () => {
  expect(leftOutNote(3, 40, "values")).toEqual(["3 of 40 values left out: not finite."]);
  expect(leftOutNote(0, 40, "values")).toEqual([]);
});

describe("domains", () => {
  test("0 to 100 gets 4 % of room on both sides", () => expect(linearDomain([0, 100])).toEqual([-4, 104]));
  test("1 to 100 on a log axis gets a quarter of a factor on both sides", () =>
    expect(logDomain([1, 100])).toEqual([0.8, 125]));
  test("every domain of plottable values is finite, increasing and of positive length", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e100, max: 1e100 })), (values) => {
        for (const [low, high] of [linearDomain(values), logDomain(values)]) {
          expect(Number.isFinite(high - low) && high > low).toBe(true);
        }
        expect(logDomain(values)[0]).toBeGreaterThan(0);
      }),
    );
  });
});

test("10 lies in the middle of [1, 100] on a log axis and at 1/11 on a linear one", () => {
  expect(position(10, [1, 100], "log")).toBeCloseTo(0.5, 12);
  expect(position(10, [1, 100], "linear")).toBeCloseTo(1 / 11, 12);
});
