import { describe, expect, test } from "vitest";
import * as distributions from "./distributions.ts";
import { readFixture, relativeError } from "./fixtures/read-fixture.ts";

const { distributions: scipy } = readFixture();

const named: Record<string, unknown> = { ...distributions };

/** Largest relative errors allowed against SciPy; SciPy itself is good to a few times 1e-15, less in Student's tail. */
const limits: Record<string, number> = {
  // The tail's exponent is z² / 2, up to 722 at z = -38: half a unit in its last place is 6e-14.
  normalCdf: 1e-13,
  normalUpperTail: 1e-13,
  erfc: 1e-13,
  normalQuantile: 1e-14,
  studentUpperTail: 1e-12,
  studentQuantile: 1e-11,
  incompleteBeta: 1e-12,
  logGamma: 1e-14,
};

describe("against SciPy", () => {
  for (const [name, limit] of Object.entries(limits)) {
    test(`${name} is within ${limit} of SciPy's figure, relatively`, () => {
      const evaluate = named[name] as (...of: number[]) => number;
      expect(scipy[name].length).toBeGreaterThan(10);
      for (const row of scipy[name]) {
        const expected = row[row.length - 1];
        const value = evaluate(...row.slice(0, -1));
        // ln Γ crosses zero at 1 and 2: below 1 its absolute error is what can be small.
        const absolute = name === "logGamma" && Math.abs(expected) < 1;
        const error = absolute ? Math.abs(value - expected) : relativeError(value, expected);
        expect(error, `${name}(${row.slice(0, -1)}) = ${value}, not ${expected}`).toBeLessThan(limit);
      }
    });
  }
});

test("the textbook's 1.96 leaves 2.5 % above, and 2.5 % above stands at 1.959963984540054", () => {
  expect(distributions.normalUpperTail(1.96)).toBeCloseTo(0.0249979, 7);
  expect(distributions.normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 14);
});

test("one degree of freedom is Cauchy's distribution: a quarter lies above 1, and 1/2 - atan(t)/π above a small t", () => {
  expect(distributions.studentUpperTail(1, 1)).toBeCloseTo(0.25, 14);
  // atan(1e-6) = 1e-6 - 1e-18 / 3. SciPy 1.17 gives 0.49999968167597 here, wrong in the eleventh digit.
  expect(distributions.studentUpperTail(1e-6, 1)).toBeCloseTo(0.5 - (1e-6 - 1e-18 / 3) / Math.PI, 15);
});

test("tails at the ends are 0 and 1, not NaN", () => {
  expect(distributions.normalUpperTail(40)).toBe(0);
  expect(distributions.normalCdf(40)).toBe(1);
  expect(distributions.studentUpperTail(Number.POSITIVE_INFINITY, 3)).toBe(0);
  expect(distributions.incompleteBeta(0, 2, 3)).toBe(0);
  expect(distributions.incompleteBeta(1, 2, 3)).toBe(1);
  expect(distributions.normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
  expect(distributions.normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
});

test("arguments outside the range are refused with their value", () => {
  expect(() => distributions.normalQuantile(1.5)).toThrow("normalQuantile: p must be in [0, 1], got 1.5");
  expect(() => distributions.logGamma(0)).toThrow("logGamma: x must be above 0, got 0");
  expect(() => distributions.studentQuantile(1, 3)).toThrow("studentQuantile: p must be in (0, 1), got 1");
  expect(() => distributions.studentCdf(1, 0)).toThrow("degrees of freedom must be above 0, got 0");
  expect(() => distributions.incompleteBeta(2, 1, 1)).toThrow("got x = 2, a = 1, b = 1");
});
