/**
 * Where a batch tensor's elements lie: blocks of 32 lanes, each [rows, 32] by itself, the last one 16 wide where that is enough.
 *
 * Rows of a block follow one another without a gap, so that the lanes a kernel works on at a time fill the cache evenly,
 * whatever the batch; rows of all lanes would lie a power of two apart and compete for a few cache sets.
 */

/** Lanes are padded to a multiple of this many. */
export const laneGranule = 16;
/** Lanes of a block, except the last of a tensor, which may have 16. */
export const blockLanes = 32;

/** Lanes in memory of `batch` valid ones: the next multiple of 16 at or above it. */
export function paddedLanes(batch: number): number {
  return (batch + laneGranule - 1) & -laneGranule;
}

/** Lanes of the block that begins at lane `first`, a multiple of 32: 32, or 16 where no more are left. */
export function blockWidth(batch: number, first: number): number {
  return Math.min(blockLanes, paddedLanes(batch) - first);
}

/** The element of a batch tensor of `rows` rows and `batch` valid lanes that holds row r, lane b. */
export function lanePlace(rows: number, batch: number, r: number, b: number): number {
  const first = b & -blockLanes;
  return first * rows + r * blockWidth(batch, first) + (b - first);
}
