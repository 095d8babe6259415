/**
 * The gradient of a dense convolution's weights: four channels by two taps at a time, over pieces of the plane of pixels that
 * stay in the first-level cache while the taps pass.
 *
 * The sum of a channel and a tap has eight accumulators of its own, eight lanes apart, whatever the tile it falls into.
 */

import { sumLanes, sumLanes4, tailMask } from "./lanes";
import { maskedOuterTile, narrowOuterTile, outerTile } from "./outer-tiles";
import { stepAt } from "./pixels";
import { narrowTiles, scratch } from "./scratch";

/** Taps whose sums wait in the scratch memory, 4 channels x 64 taps x 8 lanes, while the pieces pass. */
const blockTaps: usize = 64;
/** Bytes from a channel's sums to the next one's. */
const sumsBytes: usize = blockTaps * 32;
/** Floats of a piece of a channel: four gradients and what a small kernel covers of an input fit into 32 KB. */
const pieceFloats: usize = 1024;

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
  const strideBytes = stride << 2;
  // Pieces equally wide but for the last, and as high as makes them whole.
  const piecePixels = pieceFloats / stride;
  const across = max<usize>(1, (width + piecePixels - 1) / piecePixels);
  const pieceWidth = (width + across - 1) / across;
  const pieceHeight = max<usize>(1, piecePixels / max<usize>(1, pieceWidth));
  for (let r = begin; r < end; r += 4) {
    const channels = min<usize>(4, end - r);
    for (let k: usize = 0; k < taps; k += blockTaps) {
      const count = min(blockTaps, taps - k);
      memory.fill(scratch, 0, sumsBytes << 2);
      for (let y: usize = 0; y < height; y += pieceHeight) {
        for (let x: usize = 0; x < width; x += pieceWidth) {
          addPiece(
            offsets + (k << 2),
            count,
            gradient + (r * stepAt(steps, 2) + y * stepAt(steps, 3) + x * stepAt(steps, 4)) * strideBytes,
            input + (y * stepAt(steps, 0) + x * stepAt(steps, 1)) * strideBytes,
            steps,
            min(pieceHeight, height - y),
            min(pieceWidth, width - x),
            strideBytes,
            valid,
            channels,
          );
        }
      }
      for (let i: usize = 0; i < channels; i++) {
        finishSums(scratch + i * sumsBytes, result + (((r + i) * taps + k) << 2), count, add);
      }
    }
  }
}

/** Adds one piece of up to four channels to the sums of `count` taps. */
function addPiece(
  offset: usize,
  count: usize,
  gradient: usize,
  input: usize,
  steps: usize,
  height: usize,
  width: usize,
  strideBytes: usize,
  valid: usize,
  channels: usize,
): void {
  const channelBytes = stepAt(steps, 2) * strideBytes;
  const ga = gradient;
  // Channels that are not there are the last one once more, with sums that nobody reads.
  const gb = ga + min<usize>(1, channels - 1) * channelBytes;
  const gc = ga + min<usize>(2, channels - 1) * channelBytes;
  const gd = ga + (channels - 1) * channelBytes;
  const inColumn = stepAt(steps, 1) * strideBytes;
  const outColumn = stepAt(steps, 4) * strideBytes;
  const inGap = stepAt(steps, 0) * strideBytes - width * inColumn;
  const outGap = stepAt(steps, 3) * strideBytes - width * outColumn;
  // Whole pixels side by side are one row of groups; else the groups of 16 lanes of a pixel have their turns.
  const joined = inColumn == strideBytes && outColumn == strideBytes && valid << 2 == strideBytes;
  const inStep = joined ? 64 : inColumn;
  const outStep = joined ? 64 : outColumn;
  const groups = joined ? width * (valid >> 4) : width;
  const turns: usize = joined ? 1 : valid >> 4;
  for (let k: usize = 0; k < count; k += 2) {
    const in0 = input + load<usize>(offset + (k << 2)) * strideBytes;
    const in1 = k + 1 < count ? input + load<usize>(offset + (k << 2), 4) * strideBytes : in0;
    const s0 = scratch + (k << 5);
    const s1 = s0 + sumsBytes;
    const s2 = s1 + sumsBytes;
    const s3 = s2 + sumsBytes;
    for (let turn: usize = 0; turn < turns; turn++) {
      const at = turn << 6;
      const inA = in0 + at;
      const inB = in1 + at;
      if (!narrowTiles && channels > 2) {
        outerTile(
          ga + at,
          gb + at,
          gc + at,
          gd + at,
          inA,
          inB,
          s0,
          s1,
          s2,
          s3,
          height,
          groups,
          outStep,
          outGap,
          inStep,
          inGap,
        );
      } else {
        narrowOuterTile(ga + at, gb + at, inA, inB, s0, s1, height, groups, outStep, outGap, inStep, inGap);
        if (channels > 2) {
          narrowOuterTile(gc + at, gd + at, inA, inB, s2, s3, height, groups, outStep, outGap, inStep, inGap);
        }
      }
    }
    for (let lane = valid & ~15; lane < valid; lane += 8) {
      const at = lane << 2;
      const mask0 = tailMask(lane, valid);
      const mask1 = tailMask(lane + 4, valid);
      const inA = in0 + at;
      const inB = in1 + at;
      maskedOuterTile(
        ga + at,
        gb + at,
        gc + at,
        gd + at,
        inA,
        inB,
        s0,
        s1,
        s2,
        s3,
        height,
        width,
        mask0,
        mask1,
        outColumn,
        outGap,
        inColumn,
        inGap,
      );
    }
  }
}

/** Writes the sums of `count` taps: of eight lanes the two halves, then their four lanes. */
function finishSums(sums: usize, target: usize, count: usize, add: usize): void {
  for (; count >= 4; count -= 4, sums += 128, target += 16) {
    const s = sumLanes4(halves(sums), halves(sums + 32), halves(sums + 64), halves(sums + 96));
    v128.store(target, add ? f32x4.add(v128.load(target), s) : s);
  }
  for (; count; count--, sums += 32, target += 4) {
    const s = sumLanes(halves(sums));
    store<f32>(target, add ? load<f32>(target) + s : s);
  }
}

/** Four lanes of 0-3 + 4-7 of the eight floats at an address. */
@inline
function halves(sums: usize): v128 {
  return f32x4.add(v128.load(sums), v128.load(sums, 16));
}
