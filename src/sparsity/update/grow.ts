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
  /** An entry's score is its magnitude times this; the largest scores grow. */
  readonly sign?: 1 | -1;
  readonly source: string;
}

/** The rules by name. */
export const growthRules = {
  /** Every free position equally likely. */
  random: { source: "Mocanu et al. 2018, arXiv:1707.04780" },
  "gradient-magnitude": {
    reads: "gradients",
    sign: 1,
    source: "Evci et al. 2020, arXiv:1911.11134",
  },
  /** A control: where the gradient is smallest. */
  "small-gradient": { reads: "gradients", sign: -1, source: "Evci et al. 2022, arXiv:2010.03533" },
  "momentum-magnitude": {
    reads: "momenta",
    sign: 1,
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
const blockPositions = 1 << 18;

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
 * @param sign  of an entry's score, beside its magnitude
 * @param step  for the message where an entry is no number
 * @throws InputError     where a block has another size than its rows, a candidate lies outside them, or there are too few
 * @throws DivergedError  where an entry is NaN
 */
export function bestFree(
  layer: SparseLayer,
  keep: Uint8Array,
  count: number,
  { sign, source, step }: { readonly sign: 1 | -1; readonly source: GrowthSource; readonly step: number },
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
    const offered = { begin, end, values, sign };
    const bad =
      listed === undefined
        ? offerRows(best, layer.mask, keep, offered)
        : offerListed(best, layer, keep, { ...offered, positions: listed });
    if (bad < 0) continue;
    throw new DivergedError(
      `updateTopology: layer "${layer.name}": the value at position ${bad}, which growth reads, is NaN at step ${step}`,
      { step, layer: layer.name },
    );
  }
  const positions = best.positions();
  if (positions.length < count) {
    throw new InputError(
      `bestFree: layer "${layer.name}" is to grow ${count} weights, and ${positions.length} free positions were offered`,
    );
  }
  return positions;
}

/** Rows [begin, end) of a layer, and the quantity there. */
interface Block {
  readonly begin: number;
  readonly end: number;
  readonly values: ArrayLike<number>;
  readonly sign: 1 | -1;
}

/** Offers what lies between kept weights of the rows, whose values are row-major. @returns the position of a NaN, or -1 */
function offerRows(
  best: RunningTopK,
  { fanIn, rowPointers, columnIndices }: Mask,
  keep: Uint8Array,
  { begin, end, values, sign }: Block,
): number {
  for (let row = begin; row < end; row++) {
    const first = row * fanIn;
    const at = (row - begin) * fanIn;
    const last = rowPointers[row + 1];
    let column = 0;
    for (let k = rowPointers[row]; k <= last; k++) {
      if (k < last && keep[k] === 0) continue;
      const until = k < last ? columnIndices[k] : fanIn;
      const bad = best.offerRun(first + column, values, at + column, at + until, sign);
      if (bad >= 0) return first + bad - at;
      column = until + 1;
    }
  }
  return -1;
}

/** Offers those of the listed positions of the rows that are not kept. @returns the position of a NaN, or -1 */
function offerListed(
  best: RunningTopK,
  { name, mask: { fanIn, rowPointers, columnIndices } }: SparseLayer,
  keep: Uint8Array,
  { begin, end, positions, values, sign }: Block & { readonly positions: ArrayLike<number> },
): number {
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
    if (Number.isNaN(values[i])) return position;
    // The first kept weight at or after the position.
    for (; k < last; k++) {
      while (k >= rowPointers[row + 1]) row++;
      if (keep[k] !== 0 && row * fanIn + columnIndices[k] >= position) break;
    }
    if (k < last && row * fanIn + columnIndices[k] === position) continue;
    best.offer(position, sign * Math.abs(values[i]));
  }
  return -1;
}
