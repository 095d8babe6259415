/**
 * Tiles of the dense convolution on a packed panel: four channels by 16 lanes of one pixel, at once or in two halves, their
 * sums in accumulators over the taps of the panel. Channels beyond `last` are `last` itself, once more with the same bits.
 *
 * Accumulators come in pairs of neighbours that are stored side by side, because V8's revectorisation fuses such pairs
 * into 256-bit operations.
 */

import { gated4, relu4 } from "./lanes";
import { narrowTiles, scratch, zerosOffset } from "./scratch";

/**
 * out[r, 0..15] = from[r, 0..15] + Σ_k weights[r, k] panel[k, 0..15] over `depth` taps for the channels r0 to r0 + 3, finished
 * by bias, ReLU and gate. `from` 0 begins at 0. Gate and `from` lie like `out`, channels `channelBytes` apart.
 */
export function quadTile(
  weights: usize,
  rowBytes: usize,
  panel: usize,
  depth: usize,
  from: usize,
  out: usize,
  channelBytes: usize,
  bias: usize,
  gate: usize,
  rectify: usize,
  r0: usize,
  last: usize,
): void {
  if (narrowTiles) {
    narrowQuad(weights, rowBytes, panel, depth, from, out, channelBytes, bias, gate, rectify, r0, last);
    const fromRest = from ? from + 32 : 0;
    const gateRest = gate ? gate + 32 : 0;
    narrowQuad(weights, rowBytes, panel + 32, depth, fromRest, out + 32, channelBytes, bias, gateRest, rectify, r0, last);
  } else {
    wideQuad(weights, rowBytes, panel, depth, from, out, channelBytes, bias, gate, rectify, r0, last);
  }
}

function wideQuad(
  weights: usize,
  rowBytes: usize,
  panel: usize,
  depth: usize,
  from: usize,
  out: usize,
  channelBytes: usize,
  bias: usize,
  gate: usize,
  rectify: usize,
  r0: usize,
  last: usize,
): void {
  const r1 = min(r0 + 1, last);
  const r2 = min(r0 + 2, last);
  const r3 = min(r0 + 3, last);
  let w0 = weights + r0 * rowBytes;
  let w1 = weights + r1 * rowBytes;
  let w2 = weights + r2 * rowBytes;
  let w3 = weights + r3 * rowBytes;
  const at0 = r0 * channelBytes;
  const at1 = r1 * channelBytes;
  const at2 = r2 * channelBytes;
  const at3 = r3 * channelBytes;
  const from0 = from ? from + at0 : scratch + zerosOffset;
  const from1 = from ? from + at1 : scratch + zerosOffset;
  const from2 = from ? from + at2 : scratch + zerosOffset;
  const from3 = from ? from + at3 : scratch + zerosOffset;
  let s00 = v128.load(from0);
  let s01 = v128.load(from0, 16);
  let s02 = v128.load(from0, 32);
  let s03 = v128.load(from0, 48);
  let s10 = v128.load(from1);
  let s11 = v128.load(from1, 16);
  let s12 = v128.load(from1, 32);
  let s13 = v128.load(from1, 48);
  let s20 = v128.load(from2);
  let s21 = v128.load(from2, 16);
  let s22 = v128.load(from2, 32);
  let s23 = v128.load(from2, 48);
  let s30 = v128.load(from3);
  let s31 = v128.load(from3, 16);
  let s32 = v128.load(from3, 32);
  let s33 = v128.load(from3, 48);
  for (; depth >= 2; depth -= 2) {
    {
      const b0 = v128.load(panel);
      const b1 = v128.load(panel, 16);
      const b2 = v128.load(panel, 32);
      const b3 = v128.load(panel, 48);
      let f = v128.load_splat<f32>(w0);
      s00 = f32x4.add(s00, f32x4.mul(f, b0));
      s01 = f32x4.add(s01, f32x4.mul(f, b1));
      s02 = f32x4.add(s02, f32x4.mul(f, b2));
      s03 = f32x4.add(s03, f32x4.mul(f, b3));
      f = v128.load_splat<f32>(w1);
      s10 = f32x4.add(s10, f32x4.mul(f, b0));
      s11 = f32x4.add(s11, f32x4.mul(f, b1));
      s12 = f32x4.add(s12, f32x4.mul(f, b2));
      s13 = f32x4.add(s13, f32x4.mul(f, b3));
      f = v128.load_splat<f32>(w2);
      s20 = f32x4.add(s20, f32x4.mul(f, b0));
      s21 = f32x4.add(s21, f32x4.mul(f, b1));
      s22 = f32x4.add(s22, f32x4.mul(f, b2));
      s23 = f32x4.add(s23, f32x4.mul(f, b3));
      f = v128.load_splat<f32>(w3);
      s30 = f32x4.add(s30, f32x4.mul(f, b0));
      s31 = f32x4.add(s31, f32x4.mul(f, b1));
      s32 = f32x4.add(s32, f32x4.mul(f, b2));
      s33 = f32x4.add(s33, f32x4.mul(f, b3));
    }
    {
      const b0 = v128.load(panel, 64);
      const b1 = v128.load(panel, 80);
      const b2 = v128.load(panel, 96);
      const b3 = v128.load(panel, 112);
      let f = v128.load_splat<f32>(w0, 4);
      s00 = f32x4.add(s00, f32x4.mul(f, b0));
      s01 = f32x4.add(s01, f32x4.mul(f, b1));
      s02 = f32x4.add(s02, f32x4.mul(f, b2));
      s03 = f32x4.add(s03, f32x4.mul(f, b3));
      f = v128.load_splat<f32>(w1, 4);
      s10 = f32x4.add(s10, f32x4.mul(f, b0));
      s11 = f32x4.add(s11, f32x4.mul(f, b1));
      s12 = f32x4.add(s12, f32x4.mul(f, b2));
      s13 = f32x4.add(s13, f32x4.mul(f, b3));
      f = v128.load_splat<f32>(w2, 4);
      s20 = f32x4.add(s20, f32x4.mul(f, b0));
      s21 = f32x4.add(s21, f32x4.mul(f, b1));
      s22 = f32x4.add(s22, f32x4.mul(f, b2));
      s23 = f32x4.add(s23, f32x4.mul(f, b3));
      f = v128.load_splat<f32>(w3, 4);
      s30 = f32x4.add(s30, f32x4.mul(f, b0));
      s31 = f32x4.add(s31, f32x4.mul(f, b1));
      s32 = f32x4.add(s32, f32x4.mul(f, b2));
      s33 = f32x4.add(s33, f32x4.mul(f, b3));
    }
    w0 += 8;
    w1 += 8;
    w2 += 8;
    w3 += 8;
    panel += 128;
  }
  for (; depth; depth--) {
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    const b2 = v128.load(panel, 32);
    const b3 = v128.load(panel, 48);
    let f = v128.load_splat<f32>(w0);
    s00 = f32x4.add(s00, f32x4.mul(f, b0));
    s01 = f32x4.add(s01, f32x4.mul(f, b1));
    s02 = f32x4.add(s02, f32x4.mul(f, b2));
    s03 = f32x4.add(s03, f32x4.mul(f, b3));
    f = v128.load_splat<f32>(w1);
    s10 = f32x4.add(s10, f32x4.mul(f, b0));
    s11 = f32x4.add(s11, f32x4.mul(f, b1));
    s12 = f32x4.add(s12, f32x4.mul(f, b2));
    s13 = f32x4.add(s13, f32x4.mul(f, b3));
    f = v128.load_splat<f32>(w2);
    s20 = f32x4.add(s20, f32x4.mul(f, b0));
    s21 = f32x4.add(s21, f32x4.mul(f, b1));
    s22 = f32x4.add(s22, f32x4.mul(f, b2));
    s23 = f32x4.add(s23, f32x4.mul(f, b3));
    f = v128.load_splat<f32>(w3);
    s30 = f32x4.add(s30, f32x4.mul(f, b0));
    s31 = f32x4.add(s31, f32x4.mul(f, b1));
    s32 = f32x4.add(s32, f32x4.mul(f, b2));
    s33 = f32x4.add(s33, f32x4.mul(f, b3));
    w0 += 4;
    w1 += 4;
    w2 += 4;
    w3 += 4;
    panel += 64;
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
    b = v128.load_splat<f32>(bias + (r2 << 2));
    s20 = f32x4.add(s20, b);
    s21 = f32x4.add(s21, b);
    s22 = f32x4.add(s22, b);
    s23 = f32x4.add(s23, b);
    b = v128.load_splat<f32>(bias + (r3 << 2));
    s30 = f32x4.add(s30, b);
    s31 = f32x4.add(s31, b);
    s32 = f32x4.add(s32, b);
    s33 = f32x4.add(s33, b);
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
    s20 = relu4(s20);
    s21 = relu4(s21);
    s22 = relu4(s22);
    s23 = relu4(s23);
    s30 = relu4(s30);
    s31 = relu4(s31);
    s32 = relu4(s32);
    s33 = relu4(s33);
  }
  if (gate) {
    s00 = gated4(s00, v128.load(gate + at0));
    s01 = gated4(s01, v128.load(gate + at0, 16));
    s02 = gated4(s02, v128.load(gate + at0, 32));
    s03 = gated4(s03, v128.load(gate + at0, 48));
    s10 = gated4(s10, v128.load(gate + at1));
    s11 = gated4(s11, v128.load(gate + at1, 16));
    s12 = gated4(s12, v128.load(gate + at1, 32));
    s13 = gated4(s13, v128.load(gate + at1, 48));
    s20 = gated4(s20, v128.load(gate + at2));
    s21 = gated4(s21, v128.load(gate + at2, 16));
    s22 = gated4(s22, v128.load(gate + at2, 32));
    s23 = gated4(s23, v128.load(gate + at2, 48));
    s30 = gated4(s30, v128.load(gate + at3));
    s31 = gated4(s31, v128.load(gate + at3, 16));
    s32 = gated4(s32, v128.load(gate + at3, 32));
    s33 = gated4(s33, v128.load(gate + at3, 48));
  }
  v128.store(out + at0, s00, 0);
  v128.store(out + at0, s01, 16);
  v128.store(out + at0, s02, 32);
  v128.store(out + at0, s03, 48);
  v128.store(out + at1, s10, 0);
  v128.store(out + at1, s11, 16);
  v128.store(out + at1, s12, 32);
  v128.store(out + at1, s13, 48);
  v128.store(out + at2, s20, 0);
  v128.store(out + at2, s21, 16);
  v128.store(out + at2, s22, 32);
  v128.store(out + at2, s23, 48);
  v128.store(out + at3, s30, 0);
  v128.store(out + at3, s31, 16);
  v128.store(out + at3, s32, 32);
  v128.store(out + at3, s33, 48);
}

function narrowQuad(
  weights: usize,
  rowBytes: usize,
  panel: usize,
  depth: usize,
  from: usize,
  out: usize,
  channelBytes: usize,
  bias: usize,
  gate: usize,
  rectify: usize,
  r0: usize,
  last: usize,
): void {
  const r1 = min(r0 + 1, last);
  const r2 = min(r0 + 2, last);
  const r3 = min(r0 + 3, last);
  let w0 = weights + r0 * rowBytes;
  let w1 = weights + r1 * rowBytes;
  let w2 = weights + r2 * rowBytes;
  let w3 = weights + r3 * rowBytes;
  const at0 = r0 * channelBytes;
  const at1 = r1 * channelBytes;
  const at2 = r2 * channelBytes;
  const at3 = r3 * channelBytes;
  const from0 = from ? from + at0 : scratch + zerosOffset;
  const from1 = from ? from + at1 : scratch + zerosOffset;
  const from2 = from ? from + at2 : scratch + zerosOffset;
  const from3 = from ? from + at3 : scratch + zerosOffset;
  let s00 = v128.load(from0);
  let s01 = v128.load(from0, 16);
  let s10 = v128.load(from1);
  let s11 = v128.load(from1, 16);
  let s20 = v128.load(from2);
  let s21 = v128.load(from2, 16);
  let s30 = v128.load(from3);
  let s31 = v128.load(from3, 16);
  for (; depth; depth--) {
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    let f = v128.load_splat<f32>(w0);
    s00 = f32x4.add(s00, f32x4.mul(f, b0));
    s01 = f32x4.add(s01, f32x4.mul(f, b1));
    f = v128.load_splat<f32>(w1);
    s10 = f32x4.add(s10, f32x4.mul(f, b0));
    s11 = f32x4.add(s11, f32x4.mul(f, b1));
    f = v128.load_splat<f32>(w2);
    s20 = f32x4.add(s20, f32x4.mul(f, b0));
    s21 = f32x4.add(s21, f32x4.mul(f, b1));
    f = v128.load_splat<f32>(w3);
    s30 = f32x4.add(s30, f32x4.mul(f, b0));
    s31 = f32x4.add(s31, f32x4.mul(f, b1));
    w0 += 4;
    w1 += 4;
    w2 += 4;
    w3 += 4;
    panel += 64;
  }
  if (bias) {
    let b = v128.load_splat<f32>(bias + (r0 << 2));
    s00 = f32x4.add(s00, b);
    s01 = f32x4.add(s01, b);
    b = v128.load_splat<f32>(bias + (r1 << 2));
    s10 = f32x4.add(s10, b);
    s11 = f32x4.add(s11, b);
    b = v128.load_splat<f32>(bias + (r2 << 2));
    s20 = f32x4.add(s20, b);
    s21 = f32x4.add(s21, b);
    b = v128.load_splat<f32>(bias + (r3 << 2));
    s30 = f32x4.add(s30, b);
    s31 = f32x4.add(s31, b);
  }
  if (rectify) {
    s00 = relu4(s00);
    s01 = relu4(s01);
    s10 = relu4(s10);
    s11 = relu4(s11);
    s20 = relu4(s20);
    s21 = relu4(s21);
    s30 = relu4(s30);
    s31 = relu4(s31);
  }
  if (gate) {
    s00 = gated4(s00, v128.load(gate + at0));
    s01 = gated4(s01, v128.load(gate + at0, 16));
    s10 = gated4(s10, v128.load(gate + at1));
    s11 = gated4(s11, v128.load(gate + at1, 16));
    s20 = gated4(s20, v128.load(gate + at2));
    s21 = gated4(s21, v128.load(gate + at2, 16));
    s30 = gated4(s30, v128.load(gate + at3));
    s31 = gated4(s31, v128.load(gate + at3, 16));
  }
  v128.store(out + at0, s00, 0);
  v128.store(out + at0, s01, 16);
  v128.store(out + at1, s10, 0);
  v128.store(out + at1, s11, 16);
  v128.store(out + at2, s20, 0);
  v128.store(out + at2, s21, 16);
  v128.store(out + at3, s30, 0);
  v128.store(out + at3, s31, 16);
}
