/** Which values can be drawn, and the range of the axis they need. Nothing here throws: a figure shows what there is. */

import { log10 } from "./numerals.ts";

/** Beyond this, pixel arithmetic overflows; such values are treated as not finite. */
const largest = 1e100;

/** True for a finite number that pixel arithmetic can hold. */
export function isPlottable(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= largest;
}

export interface Sifted<Row> {
  readonly kept: readonly Row[];
  readonly leftOut: number;
}

/** Rows whose listed values are all plottable, and how many are not. */
export function sift<Row>(rows: readonly Row[], values: (row: Row) => readonly unknown[]): Sifted<Row> {
  const kept = rows.filter((row) => values(row).every(isPlottable));
  return { kept, leftOut: rows.length - kept.length };
}

/** The caption note for values left out; none for none. */
export function leftOutNote(leftOut: number, total: number, what: string): string[] {
  return leftOut === 0 ? [] : [`${leftOut} of ${total} ${what} left out: not finite.`];
}

/** Range of a linear axis: the values with 4 % of room on both sides, never of zero length. [0, 1] for no values. */
export function linearDomain(values: readonly number[]): [number, number] {
  const { low, high } = extremes(values);
  if (low > high) return [0, 1];
  const room = Math.max(0.04 * (high - low), 1e-6 * Math.max(Math.abs(low), Math.abs(high)), 1e-12);
  return [low - room, high + room];
}

/** Range of a logarithmic axis over the positive values, at least a factor of 2 long. [0.1, 10] for none. */
export function logDomain(values: readonly number[]): [number, number] {
  const { low, high } = extremes(values.filter((value) => value >= 1 / largest));
  if (low > high) return [0.1, 10];
  const room = high / low < 2 ? 1.5 : 1.25;
  return [low / room, high * room];
}

/**
 * Where `value` lies in the range, from 0 at its low end to 1 at its high end; outside for values outside.
 *
 * @param scale  "log" for positive ranges
 */
export function position(value: number, [low, high]: readonly [number, number], scale: "linear" | "log"): number {
  return scale === "log" ? (log10(value) - log10(low)) / (log10(high) - log10(low)) : (value - low) / (high - low);
}

function extremes(values: readonly number[]): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

/** Rows by key, keys in the order they first come. */
export function groupBy<Row, Key>(rows: readonly Row[], key: (row: Row) => Key): Map<Key, Row[]> {
  return Map.groupBy(rows, key);
}

/** The different values of a column, in the order they first come. */
export function distinct<Row, Value>(rows: readonly Row[], value: (row: Row) => Value): Value[] {
  return [...new Set(rows.map(value))];
}
