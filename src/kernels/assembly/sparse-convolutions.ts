/** Sparse convolutions on one block of images: the sparse product at shifted addresses, over active weights only. */

import { dotPixels, stepAt } from "./pixels";
import { row16, row32 } from "./sparse-products";

export function sparseConvolve(
  values: usize,
  rowPointers: usize,
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
  const beside = values - offsets;
  // Rows of pixels outermost: those that the kernel covers, of all channels, are what has to stay in the cache.
  for (let y: usize = 0; y < height; y++) {
    const inRow = input + y * stepAt(steps, 0) * strideBytes;
    for (let r = begin; r < end; r++) {
      const index = offsets + (load<usize>(rowPointers + (r << 2)) << 2);
      const indexEnd = offsets + (load<usize>(rowPointers + (r << 2), 4) << 2);
      const ofRow = bias ? bias + (r << 2) : 0;
      let from = inRow;
      let at = (r * stepAt(steps, 2) + y * stepAt(steps, 3)) * strideBytes;
      for (let x: usize = 0; x < width; x++) {
        const gateAt = gate ? gate + at : 0;
        if (stride == 32) row32(beside, index, indexEnd, from, out + at, 128, ofRow, gateAt, rectify);
        else row16(beside, index, indexEnd, from, out + at, 64, ofRow, gateAt, rectify);
        from += inColumn;
        at += outColumn;
      }
    }
  }
}

export function sparseConvolveOuter(
  rowPointers: usize,
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
    const last = load<usize>(rowPointers + (r << 2), 4);
    for (let k = load<usize>(rowPointers + (r << 2)); k < last; k++) {
      const from = input + load<usize>(offsets + (k << 2)) * (stride << 2);
      const target = result + (k << 2);
      const sum = dotPixels(gradient, from, steps, height, width, stride, valid, r);
      store<f32>(target, add ? load<f32>(target) + sum : sum);
    }
  }
}
