/**
 * Maps over the pixels of images in SIMD over the lanes: fixed linear ones, and the maximum of windows with what derivatives
 * need of it. A window is a row of a CSR index over the pixels of a channel.
 */

import { row16, row32 } from "./sparse-products";

export function mixPixels(
  x: usize,
  weights: usize,
  pointers: usize,
  indices: usize,
  out: usize,
  inputs: usize,
  outputs: usize,
  stride: usize,
  begin: usize,
  end: usize,
): void {
  const strideBytes = stride << 2;
  const beside = weights - indices;
  for (let r = begin; r < end; r++) {
    const channel = r / outputs;
    const window = pointers + ((r - channel * outputs) << 2);
    const first = indices + (load<usize>(window) << 2);
    const last = indices + (load<usize>(window, 4) << 2);
    const from = x + channel * inputs * strideBytes;
    const to = out + r * strideBytes;
    if (stride == 32) row32(beside, first, last, from, to, 0, 0, 0);
    else row16(beside, first, last, from, to, 0, 0, 0);
  }
}

export function maxPool(
  x: usize,
  pointers: usize,
  indices: usize,
  out: usize,
  inputs: usize,
  outputs: usize,
  stride: usize,
  begin: usize,
  end: usize,
): void {
  const strideBytes = stride << 2;
  for (let r = begin; r < end; r++) {
    const channel = r / outputs;
    const window = pointers + ((r - channel * outputs) << 2);
    const first = indices + (load<usize>(window) << 2);
    const last = indices + (load<usize>(window, 4) << 2);
    const from = x + channel * inputs * strideBytes;
    const to = out + r * strideBytes;
    for (let lane: usize = 0; lane < strideBytes; lane += 64) {
      const start = from + lane + load<usize>(first) * strideBytes;
      let m0 = v128.load(start);
      let m1 = v128.load(start, 16);
      let m2 = v128.load(start, 32);
      let m3 = v128.load(start, 48);
      let n0 = f32x4.ne(m0, m0);
      let n1 = f32x4.ne(m1, m1);
      let n2 = f32x4.ne(m2, m2);
      let n3 = f32x4.ne(m3, m3);
      for (let index = first + 4; index < last; index += 4) {
        const row = from + lane + load<usize>(index) * strideBytes;
        const v0 = v128.load(row);
        const v1 = v128.load(row, 16);
        const v2 = v128.load(row, 32);
        const v3 = v128.load(row, 48);
        // One instruction each; f32x4.max, which keeps NaN by itself, is seven.
        m0 = f32x4.pmax(m0, v0);
        m1 = f32x4.pmax(m1, v1);
        m2 = f32x4.pmax(m2, v2);
        m3 = f32x4.pmax(m3, v3);
        n0 = v128.or(n0, f32x4.ne(v0, v0));
        n1 = v128.or(n1, f32x4.ne(v1, v1));
        n2 = v128.or(n2, f32x4.ne(v2, v2));
        n3 = v128.or(n3, f32x4.ne(v3, v3));
      }
      v128.store(to + lane, v128.or(m0, n0));
      v128.store(to + lane, v128.or(m1, n1), 16);
      v128.store(to + lane, v128.or(m2, n2), 32);
      v128.store(to + lane, v128.or(m3, n3), 48);
    }
  }
}

/** All ones where v takes the place of the maximum so far: it is larger, or NaN. */
@inline
function wins(v: v128, most: v128): v128 {
  return v128.or(f32x4.gt(v, most), f32x4.ne(v, v));
}

export function maxPoolTake(
  x: usize,
  t: usize,
  pointers: usize,
  indices: usize,
  out: usize,
  inputs: usize,
  outputs: usize,
  stride: usize,
  begin: usize,
  end: usize,
): void {
  const strideBytes = stride << 2;
  const beside = t - x;
  for (let r = begin; r < end; r++) {
    const channel = r / outputs;
    const window = pointers + ((r - channel * outputs) << 2);
    const first = indices + (load<usize>(window) << 2);
    const last = indices + (load<usize>(window, 4) << 2);
    const from = x + channel * inputs * strideBytes;
    const to = out + r * strideBytes;
    for (let lane: usize = 0; lane < strideBytes; lane += 64) {
      const start = from + lane + load<usize>(first) * strideBytes;
      let m0 = v128.load(start);
      let m1 = v128.load(start, 16);
      let m2 = v128.load(start, 32);
      let m3 = v128.load(start, 48);
      let t0 = v128.load(start + beside);
      let t1 = v128.load(start + beside, 16);
      let t2 = v128.load(start + beside, 32);
      let t3 = v128.load(start + beside, 48);
      for (let index = first + 4; index < last; index += 4) {
        const row = from + lane + load<usize>(index) * strideBytes;
        const v0 = v128.load(row);
        const v1 = v128.load(row, 16);
        const v2 = v128.load(row, 32);
        const v3 = v128.load(row, 48);
        const g0 = wins(v0, m0);
        const g1 = wins(v1, m1);
        const g2 = wins(v2, m2);
        const g3 = wins(v3, m3);
        t0 = v128.bitselect(v128.load(row + beside), t0, g0);
        t1 = v128.bitselect(v128.load(row + beside, 16), t1, g1);
        t2 = v128.bitselect(v128.load(row + beside, 32), t2, g2);
        t3 = v128.bitselect(v128.load(row + beside, 48), t3, g3);
        m0 = v128.bitselect(v0, m0, g0);
        m1 = v128.bitselect(v1, m1, g1);
        m2 = v128.bitselect(v2, m2, g2);
        m3 = v128.bitselect(v3, m3, g3);
      }
      v128.store(to + lane, t0);
      v128.store(to + lane, t1, 16);
      v128.store(to + lane, t2, 32);
      v128.store(to + lane, t3, 48);
    }
  }
}

export function maxPoolPut(
  x: usize,
  c: usize,
  pointers: usize,
  indices: usize,
  out: usize,
  inputs: usize,
  outputs: usize,
  partition: usize,
  stride: usize,
  begin: usize,
  end: usize,
): void {
  const strideBytes = stride << 2;
  const beside = out - x;
  for (let channel = begin; channel < end; channel++) {
    const from = x + channel * inputs * strideBytes;
    if (!partition) memory.fill(from + beside, 0, inputs * strideBytes);
    for (let p: usize = 0; p < outputs; p++) {
      const first = indices + (load<usize>(pointers + (p << 2)) << 2);
      const last = indices + (load<usize>(pointers + (p << 2), 4) << 2);
      const given = c + (channel * outputs + p) * strideBytes;
      for (let lane: usize = 0; lane < strideBytes; lane += 64) {
        const start = from + lane + load<usize>(first) * strideBytes;
        let m0 = v128.load(start);
        let m1 = v128.load(start, 16);
        let m2 = v128.load(start, 32);
        let m3 = v128.load(start, 48);
        // Addresses of the winners in `indices`.
        let w0 = i32x4.splat(<i32>first);
        let w1 = w0;
        let w2 = w0;
        let w3 = w0;
        for (let index = first + 4; index < last; index += 4) {
          const row = from + lane + load<usize>(index) * strideBytes;
          const place = i32x4.splat(<i32>index);
          const v0 = v128.load(row);
          const v1 = v128.load(row, 16);
          const v2 = v128.load(row, 32);
          const v3 = v128.load(row, 48);
          const g0 = wins(v0, m0);
          const g1 = wins(v1, m1);
          const g2 = wins(v2, m2);
          const g3 = wins(v3, m3);
          w0 = v128.bitselect(place, w0, g0);
          w1 = v128.bitselect(place, w1, g1);
          w2 = v128.bitselect(place, w2, g2);
          w3 = v128.bitselect(place, w3, g3);
          m0 = v128.bitselect(v0, m0, g0);
          m1 = v128.bitselect(v1, m1, g1);
          m2 = v128.bitselect(v2, m2, g2);
          m3 = v128.bitselect(v3, m3, g3);
        }
        const c0 = v128.load(given + lane);
        const c1 = v128.load(given + lane, 16);
        const c2 = v128.load(given + lane, 32);
        const c3 = v128.load(given + lane, 48);
        for (let index = first; index < last; index += 4) {
          const to = from + beside + lane + load<usize>(index) * strideBytes;
          const place = i32x4.splat(<i32>index);
          let d0 = v128.and(c0, i32x4.eq(w0, place));
          let d1 = v128.and(c1, i32x4.eq(w1, place));
          let d2 = v128.and(c2, i32x4.eq(w2, place));
          let d3 = v128.and(c3, i32x4.eq(w3, place));
          if (!partition) {
            d0 = f32x4.add(v128.load(to), d0);
            d1 = f32x4.add(v128.load(to, 16), d1);
            d2 = f32x4.add(v128.load(to, 32), d2);
            d3 = f32x4.add(v128.load(to, 48), d3);
          }
          v128.store(to, d0);
          v128.store(to, d1, 16);
          v128.store(to, d2, 32);
          v128.store(to, d3, 48);
        }
      }
    }
  }
}
