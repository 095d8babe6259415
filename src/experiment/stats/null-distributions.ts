/**
 * Exact null distributions of rank statistics, by dynamic programming over doubled mid-ranks: ties are no obstacle.
 *
 * A distribution is an array of probabilities indexed by twice the rank sum. Every step adds positive numbers, so even the
 * far tails keep their relative precision; up to 53 fair signs the signed-rank probabilities are exact in float64.
 */

import type { Tails } from "./sample.ts";

/**
 * The distribution of Σ s_i r_i with independent fair s_i in {0, 1}: Wilcoxon's W+ under the null hypothesis.
 *
 * @param doubledRanks  n positive integers, 2 r_i
 * @returns             probabilities of doubled sums 0 ... Σ 2 r_i; time O(n Σ 2 r_i)
 */
export function signedRankDistribution(doubledRanks: ArrayLike<number>): Float64Array {
  let total = 0;
  for (let i = 0; i < doubledRanks.length; i++) total += doubledRanks[i];
  const probability = new Float64Array(total + 1);
  probability[0] = 1;
  let reached = 0;
  for (let i = 0; i < doubledRanks.length; i++) {
    const rank = doubledRanks[i];
    reached += rank;
    for (let s = reached; s >= rank; s--) probability[s] = (probability[s] + probability[s - rank]) / 2;
    for (let s = Math.min(rank - 1, reached); s >= 0; s--) probability[s] /= 2;
  }
  return probability;
}

/**
 * The distribution of the rank sum of `chosen` of the N ranks, every subset equally likely: Wilcoxon's rank sum, which is
 * Mann and Whitney's U up to a constant.
 *
 * @param doubledRanks  N positive integers, 2 r_i
 * @param chosen        size of the subset, in [0, N]
 * @returns             probabilities of doubled sums 0 ... Σ 2 r_i; time O(N chosen Σ 2 r_i)
 */
export function rankSumDistribution(doubledRanks: ArrayLike<number>, chosen: number): Float64Array {
  let total = 0;
  for (let i = 0; i < doubledRanks.length; i++) total += doubledRanks[i];
  const width = total + 1;
  // counts[k * width + s]: subsets of k ranks with doubled sum s. Exact integers while C(N, chosen) < 2^53.
  const counts = new Float64Array((chosen + 1) * width);
  counts[0] = 1;
  let reached = 0;
  for (let i = 0; i < doubledRanks.length; i++) {
    const rank = doubledRanks[i];
    reached += rank;
    for (let k = Math.min(i + 1, chosen); k >= 1; k--) {
      const row = k * width;
      const previous = row - width - rank;
      for (let s = rank; s <= reached; s++) counts[row + s] += counts[previous + s];
    }
  }
  const subsets = counts.subarray(chosen * width);
  let all = 0;
  for (const count of subsets) all += count;
  return subsets.map((count) => count / all);
}

/**
 * P(D ≤ limit) where D is the number of inversions of a random permutation of n: the discordant pairs of Kendall's tau.
 * Time O(n² limit) at most; `limit` beyond the middle goes through the symmetry D ~ n (n - 1) / 2 - D.
 */
export function inversionsAtMost(n: number, limit: number): number {
  const pairs = (n * (n - 1)) / 2;
  if (limit < 0) return 0;
  if (limit >= pairs) return 1;
  if (limit > pairs - limit - 1) return 1 - inversionsAtMost(n, pairs - limit - 1);
  let probability = new Float64Array(limit + 1);
  probability[0] = 1;
  for (let i = 2; i <= n; i++) {
    // The i-th element makes 0 ... i - 1 inversions with those before it, all equally likely.
    const next = new Float64Array(limit + 1);
    for (let s = 0; s <= limit; s++) {
      let ways = 0;
      for (let made = Math.min(i - 1, s); made >= 0; made--) ways += probability[s - made];
      next[s] = ways / i;
    }
    probability = next;
  }
  return probability.reduce((total, p) => total + p, 0);
}

/** P(T ≤ at) and P(T ≥ at), each summed from its own end so that a small tail keeps its digits. */
export function tailsAt(distribution: Float64Array, at: number): Tails {
  let lower = 0;
  for (let s = 0; s <= at; s++) lower += distribution[s];
  let upper = 0;
  for (let s = distribution.length - 1; s >= at; s--) upper += distribution[s];
  return { lower: Math.min(1, lower), upper: Math.min(1, upper) };
}

/** The probabilities of the smallest and of the largest value that can occur: the smallest p-values there are. */
export function extremeTails(distribution: Float64Array): Tails {
  const possible = (p: number) => p > 0;
  return {
    lower: distribution[distribution.findIndex(possible)],
    upper: distribution[distribution.findLastIndex(possible)],
  };
}
