/**
 * Dense products: sums over a list of taps that all rows share, for pixels; sums over features, for vectors.
 *
 * Every element of a result is one sum, product after product in the order of the taps or features, and the bias last,
 * whatever tile it falls into: neither the batch nor the width of the machine's registers shows in the bits. Accumulators
 * come in pairs of neighbours, which V8's revectorisation fuses into 256-bit operations.
 */

import { finish } from "./finish";

/**
 * y[r][p] = Σ_t weight[r][t] x[p + offset[t]] + bias[r] for the groups of 8 positions p in a table.
 *
 * @param weights  [rows / 4][taps][4], missing rows 0
 * @param offsets  [taps], bytes
 * @param groups   [count], bytes from the origins of x, y and mask
 * @param floor    0 for ReLU, -Infinity for none
 * @param mask     all bits of a pixel, none of what lies between
 * @param wide     tiles of 4 rows by 16 positions instead of 4 by 8
 */
export function denseTaps(
  weights: usize,
  offsets: usize,
  taps: usize,
  x: usize,
  y: usize,
  pitch: usize,
  rows: usize,
  bias: usize,
  floor: f32,
  groups: usize,
  count: usize,
  mask: usize,
  wide: i32,
): void {
  const last = groups + (count << 2);
  const blockBytes = taps << 4;
  const offsetsEnd = offsets + (taps << 2);
  if (wide) {
    for (; groups + 8 <= last; groups += 8) {
      const p0 = load<u32>(groups);
      const p1 = load<u32>(groups, 4);
      for (let r: usize = 0; r < rows; r += 4) {
        tile16(weights + (r >> 2) * blockBytes, offsets, offsetsEnd, x, y + r * pitch, pitch, rows - r, bias + (r << 2), floor, p0, p1, mask);
      }
    }
  }
  for (; groups < last; groups += 4) {
    const p0 = load<u32>(groups);
    for (let r: usize = 0; r < rows; r += 4) {
      tile8(weights + (r >> 2) * blockBytes, offsets, offsetsEnd, x, y + r * pitch, pitch, rows - r, bias + (r << 2), floor, p0, mask);
    }
  }
}

@inline
function tile16(
  w: usize,
  offset: usize,
  offsetsEnd: usize,
  x: usize,
  y: usize,
  pitch: usize,
  rows: usize,
  bias: usize,
  floor: f32,
  p0: usize,
  p1: usize,
  mask: usize,
): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let b2 = f32x4.splat(0);
  let b3 = f32x4.splat(0);
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let c2 = f32x4.splat(0);
  let c3 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  let d2 = f32x4.splat(0);
  let d3 = f32x4.splat(0);
  const first = x + p0;
  const second = x + p1;
  for (; offset < offsetsEnd; offset += 4) {
    const at = load<u32>(offset);
    const x0 = v128.load(first + at);
    const x1 = v128.load(first + at, 16);
    const x2 = v128.load(second + at);
    const x3 = v128.load(second + at, 16);
    let f = v128.load_splat<f32>(w);
    a0 = f32x4.add(a0, f32x4.mul(f, x0));
    a1 = f32x4.add(a1, f32x4.mul(f, x1));
    a2 = f32x4.add(a2, f32x4.mul(f, x2));
    a3 = f32x4.add(a3, f32x4.mul(f, x3));
    f = v128.load_splat<f32>(w, 4);
    b0 = f32x4.add(b0, f32x4.mul(f, x0));
    b1 = f32x4.add(b1, f32x4.mul(f, x1));
    b2 = f32x4.add(b2, f32x4.mul(f, x2));
    b3 = f32x4.add(b3, f32x4.mul(f, x3));
    f = v128.load_splat<f32>(w, 8);
    c0 = f32x4.add(c0, f32x4.mul(f, x0));
    c1 = f32x4.add(c1, f32x4.mul(f, x1));
    c2 = f32x4.add(c2, f32x4.mul(f, x2));
    c3 = f32x4.add(c3, f32x4.mul(f, x3));
    f = v128.load_splat<f32>(w, 12);
    d0 = f32x4.add(d0, f32x4.mul(f, x0));
    d1 = f32x4.add(d1, f32x4.mul(f, x1));
    d2 = f32x4.add(d2, f32x4.mul(f, x2));
    d3 = f32x4.add(d3, f32x4.mul(f, x3));
    w += 16;
  }
  finish8(a0, a1, y + p0, bias, floor, mask, p0);
  finish8(a2, a3, y + p1, bias, floor, mask, p1);
  if (rows > 1) {
    y += pitch;
    finish8(b0, b1, y + p0, bias + 4, floor, mask, p0);
    finish8(b2, b3, y + p1, bias + 4, floor, mask, p1);
  }
  if (rows > 2) {
    y += pitch;
    finish8(c0, c1, y + p0, bias + 8, floor, mask, p0);
    finish8(c2, c3, y + p1, bias + 8, floor, mask, p1);
  }
  if (rows > 3) {
    y += pitch;
    finish8(d0, d1, y + p0, bias + 12, floor, mask, p0);
    finish8(d2, d3, y + p1, bias + 12, floor, mask, p1);
  }
}

@inline
function tile8(
  w: usize,
  offset: usize,
  offsetsEnd: usize,
  x: usize,
  y: usize,
  pitch: usize,
  rows: usize,
  bias: usize,
  floor: f32,
  p0: usize,
  mask: usize,
): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  const first = x + p0;
  for (; offset < offsetsEnd; offset += 4) {
    const from = first + load<u32>(offset);
    const x0 = v128.load(from);
    const x1 = v128.load(from, 16);
    let f = v128.load_splat<f32>(w);
    a0 = f32x4.add(a0, f32x4.mul(f, x0));
    a1 = f32x4.add(a1, f32x4.mul(f, x1));
    f = v128.load_splat<f32>(w, 4);
    b0 = f32x4.add(b0, f32x4.mul(f, x0));
    b1 = f32x4.add(b1, f32x4.mul(f, x1));
    f = v128.load_splat<f32>(w, 8);
    c0 = f32x4.add(c0, f32x4.mul(f, x0));
    c1 = f32x4.add(c1, f32x4.mul(f, x1));
    f = v128.load_splat<f32>(w, 12);
    d0 = f32x4.add(d0, f32x4.mul(f, x0));
    d1 = f32x4.add(d1, f32x4.mul(f, x1));
    w += 16;
  }
  finish8(a0, a1, y + p0, bias, floor, mask, p0);
  if (rows > 1) finish8(b0, b1, y + pitch + p0, bias + 4, floor, mask, p0);
  if (rows > 2) finish8(c0, c1, y + 2 * pitch + p0, bias + 8, floor, mask, p0);
  if (rows > 3) finish8(d0, d1, y + 3 * pitch + p0, bias + 12, floor, mask, p0);
}

@inline
function finish8(s0: v128, s1: v128, y: usize, bias: usize, floor: f32, mask: usize, p: usize): void {
  const b = v128.load_splat<f32>(bias);
  s0 = finish(s0, b, f32x4.splat(floor));
  s1 = finish(s1, b, f32x4.splat(floor));
  s0 = v128.and(s0, v128.load(mask + p));
  s1 = v128.and(s1, v128.load(mask + p, 16));
  v128.store(y, s0);
  v128.store(y, s1, 16);
}

/**
 * y[b][o] = Σ_i weight[o][i] x[b][i] + bias[o], lanes over the outputs.
 *
 * @param weights  [outputs / 16][inputs][16], missing outputs 0
 * @param x        [batch][xPitch bytes]
 * @param y        [batch][yPitch bytes], written in whole vectors of 16
 * @param bias     [outputs, to the next multiple of 16]
 * @param floor    0 for ReLU, -Infinity for none
 */
export function denseFeatures(
  weights: usize,
  inputs: usize,
  panels: usize,
  x: usize,
  xPitch: usize,
  y: usize,
  yPitch: usize,
  batch: usize,
  bias: usize,
  floor: f32,
): void {
  const panelBytes = inputs << 6;
  const fours = batch & ~3;
  for (let panel: usize = 0; panel < panels; panel++) {
    const w = weights + panel * panelBytes;
    const at = panel << 6;
    for (let b: usize = 0; b < fours; b += 4) {
      const from = x + b * xPitch;
      const to = y + b * yPitch + at;
      examples4by8(w, inputs, from, xPitch, to, yPitch, bias + at, floor);
      examples4by8(w + 32, inputs, from, xPitch, to + 32, yPitch, bias + at + 32, floor);
    }
  }
  for (let b = fours; b < batch; b++) {
    const from = x + b * xPitch;
    const to = y + b * yPitch;
    let panel: usize = 0;
    for (; panel + 2 <= panels; panel += 2) {
      example32(weights + panel * panelBytes, inputs, panelBytes, from, to + (panel << 6), bias + (panel << 6), floor);
    }
    if (panel < panels) example16(weights + panel * panelBytes, inputs, from, to + (panel << 6), bias + (panel << 6), floor);
  }
}

@inline
function examples4by8(
  w: usize,
  inputs: usize,
  x: usize,
  xPitch: usize,
  y: usize,
  yPitch: usize,
  bias: usize,
  floor: f32,
): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  const xa = x;
  const xb = x + xPitch;
  const xc = xb + xPitch;
  const xd = xc + xPitch;
  const end = inputs << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    w += 64;
    let f = v128.load_splat<f32>(xa + i);
    a0 = f32x4.add(a0, f32x4.mul(f, w0));
    a1 = f32x4.add(a1, f32x4.mul(f, w1));
    f = v128.load_splat<f32>(xb + i);
    b0 = f32x4.add(b0, f32x4.mul(f, w0));
    b1 = f32x4.add(b1, f32x4.mul(f, w1));
    f = v128.load_splat<f32>(xc + i);
    c0 = f32x4.add(c0, f32x4.mul(f, w0));
    c1 = f32x4.add(c1, f32x4.mul(f, w1));
    f = v128.load_splat<f32>(xd + i);
    d0 = f32x4.add(d0, f32x4.mul(f, w0));
    d1 = f32x4.add(d1, f32x4.mul(f, w1));
  }
  pair8(a0, a1, y, bias, floor);
  y += yPitch;
  pair8(b0, b1, y, bias, floor);
  y += yPitch;
  pair8(c0, c1, y, bias, floor);
  y += yPitch;
  pair8(d0, d1, y, bias, floor);
}

@inline
function example32(w: usize, inputs: usize, panelBytes: usize, x: usize, y: usize, bias: usize, floor: f32): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let b2 = f32x4.splat(0);
  let b3 = f32x4.splat(0);
  const end = x + (inputs << 2);
  let v = w + panelBytes;
  for (; x < end; x += 4) {
    const f = v128.load_splat<f32>(x);
    a0 = f32x4.add(a0, f32x4.mul(f, v128.load(w)));
    a1 = f32x4.add(a1, f32x4.mul(f, v128.load(w, 16)));
    a2 = f32x4.add(a2, f32x4.mul(f, v128.load(w, 32)));
    a3 = f32x4.add(a3, f32x4.mul(f, v128.load(w, 48)));
    b0 = f32x4.add(b0, f32x4.mul(f, v128.load(v)));
    b1 = f32x4.add(b1, f32x4.mul(f, v128.load(v, 16)));
    b2 = f32x4.add(b2, f32x4.mul(f, v128.load(v, 32)));
    b3 = f32x4.add(b3, f32x4.mul(f, v128.load(v, 48)));
    w += 64;
    v += 64;
  }
  finish16(a0, a1, a2, a3, y, bias, floor);
  finish16(b0, b1, b2, b3, y + 64, bias + 64, floor);
}

@inline
function example16(w: usize, inputs: usize, x: usize, y: usize, bias: usize, floor: f32): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  const end = x + (inputs << 2);
  for (; x < end; x += 4) {
    const f = v128.load_splat<f32>(x);
    a0 = f32x4.add(a0, f32x4.mul(f, v128.load(w)));
    a1 = f32x4.add(a1, f32x4.mul(f, v128.load(w, 16)));
    a2 = f32x4.add(a2, f32x4.mul(f, v128.load(w, 32)));
    a3 = f32x4.add(a3, f32x4.mul(f, v128.load(w, 48)));
    w += 64;
  }
  finish16(a0, a1, a2, a3, y, bias, floor);
}

@inline
function finish16(s0: v128, s1: v128, s2: v128, s3: v128, y: usize, bias: usize, floor: f32): void {
  pair8(s0, s1, y, bias, floor);
  pair8(s2, s3, y + 32, bias + 32, floor);
}

@inline
function pair8(s0: v128, s1: v128, y: usize, bias: usize, floor: f32): void {
  s0 = finish(s0, v128.load(bias), f32x4.splat(floor));
  s1 = finish(s1, v128.load(bias, 16), f32x4.splat(floor));
  v128.store(y, s0);
  v128.store(y, s1, 16);
}
