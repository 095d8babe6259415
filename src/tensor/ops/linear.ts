/**
 * The three products of a dense layer: forward W x, the gradient of its input Wᵀ dy, and the gradient of its weight dy xᵀ.
 * They are each other's derivatives, so that the set is closed under differentiation.
 */

import { blockLanes } from "../../kernels/index.ts";
import type { Finish } from "../fuse.ts";
import { finishing } from "../fuse.ts";
import type { Operation, Tensor } from "../graph.ts";
import { checkShapes } from "../graph.ts";
import { laneRuns } from "../lane-blocks.ts";
import type { Emitter } from "../program.ts";
import { addAll, onlyIf } from "./arithmetic.ts";
import { emitOuterOperands, outerScratch } from "./outer-operands.ts";

/** Appends the product of a matrix (address, row and column stride) of `rows` rows with x: one call over all lanes, or two. */
export function emitDense(
  matrix: readonly number[],
  rows: number,
  x: Tensor,
  node: Tensor,
  emitter: Emitter,
  finish: Finish | undefined,
): void {
  for (const run of laneRuns(emitter, node.batch)) {
    const { out, args } = finishing(node, emitter, run, finish);
    const input = [run.of(x), run.stride, x.rows * run.stride];
    const result = [out, run.stride, rows * run.stride];
    emitter.call("gemm", [...matrix, ...input, ...result, run.lanes, x.rows, ...args], rows);
  }
}

const linearOperation: Operation<undefined> = {
  name: "linear",
  finishes: true,
  vjp: ({ inputs: [weight, x] }, c, needs) => [
    needs[0] ? outer(c, x) : undefined,
    needs[1] ? linearTransposed(weight, c) : undefined,
  ],
  jvp: ({ inputs: [weight, x] }, [dWeight, dx]) =>
    addAll(
      onlyIf(dWeight, (d) => linear(d, x)),
      onlyIf(dx, (d) => linear(weight, d)),
    ),
  emit: (node, emitter, finish) => {
    const [weight, x] = node.inputs;
    const [fanOut, fanIn] = weight.shape;
    emitDense([emitter.address(weight), fanIn, 1], fanOut, x, node, emitter, finish);
  },
};

/** W x. @param weight  [O, I]. @param x  [I, B]. @returns [O, B] */
export function linear(weight: Tensor, x: Tensor): Tensor {
  const fits = weight.shape.length === 2 && !weight.batched && x.batched && x.rows === weight.shape[1];
  checkShapes("linear", "weights are [fanOut, fanIn] and the input [fanIn, batch]", fits, weight, x);
  const spec = { shape: [weight.shape[0], x.batch], batched: true };
  return weight.graph.node(linearOperation, [weight, x], undefined, spec);
}

const linearTransposedOperation: Operation<undefined> = {
  name: "linearTransposed",
  finishes: true,
  vjp: ({ inputs: [weight, y] }, c, needs) => [
    needs[0] ? outer(y, c) : undefined,
    needs[1] ? linear(weight, c) : undefined,
  ],
  jvp: ({ inputs: [weight, y] }, [dWeight, dy]) =>
    addAll(
      onlyIf(dWeight, (d) => linearTransposed(d, y)),
      onlyIf(dy, (d) => linearTransposed(weight, d)),
    ),
  emit: (node, emitter, finish) => {
    const [weight, y] = node.inputs;
    const [, fanIn] = weight.shape;
    emitDense([emitter.address(weight), 1, fanIn], fanIn, y, node, emitter, finish);
  },
};

/** Wᵀ y. @param weight  [O, I]. @param y  [O, B]. @returns [I, B] */
export function linearTransposed(weight: Tensor, y: Tensor): Tensor {
  const fits = weight.shape.length === 2 && !weight.batched && y.batched && y.rows === weight.shape[0];
  checkShapes("linearTransposed", "weights are [fanOut, fanIn] and the input [fanOut, batch]", fits, weight, y);
  const spec = { shape: [weight.shape[1], y.batch], batched: true };
  return weight.graph.node(linearTransposedOperation, [weight, y], undefined, spec);
}

/** Appends the calls that leave y xᵀ, [O, I], at `out`; the start of the scratch memory is for `outerScratch` elements. */
export function emitDenseOuter(y: Tensor, x: Tensor, out: number, emitter: Emitter): void {
  const { left, turned } = emitOuterOperands(y, x, emitter);
  const matrices = [left, y.lanes, 1, turned, x.rows, blockLanes, out, x.rows, blockLanes];
  emitter.call("gemm", [...matrices, x.rows, y.batch, 0, 0, 0], y.rows);
}

const outerOperation: Operation<undefined> = {
  name: "outer",
  vjp: ({ inputs: [y, x] }, c, needs) => [
    needs[0] ? linear(c, x) : undefined,
    needs[1] ? linearTransposed(c, y) : undefined,
  ],
  jvp: ({ inputs: [y, x] }, [dy, dx]) =>
    addAll(
      onlyIf(dy, (d) => outer(d, x)),
      onlyIf(dx, (d) => outer(y, d)),
    ),
  scratchBytes: ({ inputs: [y, x] }, bytesPerElement) => outerScratch(y, x) * bytesPerElement,
  emit: (node, emitter) => {
    const [y, x] = node.inputs;
    emitDenseOuter(y, x, emitter.address(node), emitter);
  },
};

/** y xᵀ, summed over the batch. @param y  [O, B]. @param x  [I, B]. @returns [O, I] */
export function outer(y: Tensor, x: Tensor): Tensor {
  checkShapes("outer", "expected [O, B] and [I, B] of one batch", y.batched && x.batched && y.batch === x.batch, y, x);
  return y.graph.node(outerOperation, [y, x], undefined, { shape: [y.rows, x.rows], batched: false });
}
