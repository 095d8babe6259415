/** Masks of one shape taken together: union, intersection, and how much they share. */

import type { Mask } from "../../nn/index.ts";
import { changeMask } from "./change-mask.ts";
import { checkSameShape } from "./positions.ts";

export interface MaskOverlap {
  /** Active in both. */
  readonly shared: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** shared / active in either; 1 for two empty masks. */
  readonly jaccard: number;
}

/** Flags of a's weights that are active in b too. */
function alsoIn(a: Mask, b: Mask): Uint8Array {
  const flags = new Uint8Array(a.columnIndices.length);
  for (let row = 0; row < a.fanOut; row++) {
    let other = b.rowPointers[row];
    const end = b.rowPointers[row + 1];
    for (let k = a.rowPointers[row]; k < a.rowPointers[row + 1]; k++) {
      while (other < end && b.columnIndices[other] < a.columnIndices[k]) other++;
      if (other < end && b.columnIndices[other] === a.columnIndices[k]) flags[k] = 1;
    }
  }
  return flags;
}

/** Positions active in both. @throws InputError  where the shapes differ */
export function maskIntersection(a: Mask, b: Mask): Mask {
  checkSameShape("maskIntersection", a, b);
  return changeMask(a, alsoIn(a, b)).mask;
}

/** Positions active in either. @throws InputError  where the shapes differ */
export function maskUnion(a: Mask, b: Mask): Mask {
  checkSameShape("maskUnion", a, b);
  const shared = alsoIn(b, a);
  const added: number[] = [];
  for (let row = 0; row < b.fanOut; row++) {
    for (let k = b.rowPointers[row]; k < b.rowPointers[row + 1]; k++) {
      if (shared[k] === 0) added.push(row * b.fanIn + b.columnIndices[k]);
    }
  }
  return changeMask(a, new Uint8Array(a.columnIndices.length).fill(1), added).mask;
}

/** How many active positions two masks share. @throws InputError  where the shapes differ */
export function maskOverlap(a: Mask, b: Mask): MaskOverlap {
  checkSameShape("maskOverlap", a, b);
  const shared = alsoIn(a, b).reduce((total, flag) => total + flag, 0);
  const onlyFirst = a.columnIndices.length - shared;
  const onlySecond = b.columnIndices.length - shared;
  const either = shared + onlyFirst + onlySecond;
  return { shared, onlyFirst, onlySecond, jaccard: either === 0 ? 1 : shared / either };
}
