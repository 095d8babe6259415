/**
 * Average pooling: a fixed linear map over pixels. Windows and defaults are PyTorch's, sizes rounded down; so are those of
 * maxPool, which share them.
 */

import { InputError } from "../../base/index.ts";
import type { Tensor } from "../graph.ts";
import type { Extent, ImageSize, PixelMap, Tap } from "../pixel-map.ts";
import { separableMap, sizesOf } from "../pixel-map.ts";
import { imageSize, mixPixels } from "./mix-pixels.ts";
import { flatten } from "./reshape.ts";

export interface WindowOptions {
  /** Pixels of a window. */
  readonly size: Extent;
  /** Pixels from one window to the next. Default: the size. */
  readonly stride?: Extent;
  /** Pixels added on each side, at most half of the size. Default 0. */
  readonly padding?: Extent;
}

/** Where the windows along one axis begin and end, padding included: the image is [0, length). */
interface Window {
  readonly begin: number;
  readonly end: number;
}

/** The windows along both axes, and the options in words. */
export interface Windows {
  readonly axes: readonly [rows: readonly Window[], columns: readonly Window[]];
  readonly name: string;
}

/**
 * The windows of a pooling operation.
 *
 * @throws InputError  where the options are no sizes, the padding is more than half of the window, or no window fits
 */
export function windowsOf(where: string, from: ImageSize, options: WindowOptions): Windows {
  const size = sizesOf(where, "size", options.size, 1);
  const stride = sizesOf(where, "stride", options.stride ?? size, 1);
  const padding = sizesOf(where, "padding", options.padding ?? 0, 0);
  if (padding.some((pad, axis) => pad > Math.floor(size[axis] / 2))) {
    throw new InputError(
      `${where}: the padding must be at most half of the window, or some windows would hold no pixel; ` +
        `got padding ${padding.join(" x ")} for a window of ${size.join(" x ")}`,
    );
  }
  const padded = from.map((length, axis) => length + 2 * padding[axis]);
  if (padded.some((length, axis) => length < size[axis])) {
    throw new InputError(
      `${where}: the window must fit the padded image, got a window of ${size.join(" x ")} for an image of ` +
        `${from.join(" x ")}, padded to ${padded.join(" x ")}; make it smaller`,
    );
  }
  const along = (axis: 0 | 1): Window[] =>
    Array.from({ length: Math.floor((padded[axis] - size[axis]) / stride[axis]) + 1 }, (_, i) => {
      const begin = i * stride[axis] - padding[axis];
      return { begin, end: begin + size[axis] };
    });
  return { axes: [along(0), along(1)], name: `${from} by ${size} every ${stride} padded ${padding}` };
}

/** The pixels of a window that are of the image, each with one weight. */
export function tapsOf({ begin, end }: Window, length: number, weight: (count: number) => number): Tap[] {
  const first = Math.max(0, begin);
  const count = Math.min(length, end) - first;
  return Array.from({ length: count }, (_, i) => ({ at: first + i, weight: weight(count) }));
}

export interface AveragePoolOptions extends WindowOptions {
  /** Whether padding counts as zeros in the average. Default true, as PyTorch's. */
  readonly countPadding?: boolean;
}

/** The average of each window, as a map over an image of the given size. */
export function averagePoolMap(from: ImageSize, options: AveragePoolOptions): PixelMap {
  const { countPadding = true } = options;
  const { axes, name } = windowsOf("averagePool", from, options);
  const taps = (axis: 0 | 1) =>
    axes[axis].map((window) =>
      tapsOf(window, from[axis], (count) => 1 / (countPadding ? window.end - window.begin : count)),
    );
  return separableMap(`average of ${name}${countPadding ? "" : " uncounted"}`, from, taps(0), taps(1));
}

/**
 * The average of each window.
 *
 * @param x  [C, H, W, B]
 * @returns  [C, H', W', B], H' = ⌊(H + 2 padding - size) / stride⌋ + 1
 * @throws InputError  where the padding is more than half of the window, or no window fits
 */
export function averagePool(x: Tensor, options: AveragePoolOptions): Tensor {
  return mixPixels(x, averagePoolMap(imageSize("averagePool", x), options));
}

/**
 * The average of all pixels of each channel: of each row, then of these. One long sum of 64 x 64 pixels would be off by 3e-5
 * in float32.
 *
 * @param x  [C, H, W, B]
 * @returns  [C, B]
 */
export function globalAveragePool(x: Tensor): Tensor {
  const [height, width] = imageSize("globalAveragePool", x);
  const rows = averagePool(x, { size: [1, width] });
  return flatten(averagePool(rows, { size: [height, 1] }));
}
