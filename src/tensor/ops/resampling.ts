/** Images of other sizes: padding, cropping, taking every n-th pixel, and enlarging. Fixed linear maps over pixels. */

import { InputError } from "../../base/index.ts";
import type { Tensor } from "../graph.ts";
import type { Extent, ImageSize, PixelMap, Tap } from "../pixel-map.ts";
import { separableMap, sizesOf } from "../pixel-map.ts";
import { imageSize, mixPixels } from "./mix-pixels.ts";

/** For each of `count` rows or columns, the one that it is a copy of; none where `source` gives one outside [0, length). */
function copies(count: number, length: number, source: (i: number) => number): Tap[][] {
  return Array.from({ length: count }, (_, i) => {
    const at = source(i);
    return at >= 0 && at < length ? [{ at, weight: 1 }] : [];
  });
}

/** Pixels of zeros on each side of an image. */
export interface Margins {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** Zeros around an image, as a map over one of the given size. @param margins  one number for all four sides, or one each */
export function zeroPadMap(from: ImageSize, margins: number | Margins): PixelMap {
  const { top, bottom, left, right } =
    typeof margins === "number" ? { top: margins, bottom: margins, left: margins, right: margins } : margins;
  const before = sizesOf("zeroPad", "top and left", [top, left], 0);
  const after = sizesOf("zeroPad", "bottom and right", [bottom, right], 0);
  const taps = (axis: 0 | 1) => copies(before[axis] + from[axis] + after[axis], from[axis], (i) => i - before[axis]);
  return separableMap(`zeros around ${from}: ${before}, ${after}`, from, taps(0), taps(1));
}

/** Zeros around an image. @param x  [C, H, W, B]. @returns [C, top + H + bottom, left + W + right, B] */
export function zeroPad(x: Tensor, margins: number | Margins): Tensor {
  return mixPixels(x, zeroPadMap(imageSize("zeroPad", x), margins));
}

export interface CropOptions {
  /** First row and column that are kept: one number for both, or one each. */
  readonly begin: Extent;
  /** Height and width of what is kept. */
  readonly size: Extent;
}

/** A part of an image, as a map over one of the given size. @throws InputError where it reaches beyond the image */
export function cropMap(from: ImageSize, options: CropOptions): PixelMap {
  const begin = sizesOf("crop", "begin", options.begin, 0);
  const size = sizesOf("crop", "size", options.size, 1);
  if (begin.some((first, axis) => first + size[axis] > from[axis])) {
    throw new InputError(
      `crop: the part must lie inside the image of ${from.join(" x ")}, got ${size.join(" x ")} from ${begin.join(", ")}`,
    );
  }
  const taps = (axis: 0 | 1) => copies(size[axis], from[axis], (i) => begin[axis] + i);
  return separableMap(`${size} of ${from} from ${begin}`, from, taps(0), taps(1));
}

/** A part of an image. @param x  [C, H, W, B]. @returns [C, size, B] */
export function crop(x: Tensor, options: CropOptions): Tensor {
  return mixPixels(x, cropMap(imageSize("crop", x), options));
}

/** Every `stride`-th row and column from the first on, as a map over an image of the given size. */
export function subsampleMap(from: ImageSize, stride: Extent): PixelMap {
  const step = sizesOf("subsample", "stride", stride, 1);
  const taps = (axis: 0 | 1) => copies(Math.ceil(from[axis] / step[axis]), from[axis], (i) => i * step[axis]);
  return separableMap(`every ${step} of ${from}`, from, taps(0), taps(1));
}

/** Every `stride`-th row and column from the first on. @param x  [C, H, W, B]. @returns [C, ⌈H / stride⌉, ⌈W / stride⌉, B] */
export function subsample(x: Tensor, stride: Extent): Tensor {
  return mixPixels(x, subsampleMap(imageSize("subsample", x), stride));
}

export interface ResizeOptions {
  /** Height and width of the result. */
  readonly size: Extent;
}

/** The pixel ⌊i H / H'⌋ for each of the result, as a map over an image of the given size. */
export function nearestUpsampleMap(from: ImageSize, options: ResizeOptions): PixelMap {
  const to = sizesOf("nearestUpsample", "size", options.size, 1);
  const taps = (axis: 0 | 1) => copies(to[axis], from[axis], (i) => Math.floor((i * from[axis]) / to[axis]));
  return separableMap(`nearest ${to} of ${from}`, from, taps(0), taps(1));
}

/** An image of another size, each pixel a copy: PyTorch's mode "nearest". @param x  [C, H, W, B]. @returns [C, size, B] */
export function nearestUpsample(x: Tensor, options: ResizeOptions): Tensor {
  return mixPixels(x, nearestUpsampleMap(imageSize("nearestUpsample", x), options));
}

export interface BilinearOptions extends ResizeOptions {
  /**
   * Whether the centres of the corner pixels stay corners. Default false, as PyTorch's: the image's edges stay edges, and
   * pixel i of the result lies at (i + 0.5) H / H' - 0.5 of the image.
   */
  readonly alignCorners?: boolean;
}

/** Between two pixels at a place along an axis: shares of both, or one of them at the ends. */
function between(place: number, length: number): Tap[] {
  const at = Math.min(Math.floor(place), length - 1);
  const share = place - at;
  return at + 1 < length && share > 0
    ? [
        { at, weight: 1 - share },
        { at: at + 1, weight: share },
      ]
    : [{ at, weight: 1 }];
}

/** Bilinear interpolation, as a map over an image of the given size. */
export function bilinearUpsampleMap(from: ImageSize, options: BilinearOptions): PixelMap {
  const { alignCorners = false } = options;
  const to = sizesOf("bilinearUpsample", "size", options.size, 1);
  const taps = (axis: 0 | 1) =>
    Array.from({ length: to[axis] }, (_, i) => {
      const place = alignCorners
        ? (i * (from[axis] - 1)) / Math.max(1, to[axis] - 1)
        : Math.max(0, ((i + 0.5) * from[axis]) / to[axis] - 0.5);
      return between(place, from[axis]);
    });
  return separableMap(`bilinear ${to} of ${from}${alignCorners ? " by corners" : ""}`, from, taps(0), taps(1));
}

/**
 * An image of another size by bilinear interpolation, without a filter where it is smaller: PyTorch's mode "bilinear".
 *
 * @param x  [C, H, W, B]
 * @returns  [C, size, B]
 */
export function bilinearUpsample(x: Tensor, options: BilinearOptions): Tensor {
  return mixPixels(x, bilinearUpsampleMap(imageSize("bilinearUpsample", x), options));
}
