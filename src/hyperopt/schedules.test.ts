/** Windows by the rule ⌊N t / T⌋. */

import { expect, test } from "vitest";
import { stretch, windowOf, windowSteps } from "./schedules.ts";

test("10 steps in 3 windows are 0000111222, 12 in 5 are 000112223344", () => {
  const windows = (count: number, steps: number) =>
    Array.from({ length: steps }, (_, t) => windowOf(count, t, steps)).join("");
  expect(windows(3, 10)).toBe("0000111222");
  expect(windows(5, 12)).toBe("000112223344");
  expect(windowSteps(3, 10)).toEqual([4, 3, 3]);
  expect(windowSteps(4, 3)).toEqual([1, 1, 1, 0]);
});

test("windows of 7 values over 1,000,003 steps differ by at most one step", () => {
  const sizes = windowSteps(7, 1_000_003);
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  expect(sizes.reduce((a, b) => a + b)).toBe(1_000_003);
});

test("three values stretched to seven steps are a a a b b c c, and none are refused", () => {
  expect(stretch([1, 2, 3], 7)).toEqual([1, 1, 1, 2, 2, 3, 3]);
  expect(stretch([4], 2)).toEqual([4, 4]);
  expect(() => stretch([], 2)).toThrow("stretch: a schedule must have at least one value, got none; give one");
  expect(() => stretch([1], 1.5)).toThrow("stretch: steps must be an integer ≥ 1, got 1.5");
});
