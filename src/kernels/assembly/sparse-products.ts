/**
 * Products with a sparse matrix in CSR, in 128-bit SIMD over the lanes of the batch.
 *
 * Accumulators come in pairs of neighbours that are stored side by side, because V8's revectorisation fuses such pairs
 * into 256-bit operations.
 */

import { blockRow, gated4, paddedLanes, relu4, sumAcross, sumAcross4, tailMask } from "./lanes";
import { scratch } from "./scratch";

export function sparseProduct(
  values: usize,
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
  // Lanes outermost: 32 lanes of all rows of x are what has to stay in the second-level cache. A block of lanes is one pass.
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
      row32(values - columnIndices, indices, indicesEnd, xLanes, target, strideBytes, ofRow, gateRow, rectify);
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
    row16(values - columnIndices, indices, indicesEnd, xLanes, target, strideBytes, ofRow, gateRow, rectify);
  }
}

export function permute(values: usize, permutation: usize, out: usize, begin: usize, end: usize): void {
  for (let k = begin << 2; k < end << 2; k += 4) {
    store<f32>(out + k, load<f32>(values + (load<usize>(permutation + k) << 2)));
  }
}

/** One row, 32 lanes: eight accumulators. `beside` is the distance from a column index to its value. */
@inline
export function row32(
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
    const f = v128.load_splat<f32>(index + beside);
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
export function row16(
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
    const f = v128.load_splat<f32>(index + beside);
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
  leftRows: usize,
  right: usize,
  out: usize,
  batch: usize,
  begin: usize,
  end: usize,
): void {
  const lanes = paddedLanes(batch);
  const leftBlock = leftRows << 7;
  const rightBytes = lanes << 2;
  // Whole groups of 16 lanes in blocks whose rows are equally wide: of several blocks a narrow last one is left over.
  const leftShift: usize = lanes == 16 ? 6 : 7;
  const groups = (lanes > 16 ? batch & ~(lanes & 16) : batch) >> 4;
  const restBytes = groups << 6;
  const rest = batch - (groups << 4);
  // A local: stores through a global are not recognised as neighbours.
  const sums = scratch;
  for (let r = begin; r < end; r++) {
    const last = load<usize>(rowPointers + (r << 2), 4);
    const leftRow = left + (r << leftShift);
    const leftRest = leftGroup(left, leftRows, lanes, groups << 4, r);
    let k = load<usize>(rowPointers + (r << 2));
    // Four weights share the loads of the left row and the sum across.
    for (; k + 4 <= last; k += 4) {
      const indices = columnIndices + (k << 2);
      const right0 = right + load<usize>(indices) * rightBytes;
      const right1 = right + load<usize>(indices, 4) * rightBytes;
      const right2 = right + load<usize>(indices, 8) * rightBytes;
      const right3 = right + load<usize>(indices, 12) * rightBytes;
      dotGroups4(leftRow, leftBlock, right0, right1, right2, right3, sums, groups);
      if (rest) {
        addRest(leftRest, right0 + restBytes, sums, rest);
        addRest(leftRest, right1 + restBytes, sums + 64, rest);
        addRest(leftRest, right2 + restBytes, sums + 128, rest);
        addRest(leftRest, right3 + restBytes, sums + 192, rest);
      }
      v128.store(out + (k << 2), sumAcross4(sums));
    }
    for (; k < last; k++) {
      const rightRow = right + load<usize>(columnIndices + (k << 2)) * rightBytes;
      dotGroups(leftRow, leftBlock, rightRow, sums, groups);
      if (rest) addRest(leftRest, rightRow + restBytes, sums, rest);
      store<f32>(out + (k << 2), sumAcross(sums));
    }
  }
}

/** Address of the 16 lanes from `lane` on, a multiple of 16, of row r of a tensor in blocks. */
@inline
function leftGroup(x: usize, rows: usize, lanes: usize, lane: usize, r: usize): usize {
  return blockRow(x, rows, lanes, lane & ~31, r) + ((lane & 16) << 2);
}

/** Leaves the sums, 16 lanes apart, of left with each of four right rows at `sums` and 64, 128, 192 bytes behind it. */
@inline
function dotGroups4(
  left: usize,
  leftBlock: usize,
  right0: usize,
  right1: usize,
  right2: usize,
  right3: usize,
  sums: usize,
  groups: usize,
): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let t0 = f32x4.splat(0);
  let t1 = f32x4.splat(0);
  let t2 = f32x4.splat(0);
  let t3 = f32x4.splat(0);
  let u0 = f32x4.splat(0);
  let u1 = f32x4.splat(0);
  let u2 = f32x4.splat(0);
  let u3 = f32x4.splat(0);
  let v0 = f32x4.splat(0);
  let v1 = f32x4.splat(0);
  let v2 = f32x4.splat(0);
  let v3 = f32x4.splat(0);
  // From one group of 16 lanes to the next: to the other half of a block and to the next block by turns.
  let leftStep: usize = 64;
  for (; groups; groups--) {
    const l0 = v128.load(left);
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
    u0 = f32x4.add(u0, f32x4.mul(l0, v128.load(right2, 0)));
    u1 = f32x4.add(u1, f32x4.mul(l1, v128.load(right2, 16)));
    u2 = f32x4.add(u2, f32x4.mul(l2, v128.load(right2, 32)));
    u3 = f32x4.add(u3, f32x4.mul(l3, v128.load(right2, 48)));
    v0 = f32x4.add(v0, f32x4.mul(l0, v128.load(right3, 0)));
    v1 = f32x4.add(v1, f32x4.mul(l1, v128.load(right3, 16)));
    v2 = f32x4.add(v2, f32x4.mul(l2, v128.load(right3, 32)));
    v3 = f32x4.add(v3, f32x4.mul(l3, v128.load(right3, 48)));
    left += leftStep;
    right0 += 64;
    right1 += 64;
    right2 += 64;
    right3 += 64;
    leftStep = leftBlock - leftStep;
  }
  v128.store(sums, s0, 0);
  v128.store(sums, s1, 16);
  v128.store(sums, s2, 32);
  v128.store(sums, s3, 48);
  v128.store(sums, t0, 64);
  v128.store(sums, t1, 80);
  v128.store(sums, t2, 96);
  v128.store(sums, t3, 112);
  v128.store(sums, u0, 128);
  v128.store(sums, u1, 144);
  v128.store(sums, u2, 160);
  v128.store(sums, u3, 176);
  v128.store(sums, v0, 192);
  v128.store(sums, v1, 208);
  v128.store(sums, v2, 224);
  v128.store(sums, v3, 240);
}

/** Leaves the sums, 16 lanes apart, of left * right at `sums`. */
@inline
function dotGroups(left: usize, leftBlock: usize, right: usize, sums: usize, groups: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let leftStep: usize = 64;
  for (; groups; groups--) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(left), v128.load(right)));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(left, 16), v128.load(right, 16)));
    s2 = f32x4.add(s2, f32x4.mul(v128.load(left, 32), v128.load(right, 32)));
    s3 = f32x4.add(s3, f32x4.mul(v128.load(left, 48), v128.load(right, 48)));
    left += leftStep;
    right += 64;
    leftStep = leftBlock - leftStep;
  }
  v128.store(sums, s0, 0);
  v128.store(sums, s1, 16);
  v128.store(sums, s2, 32);
  v128.store(sums, s3, 48);
}

/** Adds the products of the first `rest` ≤ 16 lanes to the 16 sums at `sums`; padded lanes count as 0, NaN included. */
function addRest(left: usize, right: usize, sums: usize, rest: usize): void {
  for (let at: usize = 0; at < 64; at += 16) {
    const mask = tailMask(at >> 2, rest);
    const l = v128.and(v128.load(left + at), mask);
    const r = v128.and(v128.load(right + at), mask);
    v128.store(sums + at, f32x4.add(v128.load(sums + at), f32x4.mul(l, r)));
  }
}
