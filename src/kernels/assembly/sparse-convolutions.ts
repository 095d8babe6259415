/**
 * Sparse convolutions on one block of images: sums over runs of pixels at shifted addresses, a run for each active
 * weight.
 *
 * Where pixels lie side by side in the input and in the result, a row of them is one run of width x stride lanes;
 * elsewhere a run is one pixel. A tile is as many rows of one channel as stay in the first-level cache, in their
 * whole width: narrower ones are slower. Tiles are the outermost loop and channels the next, so that those rows of
 * all input channels that the kernel covers stay in the second-level cache; where they would not, the taps of a
 * channel are taken in groups of input channels.
 */

import { addDots1, addDots2, addDots4 } from "./dot-runs";
import { sumAcross, sumAcross4 } from "./lanes";
import { stepAt } from "./pixels";
import { scratch } from "./scratch";
import { addSums, setSums } from "./tap-runs";

/** Bytes of a tile of several rows: an eighth of a small first-level cache, since a few taps' runs are in it, too. */
const tileBytes: usize = 4096;
/**
 * Bytes of the rows of pixels that a group of taps reads at most: of a second-level cache of 1 MB something is left.
 */
const groupBytes: usize = 589824;
/** The same where all rows of the gradient pass through the cache, too. */
const outerGroupBytes: usize = 393216;
/** Taps of a channel in a group, on average, at least. */
const leastTaps: usize = 8;

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
  const rows = sideBySide ? rowsOfTile(runBytes, height) : 1;
  const beside = values - offsets;
  const gateBeside = gate ? gate - out : 0;
  if (begin >= end) return;
  const taps = load<usize>(rowPointers + (end << 2)) - load<usize>(rowPointers + (begin << 2));
  const span = spanOf(rowPointers, offsets, begin, end);
  const groups = groupsOf(span * pixelBytes, groupBytes, rows, height, taps, end - begin);
  const inGroup = span / groups + 1;
  for (let y: usize = 0; y < height; y += rows) {
    const runs = sideBySide ? min(rows, height - y) : width;
    const from = input + y * inRow;
    for (let group: usize = 1; group <= groups; group++) {
      const last = group == groups;
      for (let r = begin; r < end; r++) {
        const pointers = rowPointers + (r << 2);
        const index = group == 1 ? firstTap(pointers, offsets) : tapsBelow((group - 1) * inGroup, pointers, offsets);
        const indexEnd = last ? firstTap(pointers + 4, offsets) : tapsBelow(group * inGroup, pointers, offsets);
        const target = out + r * outChannel + y * outRow;
        const b = last && bias ? bias + (r << 2) : 0;
        const g = last ? gateBeside : 0;
        const f = last ? rectify : 0;
        if (group == 1) {
          setSums(beside, index, indexEnd, from, fromStep, target, targetStep, pixelBytes, runs, runBytes, b, g, f);
        } else {
          addSums(beside, index, indexEnd, from, fromStep, target, targetStep, pixelBytes, runs, runBytes, b, g, f);
        }
      }
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
  const rows = sideBySide ? rowsOfTile(runBytes, height) : 1;
  // A local: stores through a global are not recognised as neighbours.
  const sums = scratch;
  if (begin >= end) return;
  const taps = load<usize>(rowPointers + (end << 2)) - load<usize>(rowPointers + (begin << 2));
  const span = spanOf(rowPointers, offsets, begin, end);
  const groups = groupsOf(span * pixelBytes, outerGroupBytes, rows, height, taps, end - begin);
  const inGroup = span / groups + 1;
  for (let y: usize = 0; y < height; y += rows) {
    const runs = sideBySide ? min(rows, height - y) : width;
    const from = input + y * inRow;
    const more = add || y;
    for (let group: usize = 1; group <= groups; group++) {
      for (let r = begin; r < end; r++) {
        const left = gradient + r * outChannel + y * outRow;
        const pointers = rowPointers + (r << 2);
        let index = group == 1 ? firstTap(pointers, offsets) : tapsBelow((group - 1) * inGroup, pointers, offsets);
        const indexEnd =
          group == groups ? firstTap(pointers + 4, offsets) : tapsBelow(group * inGroup, pointers, offsets);
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
}

@inline
function rowsOfTile(rowBytes: usize, height: usize): usize {
  return max<usize>(1, min(height, tileBytes / max<usize>(1, rowBytes)));
}

@inline
function addNumber(target: usize, x: f32, more: usize): void {
  store<f32>(target, more ? load<f32>(target) + x : x);
}

/** Pixels that the taps of channels [begin, end) span, roughly: up to the last tap of any of them. */
function spanOf(rowPointers: usize, offsets: usize, begin: usize, end: usize): usize {
  let span: usize = 1;
  for (let r = begin; r < end; r++) {
    const last = load<usize>(rowPointers + (r << 2), 4);
    if (last > load<usize>(rowPointers + (r << 2))) span = max(span, load<usize>(offsets + (last << 2) - 4) + 1);
  }
  return span;
}

/**
 * In how many groups the taps of each channel are taken so that the rows of pixels that a group reads, with a kernel
 * of three rows, are at most `bytes`. Groups of few taps cost more than they save.
 */
@inline
function groupsOf(spanBytes: usize, bytes: usize, rows: usize, height: usize, taps: usize, channels: usize): usize {
  const rowBytes = (<u64>spanBytes * (rows + 2)) / (height + 2);
  return max<usize>(1, min<usize>(<usize>(rowBytes / bytes) + 1, taps / (channels * leastTaps)));
}

/** Address of the offset of a channel's first tap. */
@inline
function firstTap(pointers: usize, offsets: usize): usize {
  return offsets + (load<usize>(pointers) << 2);
}

/**
 * Address behind those taps of a channel whose offsets lie below `bound`, by bisection. Offsets ascend, but not
 * always within one plane; there a tap may come into another group, which changes no sum: larger bounds give no
 * smaller address.
 */
function tapsBelow(bound: usize, pointers: usize, offsets: usize): usize {
  let low = load<usize>(pointers);
  let high = load<usize>(pointers, 4);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<usize>(offsets + (middle << 2)) < bound) low = middle + 1;
    else high = middle;
  }
  return offsets + (low << 2);
}
