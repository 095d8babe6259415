/**
 * How much work a call is, and where to cut it: estimates from the kernel and its arguments, good enough to tell calls that
 * pay for a team from those that do not.
 */

import type { KernelName, Memory } from "../kernels/index.ts";
import { reductionBlock } from "../kernels/index.ts";
import type { Call } from "./call.ts";

interface Estimate {
  /** Nanoseconds per element on one core, from the second-level cache. */
  readonly ns: number;
  /** Elements per unit of the split axis: a product of arguments, by their places; or of weights, for sparse products. */
  readonly inner?: readonly number[];
  /** Place of the argument that is the address of row pointers, [extent + 1]: elements are then entries times `inner`. */
  readonly rowPointers?: number;
  /** Place of the argument that is the number of rows that have pointers, where these serve for all rows in turn. */
  readonly period?: number;
  /** Elements per unit besides those of `inner`. */
  readonly block?: number;
  /** Cuts at multiples of so many units keep register tiles whole. */
  readonly granule?: number;
}

const cheap = { ns: 0.12 };
const costly = { ns: 0.6 };
const ofBlocks = { ns: 0.15, block: reductionBlock };
const overRow = (place: number, ns = 0.15): Estimate => ({ ns, inner: [place] });
/** Rows of `batch` lanes, `pixels` of them per channel: the places of both. */
const overChannel = (batch: number, ns = 0.15): Estimate => ({ ns, inner: [batch, batch + 2] });

/** Timed within training steps on one core of an AMD EPYC; a factor of two either way does no harm. */
const estimates: Record<KernelName, Estimate> = {
  copy: cheap,
  negate: cheap,
  exponential: costly,
  logarithm: costly,
  squareRoot: cheap,
  reciprocal: cheap,
  square: cheap,
  absolute: cheap,
  sign: cheap,
  step: cheap,
  relu: cheap,
  sigmoid: costly,
  tanh: costly,
  swish: costly,
  elu: costly,
  reluBackward: cheap,
  sigmoidBackward: cheap,
  tanhBackward: cheap,
  eluBackward: cheap,
  swishBackward: costly,
  add: cheap,
  subtract: cheap,
  multiply: cheap,
  divide: cheap,
  scale: cheap,
  shift: cheap,
  scaleBy: cheap,
  fillFrom: cheap,
  clamp: cheap,
  inside: cheap,
  gemm: { ns: 0.03, inner: [9, 10], granule: 8 },
  permute: { ns: 0.5 },
  transpose: overRow(4, 0.3),
  sparseProduct: { ns: 0.06, inner: [6], rowPointers: 1 },
  scatterRows: overRow(4, 0.8),
  gatherRows: overRow(4, 0.8),
  sparseOuter: { ns: 0.07, inner: [7], rowPointers: 0 },
  convolve: { ns: 0.015, inner: [1, 6, 7, 8], granule: 4 },
  sparseConvolve: { ns: 0.03, inner: [6, 7, 8], rowPointers: 1 },
  convolveOuter: { ns: 0.02, inner: [0, 6, 7, 8], granule: 4 },
  sparseConvolveOuter: { ns: 0.04, inner: [6, 7, 8], rowPointers: 0 },
  placeImages: { ns: 0.08, inner: [4, 5, 8] },
  broadcastRows: overRow(2),
  addRows: overRow(3),
  scaleRows: overRow(3),
  affineRows: overRow(4),
  rowSum: overChannel(2),
  rowDot: overChannel(3),
  rowRange: overChannel(3),
  joinLanes: overRow(2),
  columnSum: overRow(2),
  broadcastColumns: overRow(2),
  scaleColumns: overRow(3),
  batchMoments: overChannel(3, 0.8),
  standardize: overRow(5),
  inverseDeviation: { ns: 2 },
  standardizeBackward: overChannel(4, 0.6),
  movingAverage: { ns: 0.7 },
  softmax: overRow(2, 4),
  crossEntropy: overRow(3, 4),
  softmaxResidual: overRow(3, 4),
  correct: overRow(3, 0.3),
  reduceSum: ofBlocks,
  reduceAbsolute: ofBlocks,
  reduceSquares: ofBlocks,
  reduceDot: ofBlocks,
  combine: cheap,
  combineRoot: cheap,
  sgdUpdate: { ns: 0.3 },
  momentumUpdate: { ns: 0.6 },
  adamUpdate: { ns: 2.5 },
  rmspropUpdate: { ns: 2 },
  adagradUpdate: { ns: 2 },
  mixPixels: { ns: 0.06, inner: [7], rowPointers: 2, period: 6 },
  maxPool: { ns: 0.08, inner: [6], rowPointers: 1, period: 5 },
  maxPoolTake: { ns: 0.15, inner: [7], rowPointers: 2, period: 6 },
  maxPoolPut: { ns: 1, inner: [5, 8] },
  gatherBytes: overRow(7, 0.6),
  gatherFloats: overRow(7, 0.8),
  gatherLabels: cheap,
  dropoutMask: overRow(8, 1),
};

/** A row of a sparse product costs as much as so many of its entries, before the first of them. */
const entriesPerRow = 4;

/** Nanoseconds that a call takes on one core, roughly. */
export function callNs({ kernel, args, extent }: Call, memory: Memory): number {
  const { ns, inner = [], block = 1 } = estimates[kernel];
  const units = entriesBefore(kernel, args, extent, memory)?.(extent) ?? extent;
  return inner.reduce((product, place) => product * args[place], ns * block * units);
}

/** Where a kernel goes by row pointers, the work on the rows before one, in entries. */
function entriesBefore(
  kernel: KernelName,
  args: readonly number[],
  extent: number,
  memory: Memory,
): ((row: number) => number) | undefined {
  const { rowPointers, period } = estimates[kernel];
  if (rowPointers === undefined) return undefined;
  const rows = period === undefined ? extent : args[period];
  const pointers = memory.int32(args[rowPointers], rows + 1);
  const all = pointers[rows] - pointers[0];
  return (row) => Math.floor(row / rows) * all + pointers[row % rows] - pointers[0] + row * entriesPerRow;
}

/**
 * Cuts of a call's extent into ranges of equal work, at multiples of its granule.
 *
 * @returns ranges + 1 bounds from 0 to the extent, non-decreasing
 */
export function cuts({ kernel, args, extent, granule }: Call, memory: Memory, ranges: number): number[] {
  const { granule: tile = 1 } = estimates[kernel];
  const step = Math.max(granule, tile);
  const blocks = Math.ceil(extent / step);
  const entries = entriesBefore(kernel, args, extent, memory);
  const workBefore = (block: number) => {
    const unit = Math.min(extent, block * step);
    return entries === undefined ? unit : entries(unit);
  };
  const total = workBefore(blocks);
  const bounds = [0];
  for (let range = 1; range < ranges; range++) {
    const target = (range / ranges) * total;
    let low = Math.ceil(bounds[range - 1] / step);
    let high = blocks;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (workBefore(middle) < target) low = middle + 1;
      else high = middle;
    }
    bounds.push(Math.min(extent, low * step));
  }
  return [...bounds, extent];
}
