/**
 * Masks as lists of positions: row · fanIn + column, in increasing order, which is the order of a sparse layer's weights.
 * Positions are float64: a layer may have more than 2^31 of them.
 */

import { InputError } from "../../base/index.ts";
import type { Mask } from "../../nn/index.ts";

/** Rows and columns of a mask: [outputs, inputs of one output]. */
export type MaskShape = Pick<Mask, "fanOut" | "fanIn">;

/** The active positions, in increasing order. */
export function maskPositions({ fanOut, fanIn, rowPointers, columnIndices }: Mask): Float64Array {
  const positions = new Float64Array(columnIndices.length);
  for (let row = 0; row < fanOut; row++) {
    const first = row * fanIn;
    for (let k = rowPointers[row]; k < rowPointers[row + 1]; k++) positions[k] = first + columnIndices[k];
  }
  return positions;
}

/**
 * The mask that is active at given positions. Memory O(active + fanOut).
 *
 * @param positions  strictly increasing integers in [0, fanOut · fanIn)
 * @throws InputError  naming the first position that breaks the rule
 */
export function maskAtPositions({ fanOut, fanIn }: MaskShape, positions: ArrayLike<number>): Mask {
  const rowPointers = new Int32Array(fanOut + 1);
  const columnIndices = new Int32Array(positions.length);
  let before = -1;
  for (let k = 0; k < positions.length; k++) {
    const position = positions[k];
    if (!Number.isInteger(position) || position <= before || position >= fanOut * fanIn) {
      throw new InputError(
        `maskAtPositions: positions of [${fanOut}, ${fanIn}] must be increasing integers in [0, ${fanOut * fanIn}), got ` +
          `${position} after ${before}`,
      );
    }
    before = position;
    const row = Math.floor(position / fanIn);
    rowPointers[row + 1]++;
    columnIndices[k] = position - row * fanIn;
  }
  for (let row = 0; row < fanOut; row++) rowPointers[row + 1] += rowPointers[row];
  return { fanOut, fanIn, rowPointers, columnIndices };
}

/**
 * The mask of a dense layer: every position active, so that a weight's index is its position. For layers that are pruned from
 * dense; memory O(fanOut · fanIn).
 */
export function fullMask({ fanOut, fanIn }: MaskShape): Mask {
  if (!(fanOut * fanIn < 2 ** 31)) {
    throw new InputError(
      `fullMask: [${fanOut}, ${fanIn}] has ${fanOut * fanIn} positions; an index holds at most 2^31 - 1`,
    );
  }
  const columnIndices = new Int32Array(fanOut * fanIn);
  for (let k = 0; k < columnIndices.length; k++) columnIndices[k] = k % fanIn;
  return {
    fanOut,
    fanIn,
    rowPointers: Int32Array.from({ length: fanOut + 1 }, (_, row) => row * fanIn),
    columnIndices,
  };
}

/** @throws InputError  unless both masks are shaped alike */
export function checkSameShape(where: string, a: MaskShape, b: MaskShape): void {
  if (a.fanOut === b.fanOut && a.fanIn === b.fanIn) return;
  throw new InputError(
    `${where}: both masks must have one shape, got [${a.fanOut}, ${a.fanIn}] and [${b.fanOut}, ${b.fanIn}]`,
  );
}
