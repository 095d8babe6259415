/** Which groups go: so many of them over all blocks, the most redundant first, each block keeping what it must. */

import { capOf } from "./cap.ts";
import type { MemoryBlock } from "./group-memory.ts";

/** Some groups of a block that go together, so that a multiple stays. */
interface Portion {
  readonly block: number;
  readonly groups: readonly number[];
  readonly redundancy: number;
}

export interface ChoiceOptions {
  /** Blocks keep a multiple of it, and of their own `multipleOf`; one multiple at least. */
  readonly divisible: number;
  /** Largest share of a block's groups that may go, where the block has none of its own. */
  readonly cap: number;
}

/** How many groups of a block go at once; the first portion leaves a multiple. */
function portionOf({ multipleOf }: MemoryBlock, divisible: number): number {
  let [a, b] = [multipleOf, divisible];
  while (b !== 0) [a, b] = [b, a % b];
  return (multipleOf / a) * divisible;
}

/** Sizes of the portions of a block, of which `gone` groups have gone, in order. */
function portionSizes(block: MemoryBlock, gone: number, { divisible, cap }: ChoiceOptions): number[] {
  const multiple = portionOf(block, divisible);
  const most = capOf(block, cap);
  const sizes: number[] = [];
  let kept = block.count - gone;
  for (;;) {
    const size = kept % multiple === 0 ? multiple : kept % multiple;
    if (kept - size < multiple || block.count - kept + size > most) return sizes;
    sizes.push(size);
    kept -= size;
  }
}

/** Groups that can go in all. */
export function removableGroups(blocks: readonly MemoryBlock[], options: ChoiceOptions): number {
  return blocks.flatMap((block) => portionSizes(block, 0, options)).reduce((sum, size) => sum + size, 0);
}

/**
 * The groups that go next, of those that have not gone: portion by portion, the highest mean redundancy first, ties by block, as
 * long as they fit the budget. Where every portion is one group, as many go as the budget says.
 *
 * @param redundancy  [groups of all blocks]
 * @param gone        [groups of all blocks], not 0 for those that have gone
 * @returns indices among the groups of all blocks
 */
export function chooseGroups(
  blocks: readonly MemoryBlock[],
  { redundancy, gone, budget }: { redundancy: ArrayLike<number>; gone: ArrayLike<number>; budget: number },
  options: ChoiceOptions,
): number[] {
  const portions = blocks.flatMap((block, b) => portionsOf(block, b, { redundancy, gone }, options));
  portions.sort((one, other) => descending(one.redundancy, other.redundancy));
  const closed = new Set<number>();
  const chosen: number[] = [];
  for (const { block, groups } of portions) {
    if (closed.has(block)) continue;
    if (chosen.length + groups.length > budget) closed.add(block);
    else chosen.push(...groups);
  }
  return chosen;
}

function portionsOf(
  block: MemoryBlock,
  index: number,
  { redundancy, gone }: { redundancy: ArrayLike<number>; gone: ArrayLike<number> },
  options: ChoiceOptions,
): Portion[] {
  const all = Array.from({ length: block.count }, (_, k) => block.first + k);
  const left = all.filter((group) => gone[group] === 0);
  left.sort((a, b) => descending(redundancy[a], redundancy[b]) || a - b);
  let begin = 0;
  return portionSizes(block, block.count - left.length, options).map((size) => {
    const groups = left.slice(begin, begin + size);
    begin += size;
    return { block: index, groups, redundancy: groups.reduce((sum, group) => sum + redundancy[group], 0) / size };
  });
}

/** Infinities are equal to themselves. */
function descending(a: number, b: number): number {
  return a === b ? 0 : b > a ? 1 : -1;
}
