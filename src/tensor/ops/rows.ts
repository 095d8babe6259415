/**
 * Between [F] and [F, B]: one number per feature against a batch of them, and sums over the batch. The same between [C] and
 * images [C, H, W, B], whose rows of one channel lie one behind the other: one number per channel, sums over pixels too.
 */

import type { Shape } from "../../base/index.ts";
import type { Operation, Tensor, TensorSpec } from "../graph.ts";
import { checkSame, checkShapes } from "../graph.ts";
import { laneBlocks } from "../lane-blocks.ts";
import { addAll, onlyIf } from "./arithmetic.ts";

const broadcastRowsOperation: Operation<{ shape: Shape }> = {
  name: "broadcastRows",
  vjp: (_, c) => [rowSum(c)],
  jvp: (node, [d]) => onlyIf(d, (t) => broadcastRows(t, node.shape)),
  emit: (node, emitter) => {
    const v = emitter.address(node.inputs[0]);
    for (const block of laneBlocks(emitter, node.batch)) {
      emitter.call("broadcastRows", [v, block.of(node), node.pixels * block.stride], node.channels);
    }
  },
};

/** out[f, b] = v[f]. @param v  [F], or [] for shape [B]. @param shape  [F, B] or [F, H, W, B] */
export function broadcastRows(v: Tensor, shape: Shape): Tensor {
  const channels = shape.length > 1 ? shape[0] : 1;
  checkShapes("broadcastRows", `expected ${channels} numbers without batch`, !v.batched && v.length === channels, v);
  // The shape is an attribute, so that two batch sizes are two nodes.
  return v.graph.node(broadcastRowsOperation, [v], { shape }, { shape, batched: true });
}

/** One number per feature or channel of x: [F], or [] where x is [B]. */
function perChannel(x: Tensor): TensorSpec {
  return { shape: x.shape.length > 1 ? [x.channels] : [], batched: false };
}

const rowSumOperation: Operation<undefined> = {
  name: "rowSum",
  vjp: ({ inputs: [x] }, c) => [broadcastRows(c, x.shape)],
  jvp: (_, [d]) => onlyIf(d, rowSum),
  emit: (node, emitter) => {
    const [x] = node.inputs;
    emitter.call("rowSum", [emitter.address(x), emitter.address(node), x.batch, x.rows, x.pixels], x.channels);
  },
};

/** Σ_b x[f, b]. @param x  [F, B], or [F, H, W, B] to be summed over pixels too, or [B]. @returns [F], [] for [B] */
export function rowSum(x: Tensor): Tensor {
  checkShapes("rowSum", "expected a tensor over the batch", x.batched, x);
  return x.graph.node(rowSumOperation, [x], undefined, perChannel(x));
}

const rowDotOperation: Operation<undefined> = {
  name: "rowDot",
  vjp: ({ inputs: [a, b] }, c, needs) => [
    needs[0] ? scaleRows(b, c) : undefined,
    needs[1] ? scaleRows(a, c) : undefined,
  ],
  jvp: ({ inputs: [a, b] }, [da, db]) =>
    addAll(
      onlyIf(da, (d) => rowDot(d, b)),
      onlyIf(db, (d) => rowDot(a, d)),
    ),
  emit: (node, emitter) => {
    const [a, b] = node.inputs;
    const addresses = [emitter.address(a), emitter.address(b), emitter.address(node)];
    emitter.call("rowDot", [...addresses, a.batch, a.rows, a.pixels], a.channels);
  },
};

/** Σ_b a[f, b] b[f, b]. @param a  as of rowSum. @param b  the same shape. @returns as rowSum */
export function rowDot(a: Tensor, b: Tensor): Tensor {
  checkSame("rowDot", a, b);
  checkShapes("rowDot", "expected tensors over the batch", a.batched, a);
  return a.graph.node(rowDotOperation, [a, b], undefined, perChannel(a));
}

function checkPerRow(where: string, x: Tensor, v: Tensor): void {
  const fits = x.batched && !v.batched && v.length === x.channels;
  checkShapes(where, "expected [F, B] or [F, H, W, B], and one number per F", fits, x, v);
}

const addRowsOperation: Operation<undefined> = {
  name: "addRows",
  inPlace: true,
  vjp: (_, c, needs) => [c, needs[1] ? rowSum(c) : undefined],
  jvp: (node, [dx, dv]) => {
    if (dx !== undefined && dv !== undefined) return addRows(dx, dv);
    return dx ?? onlyIf(dv, (d) => broadcastRows(d, node.shape));
  },
  emit: (node, emitter) => {
    const [x, v] = node.inputs;
    for (const block of laneBlocks(emitter, node.batch)) {
      const stride = x.pixels * block.stride;
      emitter.call("addRows", [block.of(x), emitter.address(v), block.of(node), stride], x.channels);
    }
  },
};

/** x[f, b] + v[f]: a bias. @param x  [F, B] or [F, H, W, B]. @param v  [F] */
export function addRows(x: Tensor, v: Tensor): Tensor {
  checkPerRow("addRows", x, v);
  return x.graph.node(addRowsOperation, [x, v], undefined, x);
}

const scaleRowsOperation: Operation<undefined> = {
  name: "scaleRows",
  inPlace: true,
  vjp: ({ inputs: [x, v] }, c, needs) => [needs[0] ? scaleRows(c, v) : undefined, needs[1] ? rowDot(c, x) : undefined],
  jvp: ({ inputs: [x, v] }, [dx, dv]) =>
    addAll(
      onlyIf(dx, (d) => scaleRows(d, v)),
      onlyIf(dv, (d) => scaleRows(x, d)),
    ),
  emit: (node, emitter) => {
    const [x, v] = node.inputs;
    for (const block of laneBlocks(emitter, node.batch)) {
      const stride = x.pixels * block.stride;
      emitter.call("scaleRows", [block.of(x), emitter.address(v), block.of(node), stride], x.channels);
    }
  },
};

/** x[f, b] * v[f]. @param x  [F, B] or [F, H, W, B]. @param v  [F] */
export function scaleRows(x: Tensor, v: Tensor): Tensor {
  checkPerRow("scaleRows", x, v);
  return x.graph.node(scaleRowsOperation, [x, v], undefined, x);
}

const affineRowsOperation: Operation<undefined> = {
  name: "affineRows",
  inPlace: true,
  vjp: ({ inputs: [x, factor] }, c, needs) => [
    needs[0] ? scaleRows(c, factor) : undefined,
    needs[1] ? rowDot(c, x) : undefined,
    needs[2] ? rowSum(c) : undefined,
  ],
  jvp: (node, [dx, dFactor, dOffset]) => {
    const [x, factor] = node.inputs;
    return addAll(
      onlyIf(dx, (d) => scaleRows(d, factor)),
      onlyIf(dFactor, (d) => scaleRows(x, d)),
      onlyIf(dOffset, (d) => broadcastRows(d, node.shape)),
    );
  },
  emit: (node, emitter) => {
    const [x, ...perRow] = node.inputs;
    const numbers = perRow.map((input) => emitter.address(input));
    for (const block of laneBlocks(emitter, node.batch)) {
      const stride = x.pixels * block.stride;
      emitter.call("affineRows", [block.of(x), ...numbers, block.of(node), stride], x.channels);
    }
  },
};

/** x[f, b] * factor[f] + offset[f]. @param x  [F, B] or [F, H, W, B]. @param factor  [F]. @param offset  [F] */
export function affineRows(x: Tensor, factor: Tensor, offset: Tensor): Tensor {
  checkPerRow("affineRows", x, factor);
  checkPerRow("affineRows", x, offset);
  return x.graph.node(affineRowsOperation, [x, factor, offset], undefined, x);
}
