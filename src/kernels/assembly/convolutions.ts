/** Dense convolutions on one block of images, channel by channel at shifted addresses: nothing is laid out anew. */

import { row16, row32 } from "./sparse-products";
import { dotPixels, stepAt } from "./pixels";

export function convolve(
  weights: usize,
  taps: usize,
  offsets: usize,
  input: usize,
  out: usize,
  steps: usize,
  height: usize,
  width: usize,
  stride: usize,
  bias: usize,
  gate: usize,
  rectify: usize,
  begin: usize,
  end: usize,
): void {
  const strideBytes = stride << 2;
  const inColumn = stepAt(steps, 1) * strideBytes;
  const outColumn = stepAt(steps, 4) * strideBytes;
  const offsetsEnd = offsets + (taps << 2);
  for (let y: usize = 0; y < height; y++) {
    const inRow = input + y * stepAt(steps, 0) * strideBytes;
    for (let r = begin; r < end; r++) {
      const place = (r * stepAt(steps, 2) + y * stepAt(steps, 3)) * strideBytes;
      const beside = weights + ((r * taps) << 2) - offsets;
      const ofRow = bias ? bias + (r << 2) : 0;
      let from = inRow;
      let at = place;
      for (let x: usize = 0; x < width; x++) {
        const gateAt = gate ? gate + at : 0;
        if (stride == 32) row32(beside, offsets, offsetsEnd, from, out + at, 128, ofRow, gateAt, rectify);
        else row16(beside, offsets, offsetsEnd, from, out + at, 64, ofRow, gateAt, rectify);
        from += inColumn;
        at += outColumn;
      }
    }
  }
}

export function convolveOuter(
  taps: usize,
  offsets: usize,
  gradient: usize,
  input: usize,
  result: usize,
  steps: usize,
  height: usize,
  width: usize,
  stride: usize,
  valid: usize,
  add: usize,
  begin: usize,
  end: usize,
): void {
  for (let r = begin; r < end; r++) {
    for (let k: usize = 0; k < taps; k++) {
      const from = input + load<usize>(offsets + (k << 2)) * (stride << 2);
      const target = result + ((r * taps + k) << 2);
      const sum = dotPixels(gradient, from, steps, height, width, stride, valid, r);
      store<f32>(target, add ? load<f32>(target) + sum : sum);
    }
  }
}
