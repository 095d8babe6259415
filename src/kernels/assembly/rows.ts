/** Kernels with one number per row or per column, in SIMD over the lanes. */

import { blockRow, paddedLanes, runPixels, sumAcross, tailMask } from "./lanes";
import { scratch } from "./scratch";

class Add {
  @inline at(x: v128, v: v128, w: v128): v128 {
    return f32x4.add(x, v);
  }
}
class Multiply {
  @inline at(x: v128, v: v128, w: v128): v128 {
    return f32x4.mul(x, v);
  }
}
class Affine {
  @inline at(x: v128, v: v128, w: v128): v128 {
    return f32x4.add(f32x4.mul(x, v), w);
  }
}

/** out[r, :] = T(x[r, :], v[r], w[r]). */
@inline
function walkRows<T>(x: usize, v: usize, w: usize, out: usize, stride: usize, begin: usize, end: usize): void {
  const strideBytes = stride << 2;
  for (let r = begin; r < end; r++) {
    const vr = v128.load_splat<f32>(v + (r << 2));
    const wr = v128.load_splat<f32>(w + (r << 2));
    let from = x + r * strideBytes;
    let to = out + r * strideBytes;
    const last = to + strideBytes;
    for (; to < last; to += 64) {
      const x0 = v128.load(from);
      const x1 = v128.load(from, 16);
      const x2 = v128.load(from, 32);
      const x3 = v128.load(from, 48);
      v128.store(to, changetype<T>(0).at(x0, vr, wr));
      v128.store(to, changetype<T>(0).at(x1, vr, wr), 16);
      v128.store(to, changetype<T>(0).at(x2, vr, wr), 32);
      v128.store(to, changetype<T>(0).at(x3, vr, wr), 48);
      from += 64;
    }
  }
}

export function broadcastRows(v: usize, out: usize, stride: usize, begin: usize, end: usize): void {
  const strideBytes = stride << 2;
  for (let r = begin; r < end; r++) {
    const value = v128.load_splat<f32>(v + (r << 2));
    let to = out + r * strideBytes;
    const last = to + strideBytes;
    for (; to < last; to += 64) {
      v128.store(to, value);
      v128.store(to, value, 16);
      v128.store(to, value, 32);
      v128.store(to, value, 48);
    }
  }
}

export function addRows(x: usize, v: usize, out: usize, stride: usize, begin: usize, end: usize): void {
  walkRows<Add>(x, v, v, out, stride, begin, end);
}

export function scaleRows(x: usize, v: usize, out: usize, stride: usize, begin: usize, end: usize): void {
  walkRows<Multiply>(x, v, v, out, stride, begin, end);
}

export function affineRows(
  x: usize,
  scale: usize,
  shift: usize,
  out: usize,
  stride: usize,
  begin: usize,
  end: usize,
): void {
  walkRows<Affine>(x, scale, shift, out, stride, begin, end);
}

class Identity {
  @inline at(a: v128, b: v128): v128 {
    return a;
  }
}
class Product {
  @inline at(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}

/**
 * out[c] = Σ T(a[r, b], b[r, b]) over the rows r of channel c and b < batch: 16 lanes apart and then across, a run of pixels
 * at a time, the sums of runs in float64.
 */
@inline
function sumRows<T>(
  a: usize,
  b: usize,
  out: usize,
  batch: usize,
  rows: usize,
  pixels: usize,
  begin: usize,
  end: usize,
): void {
  const lanes = paddedLanes(batch);
  const run = runPixels(lanes);
  const whole = batch & ~31;
  const rest = batch & 31;
  const sums = scratch;
  for (let c = begin; c < end; c++) {
    let total: f64 = 0;
    for (let done: usize = 0; done < pixels; done += run) {
      const r = c * pixels + done;
      const count = min(run, pixels - done);
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      for (let first: usize = 0; first < whole; first += 32) {
        let left = a + ((first * rows + (r << 5)) << 2);
        let right = b + ((first * rows + (r << 5)) << 2);
        const last = left + (count << 7);
        for (; left < last; left += 128) {
          s0 = f32x4.add(s0, changetype<T>(0).at(v128.load(left), v128.load(right)));
          s1 = f32x4.add(s1, changetype<T>(0).at(v128.load(left, 16), v128.load(right, 16)));
          s2 = f32x4.add(s2, changetype<T>(0).at(v128.load(left, 32), v128.load(right, 32)));
          s3 = f32x4.add(s3, changetype<T>(0).at(v128.load(left, 48), v128.load(right, 48)));
          s0 = f32x4.add(s0, changetype<T>(0).at(v128.load(left, 64), v128.load(right, 64)));
          s1 = f32x4.add(s1, changetype<T>(0).at(v128.load(left, 80), v128.load(right, 80)));
          s2 = f32x4.add(s2, changetype<T>(0).at(v128.load(left, 96), v128.load(right, 96)));
          s3 = f32x4.add(s3, changetype<T>(0).at(v128.load(left, 112), v128.load(right, 112)));
          right += 128;
        }
      }
      v128.store(sums, s0);
      v128.store(sums, s1, 16);
      v128.store(sums, s2, 32);
      v128.store(sums, s3, 48);
      if (rest) {
        // One group of 16 lanes, or two; all lanes of a group take part, padded ones as 0.
        const bytes = (lanes - whole) << 2;
        for (let i: usize = 0; i < count; i++) {
          const left = blockRow(a, rows, lanes, whole, r + i);
          const right = blockRow(b, rows, lanes, whole, r + i);
          for (let at: usize = 0; at < bytes; at += 16) {
            const mask = tailMask(at >> 2, rest);
            const l = v128.and(v128.load(left + at), mask);
            const t = changetype<T>(0).at(l, v128.and(v128.load(right + at), mask));
            const place = sums + (at & 63);
            v128.store(place, f32x4.add(v128.load(place), t));
          }
        }
      }
      total += <f64>sumAcross(sums);
    }
    store<f32>(out + (c << 2), <f32>total);
  }
}

export function rowSum(
  x: usize,
  out: usize,
  batch: usize,
  rows: usize,
  pixels: usize,
  begin: usize,
  end: usize,
): void {
  sumRows<Identity>(x, x, out, batch, rows, pixels, begin, end);
}

export function rowDot(
  a: usize,
  b: usize,
  out: usize,
  batch: usize,
  rows: usize,
  pixels: usize,
  begin: usize,
  end: usize,
): void {
  sumRows<Product>(a, b, out, batch, rows, pixels, begin, end);
}

export function rowRange(
  x: usize,
  low: usize,
  high: usize,
  batch: usize,
  rows: usize,
  pixels: usize,
  begin: usize,
  end: usize,
): void {
  const lanes = paddedLanes(batch);
  for (let c = begin; c < end; c++) {
    let least = v128.load_splat<f32>(low + (c << 2));
    let most = v128.load_splat<f32>(high + (c << 2));
    for (let first: usize = 0; first < batch; first += 32) {
      const valid = min<usize>(32, batch - first);
      for (let r = c * pixels; r < (c + 1) * pixels; r++) {
        const row = blockRow(x, rows, lanes, first, r);
        let b: usize = 0;
        for (; b + 4 <= valid; b += 4) {
          const v = v128.load(row + (b << 2));
          least = f32x4.min(least, v);
          most = f32x4.max(most, v);
        }
        for (; b < valid; b++) {
          const v = v128.load_splat<f32>(row + (b << 2));
          least = f32x4.min(least, v);
          most = f32x4.max(most, v);
        }
      }
    }
    least = f32x4.min(least, i64x2.shuffle(least, least, 1, 1));
    most = f32x4.max(most, i64x2.shuffle(most, most, 1, 1));
    store<f32>(low + (c << 2), min(f32x4.extract_lane(least, 0), f32x4.extract_lane(least, 1)));
    store<f32>(high + (c << 2), max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)));
  }
}

export function joinLanes(x: usize, out: usize, batch: usize, rows: usize, begin: usize, end: usize): void {
  const lanes = paddedLanes(batch);
  for (let first: usize = 0; first < lanes; first += 32) {
    const bytes = min<usize>(32, lanes - first) << 2;
    for (let r = begin; r < end; r++) {
      const from = blockRow(x, rows, lanes, first, r);
      const to = out + ((r * lanes + first) << 2);
      for (let at: usize = 0; at < bytes; at += 64) {
        v128.store(to + at, v128.load(from + at));
        v128.store(to + at, v128.load(from + at, 16), 16);
        v128.store(to + at, v128.load(from + at, 32), 32);
        v128.store(to + at, v128.load(from + at, 48), 48);
      }
    }
  }
}

export function columnSum(x: usize, out: usize, rows: usize, stride: usize, begin: usize, end: usize): void {
  const strideBytes = stride << 2;
  for (let b = begin; b < end; b += 16) {
    let from = x + (b << 2);
    const last = from + rows * strideBytes;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    for (; from < last; from += strideBytes) {
      s0 = f32x4.add(s0, v128.load(from));
      s1 = f32x4.add(s1, v128.load(from, 16));
      s2 = f32x4.add(s2, v128.load(from, 32));
      s3 = f32x4.add(s3, v128.load(from, 48));
    }
    const to = out + (b << 2);
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
  }
}

export function broadcastColumns(v: usize, out: usize, stride: usize, begin: usize, end: usize): void {
  const strideBytes = stride << 2;
  for (let r = begin; r < end; r++) memory.copy(out + r * strideBytes, v, strideBytes);
}

export function scaleColumns(x: usize, v: usize, out: usize, stride: usize, begin: usize, end: usize): void {
  const strideBytes = stride << 2;
  for (let r = begin; r < end; r++) {
    const from = x + r * strideBytes;
    const to = out + r * strideBytes;
    for (let b: usize = 0; b < strideBytes; b += 32) {
      v128.store(to + b, f32x4.mul(v128.load(from + b), v128.load(v + b)));
      v128.store(to + b, f32x4.mul(v128.load(from + b, 16), v128.load(v + b, 16)), 16);
    }
  }
}
