/**
 * Student's t: paired, pooled and Welch's tests of means, and the interval of one mean.
 *
 * Offered because readers ask for it; with a handful of seeds the rank tests assume less.
 */

import { mean, standardDeviation } from "../../base/index.ts";
import { studentQuantile, studentUpperTail } from "./distributions.ts";
import {
  type Alternative,
  alternatives,
  checkChoice,
  checkFraction,
  checkSample,
  differencesOf,
  largestMagnitude,
  pValueOf,
} from "./sample.ts";

export interface StudentOptions {
  /** "greater": the mean of a is above that of b. Default "two-sided". */
  readonly alternative?: Alternative;
  /** Coverage of the interval, which is two-sided whatever the alternative. Default 0.95. */
  readonly confidence?: number;
}

export interface StudentResult {
  readonly test: "paired t" | "Student t" | "Welch t";
  /** Pairs, or values in both samples together. */
  readonly n: number;
  /** t; NaN, with the p-value and the interval, where nothing varies. */
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  readonly meanDifference: number;
  /** Ends of the confidence interval of the difference of the means. */
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
  readonly pValue: number;
  readonly method: "t distribution";
  readonly alternative: Alternative;
  readonly warnings: readonly string[];
}

/**
 * The paired t test: t = d̄ / (s_d / √n) with n - 1 degrees of freedom.
 *
 * @param a  n ≥ 2 finite numbers
 * @param b  n partners
 * @throws InputError  for unequal lengths, fewer than two pairs, or a value that is not finite
 */
export function pairedT(a: ArrayLike<number>, b: ArrayLike<number>, options: StudentOptions = {}): StudentResult {
  const differences = differencesOf("pairedT", a, b);
  checkSample("pairedT", "a", a, 2);
  const n = differences.length;
  const error = standardDeviation(differences) / Math.sqrt(n);
  const found = { n, difference: mean(differences), error, degreesOfFreedom: n - 1, scale: largestMagnitude(a, b) };
  return finish("paired t", "pairedT", found, options);
}

/**
 * Student's t test of two independent samples with one variance: nA + nB - 2 degrees of freedom.
 *
 *     t = (ā - b̄) / √( s² (1/nA + 1/nB) ),   s² = ((nA - 1) s_a² + (nB - 1) s_b²) / (nA + nB - 2)
 *
 * @throws InputError  for fewer than two values in a sample, or a value that is not finite
 */
export function studentT(a: ArrayLike<number>, b: ArrayLike<number>, options: StudentOptions = {}): StudentResult {
  const { nA, nB, varianceA, varianceB, ...rest } = moments("studentT", a, b);
  const degreesOfFreedom = nA + nB - 2;
  const pooled = ((nA - 1) * varianceA + (nB - 1) * varianceB) / degreesOfFreedom;
  return finish(
    "Student t",
    "studentT",
    { ...rest, error: Math.sqrt(pooled * (1 / nA + 1 / nB)), degreesOfFreedom },
    options,
  );
}

/**
 * Welch's t test of two independent samples, each with its own variance.
 *
 *     t = (ā - b̄) / √(v_a + v_b),   v = s² / n,   ν = (v_a + v_b)² / ( v_a² / (nA - 1) + v_b² / (nB - 1) )
 *
 * @throws InputError  for fewer than two values in a sample, or a value that is not finite
 * @see Welch 1947, Biometrika 34(1-2)
 */
export function welchT(a: ArrayLike<number>, b: ArrayLike<number>, options: StudentOptions = {}): StudentResult {
  const { nA, nB, varianceA, varianceB, ...rest } = moments("welchT", a, b);
  const ofA = varianceA / nA;
  const ofB = varianceB / nB;
  const degreesOfFreedom = (ofA + ofB) ** 2 / (ofA ** 2 / (nA - 1) + ofB ** 2 / (nB - 1));
  return finish("Welch t", "welchT", { ...rest, error: Math.sqrt(ofA + ofB), degreesOfFreedom }, options);
}

function moments(where: string, a: ArrayLike<number>, b: ArrayLike<number>) {
  checkSample(where, "a", a, 2);
  checkSample(where, "b", b, 2);
  return {
    nA: a.length,
    nB: b.length,
    n: a.length + b.length,
    varianceA: standardDeviation(a) ** 2,
    varianceB: standardDeviation(b) ** 2,
    difference: mean(a) - mean(b),
    scale: largestMagnitude(a, b),
  };
}

interface Found {
  readonly n: number;
  readonly difference: number;
  readonly error: number;
  readonly degreesOfFreedom: number;
  readonly scale: number;
}

function finish(
  test: StudentResult["test"],
  where: string,
  { n, difference, error, degreesOfFreedom, scale }: Found,
  { alternative = "two-sided", confidence = 0.95 }: StudentOptions,
): StudentResult {
  checkChoice(where, "alternative", alternative, alternatives);
  checkFraction(where, "confidence", confidence);
  const base = {
    test,
    n,
    degreesOfFreedom,
    meanDifference: difference,
    confidence,
    method: "t distribution",
    alternative,
  } as const;
  // A spread of float noise alone would make t as large as one likes.
  if (error <= 1e-12 * scale) {
    const nothing = { statistic: Number.NaN, low: Number.NaN, high: Number.NaN, pValue: Number.NaN };
    return { ...base, ...nothing, warnings: ["nothing varies: t, p and the interval are NaN"] };
  }
  const statistic = difference / error;
  const reach = studentQuantile((1 + confidence) / 2, degreesOfFreedom) * error;
  const pValue = pValueOf(alternative, {
    lower: studentUpperTail(-statistic, degreesOfFreedom),
    upper: studentUpperTail(statistic, degreesOfFreedom),
  });
  return { ...base, statistic, low: difference - reach, high: difference + reach, pValue, warnings: [] };
}

export interface MeanInterval {
  readonly mean: number;
  /** Sample standard deviation (divisor n - 1); NaN for one value. */
  readonly standardDeviation: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly confidence: number;
  readonly warnings: readonly string[];
}

/**
 * The mean with its Student interval, x̄ ± t s / √n: the band over seeds and the ± of a table.
 *
 * @param values  n ≥ 1 finite numbers; one value gives NaN for everything but the mean, with a warning
 * @throws InputError  for no values or one that is not finite, with its index
 */
export function meanInterval(
  values: ArrayLike<number>,
  { confidence = 0.95 }: { readonly confidence?: number } = {},
): MeanInterval {
  checkSample("meanInterval", "values", values);
  checkFraction("meanInterval", "confidence", confidence);
  const n = values.length;
  const centre = mean(values);
  const deviation = standardDeviation(values);
  const reach = n === 1 ? Number.NaN : (studentQuantile((1 + confidence) / 2, n - 1) * deviation) / Math.sqrt(n);
  const warnings = n === 1 ? ["one value says nothing about spread: the interval is NaN"] : [];
  return {
    mean: centre,
    standardDeviation: deviation,
    low: centre - reach,
    high: centre + reach,
    n,
    confidence,
    warnings,
  };
}
