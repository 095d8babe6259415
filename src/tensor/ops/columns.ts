/** Between [B] and [F, B]: one number per example against its features, and sums over the features. */

import type { Shape } from "../../base/index.ts";
import type { Operation, Tensor } from "../graph.ts";
import { checkShapes } from "../graph.ts";
import { laneBlocks } from "../lane-blocks.ts";
import { addAll, multiply, onlyIf } from "./arithmetic.ts";

const columnSumOperation: Operation<undefined> = {
  name: "columnSum",
  vjp: ({ inputs: [x] }, c) => [broadcastColumns(c, x.shape)],
  jvp: (_, [d]) => onlyIf(d, columnSum),
  emit: (node, emitter) => {
    const [x] = node.inputs;
    for (const block of laneBlocks(emitter, node.batch)) {
      emitter.call("columnSum", [block.of(x), block.of(node), x.rows, block.stride], block.lanes, 16);
    }
  },
};

/** Σ_f x[f, b]. @param x  [F, B]. @returns [B] */
export function columnSum(x: Tensor): Tensor {
  checkShapes("columnSum", "expected a tensor over the batch", x.batched, x);
  return x.graph.node(columnSumOperation, [x], undefined, { shape: [x.batch], batched: true });
}

const broadcastColumnsOperation: Operation<{ shape: Shape }> = {
  name: "broadcastColumns",
  vjp: (_, c) => [columnSum(c)],
  jvp: (node, [d]) => onlyIf(d, (t) => broadcastColumns(t, node.shape)),
  emit: (node, emitter) => {
    for (const block of laneBlocks(emitter, node.batch)) {
      emitter.call("broadcastColumns", [block.of(node.inputs[0]), block.of(node), block.stride], node.rows);
    }
  },
};

/** out[f, b] = v[b]. @param v  [B]. @param shape  [F, B] */
export function broadcastColumns(v: Tensor, shape: Shape): Tensor {
  const fits = v.batched && v.rows === 1 && v.batch === shape[shape.length - 1];
  checkShapes("broadcastColumns", `expected one number per example for [${shape.join(", ")}]`, fits, v);
  return v.graph.node(broadcastColumnsOperation, [v], { shape }, { shape, batched: true });
}

const scaleColumnsOperation: Operation<undefined> = {
  name: "scaleColumns",
  inPlace: false,
  vjp: ({ inputs: [x, v] }, c, needs) => [
    needs[0] ? scaleColumns(c, v) : undefined,
    needs[1] ? columnSum(multiply(c, x)) : undefined,
  ],
  jvp: ({ inputs: [x, v] }, [dx, dv]) =>
    addAll(
      onlyIf(dx, (d) => scaleColumns(d, v)),
      onlyIf(dv, (d) => scaleColumns(x, d)),
    ),
  emit: (node, emitter) => {
    const [x, v] = node.inputs;
    for (const block of laneBlocks(emitter, node.batch)) {
      emitter.call("scaleColumns", [block.of(x), block.of(v), block.of(node), block.stride], x.rows);
    }
  },
};

/** x[f, b] * v[b]. @param x  [F, B]. @param v  [B] */
export function scaleColumns(x: Tensor, v: Tensor): Tensor {
  const fits = x.batched && v.batched && v.rows === 1 && v.batch === x.batch;
  checkShapes("scaleColumns", "expected [F, B] and [B]", fits, x, v);
  return x.graph.node(scaleColumnsOperation, [x, v], undefined, x);
}
