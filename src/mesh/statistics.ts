/** Qualities of all solid elements of a mesh, and their summary: least, mean, histogram, the worst elements. */

import { InputError, sum, unknownName } from "../base/index.ts";
import { type SolidKind, solidKinds } from "./elements.ts";
import type { Mesh } from "./mesh.ts";
import { jacobianAt, meanRatioAt, type QualityName, qualities } from "./quality.ts";
import { movableElements, type Solids, solidsOf } from "./solids.ts";

/** Mean ratio of the listed elements into `quality`, which is indexed by element. */
export function meanRatiosInto(
  solids: Solids,
  points: Float64Array,
  elements: Int32Array,
  quality: Float64Array,
): void {
  const { kind, nodes, start } = solids;
  for (let i = 0; i < elements.length; i++) {
    const e = elements[i];
    quality[e] = meanRatioAt(kind[e], points, nodes, start[e], false);
  }
}

/** A quality of every element, [solids.count]. */
export function qualityOf(solids: Solids, points: Float64Array, name: QualityName = "meanRatio"): Float64Array {
  if (!Object.hasOwn(qualities, name)) throw unknownName("quality", "quality", name, Object.keys(qualities));
  const measure = qualities[name];
  const quality = new Float64Array(solids.count);
  for (let e = 0; e < solids.count; e++) quality[e] = measure(solids.kind[e], points, solids.nodes, solids.start[e]);
  return quality;
}

export interface QualitySummary {
  readonly quality: QualityName;
  readonly count: number;
  /** Elements with a corner of determinant ≤ 0. */
  readonly invalid: number;
  readonly min: number;
  /** Least over elements with a free node, which alone can change; equal to `min` where no node is said to be fixed. */
  readonly minFree: number;
  readonly mean: number;
  /** 5 % of elements are below, by linear interpolation. */
  readonly fifthPercentile: number;
  /** Counts in equal bins from 0 to 1; values below 0 are in the first, above 1 in the last. */
  readonly histogram: readonly number[];
  readonly byKind: Readonly<Partial<Record<SolidKind, { count: number; min: number; mean: number }>>>;
  /** The worst elements, worst first: numbers among all cells of the mesh. */
  readonly worst: readonly { cell: number; kind: SolidKind; quality: number }[];
}

export interface SummaryOptions {
  readonly quality?: QualityName;
  /** [points]: 1 = free to move. Default: all free. */
  readonly free?: Uint8Array;
  /** Bins of the histogram; default 20. */
  readonly bins?: number;
  /** How many of the worst elements are listed; default 10. */
  readonly worst?: number;
}

/**
 * Qualities of the solid elements, each with the summary.
 *
 * @throws InputError  for a mesh without solids, an unknown quality, or a number of bins below 1
 */
export function meshQuality(
  mesh: Mesh,
  options: SummaryOptions = {},
): { readonly values: Float64Array; readonly cells: Int32Array; readonly summary: QualitySummary } {
  const solids = solidsOf(mesh, "meshQuality");
  const values = qualityOf(solids, mesh.points, options.quality);
  return { values, cells: solids.cell, summary: summarize(solids, mesh.points, values, options) };
}

/** The summary of qualities that are at hand, [solids.count]. */
export function summarize(
  solids: Solids,
  points: Float64Array,
  values: Float64Array,
  options: SummaryOptions = {},
): QualitySummary {
  const { quality = "meanRatio", free, bins = 20, worst = 10 } = options;
  if (!(Number.isInteger(bins) && bins >= 1)) {
    throw new InputError(`meshQuality: bins must be an integer at least 1, got ${bins}`);
  }
  const order = Float64Array.from(values).sort();
  const histogram = new Array<number>(bins).fill(0);
  let invalid = 0;
  for (let e = 0; e < solids.count; e++) {
    histogram[Math.min(bins - 1, Math.max(0, Math.floor(values[e] * bins)))]++;
    if (!(jacobianAt(solids.kind[e], points, solids.nodes, solids.start[e]) > 0)) invalid++;
  }
  let minFree = Number.POSITIVE_INFINITY;
  if (free === undefined) minFree = order[0];
  else for (const e of movableElements(solids, free)) minFree = Math.min(minFree, values[e]);
  return {
    quality,
    count: solids.count,
    invalid,
    min: order[0],
    minFree,
    mean: sum(values) / solids.count,
    fifthPercentile: quantile(order, 0.05),
    histogram,
    byKind: perKind(solids, values),
    worst: worstElements(solids, values, worst),
  };
}

function quantile(sorted: Float64Array, fraction: number): number {
  const at = fraction * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

function perKind(solids: Solids, values: Float64Array): QualitySummary["byKind"] {
  const found: Partial<Record<SolidKind, { count: number; min: number; mean: number }>> = {};
  solidKinds.forEach((kind, number) => {
    const own = values.filter((_, e) => solids.kind[e] === number);
    if (own.length === 0) return;
    found[kind] = { count: own.length, min: own.reduce((a, b) => Math.min(a, b)), mean: sum(own) / own.length };
  });
  return found;
}

function worstElements(solids: Solids, values: Float64Array, count: number): QualitySummary["worst"] {
  // A threshold first: sorting the few below it is cheaper than sorting all.
  const limit = Float64Array.from(values).sort()[Math.min(count, values.length) - 1];
  const few: number[] = [];
  for (let e = 0; e < values.length; e++) if (values[e] <= limit) few.push(e);
  few.sort((a, b) => values[a] - values[b] || a - b);
  return few
    .slice(0, count)
    .map((e) => ({ cell: solids.cell[e], kind: solidKinds[solids.kind[e]], quality: values[e] }));
}
