/**
 * Hodges and Lehmann's estimates: the shift that a rank test would read off, with the interval of shifts it would not reject.
 *
 * Intervals come from order statistics of the pairwise averages (or differences), so they make no use of a normal shape.
 */

import { InputError, median } from "../../base/index.ts";
import { normalQuantile } from "./distributions.ts";
import { rankSumDistribution, signedRankDistribution } from "./null-distributions.ts";
import { checkFraction, checkSample, differencesOf } from "./sample.ts";

export interface HodgesLehmann {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  /** The confidence asked for. */
  readonly confidence: number;
  /** The confidence this interval has, without ties: at least what was asked, where n allows it. */
  readonly achievedConfidence: number;
  readonly method: "exact" | "normal";
  readonly warnings: readonly string[];
}

/** Up to here the null distribution is summed exactly; it takes milliseconds. */
const exactPairsUpTo = 200;
const exactValuesUpTo = 50;
/** Eight million averages or differences are 64 MB. */
const mostCombinations = 8e6;

/**
 * The Hodges-Lehmann estimate of the centre of paired differences: the median of the Walsh averages (d_i + d_j) / 2, i ≤ j.
 *
 * The interval is that of the signed-rank test: [A_(k), A_(M+1-k)] of the M = n (n + 1) / 2 sorted averages, k the largest
 * with P(W+ ≤ k - 1) ≤ (1 - confidence) / 2.
 *
 * @param differences  1 to 3,999 finite numbers; for two paired samples see `hodgesLehmannPaired`
 * @returns            estimate and interval; where n is too small for the confidence, the widest interval and a warning
 * @throws InputError  for no values, one that is not finite, or too many
 * @see Hodges and Lehmann 1963, Annals of Mathematical Statistics 34(2); Hollander, Wolfe and Chicken 2014, section 3.3
 */
export function hodgesLehmann(
  differences: ArrayLike<number>,
  { confidence = 0.95 }: { readonly confidence?: number } = {},
): HodgesLehmann {
  checkSample("hodgesLehmann", "differences", differences);
  checkFraction("hodgesLehmann", "confidence", confidence);
  const n = differences.length;
  const combinations = (n * (n + 1)) / 2;
  checkCombinations("hodgesLehmann", combinations);
  const averages = new Float64Array(combinations);
  let at = 0;
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) averages[at++] = (differences[i] + differences[j]) / 2;
  const exact = n <= exactPairsUpTo;
  const place = exact
    ? exactPlace(
        everySecond(signedRankDistribution(Float64Array.from({ length: n }, (_, i) => 2 * (i + 1)))),
        confidence,
      )
    : normalPlace(combinations, Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24), confidence);
  return fromOrderStatistics(averages.sort(), place, { n, confidence, method: exact ? "exact" : "normal" });
}

/** `hodgesLehmann` of a_i - b_i. @throws InputError  also for unequal lengths */
export function hodgesLehmannPaired(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: { readonly confidence?: number } = {},
): HodgesLehmann {
  return hodgesLehmann(differencesOf("hodgesLehmannPaired", a, b), options);
}

/**
 * The Hodges-Lehmann estimate of the shift between independent samples: the median of all a_i - b_j.
 *
 * The interval is that of Mann and Whitney's test, by the order statistics of the nA nB differences.
 *
 * @param a  nA ≥ 1 finite numbers
 * @param b  nB ≥ 1 finite numbers; nA nB at most 8 million
 * @returns  estimate and interval, `n` = nA + nB
 * @throws InputError  for an empty sample, a value that is not finite, or too many
 * @see Hodges and Lehmann 1963; Hollander, Wolfe and Chicken 2014, section 4.3
 */
export function hodgesLehmannShift(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { confidence = 0.95 }: { readonly confidence?: number } = {},
): HodgesLehmann {
  checkSample("hodgesLehmannShift", "a", a);
  checkSample("hodgesLehmannShift", "b", b);
  checkFraction("hodgesLehmannShift", "confidence", confidence);
  const n = a.length + b.length;
  const combinations = a.length * b.length;
  checkCombinations("hodgesLehmannShift", combinations);
  const shifts = new Float64Array(combinations);
  for (let i = 0; i < a.length; i++) for (let j = 0; j < b.length; j++) shifts[i * b.length + j] = a[i] - b[j];
  const exact = n <= exactValuesUpTo;
  const small = Math.min(a.length, b.length);
  const place = exact
    ? exactPlace(
        // U starts at zero where the rank sum starts at small (small + 1) / 2.
        everySecond(
          rankSumDistribution(
            Float64Array.from({ length: n }, (_, i) => 2 * (i + 1)),
            small,
          ),
        ).subarray((small * (small + 1)) / 2),
        confidence,
      )
    : normalPlace(combinations, Math.sqrt((combinations * (n + 1)) / 12), confidence);
  return fromOrderStatistics(shifts.sort(), place, { n, confidence, method: exact ? "exact" : "normal" });
}

function checkCombinations(where: string, combinations: number): void {
  if (combinations > mostCombinations) {
    throw new InputError(
      `${where}: works to ${mostCombinations} pairwise combinations, got ${combinations}; use bootstrapInterval with the median`,
    );
  }
}

/** Without ties every doubled rank sum is even. */
function everySecond(doubled: Float64Array): Float64Array {
  return Float64Array.from({ length: (doubled.length + 1) / 2 }, (_, i) => doubled[2 * i]);
}

interface Place {
  /** Number of order statistics to step in from either end, the first being 1. */
  readonly k: number;
  readonly achievedConfidence: number;
}

function exactPlace(distribution: Float64Array, confidence: number): Place {
  const share = (1 - confidence) / 2;
  let k = 0;
  let below = 0;
  // `below` is P(T ≤ k - 1).
  while (below + distribution[k] <= share) below += distribution[k++];
  if (k === 0) return { k: 1, achievedConfidence: Math.max(0, 1 - 2 * distribution[0]) };
  return { k, achievedConfidence: 1 - 2 * below };
}

function normalPlace(combinations: number, deviation: number, confidence: number): Place {
  const k = Math.floor(combinations / 2 - normalQuantile((1 + confidence) / 2) * deviation);
  return { k: Math.max(1, k), achievedConfidence: confidence };
}

function fromOrderStatistics(
  sorted: Float64Array,
  { k, achievedConfidence }: Place,
  about: { readonly n: number; readonly confidence: number; readonly method: "exact" | "normal" },
): HodgesLehmann {
  const percent = (share: number) => Number((100 * share).toPrecision(4));
  const warnings =
    achievedConfidence < about.confidence
      ? [
          `n = ${about.n} is too small for ${percent(about.confidence)} % confidence: this is the widest interval, of ${percent(achievedConfidence)} %`,
        ]
      : [];
  const estimate = median(sorted);
  return { estimate, low: sorted[k - 1], high: sorted[sorted.length - k], achievedConfidence, warnings, ...about };
}
