/**
 * Sums of up to four weighted runs of pixels, 16 lanes at a time, into a run of the result.
 *
 * A run is `runBytes` of floats one behind the other, a multiple of 64; there are `runs` of them, `fromStep` and `targetStep`
 * bytes apart. Each tap has an offset in pixels at `index` and its weight `beside` bytes from it.
 */

import { gated4, relu4 } from "./lanes";

/** The sum of `count` / 4 taps, 0 to 4 of them, in place of what the target held. */
export function startTaps(
  count: usize,
  beside: usize,
  index: usize,
  from: usize,
  pixelBytes: usize,
  fromStep: usize,
  target: usize,
  targetStep: usize,
  runs: usize,
  runBytes: usize,
  bias: usize,
  gate: usize,
  rectify: usize,
): void {
  if (count == 4) startTaps1(beside, index, from, pixelBytes, fromStep, target, targetStep, runs, runBytes, bias, gate, rectify);
  else if (count == 8) startTaps2(beside, index, from, pixelBytes, fromStep, target, targetStep, runs, runBytes, bias, gate, rectify);
  else if (count == 12) startTaps3(beside, index, from, pixelBytes, fromStep, target, targetStep, runs, runBytes, bias, gate, rectify);
  else if (count == 16) startTaps4(beside, index, from, pixelBytes, fromStep, target, targetStep, runs, runBytes, bias, gate, rectify);
  else startTaps0(beside, index, from, pixelBytes, fromStep, target, targetStep, runs, runBytes, bias, gate, rectify);
}

function startTaps0(b: usize, i: usize, from: usize, p: usize, fs: usize, t: usize, ts: usize, n: usize, rb: usize, bias: usize, gate: usize, rectify: usize): void {
  sumTaps(0, true, b, i, from, p, fs, t, ts, n, rb, bias, gate, rectify);
}
function startTaps1(b: usize, i: usize, from: usize, p: usize, fs: usize, t: usize, ts: usize, n: usize, rb: usize, bias: usize, gate: usize, rectify: usize): void {
  sumTaps(1, true, b, i, from, p, fs, t, ts, n, rb, bias, gate, rectify);
}
function startTaps2(b: usize, i: usize, from: usize, p: usize, fs: usize, t: usize, ts: usize, n: usize, rb: usize, bias: usize, gate: usize, rectify: usize): void {
  sumTaps(2, true, b, i, from, p, fs, t, ts, n, rb, bias, gate, rectify);
}
function startTaps3(b: usize, i: usize, from: usize, p: usize, fs: usize, t: usize, ts: usize, n: usize, rb: usize, bias: usize, gate: usize, rectify: usize): void {
  sumTaps(3, true, b, i, from, p, fs, t, ts, n, rb, bias, gate, rectify);
}
function startTaps4(b: usize, i: usize, from: usize, p: usize, fs: usize, t: usize, ts: usize, n: usize, rb: usize, bias: usize, gate: usize, rectify: usize): void {
  sumTaps(4, true, b, i, from, p, fs, t, ts, n, rb, bias, gate, rectify);
}
export function addTaps4(b: usize, i: usize, from: usize, p: usize, fs: usize, t: usize, ts: usize, n: usize, rb: usize, bias: usize, gate: usize, rectify: usize): void {
  sumTaps(4, false, b, i, from, p, fs, t, ts, n, rb, bias, gate, rectify);
}

@inline
function sumTaps(
  count: i32,
  fresh: bool,
  beside: usize,
  index: usize,
  from: usize,
  pixelBytes: usize,
  fromStep: usize,
  target: usize,
  targetStep: usize,
  runs: usize,
  runBytes: usize,
  bias: usize,
  gate: usize,
  rectify: usize,
): void {
  let from0: usize = 0;
  let from1: usize = 0;
  let from2: usize = 0;
  let from3: usize = 0;
  let f0 = f32x4.splat(0);
  let f1 = f32x4.splat(0);
  let f2 = f32x4.splat(0);
  let f3 = f32x4.splat(0);
  if (count > 0) {
    from0 = from + load<usize>(index) * pixelBytes;
    f0 = v128.load_splat<f32>(index + beside);
  }
  if (count > 1) {
    from1 = from + load<usize>(index, 4) * pixelBytes;
    f1 = v128.load_splat<f32>(index + beside, 4);
  }
  if (count > 2) {
    from2 = from + load<usize>(index, 8) * pixelBytes;
    f2 = v128.load_splat<f32>(index + beside, 8);
  }
  if (count > 3) {
    from3 = from + load<usize>(index, 12) * pixelBytes;
    f3 = v128.load_splat<f32>(index + beside, 12);
  }
  const finish = (bias | gate | rectify) != 0;
  for (; runs; runs--) {
    for (let at: usize = 0; at < runBytes; at += 64) {
      const to = target + at;
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      if (!fresh) {
        s0 = v128.load(to);
        s1 = v128.load(to, 16);
        s2 = v128.load(to, 32);
        s3 = v128.load(to, 48);
      }
      if (count > 0) {
        const p = from0 + at;
        s0 = f32x4.add(s0, f32x4.mul(f0, v128.load(p)));
        s1 = f32x4.add(s1, f32x4.mul(f0, v128.load(p, 16)));
        s2 = f32x4.add(s2, f32x4.mul(f0, v128.load(p, 32)));
        s3 = f32x4.add(s3, f32x4.mul(f0, v128.load(p, 48)));
      }
      if (count > 1) {
        const p = from1 + at;
        s0 = f32x4.add(s0, f32x4.mul(f1, v128.load(p)));
        s1 = f32x4.add(s1, f32x4.mul(f1, v128.load(p, 16)));
        s2 = f32x4.add(s2, f32x4.mul(f1, v128.load(p, 32)));
        s3 = f32x4.add(s3, f32x4.mul(f1, v128.load(p, 48)));
      }
      if (count > 2) {
        const p = from2 + at;
        s0 = f32x4.add(s0, f32x4.mul(f2, v128.load(p)));
        s1 = f32x4.add(s1, f32x4.mul(f2, v128.load(p, 16)));
        s2 = f32x4.add(s2, f32x4.mul(f2, v128.load(p, 32)));
        s3 = f32x4.add(s3, f32x4.mul(f2, v128.load(p, 48)));
      }
      if (count > 3) {
        const p = from3 + at;
        s0 = f32x4.add(s0, f32x4.mul(f3, v128.load(p)));
        s1 = f32x4.add(s1, f32x4.mul(f3, v128.load(p, 16)));
        s2 = f32x4.add(s2, f32x4.mul(f3, v128.load(p, 32)));
        s3 = f32x4.add(s3, f32x4.mul(f3, v128.load(p, 48)));
      }
      if (finish) {
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
          const g = to + gate;
          s0 = gated4(s0, v128.load(g));
          s1 = gated4(s1, v128.load(g, 16));
          s2 = gated4(s2, v128.load(g, 32));
          s3 = gated4(s3, v128.load(g, 48));
        }
      }
      v128.store(to, s0);
      v128.store(to, s1, 16);
      v128.store(to, s2, 32);
      v128.store(to, s3, 48);
    }
    from0 += fromStep;
    from1 += fromStep;
    from2 += fromStep;
    from3 += fromStep;
    target += targetStep;
  }
}
