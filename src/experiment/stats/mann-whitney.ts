/**
 * Mann and Whitney's U test (Wilcoxon's rank-sum test) for two independent samples.
 *
 * Exact over all C(nA + nB, nA) ways to hand out the ranks, ties included; normal approximation beyond 50 values.
 * Where trials share a seed, they are pairs: use `wilcoxonSignedRank`, which sees smaller differences.
 */

import { InputError } from "../../base/index.ts";
import { normalUpperTail } from "./distributions.ts";
import { extremeTails, rankSumDistribution, tailsAt } from "./null-distributions.ts";
import { doubledMidranks } from "./ranks.ts";
import {
  type Alternative,
  alternatives,
  checkChoice,
  checkSample,
  pValueOf,
  type Tails,
  tooSmallWarning,
} from "./sample.ts";

const exactUpTo = 50;
const exactLimit = 120;

export interface MannWhitneyOptions {
  /** "greater": a tends to be above b. Default "two-sided". */
  readonly alternative?: Alternative;
  /** "auto": exact for up to 50 values in all, normal beyond. Default "auto". */
  readonly method?: "auto" | "exact" | "normal";
  /** Moves U by 1/2 towards its mean in the normal approximation. Default false. */
  readonly continuity?: boolean;
}

export interface MannWhitneyResult {
  readonly test: "Mann-Whitney U";
  readonly nA: number;
  readonly nB: number;
  /** U of a: the pairs (a_i, b_j) with a_i > b_j, a tie counting 1/2. */
  readonly statistic: number;
  /** U of b, which is nA nB - U. */
  readonly uOther: number;
  /** The standardised U, for the normal approximation only. */
  readonly z: number | undefined;
  readonly pValue: number;
  readonly method: "exact" | "normal";
  readonly alternative: Alternative;
  /** The p-value of the most telling order that these values, ties included, could have come in. */
  readonly smallestPossiblePValue: number;
  readonly warnings: readonly string[];
}

/**
 * Mann and Whitney's U test: does a value of a tend to lie above a value of b?
 *
 *     U = R_a - nA (nA + 1) / 2,   R_a = Σ rank of a among all N = nA + nB values
 *     normal: z = (U - nA nB / 2) / √( nA nB / 12 · (N + 1 - Σ (t³ - t) / (N (N - 1))) )
 *
 * Two-sided p-values are twice the smaller tail, at most 1, also where ties make the distribution lopsided.
 *
 * @param a  nA ≥ 1 finite numbers; values tie where they are equal
 * @param b  nB ≥ 1 finite numbers
 * @throws InputError  for an empty sample or a value that is not finite, with its index
 * @see Mann and Whitney 1947, Annals of Mathematical Statistics 18(1)
 */
export function mannWhitneyU(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { alternative = "two-sided", method = "auto", continuity = false }: MannWhitneyOptions = {},
): MannWhitneyResult {
  const where = "mannWhitneyU";
  checkSample(where, "a", a);
  checkSample(where, "b", b);
  checkChoice(where, "alternative", alternative, alternatives);
  checkChoice(where, "method", method, ["auto", "exact", "normal"]);
  const nA = a.length;
  const nB = b.length;
  const total = nA + nB;
  if (method === "exact" && total > exactLimit) {
    throw new InputError(`${where}: exact works to ${exactLimit} values in all, got ${total}; use method normal`);
  }
  const ranks = doubledMidranks([...Array.from(a), ...Array.from(b)]);
  const rankSumA = ranks.subarray(0, nA).reduce((s, r) => s + r, 0);
  const u = (rankSumA - nA * (nA + 1)) / 2;
  const used = method === "normal" || (method === "auto" && total > exactUpTo) ? "normal" : "exact";
  const base = { test: "Mann-Whitney U", nA, nB, statistic: u, uOther: nA * nB - u } as const;
  if (ranks.every((rank) => rank === ranks[0])) {
    const warnings = [`all ${total} values are equal: there is nothing to test, and p is 1`];
    return { ...base, z: undefined, pValue: 1, method: used, alternative, smallestPossiblePValue: 1, warnings };
  }
  const { z, tails, extremes } =
    used === "exact" ? exactly(ranks, nA, rankSumA) : normally(ranks, nA, u, continuity, alternative);
  const smallest = pValueOf(alternative, extremes);
  const warnings = tooSmallWarning(`${nA} and ${nB} values`, alternative, smallest);
  if (used === "normal" && Math.min(nA, nB) < 8) {
    warnings.push(`the normal approximation is rough for ${nA} and ${nB} values`);
  }
  const pValue = pValueOf(alternative, tails);
  return { ...base, z, pValue, method: used, alternative, smallestPossiblePValue: smallest, warnings };
}

interface Standing {
  readonly z: number | undefined;
  readonly tails: Tails;
  readonly extremes: Tails;
}

function exactly(ranks: Float64Array, nA: number, rankSumA: number): Standing {
  const nB = ranks.length - nA;
  if (nA <= nB) {
    const distribution = rankSumDistribution(ranks, nA);
    return { z: undefined, tails: tailsAt(distribution, rankSumA), extremes: extremeTails(distribution) };
  }
  // Count the smaller sample's subsets: what is large for b is small for a.
  const rankSumB = ranks.reduce((s, r) => s + r, 0) - rankSumA;
  const distribution = rankSumDistribution(ranks, nB);
  return {
    z: undefined,
    tails: mirrored(tailsAt(distribution, rankSumB)),
    extremes: mirrored(extremeTails(distribution)),
  };
}

function mirrored(tails: Tails): Tails {
  return { lower: tails.upper, upper: tails.lower };
}

function normally(ranks: Float64Array, nA: number, u: number, continuity: boolean, alternative: Alternative): Standing {
  const total = ranks.length;
  const nB = total - nA;
  const mean = (nA * nB) / 2;
  // The variance of a sum of nA ranks drawn without replacement, Σ (r - r̄)² being over doubled ranks: the tie-corrected form.
  const spread = ranks.reduce((s, r) => s + (r - (total + 1)) ** 2, 0) / 4;
  const deviation = Math.sqrt((nA * nB * spread) / (total * (total - 1)));
  const standardise = (value: number): number => {
    const away = value - mean;
    const side = alternative === "two-sided" ? Math.sign(away) : alternative === "greater" ? 1 : -1;
    return (away - (continuity ? side / 2 : 0)) / deviation;
  };
  const z = standardise(u);
  const sorted = ranks.toSorted();
  const least = (sorted.subarray(0, nA).reduce((s, r) => s + r, 0) - nA * (nA + 1)) / 2;
  const most = (sorted.subarray(nB).reduce((s, r) => s + r, 0) - nA * (nA + 1)) / 2;
  return {
    z,
    tails: { lower: normalUpperTail(-z), upper: normalUpperTail(z) },
    extremes: { lower: normalUpperTail(-standardise(least)), upper: normalUpperTail(standardise(most)) },
  };
}
