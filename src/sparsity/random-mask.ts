/** Random masks: exactly so many active weights, every set of positions equally likely. */

import { InputError, Rng } from "../base/index.ts";
import type { Mask } from "../nn/index.ts";
import { maskAtPositions } from "./mask/positions.ts";

export interface RandomMaskOptions {
  readonly fanOut: number;
  readonly fanIn: number;
  /** Number of active weights, in [0, fanOut * fanIn]: exact, not expected. */
  readonly active: number;
  readonly seed: number;
  /** The layer's number: masks of different layers are independent. */
  readonly layer: number;
}

/**
 * A mask of `active` positions chosen uniformly at random without replacement. Memory O(active).
 *
 * @returns  CSR index of [fanOut, fanIn], columns increasing inside a row
 * @see Tessera, Hooker and Rosman 2021, arXiv:2102.01670: random, fixed masks
 */
export function randomMask({ fanOut, fanIn, active, seed, layer }: RandomMaskOptions): Mask {
  const positions = fanOut * fanIn;
  if (!Number.isInteger(active) || active < 0 || active > positions) {
    throw new InputError(
      `randomMask: layer ${layer} has ${positions} positions ([${fanOut}, ${fanIn}]); active must be an integer in [0, ${positions}], got ${active}`,
    );
  }
  return maskAtPositions({ fanOut, fanIn }, new Rng(seed, "mask", layer).choose(positions, active));
}

/** The mask as 0/1 bytes, [fanOut, fanIn] row-major: for small layers, pictures and tests. */
export function maskToDense({ fanOut, fanIn, rowPointers, columnIndices }: Mask): Uint8Array {
  const dense = new Uint8Array(fanOut * fanIn);
  for (let row = 0; row < fanOut; row++) {
    for (let k = rowPointers[row]; k < rowPointers[row + 1]; k++) dense[row * fanIn + columnIndices[k]] = 1;
  }
  return dense;
}
