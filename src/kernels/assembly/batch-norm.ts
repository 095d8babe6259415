/** Batch normalisation in SIMD over the lanes: sums run 16 lanes apart and then across, padded lanes masked out. */

import { blockRow, paddedLanes, sumLanes, tailMask } from "./lanes";

export function batchMoments(
  x: usize,
  mean: usize,
  variance: usize,
  batch: usize,
  rows: usize,
  begin: usize,
  end: usize,
): void {
  const n = <f32>batch;
  const lanes = paddedLanes(batch);
  for (let r = begin; r < end; r++) {
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    for (let first: usize = 0; first < batch; first += 32) {
      const row = blockRow(x, rows, lanes, first, r);
      const valid = min<usize>(32, batch - first);
      for (let b: usize = 0; b < valid; b += 8) {
        s0 = f32x4.add(s0, v128.and(v128.load(row + (b << 2)), tailMask(b, valid)));
        s1 = f32x4.add(s1, v128.and(v128.load(row + (b << 2), 16), tailMask(b + 4, valid)));
      }
    }
    const centre = sumLanes(f32x4.add(s0, s1)) / n;
    const centre4 = f32x4.splat(centre);
    s0 = f32x4.splat(0);
    s1 = f32x4.splat(0);
    for (let first: usize = 0; first < batch; first += 32) {
      const row = blockRow(x, rows, lanes, first, r);
      const valid = min<usize>(32, batch - first);
      for (let b: usize = 0; b < valid; b += 8) {
        const d0 = v128.and(f32x4.sub(v128.load(row + (b << 2)), centre4), tailMask(b, valid));
        const d1 = v128.and(f32x4.sub(v128.load(row + (b << 2), 16), centre4), tailMask(b + 4, valid));
        s0 = f32x4.add(s0, f32x4.mul(d0, d0));
        s1 = f32x4.add(s1, f32x4.mul(d1, d1));
      }
    }
    store<f32>(mean + (r << 2), centre);
    store<f32>(variance + (r << 2), sumLanes(f32x4.add(s0, s1)) / n);
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
  begin: usize,
  end: usize,
): void {
  const n = <f32>batch;
  const lanes = paddedLanes(batch);
  for (let r = begin; r < end; r++) {
    let sum0 = f32x4.splat(0);
    let sum1 = f32x4.splat(0);
    let dot0 = f32x4.splat(0);
    let dot1 = f32x4.splat(0);
    for (let first: usize = 0; first < batch; first += 32) {
      const g = blockRow(gradient, rows, lanes, first, r);
      const h = blockRow(standardized, rows, lanes, first, r);
      const valid = min<usize>(32, batch - first);
      for (let b: usize = 0; b < valid; b += 8) {
        const mask0 = tailMask(b, valid);
        const mask1 = tailMask(b + 4, valid);
        const g0 = v128.and(v128.load(g + (b << 2)), mask0);
        const g1 = v128.and(v128.load(g + (b << 2), 16), mask1);
        sum0 = f32x4.add(sum0, g0);
        sum1 = f32x4.add(sum1, g1);
        dot0 = f32x4.add(dot0, f32x4.mul(g0, v128.and(v128.load(h + (b << 2)), mask0)));
        dot1 = f32x4.add(dot1, f32x4.mul(g1, v128.and(v128.load(h + (b << 2), 16), mask1)));
      }
    }
    const meanG = f32x4.splat(sumLanes(f32x4.add(sum0, sum1)) / n);
    const meanGH = f32x4.splat(sumLanes(f32x4.add(dot0, dot1)) / n);
    const factor = v128.load_splat<f32>(inverse + (r << 2));
    for (let first: usize = 0; first < batch; first += 32) {
      const g = blockRow(gradient, rows, lanes, first, r);
      const h = blockRow(standardized, rows, lanes, first, r);
      const to = blockRow(out, rows, lanes, first, r);
      const bytes = min<usize>(32, lanes - first) << 2;
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
