import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Rng } from "../../base/index.ts";
import { readFixture, relativeError } from "./fixtures/read-fixture.ts";
import { mannWhitneyU } from "./mann-whitney.ts";

const { mannWhitney: scipy } = readFixture();

describe("against SciPy and full enumeration, 2 to 190 values", () => {
  test("U and the exact p-values agree to 1e-13, ties included", () => {
    const exact = scipy.filter((c) => c.exact !== undefined);
    expect(exact.length).toBeGreaterThan(40);
    for (const { a, b, alternative, statistic, exact: expected } of exact) {
      const result = mannWhitneyU(a, b, { alternative });
      expect(result.method).toBe("exact");
      expect(result.statistic).toBe(statistic);
      expect(relativeError(result.pValue, expected ?? Number.NaN)).toBeLessThan(1e-13);
    }
  });

  test("the normal approximation agrees to 1e-12, with and without continuity", () => {
    for (const { a, b, alternative, normal, continuity } of scipy) {
      const plain = mannWhitneyU(a, b, { alternative, method: "normal" });
      expect(relativeError(plain.pValue, normal)).toBeLessThan(1e-12);
      const corrected = mannWhitneyU(a, b, { alternative, method: "normal", continuity: true });
      expect(relativeError(corrected.pValue, continuity)).toBeLessThan(1e-12);
    }
  });
});

test("3 values above 3 others: p = 2 / 20 two-sided, and the warning says that 0.05 is out of reach", () => {
  const result = mannWhitneyU([4, 5, 6], [1, 2, 3]);
  expect(result).toMatchObject({ statistic: 9, uOther: 0, smallestPossiblePValue: 0.1 });
  expect(result.pValue).toBeCloseTo(0.1, 15);
  expect(result.warnings).toEqual([
    "with 3 and 3 values the smallest two-sided p-value is 0.1: it can never reach 0.05",
  ]);
});

test("all values equal: p is 1 with a warning, exact and normal", () => {
  for (const method of ["exact", "normal"] as const) {
    const result = mannWhitneyU([2, 2], [2, 2, 2], { method });
    expect(result.pValue).toBe(1);
    expect(result.warnings).toEqual(["all 5 values are equal: there is nothing to test, and p is 1"]);
  }
});

test("mistakes are named with their index", () => {
  expect(() => mannWhitneyU([1], [1, Number.NaN])).toThrow("mannWhitneyU: b[1] is NaN");
  expect(() => mannWhitneyU([], [1])).toThrow("a must hold at least 1 value(s), got 0");
  expect(() => mannWhitneyU(new Array(61).fill(1), new Array(60).fill(2), { method: "exact" })).toThrow(
    "exact works to 120 values in all, got 121",
  );
});

test("swapping the samples swaps U, and greater with less; auto's p changes by rounding at most", () => {
  const sample = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(sample, sample, (a, b) => {
      const there = mannWhitneyU(a, b, { alternative: "greater" });
      const back = mannWhitneyU(b, a, { alternative: "less" });
      expect([back.uOther, back.statistic]).toEqual([there.statistic, there.uOther]);
      expect(relativeError(back.pValue, there.pValue)).toBeLessThan(1e-12);
      expect(there.pValue).toBeGreaterThanOrEqual(there.smallestPossiblePValue * (1 - 1e-12));
    }),
  );
});

test("under the null, tied samples of 7 and 9 are rejected at 5 % in at most 5 % of 2,000 draws, and not far below", () => {
  // Values 0 ... 4; four standard errors of a share of 5 % in 2,000 are 0.0195, and the steps of U cost up to 2 %.
  const rng = new Rng(12, "test");
  const draw = (n: number) => Array.from({ length: n }, () => rng.integer(5));
  let rejected = 0;
  for (let i = 0; i < 2000; i++) if (mannWhitneyU(draw(7), draw(9)).pValue <= 0.05) rejected++;
  expect(rejected / 2000).toBeLessThan(0.05 + 0.0195);
  expect(rejected / 2000).toBeGreaterThan(0.03 - 0.0195);
});
