/**
 * Products with a sparse matrix in CSR, in 128-bit SIMD over the lanes of the batch.
 *
 * Accumulators come in pairs of neighbours that are stored side by side, because V8's revectorisation fuses such pairs
 * into 256-bit operations.
 */

import { blockRow, gated4, paddedLanes, relu4, sumAcross, tailMask } from "./lanes";
import { scratch } from "./scratch";

export function sparseProduct(
  values: usize,
  permutation: usize,
  rowPointers: usize,
  columnIndices: usize,
  x: usize,
  y: usize,
  stride: usize,
  bias: usize,
  gate: usize,
  rectify: usize,
  begin: usize,
  end: usize,
): void {
  const strideBytes = stride << 2;
  // Lanes outermost: 32 lanes of all rows of x are what has to stay in the second-level cache.
  let lane: usize = 0;
  for (; lane + 32 <= stride; lane += 32) {
    const xLanes = x + (lane << 2);
    for (let r = begin; r < end; r++) {
      const pointers = rowPointers + (r << 2);
      const indices = columnIndices + (load<usize>(pointers) << 2);
      const indicesEnd = columnIndices + (load<usize>(pointers, 4) << 2);
      const place = r * strideBytes + (lane << 2);
      const target = y + place;
      const ofRow = bias ? bias + (r << 2) : 0;
      const gateRow = gate ? gate + place : 0;
      if (permutation) {
        row32(true, values, permutation - columnIndices, indices, indicesEnd, xLanes, target, strideBytes, ofRow, gateRow, rectify);
      } else {
        row32(false, 0, values - columnIndices, indices, indicesEnd, xLanes, target, strideBytes, ofRow, gateRow, rectify);
      }
    }
  }
  if (lane == stride) return;
  const xLanes = x + (lane << 2);
  for (let r = begin; r < end; r++) {
    const pointers = rowPointers + (r << 2);
    const indices = columnIndices + (load<usize>(pointers) << 2);
    const indicesEnd = columnIndices + (load<usize>(pointers, 4) << 2);
    const place = r * strideBytes + (lane << 2);
    const target = y + place;
    const ofRow = bias ? bias + (r << 2) : 0;
    const gateRow = gate ? gate + place : 0;
    if (permutation) {
      row16(true, values, permutation - columnIndices, indices, indicesEnd, xLanes, target, strideBytes, ofRow, gateRow, rectify);
    } else {
      row16(false, 0, values - columnIndices, indices, indicesEnd, xLanes, target, strideBytes, ofRow, gateRow, rectify);
    }
  }
}

/**
 * Address of the value that belongs to the column index at address `index`.
 *
 * @param beside  distance from an index to its value, or to its entry in the permutation
 */
@inline
function valueOf(permuted: bool, values: usize, beside: usize, index: usize): usize {
  return permuted ? values + (load<usize>(index + beside) << 2) : index + beside;
}

/** One row, 32 lanes: eight accumulators. */
@inline
function row32(
  permuted: bool,
  values: usize,
  beside: usize,
  index: usize,
  indexEnd: usize,
  x: usize,
  y: usize,
  strideBytes: usize,
  bias: usize,
  gate: usize,
  rectify: usize,
): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let s4 = f32x4.splat(0);
  let s5 = f32x4.splat(0);
  let s6 = f32x4.splat(0);
  let s7 = f32x4.splat(0);
  for (; index < indexEnd; index += 4) {
    const f = v128.load_splat<f32>(valueOf(permuted, values, beside, index));
    const row = x + load<usize>(index) * strideBytes;
    s0 = f32x4.add(s0, f32x4.mul(f, v128.load(row)));
    s1 = f32x4.add(s1, f32x4.mul(f, v128.load(row, 16)));
    s2 = f32x4.add(s2, f32x4.mul(f, v128.load(row, 32)));
    s3 = f32x4.add(s3, f32x4.mul(f, v128.load(row, 48)));
    s4 = f32x4.add(s4, f32x4.mul(f, v128.load(row, 64)));
    s5 = f32x4.add(s5, f32x4.mul(f, v128.load(row, 80)));
    s6 = f32x4.add(s6, f32x4.mul(f, v128.load(row, 96)));
    s7 = f32x4.add(s7, f32x4.mul(f, v128.load(row, 112)));
  }
  if (bias) {
    const b = v128.load_splat<f32>(bias);
    s0 = f32x4.add(s0, b);
    s1 = f32x4.add(s1, b);
    s2 = f32x4.add(s2, b);
    s3 = f32x4.add(s3, b);
    s4 = f32x4.add(s4, b);
    s5 = f32x4.add(s5, b);
    s6 = f32x4.add(s6, b);
    s7 = f32x4.add(s7, b);
  }
  if (rectify) {
    s0 = relu4(s0);
    s1 = relu4(s1);
    s2 = relu4(s2);
    s3 = relu4(s3);
    s4 = relu4(s4);
    s5 = relu4(s5);
    s6 = relu4(s6);
    s7 = relu4(s7);
  }
  if (gate) {
    s0 = gated4(s0, v128.load(gate));
    s1 = gated4(s1, v128.load(gate, 16));
    s2 = gated4(s2, v128.load(gate, 32));
    s3 = gated4(s3, v128.load(gate, 48));
    s4 = gated4(s4, v128.load(gate, 64));
    s5 = gated4(s5, v128.load(gate, 80));
    s6 = gated4(s6, v128.load(gate, 96));
    s7 = gated4(s7, v128.load(gate, 112));
  }
  v128.store(y, s0, 0);
  v128.store(y, s1, 16);
  v128.store(y, s2, 32);
  v128.store(y, s3, 48);
  v128.store(y, s4, 64);
  v128.store(y, s5, 80);
  v128.store(y, s6, 96);
  v128.store(y, s7, 112);
}

/** One row, 16 lanes: four accumulators. */
@inline
function row16(
  permuted: bool,
  values: usize,
  beside: usize,
  index: usize,
  indexEnd: usize,
  x: usize,
  y: usize,
  strideBytes: usize,
  bias: usize,
  gate: usize,
  rectify: usize,
): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (; index < indexEnd; index += 4) {
    const f = v128.load_splat<f32>(valueOf(permuted, values, beside, index));
    const row = x + load<usize>(index) * strideBytes;
    s0 = f32x4.add(s0, f32x4.mul(f, v128.load(row)));
    s1 = f32x4.add(s1, f32x4.mul(f, v128.load(row, 16)));
    s2 = f32x4.add(s2, f32x4.mul(f, v128.load(row, 32)));
    s3 = f32x4.add(s3, f32x4.mul(f, v128.load(row, 48)));
  }
  if (bias) {
    const b = v128.load_splat<f32>(bias);
    s0 = f32x4.add(s0, b);
    s1 = f32x4.add(s1, b);
    s2 = f32x4.add(s2, b);
    s3 = f32x4.add(s3, b);
  }
  if (rectify) {
    s0 = relu4(s0);
    s1 = relu4(s1);
    s2 = relu4(s2);
    s3 = relu4(s3);
  }
  if (gate) {
    s0 = gated4(s0, v128.load(gate));
    s1 = gated4(s1, v128.load(gate, 16));
    s2 = gated4(s2, v128.load(gate, 32));
    s3 = gated4(s3, v128.load(gate, 48));
  }
  v128.store(y, s0, 0);
  v128.store(y, s1, 16);
  v128.store(y, s2, 32);
  v128.store(y, s3, 48);
}

export function sparseOuter(
  rowPointers: usize,
  columnIndices: usize,
  left: usize,
  right: usize,
  out: usize,
  batch: usize,
  leftRows: usize,
  rightRows: usize,
  begin: usize,
  end: usize,
): void {
  const lanes = paddedLanes(batch);
  const whole = batch & ~31;
  const blocks = whole >> 5;
  const rest = batch & 31;
  const leftBlock = leftRows << 7;
  const rightBlock = rightRows << 7;
  // A local: stores through a global are not recognised as neighbours.
  const sums = scratch;
  for (let r = begin; r < end; r++) {
    const last = load<usize>(rowPointers + (r << 2), 4);
    const leftRow = left + (r << 7);
    const leftRest = blockRow(left, leftRows, lanes, whole, r);
    let k = load<usize>(rowPointers + (r << 2));
    // Two weights share the loads of the left row and keep eight sums in flight.
    for (; k + 2 <= last; k += 2) {
      const column0 = load<usize>(columnIndices + (k << 2));
      const column1 = load<usize>(columnIndices + (k << 2), 4);
      dotBlocks2(leftRow, leftBlock, right + (column0 << 7), right + (column1 << 7), rightBlock, sums, blocks);
      if (rest) {
        addRest(leftRest, blockRow(right, rightRows, lanes, whole, column0), sums, lanes - whole, rest);
        addRest(leftRest, blockRow(right, rightRows, lanes, whole, column1), sums + 64, lanes - whole, rest);
      }
      store<f32>(out + (k << 2), sumAcross(sums), 0);
      store<f32>(out + (k << 2), sumAcross(sums + 64), 4);
    }
    if (k < last) {
      const column = load<usize>(columnIndices + (k << 2));
      dotBlocks(leftRow, leftBlock, right + (column << 7), rightBlock, sums, blocks);
      if (rest) addRest(leftRest, blockRow(right, rightRows, lanes, whole, column), sums, lanes - whole, rest);
      store<f32>(out + (k << 2), sumAcross(sums));
    }
  }
}

/** Leaves the sums, 16 lanes apart, of left * right0 and left * right1 over whole blocks at `sums` and `sums + 64`. */
@inline
function dotBlocks2(
  left: usize,
  leftBlock: usize,
  right0: usize,
  right1: usize,
  rightBlock: usize,
  sums: usize,
  blocks: usize,
): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let t0 = f32x4.splat(0);
  let t1 = f32x4.splat(0);
  let t2 = f32x4.splat(0);
  let t3 = f32x4.splat(0);
  for (; blocks; blocks--) {
    const l0 = v128.load(left, 0);
    const l1 = v128.load(left, 16);
    const l2 = v128.load(left, 32);
    const l3 = v128.load(left, 48);
    s0 = f32x4.add(s0, f32x4.mul(l0, v128.load(right0, 0)));
    s1 = f32x4.add(s1, f32x4.mul(l1, v128.load(right0, 16)));
    s2 = f32x4.add(s2, f32x4.mul(l2, v128.load(right0, 32)));
    s3 = f32x4.add(s3, f32x4.mul(l3, v128.load(right0, 48)));
    t0 = f32x4.add(t0, f32x4.mul(l0, v128.load(right1, 0)));
    t1 = f32x4.add(t1, f32x4.mul(l1, v128.load(right1, 16)));
    t2 = f32x4.add(t2, f32x4.mul(l2, v128.load(right1, 32)));
    t3 = f32x4.add(t3, f32x4.mul(l3, v128.load(right1, 48)));
    const m0 = v128.load(left, 64);
    const m1 = v128.load(left, 80);
    const m2 = v128.load(left, 96);
    const m3 = v128.load(left, 112);
    s0 = f32x4.add(s0, f32x4.mul(m0, v128.load(right0, 64)));
    s1 = f32x4.add(s1, f32x4.mul(m1, v128.load(right0, 80)));
    s2 = f32x4.add(s2, f32x4.mul(m2, v128.load(right0, 96)));
    s3 = f32x4.add(s3, f32x4.mul(m3, v128.load(right0, 112)));
    t0 = f32x4.add(t0, f32x4.mul(m0, v128.load(right1, 64)));
    t1 = f32x4.add(t1, f32x4.mul(m1, v128.load(right1, 80)));
    t2 = f32x4.add(t2, f32x4.mul(m2, v128.load(right1, 96)));
    t3 = f32x4.add(t3, f32x4.mul(m3, v128.load(right1, 112)));
    left += leftBlock;
    right0 += rightBlock;
    right1 += rightBlock;
  }
  v128.store(sums, s0, 0);
  v128.store(sums, s1, 16);
  v128.store(sums, s2, 32);
  v128.store(sums, s3, 48);
  v128.store(sums, t0, 64);
  v128.store(sums, t1, 80);
  v128.store(sums, t2, 96);
  v128.store(sums, t3, 112);
}

/** Leaves the sums, 16 lanes apart, of left * right over whole blocks at `sums`. */
@inline
function dotBlocks(left: usize, leftBlock: usize, right: usize, rightBlock: usize, sums: usize, blocks: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (; blocks; blocks--) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(left, 0), v128.load(right, 0)));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(left, 16), v128.load(right, 16)));
    s2 = f32x4.add(s2, f32x4.mul(v128.load(left, 32), v128.load(right, 32)));
    s3 = f32x4.add(s3, f32x4.mul(v128.load(left, 48), v128.load(right, 48)));
    s0 = f32x4.add(s0, f32x4.mul(v128.load(left, 64), v128.load(right, 64)));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(left, 80), v128.load(right, 80)));
    s2 = f32x4.add(s2, f32x4.mul(v128.load(left, 96), v128.load(right, 96)));
    s3 = f32x4.add(s3, f32x4.mul(v128.load(left, 112), v128.load(right, 112)));
    left += leftBlock;
    right += rightBlock;
  }
  v128.store(sums, s0, 0);
  v128.store(sums, s1, 16);
  v128.store(sums, s2, 32);
  v128.store(sums, s3, 48);
}

/**
 * Adds the products of the last block, of `lanes` = 16 or 32 lanes of which the first `rest` are valid, to the 16 sums at
 * `sums`; padded lanes count as 0, NaN included.
 */
function addRest(left: usize, right: usize, sums: usize, lanes: usize, rest: usize): void {
  const bytes = lanes << 2;
  for (let at: usize = 0; at < bytes; at += 16) {
    const mask = tailMask(at >> 2, rest);
    const l = v128.and(v128.load(left + at), mask);
    const r = v128.and(v128.load(right + at), mask);
    const place = sums + (at & 63);
    v128.store(place, f32x4.add(v128.load(place), f32x4.mul(l, r)));
  }
}
