/**
 * Tiles of the dense convolution where few channels use an input: two channels by twice 16 lanes, at once or one after the
 * other, at shifted addresses. A channel beyond `last` is `last` itself, once more with the same bits.
 *
 * Accumulators come in pairs of neighbours that are stored side by side, because V8's revectorisation fuses such pairs
 * into 256-bit operations.
 */

import { gated4, relu4 } from "./lanes";
import { narrowTiles } from "./scratch";

/**
 * out[r, 0..15] = Σ_k weights[r, k] input[offsets[k], 0..15] over all taps for the channels r0 and r0 + 1, finished by bias,
 * ReLU and gate, and the same 16 lanes `apart` bytes further on, `outApart` in the result. Offsets lie from `at` to `end`
 * and are counted in pixels of 2^shift bytes.
 */
export function pairTile(
  weights: usize,
  rowBytes: usize,
  at: usize,
  end: usize,
  input: usize,
  shift: usize,
  apart: usize,
  outApart: usize,
  out: usize,
  channelBytes: usize,
  bias: usize,
  gate: usize,
  rectify: usize,
  r0: usize,
  last: usize,
): void {
  if (narrowTiles) {
    narrowPair(weights, rowBytes, at, end, input, shift, out, channelBytes, bias, gate, rectify, r0, last);
    const gateFar = gate ? gate + outApart : 0;
    narrowPair(weights, rowBytes, at, end, input + apart, shift, out + outApart, channelBytes, bias, gateFar, rectify, r0, last);
  } else {
    widePair(weights, rowBytes, at, end, input, shift, apart, outApart, out, channelBytes, bias, gate, rectify, r0, last);
  }
}

function widePair(
  weights: usize,
  rowBytes: usize,
  at: usize,
  end: usize,
  input: usize,
  shift: usize,
  apart: usize,
  outApart: usize,
  out: usize,
  channelBytes: usize,
  bias: usize,
  gate: usize,
  rectify: usize,
  r0: usize,
  last: usize,
): void {
  const r1 = min(r0 + 1, last);
  let w0 = weights + r0 * rowBytes;
  let w1 = weights + r1 * rowBytes;
  const place0 = r0 * channelBytes;
  const place1 = r1 * channelBytes;
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s02 = f32x4.splat(0);
  let s03 = f32x4.splat(0);
  let s04 = f32x4.splat(0);
  let s05 = f32x4.splat(0);
  let s06 = f32x4.splat(0);
  let s07 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s12 = f32x4.splat(0);
  let s13 = f32x4.splat(0);
  let s14 = f32x4.splat(0);
  let s15 = f32x4.splat(0);
  let s16 = f32x4.splat(0);
  let s17 = f32x4.splat(0);
  for (; at < end; at += 4) {
    const near = input + (load<usize>(at) << shift);
    const far = near + apart;
    const f0 = v128.load_splat<f32>(w0);
    const f1 = v128.load_splat<f32>(w1);
    const b0 = v128.load(near);
    const b1 = v128.load(near, 16);
    const b2 = v128.load(near, 32);
    const b3 = v128.load(near, 48);
    const b4 = v128.load(far);
    const b5 = v128.load(far, 16);
    const b6 = v128.load(far, 32);
    const b7 = v128.load(far, 48);
    s00 = f32x4.add(s00, f32x4.mul(f0, b0));
    s01 = f32x4.add(s01, f32x4.mul(f0, b1));
    s02 = f32x4.add(s02, f32x4.mul(f0, b2));
    s03 = f32x4.add(s03, f32x4.mul(f0, b3));
    s04 = f32x4.add(s04, f32x4.mul(f0, b4));
    s05 = f32x4.add(s05, f32x4.mul(f0, b5));
    s06 = f32x4.add(s06, f32x4.mul(f0, b6));
    s07 = f32x4.add(s07, f32x4.mul(f0, b7));
    s10 = f32x4.add(s10, f32x4.mul(f1, b0));
    s11 = f32x4.add(s11, f32x4.mul(f1, b1));
    s12 = f32x4.add(s12, f32x4.mul(f1, b2));
    s13 = f32x4.add(s13, f32x4.mul(f1, b3));
    s14 = f32x4.add(s14, f32x4.mul(f1, b4));
    s15 = f32x4.add(s15, f32x4.mul(f1, b5));
    s16 = f32x4.add(s16, f32x4.mul(f1, b6));
    s17 = f32x4.add(s17, f32x4.mul(f1, b7));
    w0 += 4;
    w1 += 4;
  }
  if (bias) {
    let b = v128.load_splat<f32>(bias + (r0 << 2));
    s00 = f32x4.add(s00, b);
    s01 = f32x4.add(s01, b);
    s02 = f32x4.add(s02, b);
    s03 = f32x4.add(s03, b);
    s04 = f32x4.add(s04, b);
    s05 = f32x4.add(s05, b);
    s06 = f32x4.add(s06, b);
    s07 = f32x4.add(s07, b);
    b = v128.load_splat<f32>(bias + (r1 << 2));
    s10 = f32x4.add(s10, b);
    s11 = f32x4.add(s11, b);
    s12 = f32x4.add(s12, b);
    s13 = f32x4.add(s13, b);
    s14 = f32x4.add(s14, b);
    s15 = f32x4.add(s15, b);
    s16 = f32x4.add(s16, b);
    s17 = f32x4.add(s17, b);
  }
  if (rectify) {
    s00 = relu4(s00);
    s01 = relu4(s01);
    s02 = relu4(s02);
    s03 = relu4(s03);
    s04 = relu4(s04);
    s05 = relu4(s05);
    s06 = relu4(s06);
    s07 = relu4(s07);
    s10 = relu4(s10);
    s11 = relu4(s11);
    s12 = relu4(s12);
    s13 = relu4(s13);
    s14 = relu4(s14);
    s15 = relu4(s15);
    s16 = relu4(s16);
    s17 = relu4(s17);
  }
  if (gate) {
    s00 = gated4(s00, v128.load(gate + place0));
    s01 = gated4(s01, v128.load(gate + place0, 16));
    s02 = gated4(s02, v128.load(gate + place0, 32));
    s03 = gated4(s03, v128.load(gate + place0, 48));
    s04 = gated4(s04, v128.load(gate + place0 + outApart));
    s05 = gated4(s05, v128.load(gate + place0 + outApart, 16));
    s06 = gated4(s06, v128.load(gate + place0 + outApart, 32));
    s07 = gated4(s07, v128.load(gate + place0 + outApart, 48));
    s10 = gated4(s10, v128.load(gate + place1));
    s11 = gated4(s11, v128.load(gate + place1, 16));
    s12 = gated4(s12, v128.load(gate + place1, 32));
    s13 = gated4(s13, v128.load(gate + place1, 48));
    s14 = gated4(s14, v128.load(gate + place1 + outApart));
    s15 = gated4(s15, v128.load(gate + place1 + outApart, 16));
    s16 = gated4(s16, v128.load(gate + place1 + outApart, 32));
    s17 = gated4(s17, v128.load(gate + place1 + outApart, 48));
  }
  v128.store(out + place0, s00, 0);
  v128.store(out + place0, s01, 16);
  v128.store(out + place0, s02, 32);
  v128.store(out + place0, s03, 48);
  v128.store(out + place0 + outApart, s04, 0);
  v128.store(out + place0 + outApart, s05, 16);
  v128.store(out + place0 + outApart, s06, 32);
  v128.store(out + place0 + outApart, s07, 48);
  v128.store(out + place1, s10, 0);
  v128.store(out + place1, s11, 16);
  v128.store(out + place1, s12, 32);
  v128.store(out + place1, s13, 48);
  v128.store(out + place1 + outApart, s14, 0);
  v128.store(out + place1 + outApart, s15, 16);
  v128.store(out + place1 + outApart, s16, 32);
  v128.store(out + place1 + outApart, s17, 48);
}

function narrowPair(
  weights: usize,
  rowBytes: usize,
  at: usize,
  end: usize,
  input: usize,
  shift: usize,
  out: usize,
  channelBytes: usize,
  bias: usize,
  gate: usize,
  rectify: usize,
  r0: usize,
  last: usize,
): void {
  const r1 = min(r0 + 1, last);
  let w0 = weights + r0 * rowBytes;
  let w1 = weights + r1 * rowBytes;
  const place0 = r0 * channelBytes;
  const place1 = r1 * channelBytes;
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s02 = f32x4.splat(0);
  let s03 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s12 = f32x4.splat(0);
  let s13 = f32x4.splat(0);
  for (; at < end; at += 4) {
    const near = input + (load<usize>(at) << shift);
    const f0 = v128.load_splat<f32>(w0);
    const f1 = v128.load_splat<f32>(w1);
    const b0 = v128.load(near);
    const b1 = v128.load(near, 16);
    const b2 = v128.load(near, 32);
    const b3 = v128.load(near, 48);
    s00 = f32x4.add(s00, f32x4.mul(f0, b0));
    s01 = f32x4.add(s01, f32x4.mul(f0, b1));
    s02 = f32x4.add(s02, f32x4.mul(f0, b2));
    s03 = f32x4.add(s03, f32x4.mul(f0, b3));
    s10 = f32x4.add(s10, f32x4.mul(f1, b0));
    s11 = f32x4.add(s11, f32x4.mul(f1, b1));
    s12 = f32x4.add(s12, f32x4.mul(f1, b2));
    s13 = f32x4.add(s13, f32x4.mul(f1, b3));
    w0 += 4;
    w1 += 4;
  }
  if (bias) {
    let b = v128.load_splat<f32>(bias + (r0 << 2));
    s00 = f32x4.add(s00, b);
    s01 = f32x4.add(s01, b);
    s02 = f32x4.add(s02, b);
    s03 = f32x4.add(s03, b);
    b = v128.load_splat<f32>(bias + (r1 << 2));
    s10 = f32x4.add(s10, b);
    s11 = f32x4.add(s11, b);
    s12 = f32x4.add(s12, b);
    s13 = f32x4.add(s13, b);
  }
  if (rectify) {
    s00 = relu4(s00);
    s01 = relu4(s01);
    s02 = relu4(s02);
    s03 = relu4(s03);
    s10 = relu4(s10);
    s11 = relu4(s11);
    s12 = relu4(s12);
    s13 = relu4(s13);
  }
  if (gate) {
    s00 = gated4(s00, v128.load(gate + place0));
    s01 = gated4(s01, v128.load(gate + place0, 16));
    s02 = gated4(s02, v128.load(gate + place0, 32));
    s03 = gated4(s03, v128.load(gate + place0, 48));
    s10 = gated4(s10, v128.load(gate + place1));
    s11 = gated4(s11, v128.load(gate + place1, 16));
    s12 = gated4(s12, v128.load(gate + place1, 32));
    s13 = gated4(s13, v128.load(gate + place1, 48));
  }
  v128.store(out + place0, s00, 0);
  v128.store(out + place0, s01, 16);
  v128.store(out + place0, s02, 32);
  v128.store(out + place0, s03, 48);
  v128.store(out + place1, s10, 0);
  v128.store(out + place1, s11, 16);
  v128.store(out + place1, s12, 32);
  v128.store(out + place1, s13, 48);
}
