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
 * The same for one example whose features lie side by side, four rows at once, a row per lane. Rows stand in quads of about
 * equally many taps, a quad in one stream of words:
 *
 *     common taps | further taps of each of the 4 rows | places of the 4 rows, bytes |     9 words
 *     4 offsets, 4 weights |  for each common tap
 *     offset, weight |        for each further tap of the first row, of the second ...
 */
export function sparseExample(at: usize, quads: usize, x: usize, y: usize, bias: usize, floor: f32): void {
  for (; quads > 0; quads--) {
    const head = at;
    at += 36;
    let s = f32x4.splat(0);
    for (const end = at + (load<u32>(head) << 5); at < end; at += 32) {
      let v = v128.load32_zero(x + load<u32>(at));
      v = v128.load32_lane(x + load<u32>(at, 4), v, 1);
      v = v128.load32_lane(x + load<u32>(at, 8), v, 2);
      v = v128.load32_lane(x + load<u32>(at, 12), v, 3);
      s = f32x4.add(s, f32x4.mul(v128.load(at, 16), v));
    }
    const end0 = at + (load<u32>(head, 4) << 3);
    const end1 = end0 + (load<u32>(head, 8) << 3);
    const end2 = end1 + (load<u32>(head, 12) << 3);
    const end3 = end2 + (load<u32>(head, 16) << 3);
    store1(rest(at, end0, x, f32x4.extract_lane(s, 0)), load<u32>(head, 20), y, bias, floor);
    store1(rest(end0, end1, x, f32x4.extract_lane(s, 1)), load<u32>(head, 24), y, bias, floor);
    store1(rest(end1, end2, x, f32x4.extract_lane(s, 2)), load<u32>(head, 28), y, bias, floor);
    store1(rest(end2, end3, x, f32x4.extract_lane(s, 3)), load<u32>(head, 32), y, bias, floor);
    at = end3;
  }
}

@inline
function rest(tap: usize, end: usize, x: usize, sum: f32): f32 {
  for (; tap < end; tap += 8) sum += load<f32>(tap, 4) * load<f32>(x + load<u32>(tap));
  return sum;
}

@inline
function store1(sum: f32, place: usize, y: usize, bias: usize, floor: f32): void {
  const value = finish(f32x4.splat(sum), v128.load_splat<f32>(bias + place), f32x4.splat(floor));
  v128.store_lane<f32>(y + place, value, 0);
}
