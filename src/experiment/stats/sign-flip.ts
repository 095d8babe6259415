/**
 * The sign-flip test: a permutation test of the mean of paired differences.
 *
 * Under the null hypothesis each difference could as well have had the other sign. All 2^n choices of signs are tried up
 * to n = 20, seeded random ones beyond.
 */

import { InputError, mean, Rng } from "../../base/index.ts";
import {
  type Alternative,
  alternatives,
  checkChoice,
  checkSample,
  largestMagnitude,
  pValueOf,
  tooSmallWarning,
} from "./sample.ts";

const exactUpTo = 20;

export interface SignFlipOptions {
  /** "greater": the mean difference is above zero. Default "two-sided". */
  readonly alternative?: Alternative;
  /** "auto": exact for up to 20 differences, Monte Carlo beyond. Default "auto". */
  readonly method?: "auto" | "exact" | "monte-carlo";
  /** Random choices of signs, at least 100; default 10,000. */
  readonly draws?: number;
  /** Names the stream of random numbers; default 0. */
  readonly seed?: number;
}

export interface SignFlipResult {
  readonly test: "sign-flip permutation";
  readonly n: number;
  /** The mean difference. */
  readonly statistic: number;
  readonly pValue: number;
  readonly method: "exact" | "monte-carlo";
  readonly alternative: Alternative;
  /** Random choices of signs that were tried; undefined where all were. */
  readonly draws: number | undefined;
  readonly smallestPossiblePValue: number;
  readonly warnings: readonly string[];
}

/**
 * Tests that the mean of the differences is zero, by flipping their signs.
 *
 *     exact:        p = #{signs s : Σ s_i d_i ≥ Σ d_i} / 2^n
 *     Monte Carlo:  p = (1 + #{draws with Σ s_i d_i ≥ Σ d_i}) / (1 + draws)
 *
 * Two-sided: twice the smaller tail, at most 1. Sums closer than 1e-12 Σ |d_i| count as equal, for float noise must not
 * decide which signs are as extreme as those seen.
 *
 * @param differences  n ≥ 1 finite numbers, a_i - b_i
 * @throws InputError  for no values, one that is not finite, or method exact with n > 20
 * @see Fisher 1935, The Design of Experiments, section 21; Phipson and Smyth 2010 for the 1 + count
 */
export function signFlipTest(
  differences: ArrayLike<number>,
  { alternative = "two-sided", method = "auto", draws = 10_000, seed = 0 }: SignFlipOptions = {},
): SignFlipResult {
  const where = "signFlipTest";
  checkSample(where, "differences", differences);
  checkChoice(where, "alternative", alternative, alternatives);
  checkChoice(where, "method", method, ["auto", "exact", "monte-carlo"]);
  const n = differences.length;
  if (method === "exact" && n > exactUpTo) {
    throw new InputError(
      `${where}: exact tries all 2^n signs and works to n = ${exactUpTo}, got ${n}; use method monte-carlo`,
    );
  }
  if (!Number.isInteger(draws) || draws < 100) {
    throw new InputError(`${where}: draws must be an integer ≥ 100, got ${draws}`);
  }
  const exact = method === "exact" || (method === "auto" && n <= exactUpTo);
  const sums = exact ? allSums(differences) : randomSums(differences, draws, seed);
  let scale = 0;
  let observed = 0;
  for (let i = 0; i < n; i++) {
    scale += Math.abs(differences[i]);
    observed += differences[i];
  }
  const slack = 1e-12 * scale;
  // The signs that were seen are one of the choices: among all of them already, added to random ones.
  const added = exact ? 0 : 1;
  let lower = added;
  let upper = added;
  for (const total of sums) {
    if (total <= observed + slack) lower++;
    if (total >= observed - slack) upper++;
  }
  const choices = sums.length + added;
  const pValue = pValueOf(alternative, { lower: lower / choices, upper: upper / choices });
  const common = {
    test: "sign-flip permutation",
    n,
    statistic: mean(differences),
    pValue,
    alternative,
    method: exact ? "exact" : "monte-carlo",
    draws: exact ? undefined : draws,
  } as const;
  if (largestMagnitude(differences) === 0) {
    const warnings = [`all ${n} differences are zero: there is nothing to test, and p is 1`];
    return { ...common, smallestPossiblePValue: 1, warnings };
  }
  // Zeros have no sign to flip: each doubles the choices that reach the largest sum.
  const nonZero = Array.from(differences).filter((d) => d !== 0).length;
  const least = exact ? 1 / 2 ** nonZero : 1 / choices;
  const smallest = pValueOf(alternative, { lower: least, upper: least });
  return {
    ...common,
    smallestPossiblePValue: smallest,
    warnings: tooSmallWarning(`${n} difference(s)`, alternative, smallest),
  };
}

/** Σ s_i d_i for all 2^n choices of signs; each sum is taken in the order of the differences, so equal signs give equal bits. */
function allSums(differences: ArrayLike<number>): Float64Array {
  const n = differences.length;
  const sums = new Float64Array(2 ** n);
  for (let i = 0, filled = 1; i < n; i++, filled *= 2) {
    for (let k = 0; k < filled; k++) {
      sums[filled + k] = sums[k] - differences[i];
      sums[k] += differences[i];
    }
  }
  return sums;
}

function randomSums(differences: ArrayLike<number>, draws: number, seed: number): Float64Array {
  const rng = new Rng(seed, "permutation");
  const sums = new Float64Array(draws);
  let word = 0;
  for (let draw = 0; draw < draws; draw++) {
    let total = 0;
    for (let i = 0; i < differences.length; i++) {
      if (i % 32 === 0) word = rng.uint32();
      total += (word >>> (i % 32)) & 1 ? differences[i] : -differences[i];
    }
    sums[draw] = total;
  }
  return sums;
}
