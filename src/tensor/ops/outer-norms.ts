/**
 * Norms of a dense product y xᵀ that is never held whole: blocks of rows are formed in scratch memory, reduced and forgotten.
 * For the gradient of a sparse layer at all its positions, active or not, at the memory of one block.
 */

import { InputError } from "../../base/index.ts";
import { blockLanes, reductionBlock } from "../../kernels/index.ts";
import type { Operation, Tensor } from "../graph.ts";
import { checkShapes } from "../graph.ts";
import { emitOuterOperands, outerScratch } from "./outer-operands.ts";

/** Elements of y xᵀ held at once, unless one row is longer. */
const blockElements = 1 << 16;

function rowsPerBlock(fanIn: number): number {
  return Math.max(1, Math.floor(blockElements / fanIn));
}

interface NormAttributes {
  readonly order: 1 | 2;
}

const outerNormOperation: Operation<NormAttributes> = {
  name: "outerNorm",
  vjp: () => {
    throw new InputError("outerNorm: a measurement, not differentiable; use norm1 or norm2 of outer for that");
  },
  jvp: () => {
    throw new InputError("outerNorm: a measurement, not differentiable; use norm1 or norm2 of outer for that");
  },
  scratchBytes: ({ inputs: [y, x] }, bytesPerElement) => {
    const rows = rowsPerBlock(x.rows);
    const partials = Math.ceil(y.rows / rows) * Math.ceil((rows * x.rows) / reductionBlock);
    return (outerScratch(y, x) + rows * x.rows + 64) * bytesPerElement + partials * 8 + 64;
  },
  emit: (node, emitter) => {
    const [y, x] = node.inputs;
    const fanIn = x.rows;
    const rows = rowsPerBlock(fanIn);
    const align = (address: number) => Math.ceil(address / 64) * 64;
    const { left, turned } = emitOuterOperands(y, x, emitter);
    const block = align(emitter.scratch() + outerScratch(y, x) * emitter.bytesPerElement);
    const partials = align(block + rows * fanIn * emitter.bytesPerElement);
    const reduce = node.attributes.order === 1 ? "reduceAbsolute" : "reduceSquares";
    let written = 0;
    for (let first = 0; first < y.rows; first += rows) {
      const count = Math.min(rows, y.rows - first);
      const rowsOfY = [left + first * y.lanes * emitter.bytesPerElement, y.lanes, 1];
      const matrices = [...rowsOfY, turned, fanIn, blockLanes, block, fanIn, blockLanes];
      emitter.call("gemm", [...matrices, fanIn, y.batch, 0, 0, 0], count);
      const blocks = Math.ceil((count * fanIn) / reductionBlock);
      emitter.call(reduce, [block, count * fanIn, partials + written * 8], blocks);
      written += blocks;
    }
    const combine = node.attributes.order === 1 ? "combine" : "combineRoot";
    emitter.call(combine, [partials, written, emitter.address(node)], 1);
  },
};

/** The p-norm of y xᵀ, summed over the batch, for p = 1 or 2. @param y  [O, B]. @param x  [I, B]. @returns [] */
export function outerNorm(y: Tensor, x: Tensor, order: 1 | 2): Tensor {
  const fits = y.batched && x.batched && y.batch === x.batch;
  checkShapes("outerNorm", "expected [O, B] and [I, B] of one batch", fits, y, x);
  return y.graph.node(outerNormOperation, [y, x], { order }, { shape: [], batched: false });
}
