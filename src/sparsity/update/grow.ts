/**
 * Where a topology update grows: at random, or where a dense quantity is largest, which is asked for by blocks of rows and
 * never held whole.
 */

import type { Rng } from "../../base/index.ts";
import { DivergedError, InputError } from "../../base/index.ts";
import type { Mask } from "../../nn/index.ts";
import { RunningTopK } from "../selection/running-top-k.ts";
import type { SparseLayer } from "./sparse-layer.ts";

interface GrowthRule {
  /** The dense quantity that a block holds; absent where nothing is read. */
  readonly reads?: "gradients" | "momenta";
  /** Its entry's score: the largest grow. */
  readonly of?: (value: number) => number;
  readonly source: string;
}

/** The rules by name. */
export const growthRules = {
  /** Every free position equally likely. */
  random: { source: "Mocanu et al. 2018, arXiv:1707.04780" },
  "gradient-magnitude": {
    reads: "gradients",
    of: (g) => Math.abs(g),
    source: "Evci et al. 2020, arXiv:1911.11134",
  },
  /** A control: where the gradient is smallest. */
  "small-gradient": { reads: "gradients", of: (g) => -Math.abs(g), source: "Evci et al. 2022, arXiv:2010.03533" },
  "momentum-magnitude": {
    reads: "momenta",
    of: (m) => Math.abs(m),
    source: "Dettmers, Zettlemoyer 2019, arXiv:1907.04840",
  },
} as const satisfies Record<string, GrowthRule>;

export type GrowthName = keyof typeof growthRules;

/**
 * The quantity that growth reads, at the rows [beginRow, endRow) of a layer: all (endRow - beginRow) · fanIn of them, row-major,
 * or those at some candidate positions, increasing. Asked for in order; the array may be used again for the next block.
 */
export type GrowthSource = (
  layer: SparseLayer,
  beginRow: number,
  endRow: number,
) => ArrayLike<number> | { readonly positions: ArrayLike<number>; readonly values: ArrayLike<number> };

/** Positions asked for at once, unless one row is longer. */
const blockPositions = 1 << 16;

/**
 * `count` free positions, every subset equally likely: neither kept nor twice. Memory O(active + count).
 *
 * @param keep  [active]: 0 where a weight is dropped, and its position free
 */
export function randomFree(mask: Mask, keep: Uint8Array, count: number, rng: Rng): Float64Array {
  const { fanOut, fanIn, rowPointers, columnIndices } = mask;
  const kept = keep.reduce((total, flag) => total + flag, 0);
  // The r-th free position lies r places after as many kept ones as come before it.
  const chosen = rng.choose(fanOut * fanIn - kept, count);
  let passed = 0;
  let next = 0;
  for (let row = 0; row < fanOut && next < count; row++) {
    for (let k = rowPointers[row]; k < rowPointers[row + 1]; k++) {
      if (keep[k] === 0) continue;
      const position = row * fanIn + columnIndices[k];
      while (next < count && chosen[next] + passed < position) chosen[next++] += passed;
      passed++;
    }
  }
  while (next < count) chosen[next++] += passed;
  return chosen;
}

/**
 * The `count` free positions with the largest scores; ties go to the lower position. Memory O(count + one block).
 *
 * @param scoreOf  of an entry of the blocks
 * @param step     for the message where an entry is no number
 * @throws InputError     where a block has another size than its rows, a candidate lies outside them, or there are too few
 * @throws DivergedError  where an entry is NaN
 */
export function bestFree(
  layer: SparseLayer,
  keep: Uint8Array,
  count: number,
  { scoreOf, source, step }: { scoreOf: (value: number) => number; source: GrowthSource; step: number },
): Float64Array {
  const { fanOut, fanIn } = layer.mask;
  const best = new RunningTopK(count);
  const rows = Math.max(1, Math.floor(blockPositions / fanIn));
  for (let begin = 0; begin < fanOut && count > 0; begin += rows) {
    const end = Math.min(fanOut, begin + rows);
    const block = source(layer, begin, end);
    const listed = "positions" in block ? block.positions : undefined;
    const values = "positions" in block ? block.values : block;
    const size = listed?.length ?? (end - begin) * fanIn;
    if (values.length !== size) {
      throw new InputError(
        `bestFree: layer "${layer.name}", rows [${begin}, ${end}): expected ${size} values, got ${values.length}`,
      );
    }
    const bad = firstNaN(values);
    if (bad >= 0) {
      const position = listed?.[bad] ?? begin * fanIn + bad;
      throw new DivergedError(
        `updateTopology: layer "${layer.name}": the value at position ${position}, which growth reads, is NaN at step ${step}`,
        { step, layer: layer.name },
      );
    }
    if (listed === undefined) offerRows(best, layer.mask, keep, begin, end, values, scoreOf);
    else offerListed(best, layer, keep, begin, end, listed, values, scoreOf);
  }
  const positions = best.positions();
  if (positions.length < count) {
    throw new InputError(
      `bestFree: layer "${layer.name}" is to grow ${count} weights, and ${positions.length} free positions were offered`,
    );
  }
  return positions;
}

/** Index of the first NaN, or -1. */
function firstNaN(values: ArrayLike<number>): number {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return i;
  return -1;
}

/** Offers what lies between kept weights of the rows [begin, end), whose values are row-major from the first. */
function offerRows(
  best: RunningTopK,
  { fanIn, rowPointers, columnIndices }: Mask,
  keep: Uint8Array,
  begin: number,
  end: number,
  values: ArrayLike<number>,
  scoreOf: (value: number) => number,
): void {
  for (let row = begin; row < end; row++) {
    const first = row * fanIn;
    const at = (row - begin) * fanIn;
    let column = 0;
    for (let k = rowPointers[row]; k < rowPointers[row + 1]; k++) {
      if (keep[k] === 0) continue;
      best.offerRun(first + column, values, at + column, at + columnIndices[k], scoreOf);
      column = columnIndices[k] + 1;
    }
    best.offerRun(first + column, values, at + column, at + fanIn, scoreOf);
  }
}

/** Offers those of the listed positions of the rows [begin, end) that are not kept. */
function offerListed(
  best: RunningTopK,
  { name, mask: { fanIn, rowPointers, columnIndices } }: SparseLayer,
  keep: Uint8Array,
  begin: number,
  end: number,
  positions: ArrayLike<number>,
  values: ArrayLike<number>,
  scoreOf: (value: number) => number,
): void {
  let row = begin;
  let k = rowPointers[begin];
  const last = rowPointers[end];
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i];
    if (!(Number.isInteger(position) && position >= begin * fanIn && position < end * fanIn)) {
      throw new InputError(
        `bestFree: layer "${name}", rows [${begin}, ${end}): candidates must be integers in [${begin * fanIn}, ${end * fanIn}), ` +
          `got ${position}`,
      );
    }
    // The first kept weight at or after the position.
    for (; k < last; k++) {
      while (k >= rowPointers[row + 1]) row++;
      if (keep[k] !== 0 && row * fanIn + columnIndices[k] >= position) break;
    }
    if (k < last && row * fanIn + columnIndices[k] === position) continue;
    best.offer(position, scoreOf(values[i]));
  }
}
