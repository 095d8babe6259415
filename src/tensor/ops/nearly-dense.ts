/**
 * Sparse layers of which most weights are active: their products go through a dense matrix in scratch memory, which is at most
 * 1 / `nearlyDense` times as large as the active weights.
 *
 * The dense product reads in the order of memory and is faster from about half of the weights on. The choice depends on shapes
 * alone, so that results do not depend on the machine. Forward and input gradient have the bits of the sparse products wherever
 * all numbers are finite: a sum in the order of the columns, with zeros added. An input that is not finite meets zeros here.
 */

import type { Tensor } from "../graph.ts";
import type { Emitter } from "../program.ts";
import type { SparsePattern } from "../sparse-pattern.ts";
import { emitDenseOuter } from "./linear.ts";
import { outerScratch } from "./outer-operands.ts";

/** Density from which the copies of the weights are paid for (docs/performance.md)... */
const nearlyDense = 0.65;
/** ...in batches from this size on. */
const smallestBatch = 64;

export function isNearlyDense({ active, fanOut, fanIn }: SparsePattern, batch: number): boolean {
  return batch >= smallestBatch && active >= nearlyDense * fanOut * fanIn;
}

/** The next multiple of 16 elements, a cache line. */
const roundedUp = (elements: number): number => Math.ceil(elements / 16) * 16;

/** Elements of scratch memory of the dense matrix. */
const matrixScratch = ({ fanOut, fanIn }: SparsePattern): number => roundedUp(fanOut * fanIn);

/** Elements of scratch memory that `emitMatrix` takes. */
export function scatteredScratch(pattern: SparsePattern, batch: number): number {
  return isNearlyDense(pattern, batch) ? matrixScratch(pattern) : 0;
}

/** Appends the call that leaves the weights as a matrix [O, I] in scratch memory. @returns its address */
export function emitMatrix(pattern: SparsePattern, values: Tensor, emitter: Emitter): number {
  const { rowPointers, columnIndices, fanOut, fanIn } = pattern;
  const matrix = emitter.scratch();
  const index = [rowPointers.address, columnIndices.address];
  emitter.call("scatterRows", [emitter.address(values), ...index, matrix, fanIn], fanOut);
  return matrix;
}

/** Elements of scratch memory that `emitGathered` takes. */
export function gatheredScratch(pattern: SparsePattern, y: Tensor, x: Tensor): number {
  return isNearlyDense(pattern, x.batch) ? roundedUp(outerScratch(y, x)) + matrixScratch(pattern) : 0;
}

/** Appends the calls that leave the active ones of y xᵀ at `out`. */
export function emitGathered(pattern: SparsePattern, y: Tensor, x: Tensor, out: number, emitter: Emitter): void {
  const { rowPointers, columnIndices, fanOut, fanIn } = pattern;
  const matrix = emitter.scratch() + roundedUp(outerScratch(y, x)) * emitter.bytesPerElement;
  emitDenseOuter(y, x, matrix, emitter);
  emitter.call("gatherRows", [matrix, rowPointers.address, columnIndices.address, out, fanIn], fanOut);
}
