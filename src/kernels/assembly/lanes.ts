/** Lanes: where a block of them lies, masks for those that are padding, the sum across them in its one fixed order, ReLU and its gate. */

import { scratch } from "./scratch";

/** Address of row r in the block of a whole batch tensor that begins at lane `first`; `lanes` counts padded ones too. */
@inline
export function blockRow(x: usize, rows: usize, lanes: usize, first: usize, r: usize): usize {
  return x + ((first * rows + r * min<usize>(32, lanes - first)) << 2);
}

/** Lanes in memory of `batch` valid ones. */
@inline
export function paddedLanes(batch: usize): usize {
  return (batch + 15) & ~15;
}

/** Pixels of a channel whose elements are summed in float32: about a thousand elements, before float64 takes over. */
@inline
export function runPixels(lanes: usize): usize {
  return max<usize>(1, 1024 / lanes);
}

/** All ones in those of the lanes first..first+3 that lie below `count`. */
@inline
export function tailMask(first: usize, count: usize): v128 {
  return i32x4.lt_s(i32x4.add(i32x4.splat(<i32>first), i32x4(0, 1, 2, 3)), i32x4.splat(<i32>count));
}

/** Sum of the 16 floats at an address: ((0-3 + 4-7) + (8-11 + 12-15)), then of the four lanes (0 + 2) + (1 + 3). */
@inline
export function sumAcross(sums: usize): f32 {
  return sumLanes(sumFours(sums));
}

/** `sumLanes` of four vectors, with the same bits: in the four lanes. */
@inline
export function sumLanes4(v0: v128, v1: v128, v2: v128, v3: v128): v128 {
  // Only unpacking shuffles, which V8 can fuse into 256-bit ones.
  const pairs02 = f32x4.add(i32x4.shuffle(v0, v2, 0, 4, 1, 5), i32x4.shuffle(v0, v2, 2, 6, 3, 7));
  const pairs13 = f32x4.add(i32x4.shuffle(v1, v3, 0, 4, 1, 5), i32x4.shuffle(v1, v3, 2, 6, 3, 7));
  return f32x4.add(
    i32x4.shuffle(pairs02, pairs13, 0, 4, 1, 5),
    i32x4.shuffle(pairs02, pairs13, 2, 6, 3, 7),
  );
}

/** `sumAcross` of four times 16 floats, one behind the other, with the same bits: in the four lanes. */
@inline
export function sumAcross4(sums: usize): v128 {
  return sumLanes4(sumFours(sums), sumFours(sums + 64), sumFours(sums + 128), sumFours(sums + 192));
}

/** Four lanes of (0-3 + 4-7) + (8-11 + 12-15) of the 16 floats at an address. */
@inline
function sumFours(sums: usize): v128 {
  return f32x4.add(
    f32x4.add(v128.load(sums), v128.load(sums, 16)),
    f32x4.add(v128.load(sums, 32), v128.load(sums, 48)),
  );
}

/** (lane 0 + lane 2) + (lane 1 + lane 3). */
@inline
export function sumLanes(v: v128): f32 {
  const pairs = f32x4.add(v, i64x2.shuffle(v, v, 1, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** x where x > 0, else 0; cleared where x ≤ 0, so that NaN, which is not, passes unchanged. */
@inline
export function relu4(x: v128): v128 {
  return v128.andnot(x, f32x4.le(x, f32x4.splat(0)));
}

/** x where gate > 0, else 0. */
@inline
export function gated4(x: v128, gate: v128): v128 {
  return v128.and(x, f32x4.gt(gate, f32x4.splat(0)));
}

/**
 * Reads every cache line of `bytes` bytes, a multiple of 64, in order: the hardware fetches ahead what is read in order, so that
 * rows that are read here and there next come from the second-level cache.
 */
export function touch(address: usize, bytes: usize): void {
  let any: i32 = 0;
  const end = address + bytes;
  for (; address < end; address += 64) any |= load<i32>(address);
  // A result that nothing reads would be left out.
  store<i32>(scratch, any);
}
