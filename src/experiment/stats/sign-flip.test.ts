import { expect, test } from "vitest";
import { Rng } from "../../base/index.ts";
import { readFixture, relativeError } from "./fixtures/read-fixture.ts";
import { signFlipTest } from "./sign-flip.ts";

const { signFlip: scipy } = readFixture();

test("exact p-values equal those of all signs in exact fractions and of SciPy's permutation_test, n from 1 to 14", () => {
  expect(scipy.length).toBe(54);
  for (const { d, alternative, p } of scipy) {
    const result = signFlipTest(d, { alternative });
    expect(result.method).toBe("exact");
    expect(relativeError(result.pValue, p)).toBeLessThan(1e-14);
  }
});

test("float noise does not decide: 0.1, 0.2 and -0.3 sum to 0, so that every sign choice is as extreme", () => {
  // 0.1 + 0.2 - 0.3 is 5.6e-17 in float64, its mirror -5.6e-17.
  expect(signFlipTest([0.1, 0.2, -0.3]).pValue).toBe(1);
});

test("20 differences are enumerated: all positive gives 2^-20; 21 are drawn", () => {
  const d = Array.from({ length: 21 }, (_, i) => i + 1);
  expect(signFlipTest(d.slice(1), { alternative: "greater" }).pValue).toBe(2 ** -20);
  const drawn = signFlipTest(d, { alternative: "greater" });
  expect(drawn).toMatchObject({ method: "monte-carlo", draws: 10_000, pValue: 1 / 10_001 });
});

test("Monte Carlo lies within four standard errors of the exact p, and the seed names its bits", () => {
  const d = [0.3, -0.1, 0.8, 0.4, -0.6, 0.2, 0.9, -0.2, 0.1, 0.7, -0.5, 0.35];
  const exact = signFlipTest(d).pValue;
  const drawn = signFlipTest(d, { method: "monte-carlo", seed: 4 });
  // Twice a share of size p / 2.
  const error = 2 * Math.sqrt(((exact / 2) * (1 - exact / 2)) / 10_000);
  expect(Math.abs(drawn.pValue - exact)).toBeLessThan(4 * error);
  expect(signFlipTest(d, { method: "monte-carlo", seed: 4 })).toEqual(drawn);
  expect(signFlipTest(d, { method: "monte-carlo", seed: 5 }).pValue).not.toBe(drawn.pValue);
});

test("5 differences: the smallest two-sided p is 1/16, with a warning; zeros cost as if they were not there", () => {
  expect(signFlipTest([1, 2, 3, 4, 5])).toMatchObject({ pValue: 1 / 16, smallestPossiblePValue: 1 / 16 });
  expect(signFlipTest([1, 2, 3, 4, 5, 0]).smallestPossiblePValue).toBe(1 / 16);
  expect(signFlipTest([1, 2, 3, 4, 5]).warnings).toEqual([
    "with 5 difference(s) the smallest two-sided p-value is 0.0625: it can never reach 0.05",
  ]);
});

test("all differences zero: p is 1 with a warning", () => {
  expect(signFlipTest([0, 0, 0])).toMatchObject({
    pValue: 1,
    warnings: ["all 3 differences are zero: there is nothing to test, and p is 1"],
  });
});

test("mistakes are named", () => {
  expect(() => signFlipTest([])).toThrow("signFlipTest: differences must hold at least 1 value(s), got 0");
  expect(() => signFlipTest([1, Number.NaN])).toThrow("signFlipTest: differences[1] is NaN");
  expect(() => signFlipTest(new Array(21).fill(1), { method: "exact" })).toThrow("works to n = 20, got 21");
  expect(() => signFlipTest([1], { draws: 10 })).toThrow("draws must be an integer ≥ 100, got 10");
});

test("under the null, lopsided magnitudes are rejected at 5 % in 5 % of 2,000 samples of 10", () => {
  // Continuous differences of different sizes: the steps are 2/1024. Four standard errors of 5 % in 2,000 are 0.0195.
  const rng = new Rng(16, "test");
  let rejected = 0;
  for (let draw = 0; draw < 2000; draw++) {
    const d = Array.from({ length: 10 }, (_, i) => (1 + i) * rng.normal());
    if (signFlipTest(d).pValue <= 0.05) rejected++;
  }
  expect(Math.abs(rejected / 2000 - 0.05)).toBeLessThan(0.0195);
});
