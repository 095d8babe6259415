import { expect, test } from "vitest";
import { describeTest, formatPValue } from "./describe-test.ts";
import { kendallTauB } from "./kendall.ts";
import { mannWhitneyU } from "./mann-whitney.ts";
import { signFlipTest } from "./sign-flip.ts";
import { welchT } from "./student.ts";
import { wilcoxonSignedRankOfDifferences } from "./wilcoxon.ts";

test("a line names the test, exact or normal, the side, n, the statistic, p and every warning", () => {
  expect(describeTest(wilcoxonSignedRankOfDifferences([1, 2, 3, 4, -5, 0], { alternative: "greater" }))).toBe(
    "Wilcoxon signed-rank (exact, one-sided: greater), n = 6 pairs, 5 non-zero: W+ = 10, p = 0.313",
  );
  expect(describeTest(mannWhitneyU([4, 5, 6], [1, 2, 3]))).toBe(
    "Mann-Whitney U (exact, two-sided), n = 3 and 3: U = 9, p = 0.1; with 3 and 3 values the smallest two-sided p-value is 0.1: it can never reach 0.05",
  );
  expect(describeTest(kendallTauB([1, 2, 3, 4, 5], [1, 2, 3, 5, 4]))).toBe(
    "Kendall tau-b (exact, two-sided), n = 5 points: tau-b = 0.8, p = 0.0833",
  );
  expect(describeTest(signFlipTest(new Array(21).fill(1), { alternative: "less" }))).toBe(
    "sign-flip permutation (monte-carlo, one-sided: less), n = 21 pairs, 10000 draws: mean difference = 1, p = 1",
  );
  expect(describeTest(welchT([1, 2, 3], [4, 5, 6]))).toBe(
    "Welch t (t distribution, two-sided), n = 6 in both samples: t(4) = -3.674, p = 0.0213",
  );
});

test("a p-value keeps three digits and is never rounded to zero", () => {
  expect([0.05, 2 ** -15, 1e-300, 1, Number.NaN].map(formatPValue)).toEqual([
    "0.05",
    "0.0000305",
    "1e-300",
    "1",
    "NaN",
  ]);
});
