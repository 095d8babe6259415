/** Axes that choose themselves: logarithmic where the values span orders of magnitude, linear otherwise. */

import type * as Plot from "@observablehq/plot";
import { formatPower, logTicks } from "./numerals.ts";
import { muted } from "./palette.ts";
import { linearDomain, logDomain } from "./values.ts";

export interface Axis {
  readonly scale: Plot.ScaleOptions & { readonly type: "log" | "linear"; readonly domain: [number, number] };
  /** Positions of ticks; a count where Plot chooses them. */
  readonly ticks: number[] | number;
  /** What a logarithmic axis begins with, where smaller values are drawn; -Infinity for a linear one. */
  readonly low: number;
}

/** Of an axis of numbers: no tick marks, muted, no arrow. */
export const axisStyle = {
  tickSize: 0,
  fill: muted.light,
  stroke: muted.light,
  fontSize: 11,
  labelArrow: "none",
} as const;

/** Logarithmic where the positive values span more than a factor of 20. */
export function chooseAxis(values: readonly number[]): Axis {
  const positive = values.filter((value) => value > 0);
  const [low, high] = logDomain(positive);
  return positive.length > 0 && high / low > 20 * 1.25 * 1.25 ? logAxis(positive) : linearAxis(values);
}

/** Logarithmic over the positive values. */
export function logAxis(values: readonly number[]): Axis {
  const [low, high] = logDomain(values);
  return { scale: { type: "log", domain: [low, high] }, ticks: logTicks(low, high), low };
}

export function linearAxis(values: readonly number[]): Axis {
  return { scale: { type: "linear", domain: linearDomain(values) }, ticks: 5, low: Number.NEGATIVE_INFINITY };
}

/** Ticks as options of an axis or a grid. */
export function ticksOf({ ticks }: Axis) {
  return { ticks };
}

export function formatOf({ scale }: Axis) {
  return scale.type === "log" ? { tickFormat: formatPower } : {};
}
