/**
 * Sparse convolutions on one block of images: sums over runs of pixels at shifted addresses, a run for each active weight.
 *
 * Where pixels lie side by side in the input and in the result, a row of them is one run of width x stride lanes; elsewhere
 * a run is one pixel. A tile is as many rows of one channel as stay in the first-level cache, in their whole width: narrower
 * ones are slower. Tiles are the outermost loop and channels the next, so that those rows of all input channels that the
 * kernel covers stay in the second-level cache.
 */

import { addDots1, addDots2, addDots4 } from "./dot-runs";
import { sumAcross, sumAcross4 } from "./lanes";
import { stepAt } from "./pixels";
import { scratch } from "./scratch";
import { sumTaps } from "./tap-runs";

/** Bytes of a tile of several rows: an eighth of a small first-level cache, since a few taps' runs are in it, too. */
const tileBytes: usize = 4096;

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
  const pixelBytes = stride << 2;
  const inRow = stepAt(steps, 0) * pixelBytes;
  const outChannel = stepAt(steps, 2) * pixelBytes;
  const outRow = stepAt(steps, 3) * pixelBytes;
  const sideBySide = stepAt(steps, 1) == 1 && stepAt(steps, 4) == 1;
  const runBytes = sideBySide ? width * pixelBytes : pixelBytes;
  const fromStep = sideBySide ? inRow : stepAt(steps, 1) * pixelBytes;
  const targetStep = sideBySide ? outRow : stepAt(steps, 4) * pixelBytes;
  const rows = sideBySide ? rowsOfTile(runBytes) : 1;
  const beside = values - offsets;
  const gateBeside = gate ? gate - out : 0;
  for (let y: usize = 0; y < height; y += rows) {
    const runs = sideBySide ? min(rows, height - y) : width;
    const from = input + y * inRow;
    for (let r = begin; r < end; r++) {
      const index = offsets + (load<usize>(rowPointers + (r << 2)) << 2);
      const indexEnd = offsets + (load<usize>(rowPointers + (r << 2), 4) << 2);
      const target = out + r * outChannel + y * outRow;
      const ofChannel = bias ? bias + (r << 2) : 0;
      sumTaps(
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
        ofChannel,
        gateBeside,
        rectify,
      );
    }
  }
}

/** Each tile adds one number to each weight's sum. */
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
  const pixelBytes = stride << 2;
  const inRow = stepAt(steps, 0) * pixelBytes;
  const outChannel = stepAt(steps, 2) * pixelBytes;
  const outRow = stepAt(steps, 3) * pixelBytes;
  // Padded lanes part one pixel from the next.
  const sideBySide = stepAt(steps, 1) == 1 && stepAt(steps, 4) == 1 && valid == stride;
  const runBytes = sideBySide ? width * pixelBytes : (valid >> 4) << 6;
  const rest = valid & 15;
  const rightStep = sideBySide ? inRow : stepAt(steps, 1) * pixelBytes;
  const leftStep = sideBySide ? outRow : stepAt(steps, 4) * pixelBytes;
  const rows = sideBySide ? rowsOfTile(runBytes) : 1;
  // A local: stores through a global are not recognised as neighbours.
  const sums = scratch;
  for (let y: usize = 0; y < height; y += rows) {
    const runs = sideBySide ? min(rows, height - y) : width;
    const from = input + y * inRow;
    const more = add || y;
    for (let r = begin; r < end; r++) {
      const left = gradient + r * outChannel + y * outRow;
      let index = offsets + (load<usize>(rowPointers + (r << 2)) << 2);
      const indexEnd = offsets + (load<usize>(rowPointers + (r << 2), 4) << 2);
      let target = result + (index - offsets);
      for (; index + 16 <= indexEnd; index += 16) {
        addDots4(left, leftStep, index, from, rightStep, pixelBytes, runs, runBytes, rest, sums);
        const sum = sumAcross4(sums);
        v128.store(target, more ? f32x4.add(v128.load(target), sum) : sum);
        target += 16;
      }
      if (index + 8 <= indexEnd) {
        addDots2(left, leftStep, index, from, rightStep, pixelBytes, runs, runBytes, rest, sums);
        addNumber(target, sumAcross(sums), more);
        addNumber(target + 4, sumAcross(sums + 64), more);
        index += 8;
        target += 8;
      }
      if (index < indexEnd) {
        addDots1(left, leftStep, index, from, rightStep, pixelBytes, runs, runBytes, rest, sums);
        addNumber(target, sumAcross(sums), more);
      }
    }
  }
}

@inline
function rowsOfTile(rowBytes: usize): usize {
  return max<usize>(1, tileBytes / max<usize>(1, rowBytes));
}

@inline
function addNumber(target: usize, x: f32, more: usize): void {
  store<f32>(target, more ? load<f32>(target) + x : x);
}
