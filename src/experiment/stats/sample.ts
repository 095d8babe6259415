/**
 * What every test here asks of its input and says about it: finite samples, named choices, one or two tails.
 *
 * A mistake of the caller's is an `InputError` that names the index; a sample that is legal but can show little (too few
 * pairs, no spread) is answered, with a sentence in `warnings`.
 */

import { InputError, unknownName } from "../../base/index.ts";

/** Two-sided, or the side that the first sample (the difference, the coefficient) is expected on. */
export type Alternative = "two-sided" | "greater" | "less";
export const alternatives: readonly Alternative[] = ["two-sided", "greater", "less"];

/** @throws InputError unless there are at least `atLeast` values, all finite; the message names the first bad index. */
export function checkSample(where: string, name: string, values: ArrayLike<number>, atLeast = 1): void {
  if (values.length < atLeast) {
    throw new InputError(`${where}: ${name} must hold at least ${atLeast} value(s), got ${values.length}`);
  }
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new InputError(
        `${where}: ${name}[${i}] is ${values[i]}, and every value must be a finite number; leave out that trial (and its partner) by name`,
      );
    }
  }
}

/** @throws InputError unless both samples are finite and of the same length ≥ `atLeast`. */
export function checkPairs(where: string, a: ArrayLike<number>, b: ArrayLike<number>, atLeast = 1): void {
  if (a.length !== b.length) {
    const index = Math.min(a.length, b.length);
    throw new InputError(
      `${where}: paired samples must be of equal length, got ${a.length} and ${b.length} (no partner at index ${index}); pair them by seed with pairBy`,
    );
  }
  checkSample(where, "a", a, atLeast);
  checkSample(where, "b", b, atLeast);
}

/** @throws InputError unless `value` is one of `known`. */
export function checkChoice(where: string, what: string, value: string, known: readonly string[]): void {
  if (!known.includes(value)) throw unknownName(where, what, value, known);
}

/** @throws InputError unless 0 < value < 1. */
export function checkFraction(where: string, name: string, value: number): void {
  if (!(value > 0 && value < 1)) throw new InputError(`${where}: ${name} must be in (0, 1), got ${value}`);
}

/** a_i - b_i. @throws InputError as `checkPairs`. */
export function differencesOf(where: string, a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  checkPairs(where, a, b);
  return Float64Array.from({ length: a.length }, (_, i) => a[i] - b[i]);
}

/** The largest |value|; 0 for no values. */
export function largestMagnitude(...samples: readonly ArrayLike<number>[]): number {
  let largest = 0;
  for (const values of samples)
    for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]));
  return largest;
}

/**
 * The p-value from both tails of the null distribution, each holding the observed value: P(T ≤ t) and P(T ≥ t).
 * Two-sided: twice the smaller tail, at most 1.
 */
export function pValueOf(alternative: Alternative, tails: Tails): number {
  switch (alternative) {
    case "greater":
      return Math.min(1, tails.upper);
    case "less":
      return Math.min(1, tails.lower);
    case "two-sided":
      return Math.min(1, 2 * Math.min(tails.lower, tails.upper));
    default:
      return alternative satisfies never;
  }
}

/** P(T ≤ t) and P(T ≥ t) under the null hypothesis. */
export interface Tails {
  readonly lower: number;
  readonly upper: number;
}

/** The sentence for a test whose smallest p-value lies above 0.05, or nothing. */
export function tooSmallWarning(what: string, alternative: Alternative, smallest: number): string[] {
  if (smallest <= 0.05) return [];
  const side = alternative === "two-sided" ? "two-sided" : "one-sided";
  return [`with ${what} the smallest ${side} p-value is ${Number(smallest.toPrecision(4))}: it can never reach 0.05`];
}
