/** Shares as whole numbers, where floating point would be off by one. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { roundToTotal, shareDown, shareUp } from "./rounding.ts";

test("0.29 of 100 is 29 and 1 - 0.9 of 10 is 1, rounded either way, whatever their last bits", () => {
  expect(0.29 * 100).toBeLessThan(29);
  expect([shareDown(0.29, 100), shareUp(0.29, 100)]).toEqual([29, 29]);
  expect([shareDown(1 - 0.9, 10), shareUp(1 - 0.9, 10)]).toEqual([1, 1]);
});

test("0.3 of 11 is 3 down and 4 up; 1e-9 of 1 is 0 and 1", () => {
  expect([shareDown(0.3, 11), shareUp(0.3, 11)]).toEqual([3, 4]);
  expect([shareDown(1e-9, 1), shareUp(1e-9, 1)]).toEqual([0, 1]);
});

test("for percentages of up to 2.5e11 weights what is removed and what is left add up", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 2.5e11 }), (percent, count) => {
      const removed = percent / 100;
      const exact = Number((BigInt(percent) * BigInt(count)) / 100n);
      expect(shareDown(removed, count)).toBe(exact);
      expect(shareUp(1 - removed, count)).toBe(count - exact);
    }),
  );
});

test("1.2, 1.7 and 1.1 to a total of 4 are 1, 2 and 1; thirds of 4 are 2, 1 and 1", () => {
  expect(roundToTotal([1.2, 1.7, 1.1], 4)).toEqual([1, 2, 1]);
  expect(roundToTotal([4 / 3, 4 / 3, 4 / 3], 4)).toEqual([2, 1, 1]);
});

test("a total that the numbers are not near is a bug of ours", () => {
  expect(() => roundToTotal([1, 1], 5)).toThrow("internal: roundToTotal cannot reach 5 from 1, 1");
});
