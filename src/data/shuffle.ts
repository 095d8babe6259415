/** The order of the examples in an epoch, and the batches it is cut into. */

import { InputError, Rng } from "../base/index.ts";

/**
 * The order in which epoch `epoch` visits the examples: every order is equally likely, and each epoch has its own.
 *
 * Depends on (count, seed, epoch) alone, so a resumed run and a sparse net and its dense partner see the same order.
 *
 * @param count  number of examples, in [0, 2^32)
 * @param seed   an integer in [0, 2^53)
 * @param epoch  an integer in [0, 2^32)
 * @returns      [count], a permutation of 0 .. count - 1
 */
export function shuffledIndices(count: number, seed: number, epoch: number): Uint32Array {
  checkInteger("shuffledIndices", "count", count, 0, 2 ** 32 - 1);
  checkInteger("shuffledIndices", "epoch", epoch, 0, 2 ** 32 - 1);
  const indices = new Uint32Array(count);
  for (let i = 0; i < count; i++) indices[i] = i;
  return new Rng(seed, "shuffle", 0, epoch).shuffle(indices);
}

/** Places start .. end - 1 of an epoch's order: one batch. */
export interface BatchRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts `count` examples into batches of `batchSize`, in order.
 *
 * @param dropLast  true leaves out a last batch that would be smaller (batch norm over one example has no variance)
 * @returns         ceil(count / batchSize) ranges, floor(...) with `dropLast`
 * @throws InputError  if a size is no positive integer, or `dropLast` leaves nothing
 */
export function batches(count: number, batchSize: number, { dropLast = false } = {}): BatchRange[] {
  checkInteger("batches", "count", count, 1, 2 ** 32 - 1);
  checkInteger("batches", "batchSize", batchSize, 1, 2 ** 32 - 1);
  if (dropLast && batchSize > count) {
    throw new InputError(
      `batches: dropLast leaves no batch of ${batchSize} in ${count} examples; use a batch size of at most ${count}`,
    );
  }
  const ranges: BatchRange[] = [];
  const limit = dropLast ? count - (count % batchSize) : count;
  for (let start = 0; start < limit; start += batchSize)
    ranges.push({ start, end: Math.min(start + batchSize, limit) });
  return ranges;
}

function checkInteger(where: string, name: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new InputError(`${where}: ${name} must be an integer in [${low}, ${high}], got ${value}`);
  }
}
