/**
 * Kendall's rank correlation tau-b, in O(n log n) by Knight's method: sort by x, count the exchanges of a merge sort by y.
 *
 * This is the coefficient of the correlation study (gradient flow against test loss over 600 to 10,000 networks).
 */

import { InputError } from "../../base/index.ts";
import { normalUpperTail } from "./distributions.ts";
import { inversionsAtMost } from "./null-distributions.ts";
import { type Alternative, alternatives, checkChoice, checkPairs, pValueOf, tooSmallWarning } from "./sample.ts";

export interface KendallOptions {
  /** "greater": x and y rise together. Default "two-sided". */
  readonly alternative?: Alternative;
  /**
   * "exact" needs data without ties. "auto": exact without ties for n ≤ 33, or where at most one pair disagrees with the
   * rest; normal otherwise. This is SciPy's rule. Default "auto".
   */
  readonly method?: "auto" | "exact" | "normal";
}

export interface KendallResult {
  readonly test: "Kendall tau-b";
  /** tau-b in [-1, 1]; NaN where x or y is constant. */
  readonly tau: number;
  readonly n: number;
  /** Pairs of points in the same order in x and in y. */
  readonly concordant: number;
  /** Pairs of points in opposite order. */
  readonly discordant: number;
  /** Pairs tied in x only. */
  readonly tiesX: number;
  /** Pairs tied in y only. */
  readonly tiesY: number;
  /** Pairs tied in both; the five counts add up to n (n - 1) / 2. */
  readonly tiesBoth: number;
  /** The standardised C - D, for the normal approximation only. */
  readonly z: number | undefined;
  /** P-value of the hypothesis that x and y are independent; NaN where tau is. */
  readonly pValue: number;
  readonly method: "exact" | "normal";
  readonly alternative: Alternative;
  readonly warnings: readonly string[];
}

/** The most points for which the exact distribution is offered. */
const exactLimit = 150;

/**
 * Kendall's tau-b and its test of independence.
 *
 *     τ_b = (C - D) / √( (C + D + T_x) (C + D + T_y) )
 *     exact:  D is the number of inversions of a random permutation
 *     normal: z = (C - D) / √v, with v corrected for the ties (Kendall 1970, section 4.4)
 *
 * @param x  n finite numbers; values tie where they are equal
 * @param y  n finite numbers, in the same order
 * @returns  tau, the five counts of pairs and the p-value; a constant x or y gives tau = p = NaN and a warning
 * @throws InputError  for unequal lengths, no points, a value that is not finite, or method exact with ties or n > 150
 * @see Kendall 1945, Biometrika 33(3), for tau-b; Knight 1966, JASA 61(314), for the counting
 */
export function kendallTauB(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  { alternative = "two-sided", method = "auto" }: KendallOptions = {},
): KendallResult {
  const where = "kendallTauB";
  checkPairs(where, x, y);
  checkChoice(where, "alternative", alternative, alternatives);
  checkChoice(where, "method", method, ["auto", "exact", "normal"]);
  const n = x.length;
  const pairs = (n * (n - 1)) / 2;
  const counted = countPairs(x, y);
  const { runsX, runsY, discordant } = counted;
  const tiedX = pairsIn(runsX);
  const tiedY = pairsIn(runsY);
  const tiesBoth = counted.tiesBoth;
  const concordant = pairs - discordant - tiedX - tiedY + tiesBoth;
  const counts = { n, concordant, discordant, tiesX: tiedX - tiesBoth, tiesY: tiedY - tiesBoth, tiesBoth };
  const test = "Kendall tau-b";
  if (tiedX === pairs || tiedY === pairs) {
    const what = n === 1 ? "one point" : `a constant ${tiedX === pairs ? "x" : "y"}`;
    const warnings = [`${what} has no rank correlation: tau and p are NaN`];
    return {
      test,
      tau: Number.NaN,
      ...counts,
      z: undefined,
      pValue: Number.NaN,
      method: "normal",
      alternative,
      warnings,
    };
  }
  // The root of a square is exact in float64, so that full agreement gives 1 and no neighbour of it.
  const tau = (concordant - discordant) / Math.sqrt((pairs - tiedX) * (pairs - tiedY));
  const ties = tiedX > 0 || tiedY > 0;
  if (method === "exact" && (ties || n > exactLimit)) {
    const reason = ties ? `there are ${tiedX} tied pairs in x and ${tiedY} in y` : `n is ${n}`;
    throw new InputError(
      `${where}: method exact needs data without ties and n ≤ ${exactLimit}, but ${reason}; use auto or normal`,
    );
  }
  const exact =
    method === "exact" || (method === "auto" && !ties && (n <= 33 || Math.min(concordant, discordant) <= 1));
  if (exact) {
    const pValue = pValueOf(alternative, {
      lower: inversionsAtMost(n, concordant),
      upper: inversionsAtMost(n, discordant),
    });
    const extreme = inversionsAtMost(n, 0);
    const warnings = tooSmallWarning(
      `${n} points`,
      alternative,
      pValueOf(alternative, { lower: extreme, upper: extreme }),
    );
    return { test, tau, ...counts, z: undefined, pValue, method: "exact", alternative, warnings };
  }
  const z = (concordant - discordant) / Math.sqrt(varianceOfScore(n, runsX, runsY));
  const pValue = pValueOf(alternative, { lower: normalUpperTail(-z), upper: normalUpperTail(z) });
  const warnings = n < 10 ? [`the normal approximation is rough for ${n} points${ties ? " with ties" : ""}`] : [];
  return { test, tau, ...counts, z, pValue, method: "normal", alternative, warnings };
}

/** Var(C - D) under independence, given the lengths of the runs of ties. */
function varianceOfScore(n: number, runsX: readonly number[], runsY: readonly number[]): number {
  const total = (runs: readonly number[], term: (t: number) => number) => runs.reduce((s, t) => s + term(t), 0);
  const weight = (t: number) => t * (t - 1) * (2 * t + 5);
  const pairs = (t: number) => t * (t - 1);
  const triples = (t: number) => t * (t - 1) * (t - 2);
  const plain = (weight(n) - total(runsX, weight) - total(runsY, weight)) / 18;
  const both = (total(runsX, pairs) * total(runsY, pairs)) / (2 * n * (n - 1));
  const threes = n > 2 ? (total(runsX, triples) * total(runsY, triples)) / (9 * n * (n - 1) * (n - 2)) : 0;
  return plain + both + threes;
}

function pairsIn(runs: readonly number[]): number {
  return runs.reduce((s, t) => s + (t * (t - 1)) / 2, 0);
}

interface PairCounts {
  readonly discordant: number;
  readonly tiesBoth: number;
  /** Lengths of the runs of equal values, those of length 1 left out. */
  readonly runsX: readonly number[];
  readonly runsY: readonly number[];
}

function countPairs(x: ArrayLike<number>, y: ArrayLike<number>): PairCounts {
  const order = Uint32Array.from({ length: x.length }, (_, i) => i).sort((i, j) => x[i] - x[j] || y[i] - y[j]);
  const sortedX = Float64Array.from(order, (i) => x[i]);
  const byX = Float64Array.from(order, (i) => y[i]);
  const runsX = runsOf((i, j) => sortedX[i] === sortedX[j], x.length);
  const runsBoth = runsOf((i, j) => sortedX[i] === sortedX[j] && byX[i] === byX[j], x.length);
  // Within equal x, y rises: such pairs need no exchange and are not counted as discordant.
  const discordant = sortCountingExchanges(byX);
  const runsY = runsOf((i, j) => byX[i] === byX[j], x.length);
  return { discordant, tiesBoth: pairsIn(runsBoth), runsX, runsY };
}

function runsOf(same: (i: number, j: number) => boolean, n: number): number[] {
  const runs: number[] = [];
  for (let start = 0; start < n; ) {
    let end = start + 1;
    while (end < n && same(start, end)) end++;
    if (end - start > 1) runs.push(end - start);
    start = end;
  }
  return runs;
}

/** Sorts in place by bottom-up merging; returns the number of pairs that stood in the wrong order. */
function sortCountingExchanges(values: Float64Array): number {
  const n = values.length;
  const merged = new Float64Array(n);
  let exchanges = 0;
  for (let width = 1; width < n; width *= 2) {
    for (let start = 0; start < n; start += 2 * width) {
      const middle = Math.min(start + width, n);
      const end = Math.min(start + 2 * width, n);
      let left = start;
      let right = middle;
      for (let k = start; k < end; k++) {
        if (right >= end || (left < middle && values[left] <= values[right])) {
          merged[k] = values[left++];
        } else {
          exchanges += middle - left;
          merged[k] = values[right++];
        }
      }
    }
    values.set(merged);
  }
  return exchanges;
}
