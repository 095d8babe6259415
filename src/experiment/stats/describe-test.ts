/** One line for a report from any test's result: the test, exact or approximate, the side, n, the p-value, the warnings. */

import type { KendallResult } from "./kendall.ts";
import type { MannWhitneyResult } from "./mann-whitney.ts";
import type { SignFlipResult } from "./sign-flip.ts";
import type { StudentResult } from "./student.ts";
import type { WilcoxonResult } from "./wilcoxon.ts";

export type TestResult = WilcoxonResult | MannWhitneyResult | KendallResult | SignFlipResult | StudentResult;

/**
 * What a reader must know to judge a p-value, in one line.
 *
 *     Wilcoxon signed-rank (exact, one-sided: greater), n = 15 pairs, 14 non-zero: W+ = 98, p = 0.00134
 *
 * Warnings follow after a semicolon each.
 */
export function describeTest(result: TestResult): string {
  const side = result.alternative === "two-sided" ? "two-sided" : `one-sided: ${result.alternative}`;
  const head = `${result.test} (${result.method}, ${side}), ${sizeOf(result)}`;
  const line = `${head}: ${statisticOf(result)}, p = ${formatPValue(result.pValue)}`;
  return [line, ...result.warnings].join("; ");
}

/** Three significant digits, never rounded to zero: 0.0312, 3.05e-5. */
export function formatPValue(p: number): string {
  return String(Number(p.toPrecision(3)));
}

function sizeOf(result: TestResult): string {
  switch (result.test) {
    case "Wilcoxon signed-rank":
      return `n = ${result.n} pairs, ${result.nonZero} non-zero`;
    case "Mann-Whitney U":
      return `n = ${result.nA} and ${result.nB}`;
    case "Kendall tau-b":
      return `n = ${result.n} points`;
    case "sign-flip permutation":
      return `n = ${result.n} pairs${result.draws === undefined ? "" : `, ${result.draws} draws`}`;
    case "paired t":
      return `n = ${result.n} pairs`;
    case "Student t":
    case "Welch t":
      return `n = ${result.n} in both samples`;
    default:
      return result satisfies never;
  }
}

function statisticOf(result: TestResult): string {
  const short = (value: number) => String(Number(value.toPrecision(4)));
  switch (result.test) {
    case "Wilcoxon signed-rank":
      return `W+ = ${result.statistic}`;
    case "Mann-Whitney U":
      return `U = ${result.statistic}`;
    case "Kendall tau-b":
      return `tau-b = ${short(result.tau)}`;
    case "sign-flip permutation":
      return `mean difference = ${short(result.statistic)}`;
    case "paired t":
    case "Student t":
    case "Welch t":
      return `t(${short(result.degreesOfFreedom)}) = ${short(result.statistic)}`;
    default:
      return result satisfies never;
  }
}
