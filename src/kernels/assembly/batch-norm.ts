/**
 * Batch normalisation in SIMD over the lanes. Sums run 8 lanes apart, in four sets for pixels that follow one another, then
 * across, padded lanes masked out; a run of pixels at a time, the sums of runs in float64.
 */

import { blockRow, paddedLanes, runPixels, sumLanes, tailMask } from "./lanes";
import { scratch } from "./scratch";

class Value {
  @inline at(a: v128, b: v128, centre: v128): v128 {
    return a;
  }
}
class SquaredDeviation {
  @inline at(a: v128, b: v128, centre: v128): v128 {
    const d = f32x4.sub(a, centre);
    return f32x4.mul(d, d);
  }
}
class Product {
  @inline at(a: v128, b: v128, centre: v128): v128 {
    return f32x4.mul(a, b);
  }
}

/** Σ T(a, b, centre) over b < batch and the rows [r, r + count) of whole tensors. */
@inline
function sumRun<T>(a: usize, b: usize, centre: v128, batch: usize, rows: usize, r: usize, count: usize): f32 {
  const lanes = paddedLanes(batch);
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let s4 = f32x4.splat(0);
  let s5 = f32x4.splat(0);
  let s6 = f32x4.splat(0);
  let s7 = f32x4.splat(0);
  for (let first: usize = 0; first < batch; first += 32) {
    const valid = min<usize>(32, batch - first);
    const rowBytes = min<usize>(32, lanes - first) << 2;
    let left = blockRow(a, rows, lanes, first, r);
    let right = blockRow(b, rows, lanes, first, r);
    let i: usize = 0;
    if (valid == 32) {
      for (; i + 4 <= count; i += 4) {
        for (let at: usize = 0; at < 128; at += 32) {
          const p = left + at;
          const q = right + at;
          s0 = f32x4.add(s0, changetype<T>(0).at(v128.load(p), v128.load(q), centre));
          s1 = f32x4.add(s1, changetype<T>(0).at(v128.load(p, 16), v128.load(q, 16), centre));
          s2 = f32x4.add(s2, changetype<T>(0).at(v128.load(p, 128), v128.load(q, 128), centre));
          s3 = f32x4.add(s3, changetype<T>(0).at(v128.load(p, 144), v128.load(q, 144), centre));
          s4 = f32x4.add(s4, changetype<T>(0).at(v128.load(p, 256), v128.load(q, 256), centre));
          s5 = f32x4.add(s5, changetype<T>(0).at(v128.load(p, 272), v128.load(q, 272), centre));
          s6 = f32x4.add(s6, changetype<T>(0).at(v128.load(p, 384), v128.load(q, 384), centre));
          s7 = f32x4.add(s7, changetype<T>(0).at(v128.load(p, 400), v128.load(q, 400), centre));
        }
        left += 512;
        right += 512;
      }
    }
    const full = (valid & ~7) << 2;
    const mask0 = tailMask(0, valid & 7);
    const mask1 = tailMask(4, valid & 7);
    for (; i < count; i++) {
      for (let at: usize = 0; at < full; at += 32) {
        const p = left + at;
        const q = right + at;
        s0 = f32x4.add(s0, changetype<T>(0).at(v128.load(p), v128.load(q), centre));
        s1 = f32x4.add(s1, changetype<T>(0).at(v128.load(p, 16), v128.load(q, 16), centre));
      }
      if (valid & 7) {
        const p = left + full;
        const q = right + full;
        s0 = f32x4.add(s0, v128.and(changetype<T>(0).at(v128.load(p), v128.load(q), centre), mask0));
        s1 = f32x4.add(s1, v128.and(changetype<T>(0).at(v128.load(p, 16), v128.load(q, 16), centre), mask1));
      }
      left += rowBytes;
      right += rowBytes;
    }
  }
  // Stored in pairs, which V8's revectorisation fuses, and loaded again.
  v128.store(scratch, f32x4.add(f32x4.add(s0, s2), f32x4.add(s4, s6)));
  v128.store(scratch, f32x4.add(f32x4.add(s1, s3), f32x4.add(s5, s7)), 16);
  return sumLanes(f32x4.add(v128.load(scratch), v128.load(scratch, 16)));
}

export function batchMoments(
  x: usize,
  mean: usize,
  variance: usize,
  batch: usize,
  rows: usize,
  pixels: usize,
  begin: usize,
  end: usize,
): void {
  const n = <f64>(batch * pixels);
  const run = runPixels(paddedLanes(batch));
  for (let c = begin; c < end; c++) {
    const r = c * pixels;
    const zero = f32x4.splat(0);
    let sum: f64 = 0;
    for (let done: usize = 0; done < pixels; done += run) {
      sum += <f64>sumRun<Value>(x, x, zero, batch, rows, r + done, min(run, pixels - done));
    }
    const centre = <f32>(sum / n);
    const centre4 = f32x4.splat(centre);
    let squares: f64 = 0;
    for (let done: usize = 0; done < pixels; done += run) {
      squares += <f64>sumRun<SquaredDeviation>(x, x, centre4, batch, rows, r + done, min(run, pixels - done));
    }
    store<f32>(mean + (c << 2), centre);
    store<f32>(variance + (c << 2), <f32>(squares / n));
  }
}

export function standardize(
  x: usize,
  mean: usize,
  variance: usize,
  epsilon: f32,
  out: usize,
  stride: usize,
  begin: usize,
  end: usize,
): void {
  const strideBytes = stride << 2;
  for (let r = begin; r < end; r++) {
    const centre = v128.load_splat<f32>(mean + (r << 2));
    const inverse = f32x4.splat(1 / sqrt<f32>(load<f32>(variance + (r << 2)) + epsilon));
    let from = x + r * strideBytes;
    let to = out + r * strideBytes;
    const last = to + strideBytes;
    for (; to < last; to += 32) {
      const x0 = v128.load(from);
      const x1 = v128.load(from, 16);
      v128.store(to, f32x4.mul(f32x4.sub(x0, centre), inverse));
      v128.store(to, f32x4.mul(f32x4.sub(x1, centre), inverse), 16);
      from += 32;
    }
  }
}

export function inverseDeviation(variance: usize, epsilon: f32, out: usize, begin: usize, end: usize): void {
  for (let i = begin; i < end; i++) {
    store<f32>(out + (i << 2), 1 / sqrt<f32>(load<f32>(variance + (i << 2)) + epsilon));
  }
}

export function standardizeBackward(
  gradient: usize,
  standardized: usize,
  inverse: usize,
  out: usize,
  batch: usize,
  rows: usize,
  pixels: usize,
  begin: usize,
  end: usize,
): void {
  const n = <f64>(batch * pixels);
  const lanes = paddedLanes(batch);
  const run = runPixels(lanes);
  for (let c = begin; c < end; c++) {
    const r = c * pixels;
    const zero = f32x4.splat(0);
    let sum: f64 = 0;
    let dot: f64 = 0;
    for (let done: usize = 0; done < pixels; done += run) {
      const count = min(run, pixels - done);
      sum += <f64>sumRun<Value>(gradient, gradient, zero, batch, rows, r + done, count);
      dot += <f64>sumRun<Product>(gradient, standardized, zero, batch, rows, r + done, count);
    }
    const meanG = f32x4.splat(<f32>(sum / n));
    const meanGH = f32x4.splat(<f32>(dot / n));
    const factor = v128.load_splat<f32>(inverse + (c << 2));
    for (let first: usize = 0; first < batch; first += 32) {
      const g = blockRow(gradient, rows, lanes, first, r);
      const h = blockRow(standardized, rows, lanes, first, r);
      const to = blockRow(out, rows, lanes, first, r);
      const bytes = (min<usize>(32, lanes - first) * pixels) << 2;
      for (let b: usize = 0; b < bytes; b += 32) {
        const g0 = f32x4.sub(v128.load(g + b), meanG);
        const g1 = f32x4.sub(v128.load(g + b, 16), meanG);
        const h0 = f32x4.mul(v128.load(h + b), meanGH);
        const h1 = f32x4.mul(v128.load(h + b, 16), meanGH);
        v128.store(to + b, f32x4.mul(factor, f32x4.sub(g0, h0)));
        v128.store(to + b, f32x4.mul(factor, f32x4.sub(g1, h1)), 16);
      }
    }
  }
}

export function movingAverage(running: usize, value: usize, rate: f32, factor: f32, begin: usize, end: usize): void {
  const kept: f32 = 1 - rate;
  const taken = rate * factor;
  for (let i = begin; i < end; i++) {
    const place = running + (i << 2);
    store<f32>(place, kept * load<f32>(place) + taken * load<f32>(value + (i << 2)));
  }
}
