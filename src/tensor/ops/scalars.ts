/** Scalars: sums and norms of unbatched tensors, and a scalar against a tensor. */

import type { Shape } from "../../base/index.ts";
import { reductionBlock } from "../../kernels/index.ts";
import type { Operation, Tensor } from "../graph.ts";
import { checkSame, checkShapes } from "../graph.ts";
import type { Emitter } from "../program.ts";
import { addAll, divide, multiply, onlyIf, scale, sign } from "./arithmetic.ts";
import { rowSum } from "./rows.ts";

const scalarSpec = { shape: [], batched: false } as const;
type Reduction = "reduceSum" | "reduceAbsolute" | "reduceSquares" | "reduceDot";

/** Two stages in float64: one partial sum per fixed block of elements, then the partial sums in order. */
function emitReduction(kernel: Reduction, combine: "combine" | "combineRoot", node: Tensor, emitter: Emitter): void {
  const n = node.inputs[0].length;
  const blocks = Math.ceil(n / reductionBlock);
  const partials = emitter.scratch();
  emitter.call(kernel, [...node.inputs.map((input) => emitter.address(input)), n, partials], blocks);
  emitter.call(combine, [partials, blocks, emitter.address(node)], 1);
}

function reduction(
  name: string,
  kernel: Reduction,
  combine: "combine" | "combineRoot",
  rules: Pick<Operation<undefined>, "vjp" | "jvp">,
): Operation<undefined> {
  return {
    name,
    ...rules,
    scratchBytes: ({ inputs: [x] }) => Math.ceil(x.length / reductionBlock) * 8,
    emit: (node, emitter) => emitReduction(kernel, combine, node, emitter),
  };
}

function reduce(operation: Operation<undefined>, ...inputs: Tensor[]): Tensor {
  checkShapes(
    operation.name,
    "expected a tensor without batch; sum over the batch first (rowSum)",
    !inputs[0].batched,
    inputs[0],
  );
  return inputs[0].graph.node(operation, inputs, undefined, scalarSpec);
}

const sumOperation = reduction("sum", "reduceSum", "combine", {
  vjp: ({ inputs: [x] }, c) => [fillFrom(c, x)],
  jvp: (_, [d]) => onlyIf(d, sum),
});

/** Σ of all elements. A batched tensor is first summed over its batch. @returns [] */
export function sum(x: Tensor): Tensor {
  return reduce(sumOperation, x.batched ? rowSum(x) : x);
}

const dotOperation = reduction("dot", "reduceDot", "combine", {
  vjp: ({ inputs: [a, b] }, c, needs) => [needs[0] ? scaleBy(b, c) : undefined, needs[1] ? scaleBy(a, c) : undefined],
  jvp: ({ inputs: [a, b] }, [da, db]) =>
    addAll(
      onlyIf(da, (d) => dot(d, b)),
      onlyIf(db, (d) => dot(a, d)),
    ),
});

/** Σ a b over all elements of two unbatched tensors of one shape. @returns [] */
export function dot(a: Tensor, b: Tensor): Tensor {
  checkSame("dot", a, b);
  return reduce(dotOperation, a, b);
}

const norm1Operation = reduction("norm1", "reduceAbsolute", "combine", {
  vjp: ({ inputs: [x] }, c) => [scaleBy(sign(x), c)],
  jvp: ({ inputs: [x] }, [d]) => onlyIf(d, (t) => dot(sign(x), t)),
});

/** Σ |x|; its derivative at 0 is 0. @returns [] */
export function norm1(x: Tensor): Tensor {
  return reduce(norm1Operation, x);
}

const sumSquaresOperation = reduction("sumSquares", "reduceSquares", "combine", {
  vjp: ({ inputs: [x] }, c) => [scaleBy(scale(x, 2), c)],
  jvp: ({ inputs: [x] }, [d]) => onlyIf(d, (t) => scale(dot(x, t), 2)),
});

/** Σ x². @returns [] */
export function sumSquares(x: Tensor): Tensor {
  return reduce(sumSquaresOperation, x);
}

const norm2Operation = reduction("norm2", "reduceSquares", "combineRoot", {
  vjp: (node, c) => [scaleBy(node.inputs[0], divide(c, node))],
  jvp: (node, [d]) => onlyIf(d, (t) => divide(dot(node.inputs[0], t), node)),
});

/** sqrt(Σ x²), the root taken in float64. Not differentiable at 0. @returns [] */
export function norm2(x: Tensor): Tensor {
  return reduce(norm2Operation, x);
}

/** Mean over the batch of one number per example. @param x  [B]. @returns [] */
export function batchMean(x: Tensor): Tensor {
  checkShapes("batchMean", "expected one number per example", x.batched && x.rows === 1, x);
  return scale(rowSum(x), 1 / x.batch);
}

const scaleByOperation: Operation<undefined> = {
  name: "scaleBy",
  inPlace: true,
  vjp: ({ inputs: [x, s] }, c, needs) => [
    needs[0] ? scaleBy(c, s) : undefined,
    needs[1] ? (c.batched ? sum(multiply(c, x)) : dot(c, x)) : undefined,
  ],
  jvp: ({ inputs: [x, s] }, [dx, ds]) =>
    addAll(
      onlyIf(dx, (d) => scaleBy(d, s)),
      onlyIf(ds, (d) => scaleBy(x, d)),
    ),
  emit: (node, emitter) => {
    const [x, s] = node.inputs.map((input) => emitter.address(input));
    emitter.call("scaleBy", [x, s, emitter.address(node)], node.length, 16);
  },
};

/** x * s for a scalar tensor. @param s  [] */
export function scaleBy(x: Tensor, s: Tensor): Tensor {
  checkShapes("scaleBy", "the factor must be a scalar", !s.batched && s.length === 1, s);
  return x.graph.node(scaleByOperation, [x, s], undefined, x);
}

const fillFromOperation: Operation<{ shape: Shape; batched: boolean }> = {
  name: "fillFrom",
  vjp: (_, c) => [sum(c)],
  jvp: (node, [d]) => onlyIf(d, (t) => fillFrom(t, node)),
  emit: (node, emitter) =>
    emitter.call("fillFrom", [emitter.address(node.inputs[0]), emitter.address(node)], node.length, 16),
};

/** A tensor of `like`'s shape filled with a scalar. @param s  [] */
export function fillFrom(s: Tensor, like: { readonly shape: Shape; readonly batched: boolean }): Tensor {
  checkShapes("fillFrom", "expected a scalar", !s.batched && s.length === 1, s);
  const spec = { shape: like.shape, batched: like.batched };
  return s.graph.node(fillFromOperation, [s], spec, spec);
}
