/**
 * Sparse convolutions on one block of images: sums of runs of pixels at shifted addresses, one run for each active weight.
 *
 * Where pixels lie one behind the other, in the input and in the result, a row of them is one run of width * stride lanes.
 * Weights are taken four at a time along the whole run: few pages and few streams of memory at once, and the result is
 * loaded and stored once for four weights. A sum is still one chain in the order of the taps: storing it between changes
 * nothing.
 */

import { addDots1, addDots2, addDots4 } from "./dot-runs";
import { sumAcross, sumAcross4 } from "./lanes";
import { stepAt } from "./pixels";
import { scratch } from "./scratch";
import { addTaps4, startTaps } from "./tap-runs";

/** Bytes of a channel's result, at most, that several rows of pixels are taken together for. */
const tileBytes: usize = 2048;

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
  const inColumn = stepAt(steps, 1) * pixelBytes;
  const outChannel = stepAt(steps, 2) * pixelBytes;
  const outRow = stepAt(steps, 3) * pixelBytes;
  const outColumn = stepAt(steps, 4) * pixelBytes;
  const contiguous = inColumn == pixelBytes && outColumn == pixelBytes;
  const runBytes = contiguous ? width * pixelBytes : pixelBytes;
  const inStep = contiguous ? inRow : inColumn;
  const outStep = contiguous ? outRow : outColumn;
  const tileRows = contiguous ? max<usize>(1, tileBytes / max<usize>(1, runBytes)) : 1;
  const beside = values - offsets;
  const gateBeside = gate - out;
  // Rows of pixels outermost: those that the kernel covers, of all channels, are what has to stay in the cache.
  for (let y: usize = 0; y < height; y += tileRows) {
    const runs = contiguous ? min(tileRows, height - y) : width;
    const from = input + y * inRow;
    for (let r = begin; r < end; r++) {
      let index = offsets + (load<usize>(rowPointers + (r << 2)) << 2);
      const indexEnd = offsets + (load<usize>(rowPointers + (r << 2), 4) << 2);
      const target = out + r * outChannel + y * outRow;
      const ofRow = bias ? bias + (r << 2) : 0;
      // First those that fill no four, so that at most the last four have the rest of the work to do.
      const count = indexEnd - index;
      const first = count ? ((count - 4) & 12) + 4 : 0;
      const only = first == count;
      startTaps(
        first,
        beside,
        index,
        from,
        pixelBytes,
        inStep,
        target,
        outStep,
        runs,
        runBytes,
        only ? ofRow : 0,
        only && gate ? gateBeside : 0,
        only ? rectify : 0,
      );
      for (index += first; index < indexEnd; index += 16) {
        const last = index + 16 == indexEnd;
        addTaps4(
          beside,
          index,
          from,
          pixelBytes,
          inStep,
          target,
          outStep,
          runs,
          runBytes,
          last ? ofRow : 0,
          last && gate ? gateBeside : 0,
          last ? rectify : 0,
        );
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
  const pixelBytes = stride << 2;
  const inRow = stepAt(steps, 0) * pixelBytes;
  const inColumn = stepAt(steps, 1) * pixelBytes;
  const outChannel = stepAt(steps, 2) * pixelBytes;
  const outRow = stepAt(steps, 3) * pixelBytes;
  const outColumn = stepAt(steps, 4) * pixelBytes;
  const contiguous = inColumn == pixelBytes && outColumn == pixelBytes && valid == stride;
  const groupBytes = (valid >> 4) << 6;
  const rest = valid & 15;
  const runBytes = contiguous ? width * pixelBytes : groupBytes;
  const inStep = contiguous ? inRow : inColumn;
  const outStep = contiguous ? outRow : outColumn;
  const tileRows = contiguous ? max<usize>(1, tileBytes / max<usize>(1, runBytes)) : 1;
  const sums = scratch;
  let more = add;
  for (let y: usize = 0; y < height; y += tileRows) {
    const runs = contiguous ? min(tileRows, height - y) : width;
    const from = input + y * inRow;
    for (let r = begin; r < end; r++) {
      const left = gradient + r * outChannel + y * outRow;
      let k = load<usize>(rowPointers + (r << 2));
      const last = load<usize>(rowPointers + (r << 2), 4);
      for (; k + 4 <= last; k += 4) {
        const target = result + (k << 2);
        addDots4(left, outStep, offsets + (k << 2), from, pixelBytes, inStep, runs, runBytes, rest, sums);
        const sum = sumAcross4(sums);
        v128.store(target, more ? f32x4.add(v128.load(target), sum) : sum);
      }
      if (k + 2 <= last) {
        const target = result + (k << 2);
        addDots2(left, outStep, offsets + (k << 2), from, pixelBytes, inStep, runs, runBytes, rest, sums);
        const sum0 = sumAcross(sums);
        const sum1 = sumAcross(sums + 64);
        store<f32>(target, more ? load<f32>(target) + sum0 : sum0);
        store<f32>(target, more ? load<f32>(target, 4) + sum1 : sum1, 4);
        k += 2;
      }
      if (k < last) {
        const target = result + (k << 2);
        addDots1(left, outStep, offsets + (k << 2), from, pixelBytes, inStep, runs, runBytes, rest, sums);
        const sum = sumAcross(sums);
        store<f32>(target, more ? load<f32>(target) + sum : sum);
      }
    }
    more = 1;
  }
}
