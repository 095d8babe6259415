/** How many groups of a block may be zero, and which ones become so where more would. */

import type { MemoryBlock } from "./group-memory.ts";

/** ⌊share * count⌋, with shares such as 0.29 of 100 taken at their word: the product may fall short of the integer by rounding. */
export function wholeShare(share: number, count: number): number {
  return Math.floor(share * count + 1e-9);
}

/** Groups of a block that may be zero. */
export function capOf({ cap, count }: Pick<MemoryBlock, "cap" | "count">, standard: number): number {
  return wholeShare(cap ?? standard, count);
}

/**
 * The candidates that become zero: all of them, or as many as the cap leaves, those of the smallest key first, then those of the
 * smallest index.
 *
 * @param zeros  groups of the block that are zero already
 * @param most   groups of it that may be zero
 */
export function underCap(
  candidates: readonly number[],
  keys: ArrayLike<number>,
  { zeros, most }: { readonly zeros: number; readonly most: number },
): readonly number[] {
  const allowed = Math.max(0, Math.min(candidates.length, most - zeros));
  if (allowed === candidates.length) return candidates;
  return candidates.toSorted((a, b) => keys[a] - keys[b] || a - b).slice(0, allowed);
}
