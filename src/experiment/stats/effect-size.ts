/** Effect sizes: how large a difference is, beside the p-value's word on whether there is one. */

import { mean, standardDeviation } from "../../base/index.ts";
import { checkSample, differencesOf, largestMagnitude } from "./sample.ts";

export interface CliffsDelta {
  /** In [-1, 1]; 1 where every a is above every b. */
  readonly delta: number;
  /** Romano's words: |δ| < 0.147 negligible, < 0.33 small, < 0.474 medium, else large. */
  readonly magnitude: "negligible" | "small" | "medium" | "large";
  readonly nA: number;
  readonly nB: number;
}

/**
 * Cliff's delta of two independent samples: how much more often a value of a is above a value of b than below.
 *
 *     δ = ( #{a_i > b_j} - #{a_i < b_j} ) / (nA nB) = 2 U / (nA nB) - 1
 *
 * @throws InputError  for an empty sample or a value that is not finite, with its index
 * @see Cliff 1993, Psychological Bulletin 114(3); Romano et al. 2006 for the words
 */
export function cliffsDelta(a: ArrayLike<number>, b: ArrayLike<number>): CliffsDelta {
  checkSample("cliffsDelta", "a", a);
  checkSample("cliffsDelta", "b", b);
  let balance = 0;
  for (let i = 0; i < a.length; i++) for (let j = 0; j < b.length; j++) balance += Math.sign(a[i] - b[j]);
  const delta = balance / (a.length * b.length);
  const size = Math.abs(delta);
  const magnitude = size < 0.147 ? "negligible" : size < 0.33 ? "small" : size < 0.474 ? "medium" : "large";
  return { delta, magnitude, nA: a.length, nB: b.length };
}

/**
 * The matched-pairs rank-biserial correlation: the effect size that belongs to Wilcoxon's signed-rank test.
 *
 *     r = (W+ - W-) / (W+ + W-)   in [-1, 1];  0 where every difference is zero
 *
 * @param result  what `wilcoxonSignedRank` returned
 * @see Kerby 2014, Comprehensive Psychology 3
 */
export function rankBiserial({ statistic, wMinus }: { readonly statistic: number; readonly wMinus: number }): number {
  const total = statistic + wMinus;
  return total === 0 ? 0 : (statistic - wMinus) / total;
}

/**
 * Cohen's d of paired samples, d_z: the mean difference in standard deviations of the differences.
 *
 * @param a  n ≥ 2 finite numbers
 * @param b  n partners
 * @returns  d_z; NaN where the differences do not vary beyond float noise
 * @throws InputError  for unequal lengths or a value that is not finite
 * @see Lakens 2013, Frontiers in Psychology 4:863, for d_z against d_av: d_z grows as the pairs correlate
 */
export function cohenDPaired(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const differences = differencesOf("cohenDPaired", a, b);
  const deviation = standardDeviation(differences);
  return deviation <= 1e-12 * largestMagnitude(a, b) ? Number.NaN : mean(differences) / deviation;
}

/**
 * Cohen's d of independent samples: the difference of the means in pooled standard deviations.
 *
 *     d = (ā - b̄) / √( ((nA - 1) s_a² + (nB - 1) s_b²) / (nA + nB - 2) )
 *
 * @param a  nA ≥ 2 finite numbers
 * @param b  nB ≥ 2 finite numbers
 * @returns  d; NaN where neither sample varies beyond float noise
 * @throws InputError  for fewer than two values or a value that is not finite
 */
export function cohenD(a: ArrayLike<number>, b: ArrayLike<number>): number {
  checkSample("cohenD", "a", a, 2);
  checkSample("cohenD", "b", b, 2);
  const variance = (values: ArrayLike<number>) => standardDeviation(values) ** 2 * (values.length - 1);
  const pooled = Math.sqrt((variance(a) + variance(b)) / (a.length + b.length - 2));
  return pooled <= 1e-12 * largestMagnitude(a, b) ? Number.NaN : (mean(a) - mean(b)) / pooled;
}
