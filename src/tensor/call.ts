/** Kernel calls as data, and the two ways of making them over a range: by a closure, and from numbers in shared memory. */

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

/** A call with its arguments in place, over a range of its split axis. */
export type RangeCall = (begin: number, end: number) => void;

/** A call as a function of its range. One case per arity: spreading an array would make garbage at every step. */
export function bindCall(kernels: Kernels, { kernel, args }: Call): RangeCall {
  const f = kernels[kernel] as Kernel;
  const [a, b, c, d, e, g, h, i, j, k, l, m, n, o] = args;
  switch (args.length) {
    case 2:
      return (begin, end) => f(a, b, begin, end);
    case 3:
      return (begin, end) => f(a, b, c, begin, end);
    case 4:
      return (begin, end) => f(a, b, c, d, begin, end);
    case 5:
      return (begin, end) => f(a, b, c, d, e, begin, end);
    case 6:
      return (begin, end) => f(a, b, c, d, e, g, begin, end);
    case 7:
      return (begin, end) => f(a, b, c, d, e, g, h, begin, end);
    case 8:
      return (begin, end) => f(a, b, c, d, e, g, h, i, begin, end);
    case 9:
      return (begin, end) => f(a, b, c, d, e, g, h, i, j, begin, end);
    case 10:
      return (begin, end) => f(a, b, c, d, e, g, h, i, j, k, begin, end);
    case 11:
      return (begin, end) => f(a, b, c, d, e, g, h, i, j, k, l, begin, end);
    case 12:
      return (begin, end) => f(a, b, c, d, e, g, h, i, j, k, l, m, begin, end);
    case 14:
      return (begin, end) => f(a, b, c, d, e, g, h, i, j, k, l, m, n, o, begin, end);
    default:
      throw new Error(`internal: kernel ${kernel} has ${args.length} arguments besides its range`);
  }
}

/** Calls f over [begin, end) with the first `count` numbers of `a`. */
export function callRange(f: Kernel, a: Float64Array, count: number, begin: number, end: number): void {
  switch (count) {
    case 2:
      f(a[0], a[1], begin, end);
      break;
    case 3:
      f(a[0], a[1], a[2], begin, end);
      break;
    case 4:
      f(a[0], a[1], a[2], a[3], begin, end);
      break;
    case 5:
      f(a[0], a[1], a[2], a[3], a[4], begin, end);
      break;
    case 6:
      f(a[0], a[1], a[2], a[3], a[4], a[5], begin, end);
      break;
    default:
      callLong(f, a, count, begin, end);
      break;
  }
}

function callLong(f: Kernel, v: Float64Array, count: number, begin: number, end: number): void {
  const [a, b, c, d, e, g, h] = [v[0], v[1], v[2], v[3], v[4], v[5], v[6]];
  switch (count) {
    case 7:
      f(a, b, c, d, e, g, h, begin, end);
      break;
    case 8:
      f(a, b, c, d, e, g, h, v[7], begin, end);
      break;
    case 9:
      f(a, b, c, d, e, g, h, v[7], v[8], begin, end);
      break;
    case 10:
      f(a, b, c, d, e, g, h, v[7], v[8], v[9], begin, end);
      break;
    case 11:
      f(a, b, c, d, e, g, h, v[7], v[8], v[9], v[10], begin, end);
      break;
    case 12:
      f(a, b, c, d, e, g, h, v[7], v[8], v[9], v[10], v[11], begin, end);
      break;
    case 14:
      f(a, b, c, d, e, g, h, v[7], v[8], v[9], v[10], v[11], v[12], v[13], begin, end);
      break;
    default:
      throw new Error(`internal: a kernel with ${count} arguments besides its range`);
  }
}
