/** Shuffled masks: as many active weights, anywhere in the layer. */

import type { Rng } from "../../base/index.ts";
import type { Mask } from "../../nn/index.ts";
import { maskAtPositions } from "./positions.ts";

/**
 * A mask with the positions of another permuted at random: of the mask only its shape and count are left.
 *
 * @see Evci et al. 2022, arXiv:2010.03533: what a lottery ticket's mask owes to the layers' densities alone
 */
export function shuffleMask(mask: Mask, rng: Rng): Mask {
  return maskAtPositions(mask, rng.choose(mask.fanOut * mask.fanIn, mask.columnIndices.length));
}

/** The same inside each row: every output unit keeps its fan-in. Memory O(active + fanOut). */
export function shuffleRows(mask: Mask, rng: Rng): Mask {
  const { fanOut, fanIn, rowPointers } = mask;
  const columnIndices = new Int32Array(mask.columnIndices.length);
  for (let row = 0; row < fanOut; row++) {
    columnIndices.set(rng.choose(fanIn, rowPointers[row + 1] - rowPointers[row]), rowPointers[row]);
  }
  return { fanOut, fanIn, rowPointers: rowPointers.slice(), columnIndices };
}
