/**
 * The numbers of a two-dimensional convolution: what it maps to what, and where each tap finds its pixels.
 *
 * The gradient of the input of a convolution with strides falls into strideY x strideX phases, the input pixels that lie
 * equally to the grid of the strides. Each phase is a convolution without strides of the cotangent with its own taps, mirrored.
 */

import { InputError, ShapeError } from "../base/index.ts";

/** Lengths along y and x. */
export type Pair = readonly [y: number, x: number];

export interface ConvolutionShape {
  readonly inChannels: number;
  /** Height and width of the input images. */
  readonly image: Pair;
  readonly outChannels: number;
  readonly kernel: Pair;
  readonly stride: Pair;
  /** Zeros on each side. */
  readonly padding: Pair;
  readonly groups: number;
}

/** Height and width of the result: floor((image + 2 padding - kernel) / stride) + 1. */
export function outputImage({
  image,
  kernel,
  stride,
  padding,
}: Omit<ConvolutionShape, "inChannels" | "outChannels" | "groups">): Pair {
  const along = (axis: 0 | 1) => Math.floor((image[axis] + 2 * padding[axis] - kernel[axis]) / stride[axis]) + 1;
  return [along(0), along(1)];
}

/**
 * @throws InputError  where a number is no integer in its range, or channels do not divide into groups
 * @throws ShapeError  where the kernel is larger than the padded image
 */
export function checkConvolution(where: string, shape: ConvolutionShape): void {
  const { inChannels, outChannels, image, kernel, stride, padding, groups } = shape;
  const positive = { inChannels, outChannels, groups, height: image[0], width: image[1] };
  const pairs = { kernel, stride };
  for (const [name, value] of Object.entries(positive)) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new InputError(`${where}: ${name} must be an integer ≥ 1, got ${value}`);
  }
  for (const [name, [y, x]] of Object.entries(pairs)) {
    if (!Number.isSafeInteger(y) || !Number.isSafeInteger(x) || y < 1 || x < 1) {
      throw new InputError(`${where}: ${name} must be two integers ≥ 1, got ${y} x ${x}`);
    }
  }
  if (!padding.every((length) => Number.isSafeInteger(length) && length >= 0)) {
    throw new InputError(`${where}: padding must be two integers ≥ 0, got ${padding[0]} x ${padding[1]}`);
  }
  if (inChannels % groups !== 0 || outChannels % groups !== 0) {
    throw new InputError(
      `${where}: groups must divide both numbers of channels, got ${groups} groups of ${inChannels} and ${outChannels} channels`,
    );
  }
  if (kernel[0] > image[0] + 2 * padding[0] || kernel[1] > image[1] + 2 * padding[1]) {
    throw new ShapeError(
      `${where}: the kernel, ${kernel.join(" x ")}, is larger than the image, ${image.join(" x ")} with padding ${padding.join(" x ")}; ` +
        "pad more, take a smaller kernel, or shrink the image less in the layers before",
    );
  }
}

/** Taps of one output channel: input channels of its group times the kernel's area. */
export function tapsOf({ inChannels, groups, kernel }: ConvolutionShape): number {
  return (inChannels / groups) * kernel[0] * kernel[1];
}

/** Images placed in a window whose first pixel is at (top, left) of them, negated: zeros beside, rows left out. */
export interface Window {
  readonly size: Pair;
  readonly top: number;
  readonly left: number;
  /** False where the images can be read in place. */
  readonly copied: boolean;
}

/** The window of the input that the products of a convolution read. */
export function inputWindow({ image, padding }: ConvolutionShape): Window {
  const size: Pair = [image[0] + 2 * padding[0], image[1] + 2 * padding[1]];
  return { size, top: padding[0], left: padding[1], copied: padding[0] > 0 || padding[1] > 0 };
}

/** Where a tap, numbered as in a weight [O, I / groups, kernelY, kernelX], of output channel o finds its pixel in the window. */
export function tapOffset(shape: ConvolutionShape, window: Window, o: number, tap: number): number {
  const { channel, y, x } = tapPlace(shape, o, tap);
  return (channel * window.size[0] + y) * window.size[1] + x;
}

/** The input channel and the place in the kernel of a tap of output channel o. */
export function tapPlace({ inChannels, outChannels, groups, kernel }: ConvolutionShape, o: number, tap: number) {
  const area = kernel[0] * kernel[1];
  const group = Math.floor(o / (outChannels / groups));
  return {
    channel: group * (inChannels / groups) + Math.floor(tap / area),
    y: Math.floor((tap % area) / kernel[1]),
    x: tap % kernel[1],
  };
}

/** One phase along one axis: input pixels first, first + stride, ... and the taps that reach them. */
interface AxisPhase {
  readonly first: number;
  readonly count: number;
  /** Taps are remainder, remainder + stride, ...: so many. */
  readonly remainder: number;
  readonly taps: number;
  /** Where the phase's first pixel begins to read the window of the cotangent. */
  readonly start: number;
}

/** A phase of the gradient of the input. */
export interface Phase {
  readonly y: AxisPhase;
  readonly x: AxisPhase;
}

/** The phases of an axis and the zeros its cotangent needs before it. */
function axisPhases(image: number, kernel: number, stride: number, padding: number) {
  const phases = Array.from({ length: Math.min(stride, image) }, (_, first) => {
    const remainder = (first + padding) % stride;
    const taps = Math.max(0, Math.ceil((kernel - remainder) / stride));
    const count = Math.ceil((image - first) / stride);
    // Output o of tap t (the t-th of the phase) reaches pixel first + stride j where o = j + base - t.
    const base = (first + padding - remainder) / stride;
    return { first, count, remainder, taps, base };
  });
  const before = Math.max(...phases.map(({ taps, base }) => taps - 1 - base));
  const length = Math.max(...phases.map(({ count, base }) => count + base)) + before;
  return {
    before,
    length,
    phases: phases.map(({ base, ...phase }): AxisPhase => ({ ...phase, start: base + before - (phase.taps - 1) })),
  };
}

/** The window of the cotangent that the gradient of the input reads, and its phases. */
export function inputGradient(shape: ConvolutionShape): { readonly window: Window; readonly phases: readonly Phase[] } {
  const [height, width] = outputImage(shape);
  const along = (axis: 0 | 1) =>
    axisPhases(shape.image[axis], shape.kernel[axis], shape.stride[axis], shape.padding[axis]);
  const [y, x] = [along(0), along(1)];
  const copied = y.before !== 0 || x.before !== 0 || y.length > height || x.length > width;
  const size: Pair = copied ? [y.length, x.length] : [height, width];
  return {
    window: { size, top: y.before, left: x.before, copied },
    phases: y.phases.flatMap((ofY) => x.phases.map((ofX): Phase => ({ y: ofY, x: ofX }))),
  };
}

/** Taps of a phase for one pair of channels. */
export function phaseArea({ y, x }: Phase): number {
  return y.taps * x.taps;
}
