/**
 * The three products of a sparse layer, each of cost O(active weights x batch): forward, gradient of the input, and gradient
 * at the active weights only. The weight tensor is the values [active] of a pattern; like the dense three, these products
 * are each other's derivatives.
 */

import { finishing } from "../fuse.ts";
import type { Operation, Tensor } from "../graph.ts";
import { checkShapes } from "../graph.ts";
import { laneBlocks } from "../lane-blocks.ts";
import type { SparsePattern } from "../sparse-pattern.ts";
import { addAll, onlyIf } from "./arithmetic.ts";
import { emitDense } from "./linear.ts";
import { emitGathered, emitMatrix, gatheredScratch, isNearlyDense, scatteredScratch } from "./nearly-dense.ts";

const sparseLinearOperation: Operation<SparsePattern> = {
  name: "sparseLinear",
  finishes: true,
  vjp: ({ inputs: [values, x], attributes: pattern }, c, needs) => [
    needs[0] ? sparseOuter(pattern, c, x) : undefined,
    needs[1] ? sparseLinearTransposed(pattern, values, c) : undefined,
  ],
  jvp: ({ inputs: [values, x], attributes: pattern }, [dValues, dx]) =>
    addAll(
      onlyIf(dValues, (d) => sparseLinear(pattern, d, x)),
      onlyIf(dx, (d) => sparseLinear(pattern, values, d)),
    ),
  scratchBytes: ({ attributes: pattern, batch }, bytesPerElement) => scatteredScratch(pattern, batch) * bytesPerElement,
  emit: (node, emitter, finish) => {
    const { rowPointers, columnIndices, fanOut, fanIn } = node.attributes;
    const [values, x] = node.inputs;
    if (isNearlyDense(node.attributes, node.batch)) {
      emitDense([emitMatrix(node.attributes, values, emitter), fanIn, 1], fanOut, x, node, emitter, finish);
      return;
    }
    const matrix = [emitter.address(values), rowPointers.address, columnIndices.address];
    for (const block of laneBlocks(emitter, node.batch)) {
      const { out, args } = finishing(node, emitter, block, finish);
      emitter.call("sparseProduct", [...matrix, block.of(x), x.rows, out, block.stride, ...args], fanOut);
    }
  },
};

/** W x for sparse W. @param values  [active]. @param x  [I, B]. @returns [O, B] */
export function sparseLinear(pattern: SparsePattern, values: Tensor, x: Tensor): Tensor {
  checkValues("sparseLinear", pattern, values);
  checkShapes("sparseLinear", `the input must be [${pattern.fanIn}, batch]`, x.batched && x.rows === pattern.fanIn, x);
  const spec = { shape: [pattern.fanOut, x.batch], batched: true };
  return values.graph.node(sparseLinearOperation, [values, x], pattern, spec);
}

const sparseLinearTransposedOperation: Operation<SparsePattern> = {
  name: "sparseLinearTransposed",
  finishes: true,
  scratchBytes: ({ inputs: [values], attributes: pattern, batch }, bytesPerElement) =>
    Math.max(values.length, scatteredScratch(pattern, batch)) * bytesPerElement,
  vjp: ({ inputs: [values, y], attributes: pattern }, c, needs) => [
    needs[0] ? sparseOuter(pattern, y, c) : undefined,
    needs[1] ? sparseLinear(pattern, values, c) : undefined,
  ],
  jvp: ({ inputs: [values, y], attributes: pattern }, [dValues, dy]) =>
    addAll(
      onlyIf(dValues, (d) => sparseLinearTransposed(pattern, d, y)),
      onlyIf(dy, (d) => sparseLinearTransposed(pattern, values, d)),
    ),
  emit: (node, emitter, finish) => {
    const { columnPointers, rowIndices, permutation, fanIn } = node.attributes;
    const [values, y] = node.inputs;
    if (isNearlyDense(node.attributes, node.batch)) {
      emitDense([emitMatrix(node.attributes, values, emitter), 1, fanIn], fanIn, y, node, emitter, finish);
      return;
    }
    // Once into the order of the columns: the product would look each value up for every block of lanes.
    emitter.call("permute", [emitter.address(values), permutation.address, emitter.scratch()], values.length);
    const matrix = [emitter.scratch(), columnPointers.address, rowIndices.address];
    for (const block of laneBlocks(emitter, node.batch)) {
      const { out, args } = finishing(node, emitter, block, finish);
      emitter.call("sparseProduct", [...matrix, block.of(y), y.rows, out, block.stride, ...args], fanIn);
    }
  },
};

/** Wᵀ y for sparse W. @param values  [active]. @param y  [O, B]. @returns [I, B] */
export function sparseLinearTransposed(pattern: SparsePattern, values: Tensor, y: Tensor): Tensor {
  checkValues("sparseLinearTransposed", pattern, values);
  const fits = y.batched && y.rows === pattern.fanOut;
  checkShapes("sparseLinearTransposed", `the input must be [${pattern.fanOut}, batch]`, fits, y);
  const spec = { shape: [pattern.fanIn, y.batch], batched: true };
  return values.graph.node(sparseLinearTransposedOperation, [values, y], pattern, spec);
}

const sparseOuterOperation: Operation<SparsePattern> = {
  name: "sparseOuter",
  vjp: ({ inputs: [y, x], attributes: pattern }, c, needs) => [
    needs[0] ? sparseLinear(pattern, c, x) : undefined,
    needs[1] ? sparseLinearTransposed(pattern, c, y) : undefined,
  ],
  jvp: ({ inputs: [y, x], attributes: pattern }, [dy, dx]) =>
    addAll(
      onlyIf(dy, (d) => sparseOuter(pattern, d, x)),
      onlyIf(dx, (d) => sparseOuter(pattern, y, d)),
    ),
  scratchBytes: ({ inputs: [y, x], attributes: pattern }, bytesPerElement) =>
    gatheredScratch(pattern, y, x) * bytesPerElement,
  emit: (node, emitter) => {
    const { rowPointers, columnIndices, fanOut } = node.attributes;
    const [y, x] = node.inputs;
    if (isNearlyDense(node.attributes, x.batch)) {
      emitGathered(node.attributes, y, x, emitter.address(node), emitter);
      return;
    }
    const operands = [emitter.address(y), y.rows, emitter.address(x), x.rows, emitter.address(node), y.batch];
    emitter.call("sparseOuter", [rowPointers.address, columnIndices.address, ...operands], fanOut);
  },
};

/** y xᵀ at the active positions only, summed over the batch. @param y  [O, B]. @param x  [I, B]. @returns [active] */
export function sparseOuter(pattern: SparsePattern, y: Tensor, x: Tensor): Tensor {
  const fits = y.batched && x.batched && y.batch === x.batch && y.rows === pattern.fanOut && x.rows === pattern.fanIn;
  checkShapes("sparseOuter", `expected [${pattern.fanOut}, B] and [${pattern.fanIn}, B]`, fits, y, x);
  const spec = { shape: [pattern.active], batched: false };
  return y.graph.node(sparseOuterOperation, [y, x], pattern, spec);
}

function checkValues(where: string, pattern: SparsePattern, values: Tensor): void {
  const fits = !values.batched && values.shape.length === 1 && values.shape[0] === pattern.active;
  checkShapes(where, `the weight must be the ${pattern.active} values of its pattern`, fits, values);
}
