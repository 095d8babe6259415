/**
 * Sparse products: each row is a list of taps, an offset in bytes and a weight, side by side.
 *
 *     taps   | offset u32, weight f32 | offset, weight | ...        rows   | first tap of row 0 | of row 1 | ... | end |
 *
 * A convolution's offset leads to a shifted plane of pixels, a linear layer's to a row of 32 examples. Every element of a
 * result is one sum in the order of the taps with the bias last, in each of the loops.
 */

import { finish } from "./finish";

/**
 * y[r][p] = Σ_t weight[r][t] x[p + offset[r][t]] + bias[r] for groups of 8 positions p.
 *
 * @param pitch   bytes between rows of y
 * @param floor   0 for ReLU, -Infinity for none
 * @param groups  [count], bytes from the origins of x, y and mask
 * @param mask    all bits of a pixel, none of what lies between
 */
export function sparseTaps(
  taps: usize,
  rowPointers: usize,
  rows: usize,
  x: usize,
  y: usize,
  pitch: usize,
  bias: usize,
  floor: f32,
  groups: usize,
  count: usize,
  mask: usize,
): void {
  const groupsEnd = groups + (count << 2);
  for (; groups + 16 <= groupsEnd; groups += 16) {
    const p0 = load<u32>(groups);
    const p1 = load<u32>(groups, 4);
    const p2 = load<u32>(groups, 8);
    const p3 = load<u32>(groups, 12);
    let to = y;
    for (let r: usize = 0; r < rows; r++) {
      const pointer = rowPointers + (r << 2);
      const tap = taps + (load<u32>(pointer) << 3);
      const tapEnd = taps + (load<u32>(pointer, 4) << 3);
      four8(tap, tapEnd, x, to, bias + (r << 2), floor, mask, p0, p1, p2, p3);
      to += pitch;
    }
  }
  for (; groups < groupsEnd; groups += 4) {
    const p = load<u32>(groups);
    const first = x + p;
    let to = y + p;
    for (let r: usize = 0; r < rows; r++) {
      const pointer = rowPointers + (r << 2);
      const tap = taps + (load<u32>(pointer) << 3);
      const tapEnd = taps + (load<u32>(pointer, 4) << 3);
      one8(tap, tapEnd, first, to, bias + (r << 2), floor, mask + p);
      to += pitch;
    }
  }
}

@inline
function four8(
  tap: usize,
  tapEnd: usize,
  x: usize,
  y: usize,
  bias: usize,
  floor: f32,
  mask: usize,
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let s4 = f32x4.splat(0);
  let s5 = f32x4.splat(0);
  let s6 = f32x4.splat(0);
  let s7 = f32x4.splat(0);
  for (; tap < tapEnd; tap += 8) {
    const from = x + load<u32>(tap);
    const f = v128.load_splat<f32>(tap, 4);
    s0 = f32x4.add(s0, f32x4.mul(f, v128.load(from + p0)));
    s1 = f32x4.add(s1, f32x4.mul(f, v128.load(from + p0, 16)));
    s2 = f32x4.add(s2, f32x4.mul(f, v128.load(from + p1)));
    s3 = f32x4.add(s3, f32x4.mul(f, v128.load(from + p1, 16)));
    s4 = f32x4.add(s4, f32x4.mul(f, v128.load(from + p2)));
    s5 = f32x4.add(s5, f32x4.mul(f, v128.load(from + p2, 16)));
    s6 = f32x4.add(s6, f32x4.mul(f, v128.load(from + p3)));
    s7 = f32x4.add(s7, f32x4.mul(f, v128.load(from + p3, 16)));
  }
  const b = v128.load_splat<f32>(bias);
  pair(s0, s1, b, y + p0, floor, mask + p0);
  pair(s2, s3, b, y + p1, floor, mask + p1);
  pair(s4, s5, b, y + p2, floor, mask + p2);
  pair(s6, s7, b, y + p3, floor, mask + p3);
}

@inline
function one8(tap: usize, tapEnd: usize, x: usize, y: usize, bias: usize, floor: f32, mask: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  for (; tap < tapEnd; tap += 8) {
    const from = x + load<u32>(tap);
    const f = v128.load_splat<f32>(tap, 4);
    s0 = f32x4.add(s0, f32x4.mul(f, v128.load(from)));
    s1 = f32x4.add(s1, f32x4.mul(f, v128.load(from, 16)));
  }
  pair(s0, s1, v128.load_splat<f32>(bias), y, floor, mask);
}

@inline
function pair(s0: v128, s1: v128, bias: v128, y: usize, floor: f32, mask: usize): void {
  s0 = finish(s0, bias, f32x4.splat(floor));
  s1 = finish(s1, bias, f32x4.splat(floor));
  s0 = v128.and(s0, v128.load(mask));
  s1 = v128.and(s1, v128.load(mask, 16));
  v128.store(y, s0);
  v128.store(y, s1, 16);
}

/**
 * The same for one example whose features lie side by side: offsets are those of rows of 32 examples, so a feature is at a
 * 32nd of its offset. Four rows at once, since each sum has to wait for its last addition.
 */
export function sparseExample(
  taps: usize,
  rowPointers: usize,
  rows: usize,
  x: usize,
  y: usize,
  bias: usize,
  floor: f32,
): void {
  let r: usize = 0;
  for (; r + 4 <= rows; r += 4) {
    const pointer = rowPointers + (r << 2);
    let t0 = taps + (load<u32>(pointer) << 3);
    let t1 = taps + (load<u32>(pointer, 4) << 3);
    let t2 = taps + (load<u32>(pointer, 8) << 3);
    let t3 = taps + (load<u32>(pointer, 12) << 3);
    const e0 = t1;
    const e1 = t2;
    const e2 = t3;
    const e3 = taps + (load<u32>(pointer, 16) << 3);
    const least = min(min(e0 - t0, e1 - t1), min(e2 - t2, e3 - t3));
    let s0: f32 = 0;
    let s1: f32 = 0;
    let s2: f32 = 0;
    let s3: f32 = 0;
    for (const end = t0 + least; t0 < end; ) {
      s0 += load<f32>(t0, 4) * load<f32>(x + (load<u32>(t0) >> 5));
      s1 += load<f32>(t1, 4) * load<f32>(x + (load<u32>(t1) >> 5));
      s2 += load<f32>(t2, 4) * load<f32>(x + (load<u32>(t2) >> 5));
      s3 += load<f32>(t3, 4) * load<f32>(x + (load<u32>(t3) >> 5));
      t0 += 8;
      t1 += 8;
      t2 += 8;
      t3 += 8;
    }
    const place = r << 2;
    store1(rest(t0, e0, x, s0), y + place, bias + place, floor);
    store1(rest(t1, e1, x, s1), y + place + 4, bias + place + 4, floor);
    store1(rest(t2, e2, x, s2), y + place + 8, bias + place + 8, floor);
    store1(rest(t3, e3, x, s3), y + place + 12, bias + place + 12, floor);
  }
  for (; r < rows; r++) {
    const pointer = rowPointers + (r << 2);
    const from = taps + (load<u32>(pointer) << 3);
    const end = taps + (load<u32>(pointer, 4) << 3);
    store1(rest(from, end, x, 0), y + (r << 2), bias + (r << 2), floor);
  }
}

@inline
function rest(tap: usize, end: usize, x: usize, sum: f32): f32 {
  for (; tap < end; tap += 8) sum += load<f32>(tap, 4) * load<f32>(x + (load<u32>(tap) >> 5));
  return sum;
}

@inline
function store1(sum: f32, y: usize, bias: usize, floor: f32): void {
  v128.store_lane<f32>(y, finish(f32x4.splat(sum), v128.load_splat<f32>(bias), f32x4.splat(floor)), 0);
}
