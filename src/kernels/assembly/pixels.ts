/** Pixels: steps between them, images placed in a window, and sums over all pixels of a channel. */

import { sumAcross } from "./lanes";
import { scratch } from "./scratch";
import { addRest } from "./sparse-products";

/** One of the five steps of a convolution, in pixels. */
@inline
export function stepAt(steps: usize, place: usize): usize {
  return load<usize>(steps + (place << 2));
}

/** The sum over all pixels and the first `valid` lanes of the gradient of channel r times the input from `from` on. */
export function dotPixels(
  gradient: usize,
  from: usize,
  steps: usize,
  height: usize,
  width: usize,
  stride: usize,
  valid: usize,
  r: usize,
): f32 {
  const strideBytes = stride << 2;
  const groupBytes = (valid >> 4) << 6;
  const rest = valid & 15;
  const inColumn = stepAt(steps, 1) * strideBytes;
  const outColumn = stepAt(steps, 4) * strideBytes;
  const sums = scratch;
  memory.fill(sums, 0, 64);
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (let y: usize = 0; y < height; y++) {
    let left = gradient + (r * stepAt(steps, 2) + y * stepAt(steps, 3)) * strideBytes;
    let right = from + y * stepAt(steps, 0) * strideBytes;
    for (let x: usize = 0; x < width; x++) {
      for (let at: usize = 0; at < groupBytes; at += 64) {
        s0 = f32x4.add(s0, f32x4.mul(v128.load(left + at), v128.load(right + at)));
        s1 = f32x4.add(s1, f32x4.mul(v128.load(left + at, 16), v128.load(right + at, 16)));
        s2 = f32x4.add(s2, f32x4.mul(v128.load(left + at, 32), v128.load(right + at, 32)));
        s3 = f32x4.add(s3, f32x4.mul(v128.load(left + at, 48), v128.load(right + at, 48)));
      }
      if (rest) addRest(left + groupBytes, right + groupBytes, sums, rest);
      left += outColumn;
      right += inColumn;
    }
  }
  v128.store(sums, f32x4.add(v128.load(sums), s0), 0);
  v128.store(sums, f32x4.add(v128.load(sums, 16), s1), 16);
  v128.store(sums, f32x4.add(v128.load(sums, 32), s2), 32);
  v128.store(sums, f32x4.add(v128.load(sums, 48), s3), 48);
  return sumAcross(sums);
}

export function placeImages(
  input: usize,
  height: usize,
  width: usize,
  out: usize,
  outHeight: usize,
  outWidth: usize,
  top: isize,
  left: isize,
  stride: usize,
  begin: usize,
  end: usize,
): void {
  const pixelBytes = stride << 2;
  // Columns of the window: before the image, of the image, behind it.
  const first = <usize>min(max(left, 0), <isize>outWidth);
  const last = <usize>min(max(left + <isize>width, <isize>first), <isize>outWidth);
  const before = first * pixelBytes;
  const across = (last - first) * pixelBytes;
  const behind = (outWidth - last) * pixelBytes;
  for (let c = begin; c < end; c++) {
    for (let y: isize = 0; y < <isize>outHeight; y++) {
      const target = out + (c * outHeight + y) * outWidth * pixelBytes;
      const row = y - top;
      if (row < 0 || row >= <isize>height) {
        memory.fill(target, 0, outWidth * pixelBytes);
        continue;
      }
      const source = input + ((c * height + row) * width + (<isize>first - left)) * pixelBytes;
      if (before) memory.fill(target, 0, before);
      if (across) memory.copy(target + before, source, across);
      if (behind) memory.fill(target + before + across, 0, behind);
    }
  }
}
