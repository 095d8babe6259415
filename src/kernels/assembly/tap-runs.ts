/**
 * Weighted sums of runs of pixels: for each tap its offset in pixels at `index` and its weight `beside` bytes from it.
 *
 * Accumulators come in pairs of neighbours that are stored side by side, because V8's revectorisation fuses such pairs
 * into 256-bit operations.
 */

import { gated4, relu4 } from "./lanes";
import { narrowTiles } from "./scratch";

/**
 * Leaves the sums over all taps at `target`, finished with bias, ReLU and a gate that lies `gateBeside` bytes from it.
 *
 * A run is `runBytes` of floats, a multiple of 64; there are `runs` of them, so many bytes apart as the steps say.
 */
export function setSums(
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
  sumRuns(
    false,
    beside,
    index,
    indexEnd,
    from,
    fromStep,
    target,
    targetStep,
    pixelBytes,
    runs,
    runBytes,
    bias,
    gateBeside,
    rectify,
  );
}

/** Continues the sums that stand at `target`. */
export function addSums(
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
  sumRuns(
    true,
    beside,
    index,
    indexEnd,
    from,
    fromStep,
    target,
    targetStep,
    pixelBytes,
    runs,
    runBytes,
    bias,
    gateBeside,
    rectify,
  );
}

/** Two pixels of 32 lanes share the loads of a tap's offset and weight, where there are registers for their sums. */
@inline
function sumRuns(
  more: bool,
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
      sumLanes(64, more, beside, index, indexEnd, x, y, pixelBytes, bias, gateBeside ? gateBeside + y : 0, rectify);
      x += 256;
    }
    const end = target + runBytes;
    for (; y + 128 <= end; y += 128) {
      sumLanes(32, more, beside, index, indexEnd, x, y, pixelBytes, bias, gateBeside ? gateBeside + y : 0, rectify);
      x += 128;
    }
    if (y < end) {
      sumLanes(16, more, beside, index, indexEnd, x, y, pixelBytes, bias, gateBeside ? gateBeside + y : 0, rectify);
    }
    from += fromStep;
    target += targetStep;
  }
}

/** A constant number of lanes, 16, 32 or 64, in as many accumulators as they need. */
@inline
function sumLanes(
  lanes: i32,
  more: bool,
  beside: usize,
  index: usize,
  indexEnd: usize,
  x: usize,
  y: usize,
  pixelBytes: usize,
  bias: usize,
  gate: usize,
  rectify: usize,
): void {
  let s0 = more ? v128.load(y) : f32x4.splat(0);
  let s1 = more ? v128.load(y, 16) : f32x4.splat(0);
  let s2 = more ? v128.load(y, 32) : f32x4.splat(0);
  let s3 = more ? v128.load(y, 48) : f32x4.splat(0);
  let s4 = more ? v128.load(y, 64) : f32x4.splat(0);
  let s5 = more ? v128.load(y, 80) : f32x4.splat(0);
  let s6 = more ? v128.load(y, 96) : f32x4.splat(0);
  let s7 = more ? v128.load(y, 112) : f32x4.splat(0);
  let s8 = more ? v128.load(y, 128) : f32x4.splat(0);
  let s9 = more ? v128.load(y, 144) : f32x4.splat(0);
  let s10 = more ? v128.load(y, 160) : f32x4.splat(0);
  let s11 = more ? v128.load(y, 176) : f32x4.splat(0);
  let s12 = more ? v128.load(y, 192) : f32x4.splat(0);
  let s13 = more ? v128.load(y, 208) : f32x4.splat(0);
  let s14 = more ? v128.load(y, 224) : f32x4.splat(0);
  let s15 = more ? v128.load(y, 240) : f32x4.splat(0);
  for (; index < indexEnd; index += 4) {
    const f = v128.load_splat<f32>(index + beside);
    const run = x + load<usize>(index) * pixelBytes;
    s0 = f32x4.add(s0, f32x4.mul(f, v128.load(run)));
    s1 = f32x4.add(s1, f32x4.mul(f, v128.load(run, 16)));
    s2 = f32x4.add(s2, f32x4.mul(f, v128.load(run, 32)));
    s3 = f32x4.add(s3, f32x4.mul(f, v128.load(run, 48)));
    if (lanes > 16) {
      s4 = f32x4.add(s4, f32x4.mul(f, v128.load(run, 64)));
      s5 = f32x4.add(s5, f32x4.mul(f, v128.load(run, 80)));
      s6 = f32x4.add(s6, f32x4.mul(f, v128.load(run, 96)));
      s7 = f32x4.add(s7, f32x4.mul(f, v128.load(run, 112)));
    }
    if (lanes > 32) {
      s8 = f32x4.add(s8, f32x4.mul(f, v128.load(run, 128)));
      s9 = f32x4.add(s9, f32x4.mul(f, v128.load(run, 144)));
      s10 = f32x4.add(s10, f32x4.mul(f, v128.load(run, 160)));
      s11 = f32x4.add(s11, f32x4.mul(f, v128.load(run, 176)));
      s12 = f32x4.add(s12, f32x4.mul(f, v128.load(run, 192)));
      s13 = f32x4.add(s13, f32x4.mul(f, v128.load(run, 208)));
      s14 = f32x4.add(s14, f32x4.mul(f, v128.load(run, 224)));
      s15 = f32x4.add(s15, f32x4.mul(f, v128.load(run, 240)));
    }
  }
  if (bias) {
    const b = v128.load_splat<f32>(bias);
    s0 = f32x4.add(s0, b);
    s1 = f32x4.add(s1, b);
    s2 = f32x4.add(s2, b);
    s3 = f32x4.add(s3, b);
    if (lanes > 16) {
      s4 = f32x4.add(s4, b);
      s5 = f32x4.add(s5, b);
      s6 = f32x4.add(s6, b);
      s7 = f32x4.add(s7, b);
    }
    if (lanes > 32) {
      s8 = f32x4.add(s8, b);
      s9 = f32x4.add(s9, b);
      s10 = f32x4.add(s10, b);
      s11 = f32x4.add(s11, b);
      s12 = f32x4.add(s12, b);
      s13 = f32x4.add(s13, b);
      s14 = f32x4.add(s14, b);
      s15 = f32x4.add(s15, b);
    }
  }
  if (rectify) {
    s0 = relu4(s0);
    s1 = relu4(s1);
    s2 = relu4(s2);
    s3 = relu4(s3);
    if (lanes > 16) {
      s4 = relu4(s4);
      s5 = relu4(s5);
      s6 = relu4(s6);
      s7 = relu4(s7);
    }
    if (lanes > 32) {
      s8 = relu4(s8);
      s9 = relu4(s9);
      s10 = relu4(s10);
      s11 = relu4(s11);
      s12 = relu4(s12);
      s13 = relu4(s13);
      s14 = relu4(s14);
      s15 = relu4(s15);
    }
  }
  if (gate) {
    s0 = gated4(s0, v128.load(gate));
    s1 = gated4(s1, v128.load(gate, 16));
    s2 = gated4(s2, v128.load(gate, 32));
    s3 = gated4(s3, v128.load(gate, 48));
    if (lanes > 16) {
      s4 = gated4(s4, v128.load(gate, 64));
      s5 = gated4(s5, v128.load(gate, 80));
      s6 = gated4(s6, v128.load(gate, 96));
      s7 = gated4(s7, v128.load(gate, 112));
    }
    if (lanes > 32) {
      s8 = gated4(s8, v128.load(gate, 128));
      s9 = gated4(s9, v128.load(gate, 144));
      s10 = gated4(s10, v128.load(gate, 160));
      s11 = gated4(s11, v128.load(gate, 176));
      s12 = gated4(s12, v128.load(gate, 192));
      s13 = gated4(s13, v128.load(gate, 208));
      s14 = gated4(s14, v128.load(gate, 224));
      s15 = gated4(s15, v128.load(gate, 240));
    }
  }
  v128.store(y, s0);
  v128.store(y, s1, 16);
  v128.store(y, s2, 32);
  v128.store(y, s3, 48);
  if (lanes > 16) {
    v128.store(y, s4, 64);
    v128.store(y, s5, 80);
    v128.store(y, s6, 96);
    v128.store(y, s7, 112);
  }
  if (lanes > 32) {
    v128.store(y, s8, 128);
    v128.store(y, s9, 144);
    v128.store(y, s10, 160);
    v128.store(y, s11, 176);
    v128.store(y, s12, 192);
    v128.store(y, s13, 208);
    v128.store(y, s14, 224);
    v128.store(y, s15, 240);
  }
}
