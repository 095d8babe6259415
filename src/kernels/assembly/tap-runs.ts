/**
 * Weighted sums of runs of pixels: for each tap its offset in pixels at `index` and its weight `beside` bytes from it.
 *
 * Accumulators come in pairs of neighbours that are stored side by side, because V8's revectorisation fuses such pairs
 * into 256-bit operations.
 */

import { gated4, relu4 } from "./lanes";
import { narrowTiles } from "./scratch";
import { row16, row32 } from "./sparse-products";

/**
 * Leaves the sums over all taps at `target`, finished with bias, ReLU and a gate that lies `gateBeside` bytes from it.
 *
 * A run is `runBytes` of floats, a multiple of 64; there are `runs` of them, so many bytes apart as the steps say. Two pixels
 * of 32 lanes share the loads of a tap's offset and weight, where there are registers for their sums.
 */
export function sumTaps(
  beside: usize,
  index: usize,
  indexEnd: usize,
  from: usize,
  fromStep: usize,
  target: usize,
  targetStep: usize,
  pixelBytes: usize,
  runs: usize,
  runBytes: usize,
  bias: usize,
  gateBeside: usize,
  rectify: usize,
): void {
  const wideBytes = narrowTiles ? 0 : runBytes & ~255;
  for (; runs; runs--) {
    let x = from;
    let y = target;
    for (const wideEnd = target + wideBytes; y < wideEnd; y += 256) {
      row64(beside, index, indexEnd, x, y, pixelBytes, bias, gateBeside ? gateBeside + y : 0, rectify);
      x += 256;
    }
    const end = target + runBytes;
    for (; y + 128 <= end; y += 128) {
      row32(beside, index, indexEnd, x, y, pixelBytes, bias, gateBeside ? gateBeside + y : 0, rectify);
      x += 128;
    }
    if (y < end) row16(beside, index, indexEnd, x, y, pixelBytes, bias, gateBeside ? gateBeside + y : 0, rectify);
    from += fromStep;
    target += targetStep;
  }
}

/** 64 lanes: sixteen accumulators. As `row32`. */
@inline
function row64(
  beside: usize,
  index: usize,
  indexEnd: usize,
  x: usize,
  y: usize,
  strideBytes: usize,
  bias: usize,
  gate: usize,
  rectify: usize,
): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let s4 = f32x4.splat(0);
  let s5 = f32x4.splat(0);
  let s6 = f32x4.splat(0);
  let s7 = f32x4.splat(0);
  let s8 = f32x4.splat(0);
  let s9 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s12 = f32x4.splat(0);
  let s13 = f32x4.splat(0);
  let s14 = f32x4.splat(0);
  let s15 = f32x4.splat(0);
  for (; index < indexEnd; index += 4) {
    const f = v128.load_splat<f32>(index + beside);
    const row = x + load<usize>(index) * strideBytes;
    s0 = f32x4.add(s0, f32x4.mul(f, v128.load(row, 0)));
    s1 = f32x4.add(s1, f32x4.mul(f, v128.load(row, 16)));
    s2 = f32x4.add(s2, f32x4.mul(f, v128.load(row, 32)));
    s3 = f32x4.add(s3, f32x4.mul(f, v128.load(row, 48)));
    s4 = f32x4.add(s4, f32x4.mul(f, v128.load(row, 64)));
    s5 = f32x4.add(s5, f32x4.mul(f, v128.load(row, 80)));
    s6 = f32x4.add(s6, f32x4.mul(f, v128.load(row, 96)));
    s7 = f32x4.add(s7, f32x4.mul(f, v128.load(row, 112)));
    s8 = f32x4.add(s8, f32x4.mul(f, v128.load(row, 128)));
    s9 = f32x4.add(s9, f32x4.mul(f, v128.load(row, 144)));
    s10 = f32x4.add(s10, f32x4.mul(f, v128.load(row, 160)));
    s11 = f32x4.add(s11, f32x4.mul(f, v128.load(row, 176)));
    s12 = f32x4.add(s12, f32x4.mul(f, v128.load(row, 192)));
    s13 = f32x4.add(s13, f32x4.mul(f, v128.load(row, 208)));
    s14 = f32x4.add(s14, f32x4.mul(f, v128.load(row, 224)));
    s15 = f32x4.add(s15, f32x4.mul(f, v128.load(row, 240)));
  }
  if (bias) {
    const b = v128.load_splat<f32>(bias);
    s0 = f32x4.add(s0, b);
    s1 = f32x4.add(s1, b);
    s2 = f32x4.add(s2, b);
    s3 = f32x4.add(s3, b);
    s4 = f32x4.add(s4, b);
    s5 = f32x4.add(s5, b);
    s6 = f32x4.add(s6, b);
    s7 = f32x4.add(s7, b);
    s8 = f32x4.add(s8, b);
    s9 = f32x4.add(s9, b);
    s10 = f32x4.add(s10, b);
    s11 = f32x4.add(s11, b);
    s12 = f32x4.add(s12, b);
    s13 = f32x4.add(s13, b);
    s14 = f32x4.add(s14, b);
    s15 = f32x4.add(s15, b);
  }
  if (rectify) {
    s0 = relu4(s0);
    s1 = relu4(s1);
    s2 = relu4(s2);
    s3 = relu4(s3);
    s4 = relu4(s4);
    s5 = relu4(s5);
    s6 = relu4(s6);
    s7 = relu4(s7);
    s8 = relu4(s8);
    s9 = relu4(s9);
    s10 = relu4(s10);
    s11 = relu4(s11);
    s12 = relu4(s12);
    s13 = relu4(s13);
    s14 = relu4(s14);
    s15 = relu4(s15);
  }
  if (gate) {
    s0 = gated4(s0, v128.load(gate, 0));
    s1 = gated4(s1, v128.load(gate, 16));
    s2 = gated4(s2, v128.load(gate, 32));
    s3 = gated4(s3, v128.load(gate, 48));
    s4 = gated4(s4, v128.load(gate, 64));
    s5 = gated4(s5, v128.load(gate, 80));
    s6 = gated4(s6, v128.load(gate, 96));
    s7 = gated4(s7, v128.load(gate, 112));
    s8 = gated4(s8, v128.load(gate, 128));
    s9 = gated4(s9, v128.load(gate, 144));
    s10 = gated4(s10, v128.load(gate, 160));
    s11 = gated4(s11, v128.load(gate, 176));
    s12 = gated4(s12, v128.load(gate, 192));
    s13 = gated4(s13, v128.load(gate, 208));
    s14 = gated4(s14, v128.load(gate, 224));
    s15 = gated4(s15, v128.load(gate, 240));
  }
  v128.store(y, s0, 0);
  v128.store(y, s1, 16);
  v128.store(y, s2, 32);
  v128.store(y, s3, 48);
  v128.store(y, s4, 64);
  v128.store(y, s5, 80);
  v128.store(y, s6, 96);
  v128.store(y, s7, 112);
  v128.store(y, s8, 128);
  v128.store(y, s9, 144);
  v128.store(y, s10, 160);
  v128.store(y, s11, 176);
  v128.store(y, s12, 192);
  v128.store(y, s13, 208);
  v128.store(y, s14, 224);
  v128.store(y, s15, 240);
}
