/**
 * Wilcoxon's signed-rank test for paired samples: are the differences symmetric about zero, or do they lean to one side?
 *
 * Exact by dynamic programming over doubled ranks, ties and zeros included; normal approximation beyond 50 differences.
 */

import { InputError } from "../../base/index.ts";
import { normalUpperTail } from "./distributions.ts";
import { extremeTails, signedRankDistribution, tailsAt } from "./null-distributions.ts";
import { doubledMidranks } from "./ranks.ts";
import {
  type Alternative,
  alternatives,
  checkChoice,
  checkPairs,
  checkSample,
  differencesOf,
  largestMagnitude,
  pValueOf,
  type Tails,
  tooSmallWarning,
} from "./sample.ts";

/** Up to this many non-zero differences `auto` is exact; every probability is then a multiple of 2^-50, without rounding. */
const exactUpTo = 50;
/** Beyond this many the exact distribution would take seconds. */
const exactLimit = 500;

export interface WilcoxonOptions {
  /** "greater": a tends to be above b. Default "two-sided". */
  readonly alternative?: Alternative;
  /** Zero differences: "wilcox" drops them before ranking, "pratt" ranks them and then drops their ranks. Default "wilcox". */
  readonly zeros?: "wilcox" | "pratt";
  /** "auto": exact for up to 50 non-zero differences, normal beyond. Default "auto". */
  readonly method?: "auto" | "exact" | "normal";
  /** Moves W+ half a rank towards its mean in the normal approximation. Default false. */
  readonly continuity?: boolean;
  /**
   * Differences count as tied (or as zero) when they are no further apart (from zero) than this fraction of the largest
   * magnitude among the inputs: 0.91 - 0.90 and 0.35 - 0.34 differ in float64 and must not. Default 1e-12, twelve
   * significant digits; 1e-6 suits numbers that were once float32; 0 switches it off.
   */
  readonly tieTolerance?: number;
}

export interface WilcoxonResult {
  readonly test: "Wilcoxon signed-rank";
  /** Number of pairs, zero differences included. */
  readonly n: number;
  /** Number of differences that are not zero: what the test works on. */
  readonly nonZero: number;
  /** W+, the sum of the ranks of the positive differences. */
  readonly statistic: number;
  /** W-, the sum of the ranks of the negative differences. */
  readonly wMinus: number;
  /** The standardised W+, for the normal approximation only. */
  readonly z: number | undefined;
  readonly pValue: number;
  readonly method: "exact" | "normal";
  readonly alternative: Alternative;
  /** What the p-value would be if every difference pointed the way the alternative says. */
  readonly smallestPossiblePValue: number;
  readonly warnings: readonly string[];
}

/**
 * Wilcoxon's signed-rank test on the pairs (a_i, b_i).
 *
 *     d_i = a_i - b_i,  W+ = Σ_{d_i > 0} rank |d_i|   (mean ranks for ties)
 *     exact:  P(W+ ≥ w) over the 2^n equally likely signs of the ranks
 *     normal: z = (W+ - Σ r / 2) / √(Σ r² / 4),  which is the usual tie-corrected variance
 *             n (n + 1) (2n + 1) / 24 - Σ (t³ - t) / 48 where there are no zeros
 *
 * @param a  n finite numbers, one per pair
 * @param b  n finite numbers, the partners in the same order: see `pairBy`
 * @returns  W+, the p-value and how it came about; all differences zero gives p = 1 and a warning
 * @throws InputError  for unequal lengths, no pairs, or a value that is not finite, with its index
 * @see Wilcoxon 1945, Biometrics Bulletin 1(6); Pratt 1959, JASA 54(287), for the zeros; Cureton 1967, JASA 62(319).
 *      SciPy falls back to the normal approximation for ties and zeros above 13 pairs; this stays exact to 50.
 */
export function wilcoxonSignedRank(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: WilcoxonOptions = {},
): WilcoxonResult {
  const where = "wilcoxonSignedRank";
  checkPairs(where, a, b);
  return signedRank(where, differencesOf(where, a, b), largestMagnitude(a, b), options);
}

/**
 * The same test on differences that were taken already.
 *
 * @param differences  n finite numbers
 * @param options      as for `wilcoxonSignedRank`; `scale` is the largest magnitude among the numbers that were
 *                     subtracted, against which `tieTolerance` is measured, by default the largest |difference|
 * @throws InputError  as `wilcoxonSignedRank`
 */
export function wilcoxonSignedRankOfDifferences(
  differences: ArrayLike<number>,
  options: WilcoxonOptions & { readonly scale?: number } = {},
): WilcoxonResult {
  const where = "wilcoxonSignedRankOfDifferences";
  const scale = options.scale ?? largestMagnitude(differences);
  checkSample(where, "differences", differences);
  if (!(scale >= 0 && scale < Number.POSITIVE_INFINITY)) {
    throw new InputError(`${where}: scale must be a finite number ≥ 0, got ${scale}`);
  }
  return signedRank(where, differences, scale, options);
}

/** The non-zero differences' doubled ranks and signs, zeros treated as told. */
export interface SignedRanks {
  readonly doubledRanks: Float64Array;
  readonly positive: readonly boolean[];
}

/** Ranks |d|, with everything within `tolerance` of zero taken for zero. */
export function signedRanks(differences: ArrayLike<number>, tolerance: number, zeros: "wilcox" | "pratt"): SignedRanks {
  const all = Array.from(differences, (d) => (Math.abs(d) <= tolerance ? 0 : d));
  const ranked = zeros === "wilcox" ? all.filter((d) => d !== 0) : all;
  const ranks = doubledMidranks(
    ranked.map((d) => Math.abs(d)),
    tolerance,
  );
  return {
    doubledRanks: ranks.filter((_, i) => ranked[i] !== 0),
    positive: ranked.filter((d) => d !== 0).map((d) => d > 0),
  };
}

function signedRank(
  where: string,
  differences: ArrayLike<number>,
  scale: number,
  {
    alternative = "two-sided",
    zeros = "wilcox",
    method = "auto",
    continuity = false,
    tieTolerance = 1e-12,
  }: WilcoxonOptions,
): WilcoxonResult {
  checkSample(where, "differences", differences);
  checkChoice(where, "alternative", alternative, alternatives);
  checkChoice(where, "treatment of zeros", zeros, ["wilcox", "pratt"]);
  checkChoice(where, "method", method, ["auto", "exact", "normal"]);
  if (!(tieTolerance >= 0 && tieTolerance < 1)) {
    throw new InputError(`${where}: tieTolerance must be in [0, 1), got ${tieTolerance}`);
  }
  const { doubledRanks, positive } = signedRanks(differences, tieTolerance * scale, zeros);
  const n = differences.length;
  const nonZero = doubledRanks.length;
  if (method === "exact" && nonZero > exactLimit) {
    throw new InputError(
      `${where}: exact works to ${exactLimit} non-zero differences, got ${nonZero}; use method normal`,
    );
  }
  const total = doubledRanks.reduce((s, r) => s + r, 0);
  const plus = doubledRanks.reduce((s, r, i) => (positive[i] ? s + r : s), 0);
  const used = method === "normal" || (method === "auto" && nonZero > exactUpTo) ? "normal" : "exact";
  const base = { test: "Wilcoxon signed-rank", n, nonZero, statistic: plus / 2, wMinus: (total - plus) / 2 } as const;
  if (nonZero === 0) {
    const warnings = [`all ${n} differences are zero: there is nothing to test, and p is 1`];
    return { ...base, z: undefined, pValue: 1, method: used, alternative, smallestPossiblePValue: 1, warnings };
  }
  const { z, tails, extremes } =
    used === "exact" ? exactly(doubledRanks, plus) : normally(doubledRanks, plus, continuity, alternative);
  const smallest = pValueOf(alternative, extremes);
  const warnings = tooSmallWarning(`${nonZero} non-zero difference(s)`, alternative, smallest);
  if (used === "normal" && nonZero < 10) {
    warnings.push(`the normal approximation is rough for ${nonZero} non-zero difference(s); method exact is at hand`);
  }
  const pValue = pValueOf(alternative, tails);
  return { ...base, z, pValue, method: used, alternative, smallestPossiblePValue: smallest, warnings };
}

interface Standing {
  readonly z: number | undefined;
  readonly tails: Tails;
  readonly extremes: Tails;
}

function exactly(doubledRanks: Float64Array, plus: number): Standing {
  const distribution = signedRankDistribution(doubledRanks);
  return { z: undefined, tails: tailsAt(distribution, plus), extremes: extremeTails(distribution) };
}

function normally(doubledRanks: Float64Array, plus: number, continuity: boolean, alternative: Alternative): Standing {
  const mean = doubledRanks.reduce((s, r) => s + r, 0) / 2;
  const deviation = Math.sqrt(doubledRanks.reduce((s, r) => s + r * r, 0) / 4);
  const standardise = (doubled: number): number => {
    const away = doubled - mean;
    const side = alternative === "two-sided" ? Math.sign(away) : alternative === "greater" ? 1 : -1;
    // Half a rank, which is 1 in doubled ranks.
    return (away - (continuity ? side : 0)) / deviation;
  };
  const z = standardise(plus);
  const tails = { lower: normalUpperTail(-z), upper: normalUpperTail(z) };
  return {
    z,
    tails,
    extremes: { lower: normalUpperTail(-standardise(0)), upper: normalUpperTail(standardise(2 * mean)) },
  };
}
