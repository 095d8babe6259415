/**
 * Another shape for the same elements: a view, which costs nothing.
 *
 * A batched tensor lies in blocks of lanes, each a matrix of its rows; how the rows are counted, as C times H times W or as
 * features, changes no place. So it can be reshaped as long as its batch stays the last length.
 */

import type { Shape } from "../../base/index.ts";
import { checkShape, formatShape, ShapeError, sameShape, sizeOf } from "../../base/index.ts";
import type { Operation, Tensor } from "../graph.ts";
import { onlyIf } from "./arithmetic.ts";

const reshapeOperation: Operation<{ shape: Shape }> = {
  name: "reshape",
  view: true,
  vjp: ({ inputs: [x] }, c) => [reshape(c, x.shape)],
  jvp: (node, [d]) => onlyIf(d, (t) => reshape(t, node.shape)),
  emit: () => {},
};

/**
 * x under another shape of as many elements, in the same order: [C, H, W, B] as [C H W, B], and back.
 *
 * @param shape  of the elements of x; where x is batched, the last length is its batch
 * @throws ShapeError  where elements would be lost, made, or change their example
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  checkShape("reshape", shape);
  if (sizeOf(shape) !== sizeOf(x.shape)) {
    throw new ShapeError(`reshape: ${formatShape(shape)} has ${sizeOf(shape)} elements, ${x} has ${sizeOf(x.shape)}`);
  }
  if (x.batched && (shape.length === 0 || shape[shape.length - 1] !== x.batch)) {
    throw new ShapeError(
      `reshape: the last length must stay the batch of ${x.batch}, got ${formatShape(shape)} for ${x}`,
    );
  }
  // A view of a view is a view of what lies beneath, so that there and back again is the same node.
  const source = x.operation === (reshapeOperation as Operation) ? x.inputs[0] : x;
  if (sameShape(source.shape, shape)) return source;
  return source.graph.node(reshapeOperation, [source], { shape }, { shape, batched: x.batched, integer: x.integer });
}

/** x with one row per feature: [C, H, W, B] as [C H W, B]. */
export function flatten(x: Tensor): Tensor {
  return reshape(x, x.batched ? [x.rows, x.batch] : [sizeOf(x.shape)]);
}
