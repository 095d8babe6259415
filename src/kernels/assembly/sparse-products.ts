/**
 * The product of a sparse matrix in CSR with a batch, in 128-bit SIMD over the lanes.
 *
 * Accumulators come in pairs of neighbours that are stored side by side, because V8's revectorisation fuses such pairs
 * into 256-bit operations.
 */

import { gated4, relu4, touch } from "./lanes";

export function sparseProduct(
  values: usize,
  rowPointers: usize,
  columnIndices: usize,
  x: usize,
  xRows: usize,
  y: usize,
  stride: usize,
  bias: usize,
  gate: usize,
  rectify: usize,
  begin: usize,
  end: usize,
): void {
  // 32 lanes of all rows of x are what has to stay in the second-level cache.
  const entries = load<usize>(rowPointers + (end << 2)) - load<usize>(rowPointers + (begin << 2));
  if (entries >= xRows) touch(x, (xRows * stride) << 2);
  const beside = values - columnIndices;
  // Rows of x are a constant apart in either case: a product with `stride` for each weight costs some per cent.
  const wide = stride == 32;
  const rowShift: usize = wide ? 7 : 6;
  for (let r = begin; r < end; r++) {
    const pointers = rowPointers + (r << 2);
    const indices = columnIndices + (load<usize>(pointers) << 2);
    const indicesEnd = columnIndices + (load<usize>(pointers, 4) << 2);
    const place = r << rowShift;
    const ofRow = bias ? bias + (r << 2) : 0;
    const gateRow = gate ? gate + place : 0;
    if (wide) row32(beside, indices, indicesEnd, x, y + place, ofRow, gateRow, rectify);
    else row16(beside, indices, indicesEnd, x, y + place, ofRow, gateRow, rectify);
  }
}

export function permute(values: usize, permutation: usize, out: usize, begin: usize, end: usize): void {
  let from = permutation + (begin << 2);
  const last = permutation + (end << 2);
  const beside = out - permutation;
  touch(values + (begin << 2), (end - begin) << 2);
  for (; from + 16 <= last; from += 16) {
    const v0 = load<u32>(values + (load<usize>(from) << 2));
    const v1 = load<u32>(values + (load<usize>(from, 4) << 2));
    const v2 = load<u32>(values + (load<usize>(from, 8) << 2));
    const v3 = load<u32>(values + (load<usize>(from, 12) << 2));
    const to = from + beside;
    store<u32>(to, v0);
    store<u32>(to, v1, 4);
    store<u32>(to, v2, 8);
    store<u32>(to, v3, 12);
  }
  for (; from < last; from += 4) store<f32>(from + beside, load<f32>(values + (load<usize>(from) << 2)));
}

/** One row, 32 lanes: eight accumulators. `beside` is the distance from a column index to its value. */
@inline
export function row32(
  beside: usize,
  index: usize,
  indexEnd: usize,
  x: usize,
  y: usize,
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
    const row = x + (load<usize>(index) << 7);
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
    const row = x + (load<usize>(index) << 6);
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
