/** Sums whose last digit is right, and the moments made of them. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Rng } from "./rng.ts";
import { mean, median, standardDeviation, sum } from "./sum.ts";

/** The exact sum of float64 numbers, as an integer multiple of 2^-1074, rounded once. */
function exactSum(values: readonly number[]): number {
  let total = 0n;
  const view = new DataView(new ArrayBuffer(8));
  for (const value of values) {
    view.setFloat64(0, Math.abs(value));
    const bits = view.getBigUint64(0);
    const exponent = bits >> 52n;
    const fraction = bits & 0xfffffffffffffn;
    const units = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
    total += value < 0 ? -units : units;
  }
  const negative = total < 0n;
  const size = negative ? -total : total;
  const excess = BigInt(Math.max(0, size.toString(2).length - 60));
  // Sixty digits and a sticky one: Number() rounds to nearest even from there.
  let kept = size >> excess;
  if (kept << excess !== size) kept |= 1n;
  const rounded = Number(kept) * 2 ** (Number(excess) - 1000) * 2 ** -74;
  return negative ? -rounded : rounded;
}

test("keeps the 1 between 1e100 and -1e100, which plain addition loses", () => {
  expect(sum([1, 1e100, 1, -1e100])).toBe(2);
  expect(sum([0.1, 0.2, 0.3])).toBe(0.6);
  expect([0.1, 0.2, 0.3].reduce((a, b) => a + b)).not.toBe(0.6);
  expect(sum([])).toBe(0);
});

test("errs by one rounding and n² 2^-106 of the sum of sizes against exact integers, on 300 random lists", () => {
  const value = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e150, max: 1e150 });
  fc.assert(
    fc.property(fc.array(value, { maxLength: 40 }), (values) => {
      const exact = exactSum(values);
      const size = exactSum(values.map(Math.abs));
      // Two roundings of 2^-53: the sum's own and that of the exact integer to a number.
      const bound = 2 ** -52 * Math.abs(exact) + values.length ** 2 * 2 ** -106 * size;
      expect(Math.abs(sum(values) - exact)).toBeLessThanOrEqual(bound);
    }),
    { numRuns: 300 },
  );
});

test("infinities and NaN propagate: ∞ + 1 = ∞, ∞ - ∞ = NaN", () => {
  expect(sum([1, Number.POSITIVE_INFINITY, 1])).toBe(Number.POSITIVE_INFINITY);
  expect(sum([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])).toBeNaN();
  expect(sum([1, Number.NaN, 2])).toBeNaN();
});

test("the mean of no values is NaN, the deviation of one is NaN", () => {
  expect(mean([])).toBeNaN();
  expect(standardDeviation([3])).toBeNaN();
  expect(mean([1, 2, 4])).toBe(7 / 3);
});

test("the deviation divides by n - 1 and survives an offset of 1e9: of 4, 7, 13, 16 it is sqrt(30)", () => {
  expect(standardDeviation([4, 7, 13, 16])).toBeCloseTo(Math.sqrt(30), 14);
  expect(standardDeviation([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16])).toBeCloseTo(Math.sqrt(30), 14);
});

test("the median of 3, 1, 2 is 2, of 4, 1, 3, 2 it is 2.5, and its argument keeps its order", () => {
  const values = [3, 1, 2];
  expect(median(values)).toBe(2);
  expect(values).toEqual([3, 1, 2]);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([10, 9, -1])).toBe(9);
  expect(median([])).toBeNaN();
});

test("a NaN makes the median NaN, as it does the mean, wherever it stands", () => {
  const rng = new Rng(1, "test");
  for (let n = 1; n < 8; n++) {
    const values = Array.from({ length: n }, () => rng.normal());
    values[rng.integer(n)] = Number.NaN;
    expect(median(values)).toBeNaN();
    expect(mean(values)).toBeNaN();
  }
});
