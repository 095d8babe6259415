/**
 * Dense convolutions on one block of images: the inputs of a pixel at all taps are packed once for all channels, or read in
 * place where channels are few. Every sum is in the order of the taps, whatever the tile its channel falls into.
 */

import { pairTile } from "./channel-pairs";
import { quadTile } from "./channel-quads";
import { stepAt } from "./pixels";
import { panelBytes, scratch } from "./scratch";

/** Taps of a panel. */
const panelTaps: usize = panelBytes / 64;
/** Channels whose weights at the taps of a panel stay in the second-level cache. */
const blockChannels: usize = 128;
/** Packing a pixel costs about as much as two tiles that use it; below this many channels it does not pay. */
const packedChannels: usize = 24;

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
  if (taps == 0 || end - begin < packedChannels) {
    convolveAtShifts(weights, taps, offsets, input, out, steps, height, width, stride, bias, gate, rectify, begin, end);
    return;
  }
  const strideBytes = stride << 2;
  const rowBytes = taps << 2;
  const channelBytes = stepAt(steps, 2) * strideBytes;
  for (let r = begin; r < end; r += blockChannels) {
    const blockEnd = min(end, r + blockChannels);
    for (let k: usize = 0; k < taps; k += panelTaps) {
      const depth = min(panelTaps, taps - k);
      const final = k + depth == taps;
      for (let y: usize = 0; y < height; y++) {
        for (let x: usize = 0; x < width; x++) {
          const pixel = input + (y * stepAt(steps, 0) + x * stepAt(steps, 1)) * strideBytes;
          const at = (y * stepAt(steps, 3) + x * stepAt(steps, 4)) * strideBytes;
          for (let lane: usize = 0; lane < strideBytes; lane += 64) {
            packTaps(offsets + (k << 2), depth, pixel + lane, strideBytes);
            const target = out + at + lane;
            const from = k ? target : 0;
            const gateAt = final && gate ? gate + at + lane : 0;
            for (let i = r; i < blockEnd; i += 4) {
              quadTile(
                weights + (k << 2),
                rowBytes,
                scratch,
                depth,
                from,
                target,
                channelBytes,
                final ? bias : 0,
                gateAt,
                final ? rectify : 0,
                i,
                blockEnd - 1,
              );
            }
          }
        }
      }
    }
  }
}

/** Copies 16 lanes of the inputs of `depth` taps to the scratch memory. */
function packTaps(offset: usize, depth: usize, pixel: usize, strideBytes: usize): void {
  let target = scratch;
  for (const end = offset + (depth << 2); offset < end; offset += 4) {
    const from = pixel + load<usize>(offset) * strideBytes;
    v128.store(target, v128.load(from), 0);
    v128.store(target, v128.load(from, 16), 16);
    v128.store(target, v128.load(from, 32), 32);
    v128.store(target, v128.load(from, 48), 48);
    target += 64;
  }
}

/** The same with all taps at once, nothing copied, two channels at a time. */
function convolveAtShifts(
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
  const shift: usize = stride == 32 ? 7 : 6;
  const rowBytes = taps << 2;
  const channelBytes = stepAt(steps, 2) * strideBytes;
  const offsetsEnd = offsets + rowBytes;
  for (let y: usize = 0; y < height; y++) {
    // Twice 16 lanes: of a pixel, or of two neighbours; the last one of an odd row is its own neighbour.
    const pixels: usize = stride == 32 ? 1 : 2;
    for (let x: usize = 0; x < width; x += pixels) {
      const from = input + (y * stepAt(steps, 0) + x * stepAt(steps, 1)) * strideBytes;
      const at = (y * stepAt(steps, 3) + x * stepAt(steps, 4)) * strideBytes;
      const alone = x + pixels > width;
      const apart = pixels == 1 ? 64 : alone ? 0 : stepAt(steps, 1) << 6;
      const outApart = pixels == 1 ? 64 : alone ? 0 : stepAt(steps, 4) << 6;
      const gateAt = gate ? gate + at : 0;
      for (let r = begin; r < end; r += 2) {
        pairTile(
          weights,
          rowBytes,
          offsets,
          offsetsEnd,
          from,
          shift,
          apart,
          outApart,
          out + at,
          channelBytes,
          bias,
          gateAt,
          rectify,
          r,
          end - 1,
        );
      }
    }
  }
}
