/** Kernel calls as data, and the two ways of making them: whole, by a closure, and over a range, from numbers in memory. */

import type { Kernels } from "../kernels/index.ts";

/** One kernel call: its arguments but for the last two, the extent of its split axis, and where that may be split. */
export interface Call {
  readonly kernel: keyof Kernels;
  readonly args: readonly number[];
  readonly extent: number;
  /** Ranges begin at multiples of this. */
  readonly granule: number;
}

/** Any kernel. */
export type Kernel = (...args: number[]) => void;

/** A call as a function without arguments. One case per arity: spreading an array would make garbage at every step. */
export function bindCall(kernels: Kernels, { kernel, args, extent }: Call): () => void {
  const f = kernels[kernel] as Kernel;
  const [a, b, c, d, e, g, h, i, j, k, l, m] = args;
  switch (args.length) {
    case 2:
      return () => f(a, b, 0, extent);
    case 3:
      return () => f(a, b, c, 0, extent);
    case 4:
      return () => f(a, b, c, d, 0, extent);
    case 5:
      return () => f(a, b, c, d, e, 0, extent);
    case 6:
      return () => f(a, b, c, d, e, g, 0, extent);
    case 7:
      return () => f(a, b, c, d, e, g, h, 0, extent);
    case 8:
      return () => f(a, b, c, d, e, g, h, i, 0, extent);
    case 9:
      return () => f(a, b, c, d, e, g, h, i, j, 0, extent);
    case 10:
      return () => f(a, b, c, d, e, g, h, i, j, k, 0, extent);
    case 12:
      return () => f(a, b, c, d, e, g, h, i, j, k, l, m, 0, extent);
    default:
      throw new Error(`internal: kernel ${kernel} has ${args.length} arguments besides its range`);
  }
}

/** Calls f over [begin, end) with `count` arguments from `a[at]` on. */
export function callRange(f: Kernel, a: Float64Array, at: number, count: number, begin: number, end: number): void {
  switch (count) {
    case 2:
      f(a[at], a[at + 1], begin, end);
      break;
    case 3:
      f(a[at], a[at + 1], a[at + 2], begin, end);
      break;
    case 4:
      f(a[at], a[at + 1], a[at + 2], a[at + 3], begin, end);
      break;
    case 5:
      f(a[at], a[at + 1], a[at + 2], a[at + 3], a[at + 4], begin, end);
      break;
    case 6:
      f(a[at], a[at + 1], a[at + 2], a[at + 3], a[at + 4], a[at + 5], begin, end);
      break;
    default:
      callLong(f, a, at, count, begin, end);
      break;
  }
}

function callLong(f: Kernel, v: Float64Array, at: number, count: number, begin: number, end: number): void {
  const [a, b, c, d, e, g, h] = [v[at], v[at + 1], v[at + 2], v[at + 3], v[at + 4], v[at + 5], v[at + 6]];
  switch (count) {
    case 7:
      f(a, b, c, d, e, g, h, begin, end);
      break;
    case 8:
      f(a, b, c, d, e, g, h, v[at + 7], begin, end);
      break;
    case 9:
      f(a, b, c, d, e, g, h, v[at + 7], v[at + 8], begin, end);
      break;
    case 10:
      f(a, b, c, d, e, g, h, v[at + 7], v[at + 8], v[at + 9], begin, end);
      break;
    case 12:
      f(a, b, c, d, e, g, h, v[at + 7], v[at + 8], v[at + 9], v[at + 10], v[at + 11], begin, end);
      break;
    default:
      throw new Error(`internal: a kernel with ${count} arguments besides its range`);
  }
}
