/**
 * Changes of a mask, with the way back: for each weight of the changed mask, its index in the one before, so that values and
 * optimizer slots can follow.
 *
 *     before   positions  2  5  7        keep  1 0 1        grow  3 5
 *     after    positions  2  3  5  7     carry 0 -1 1 2     (5 was dropped and grown at once: it keeps its value)
 */

import { InputError } from "../../base/index.ts";
import type { Mask } from "../../nn/index.ts";
import { checkSameShape } from "./positions.ts";

export interface MaskChange {
  readonly mask: Mask;
  /** [active after]: a weight's index in the mask before, or -1 where it is new. */
  readonly carry: Int32Array;
}

/**
 * Drops and grows. Time and memory O(active before + grown + fanOut).
 *
 * @param keep  [active]: 0 where the weight is dropped
 * @param grow  positions to add, increasing, none of them kept; dropped ones may be among them. Default none
 * @throws InputError  where `keep` has another length than the mask, or a position to grow is active, out of order or out of
 *   range
 */
export function changeMask(mask: Mask, keep: ArrayLike<number>, grow: ArrayLike<number> = []): MaskChange {
  const { fanOut, fanIn, rowPointers, columnIndices } = mask;
  const before = columnIndices.length;
  if (keep.length !== before) {
    throw new InputError(
      `changeMask: keep must have one number for each of ${before} active weights, got ${keep.length}`,
    );
  }
  let kept = 0;
  for (let k = 0; k < before; k++) if (keep[k] !== 0) kept++;
  const pointers = new Int32Array(fanOut + 1);
  const columns = new Int32Array(kept + grow.length);
  const carry = new Int32Array(kept + grow.length);
  let written = 0;
  let next = 0;
  let previous = -1;
  for (let row = 0; row < fanOut; row++) {
    const first = row * fanIn;
    const end = rowPointers[row + 1];
    for (let k = rowPointers[row]; ; ) {
      const old = k < end ? columnIndices[k] : fanIn;
      const grown = next < grow.length && grow[next] < first + fanIn ? grow[next] - first : fanIn;
      if (old === fanIn && grown === fanIn) break;
      if (grown <= old) {
        if (!(grown >= 0 && grow[next] > previous && Number.isInteger(grown))) throw badGrowth(mask, grow, next);
        if (grown === old && keep[k] !== 0) {
          throw new InputError(`changeMask: position ${grow[next]} is kept; only inactive and dropped ones can grow`);
        }
        columns[written] = grown;
        carry[written++] = grown === old ? k : -1;
        previous = grow[next++];
      } else {
        if (keep[k] !== 0) {
          columns[written] = old;
          carry[written++] = k;
        }
        k++;
      }
    }
    pointers[row + 1] = written;
  }
  if (next < grow.length) throw badGrowth(mask, grow, next);
  return { mask: { fanOut, fanIn, rowPointers: pointers, columnIndices: columns }, carry };
}

function badGrowth({ fanOut, fanIn }: Mask, grow: ArrayLike<number>, at: number): InputError {
  return new InputError(
    `changeMask: positions to grow in [${fanOut}, ${fanIn}] must be increasing integers in [0, ${fanOut * fanIn}), got ` +
      `${grow[at]}${at === 0 ? "" : ` after ${grow[at - 1]}`}`,
  );
}

/**
 * Values of a changed mask's weights: carried over, or `fresh` for new ones. For weights and optimizer slots alike.
 *
 * @param values  [active before]
 * @param fresh   what a new weight starts with. Default 0
 * @returns       [active after]
 */
export function carryValues(values: ArrayLike<number>, carry: Int32Array, fresh = 0): Float64Array {
  const carried = new Float64Array(carry.length);
  for (let k = 0; k < carry.length; k++) carried[k] = carry[k] < 0 ? fresh : values[carry[k]];
  return carried;
}

/**
 * The change from one mask to another of the same shape, whatever made it: where each of its weights was.
 *
 * @throws InputError  where the shapes differ
 */
export function carryBetween(before: Mask, after: Mask): Int32Array {
  checkSameShape("carryBetween", before, after);
  const carry = new Int32Array(after.columnIndices.length);
  for (let row = 0; row < after.fanOut; row++) {
    let old = before.rowPointers[row];
    const end = before.rowPointers[row + 1];
    for (let k = after.rowPointers[row]; k < after.rowPointers[row + 1]; k++) {
      while (old < end && before.columnIndices[old] < after.columnIndices[k]) old++;
      carry[k] = old < end && before.columnIndices[old] === after.columnIndices[k] ? old : -1;
    }
  }
  return carry;
}
