/**
 * Sums of products of runs of pixels with others at shifted addresses, 16 lanes apart: several taps of a channel
 * share the loads of its gradient.
 *
 * A run is `runBytes` of floats, a multiple of 64; there are `runs` of them, so many bytes apart as the steps say.
 * Where `rest` is not 0, as many lanes behind each run count, too. Offsets of the taps are in pixels, at `index`.
 */

import { tailMask } from "./lanes";

/** The sums with one run. */
export function addDots1(
  left: usize,
  leftStep: usize,
  index: usize,
  from: usize,
  rightStep: usize,
  pixelBytes: usize,
  runs: usize,
  runBytes: usize,
  rest: usize,
  sums: usize,
): void {
  sumDots(1, false, left, leftStep, index, from, rightStep, pixelBytes, runs, runBytes, 16, sums);
  if (!rest) return;
  sumDots(1, true, left + runBytes, leftStep, index, from + runBytes, rightStep, pixelBytes, runs, 64, rest, sums);
}

/** The sums with each of two runs, one behind the other at `sums`. */
export function addDots2(
  left: usize,
  leftStep: usize,
  index: usize,
  from: usize,
  rightStep: usize,
  pixelBytes: usize,
  runs: usize,
  runBytes: usize,
  rest: usize,
  sums: usize,
): void {
  sumDots(2, false, left, leftStep, index, from, rightStep, pixelBytes, runs, runBytes, 16, sums);
  if (!rest) return;
  sumDots(2, true, left + runBytes, leftStep, index, from + runBytes, rightStep, pixelBytes, runs, 64, rest, sums);
}

/** The sums with each of four runs, one behind the other at `sums`. */
export function addDots4(
  left: usize,
  leftStep: usize,
  index: usize,
  from: usize,
  rightStep: usize,
  pixelBytes: usize,
  runs: usize,
  runBytes: usize,
  rest: usize,
  sums: usize,
): void {
  sumDots(4, false, left, leftStep, index, from, rightStep, pixelBytes, runs, runBytes, 16, sums);
  if (!rest) return;
  sumDots(4, true, left + runBytes, leftStep, index, from + runBytes, rightStep, pixelBytes, runs, 64, rest, sums);
}

/**
 * For a constant `count` of 1, 2 or 4. Masked, only `rest` of 16 lanes count, and the sums continue those at `sums`.
 */
@inline
function sumDots(
  count: i32,
  masked: bool,
  left: usize,
  leftStep: usize,
  index: usize,
  from: usize,
  rightStep: usize,
  pixelBytes: usize,
  runs: usize,
  runBytes: usize,
  rest: usize,
  sums: usize,
): void {
  let right0 = from + load<usize>(index) * pixelBytes;
  let right1: usize = count > 1 ? from + load<usize>(index, 4) * pixelBytes : 0;
  let right2: usize = count > 2 ? from + load<usize>(index, 8) * pixelBytes : 0;
  let right3: usize = count > 2 ? from + load<usize>(index, 12) * pixelBytes : 0;
  const m0 = tailMask(0, rest);
  const m1 = tailMask(4, rest);
  const m2 = tailMask(8, rest);
  const m3 = tailMask(12, rest);
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
  if (masked) {
    s0 = v128.load(sums);
    s1 = v128.load(sums, 16);
    s2 = v128.load(sums, 32);
    s3 = v128.load(sums, 48);
    if (count > 1) {
      t0 = v128.load(sums, 64);
      t1 = v128.load(sums, 80);
      t2 = v128.load(sums, 96);
      t3 = v128.load(sums, 112);
    }
    if (count > 2) {
      u0 = v128.load(sums, 128);
      u1 = v128.load(sums, 144);
      u2 = v128.load(sums, 160);
      u3 = v128.load(sums, 176);
      v0 = v128.load(sums, 192);
      v1 = v128.load(sums, 208);
      v2 = v128.load(sums, 224);
      v3 = v128.load(sums, 240);
    }
  }
  for (; runs; runs--) {
    for (let at: usize = 0; at < runBytes; at += 64) {
      const l0 = v128.load(left + at);
      const l1 = v128.load(left + at, 16);
      const l2 = v128.load(left + at, 32);
      const l3 = v128.load(left + at, 48);
      s0 = f32x4.add(s0, product(masked, l0, v128.load(right0 + at), m0));
      s1 = f32x4.add(s1, product(masked, l1, v128.load(right0 + at, 16), m1));
      s2 = f32x4.add(s2, product(masked, l2, v128.load(right0 + at, 32), m2));
      s3 = f32x4.add(s3, product(masked, l3, v128.load(right0 + at, 48), m3));
      if (count > 1) {
        t0 = f32x4.add(t0, product(masked, l0, v128.load(right1 + at), m0));
        t1 = f32x4.add(t1, product(masked, l1, v128.load(right1 + at, 16), m1));
        t2 = f32x4.add(t2, product(masked, l2, v128.load(right1 + at, 32), m2));
        t3 = f32x4.add(t3, product(masked, l3, v128.load(right1 + at, 48), m3));
      }
      if (count > 2) {
        u0 = f32x4.add(u0, product(masked, l0, v128.load(right2 + at), m0));
        u1 = f32x4.add(u1, product(masked, l1, v128.load(right2 + at, 16), m1));
        u2 = f32x4.add(u2, product(masked, l2, v128.load(right2 + at, 32), m2));
        u3 = f32x4.add(u3, product(masked, l3, v128.load(right2 + at, 48), m3));
        v0 = f32x4.add(v0, product(masked, l0, v128.load(right3 + at), m0));
        v1 = f32x4.add(v1, product(masked, l1, v128.load(right3 + at, 16), m1));
        v2 = f32x4.add(v2, product(masked, l2, v128.load(right3 + at, 32), m2));
        v3 = f32x4.add(v3, product(masked, l3, v128.load(right3 + at, 48), m3));
      }
    }
    left += leftStep;
    right0 += rightStep;
    right1 += rightStep;
    right2 += rightStep;
    right3 += rightStep;
  }
  v128.store(sums, s0);
  v128.store(sums, s1, 16);
  v128.store(sums, s2, 32);
  v128.store(sums, s3, 48);
  if (count > 1) {
    v128.store(sums, t0, 64);
    v128.store(sums, t1, 80);
    v128.store(sums, t2, 96);
    v128.store(sums, t3, 112);
  }
  if (count > 2) {
    v128.store(sums, u0, 128);
    v128.store(sums, u1, 144);
    v128.store(sums, u2, 160);
    v128.store(sums, u3, 176);
    v128.store(sums, v0, 192);
    v128.store(sums, v1, 208);
    v128.store(sums, v2, 224);
    v128.store(sums, v3, 240);
  }
}

/** Cleared where masked after multiplying: padded lanes may hold NaN. */
@inline
function product(masked: bool, left: v128, right: v128, mask: v128): v128 {
  return masked ? v128.and(f32x4.mul(left, right), mask) : f32x4.mul(left, right);
}
