/** Images on this side of the back end: numbers of a batch, example after example, in float64. */

import { sizeOf } from "../../base/index.ts";

/** [count, channels, height, width], row-major. Features [F] are one channel of one row. */
export interface Planes {
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly values: Float64Array;
}

/** Channels, height and width of one example's shape: [C, H, W] as it is, [F] as one row. */
export function extentOf(shape: readonly number[]): { channels: number; height: number; width: number } {
  if (shape.length === 3) return { channels: shape[0], height: shape[1], width: shape[2] };
  return { channels: 1, height: 1, width: sizeOf(shape) };
}

/** Numbers of one example. */
export function sizeOfOne({ channels, height, width }: Planes): number {
  return channels * height * width;
}

/** A view of one example's numbers. */
export function example(planes: Planes, index: number): Float64Array {
  const size = sizeOfOne(planes);
  return planes.values.subarray(index * size, (index + 1) * size);
}

/** Other numbers of the same extent, from each number and its place. */
export function mapPlanes(planes: Planes, of: (value: number, place: number) => number): Planes {
  return { ...planes, values: planes.values.map(of) };
}

/** Element by element. */
export function combine(a: Planes, b: Planes, of: (a: number, b: number) => number): Planes {
  return mapPlanes(a, (value, place) => of(value, b.values[place]));
}

/** Adds numbers of the same extent in place. */
export function accumulate(total: Planes, more: Planes, factor = 1): void {
  const { values } = total;
  for (let i = 0; i < values.length; i++) values[i] += factor * more.values[i];
}

/** How channels become one. */
export const reductions = {
  none: undefined,
  sum: (total: number, value: number) => total + value,
  "absolute-sum": (total: number, value: number) => total + Math.abs(value),
  "absolute-maximum": (total: number, value: number) => Math.max(total, Math.abs(value)),
} as const;
export type Reduction = keyof typeof reductions;

/** One channel out of all. */
export function reduceChannels(planes: Planes, reduction: Reduction): Planes {
  const fold = reductions[reduction];
  if (fold === undefined) return planes;
  const { count, channels, height, width, values } = planes;
  const pixels = height * width;
  const reduced = new Float64Array(count * pixels);
  for (let b = 0; b < count; b++) {
    for (let c = 0; c < channels; c++) {
      const from = (b * channels + c) * pixels;
      for (let p = 0; p < pixels; p++) reduced[b * pixels + p] = fold(reduced[b * pixels + p], values[from + p]);
    }
  }
  return { count, channels: 1, height, width, values: reduced };
}

/** The sum of each example's numbers. */
export function sums(planes: Planes): Float64Array {
  return Float64Array.from({ length: planes.count }, (_, b) => {
    let total = 0;
    for (const value of example(planes, b)) total += value;
    return total;
  });
}
