/**
 * Max pooling and what its derivatives are made of: `maxPoolTake` takes tangents from where the maximum is, `maxPoolPut` puts
 * cotangents there. Both are linear in their second argument, each other's transposes, and constant in the first between ties.
 * None keeps an index: where the maximum is costs less to find again than to read.
 *
 * As PyTorch's: padding never wins, the first of equal maxima does, and NaN does before any number.
 */

import type { Operation, Tensor } from "../graph.ts";
import { checkSame, checkShapes } from "../graph.ts";
import { laneBlocks } from "../lane-blocks.ts";
import type { ImageSize, PixelMap } from "../pixel-map.ts";
import { separableMap } from "../pixel-map.ts";
import { onlyIf } from "./arithmetic.ts";
import { checkImageOf, imageSize, windowTables } from "./mix-pixels.ts";
import type { WindowOptions } from "./pooling.ts";
import { tapsOf, windowsOf } from "./pooling.ts";

const maxPoolOperation: Operation<PixelMap> = {
  name: "maxPool",
  vjp: ({ inputs: [x], attributes: windows }, c) => [maxPoolPut(x, c, windows)],
  jvp: ({ inputs: [x], attributes: windows }, [d]) => onlyIf(d, (t) => maxPoolTake(x, t, windows)),
  emit: (node, emitter) => {
    const [x] = node.inputs;
    const tables = windowTables(node.attributes, emitter);
    for (const block of laneBlocks(emitter, node.batch)) {
      emitter.call("maxPool", [block.of(x), ...tables, block.of(node), x.pixels, node.pixels, block.stride], node.rows);
    }
  },
};

/** The windows of max pooling, as a map whose weights are not used. */
export function maxPoolWindows(from: ImageSize, options: WindowOptions): PixelMap {
  const { axes, name } = windowsOf("maxPool", from, options);
  const taps = (axis: 0 | 1) => axes[axis].map((window) => tapsOf(window, from[axis], () => 1));
  return separableMap(`windows of ${name}`, from, taps(0), taps(1));
}

/**
 * The maximum of each window; its derivative goes to the first of equal maxima, as PyTorch's.
 *
 * @param x  [C, H, W, B]
 * @returns  [C, H', W', B], H' = ⌊(H + 2 padding - size) / stride⌋ + 1
 * @throws InputError  where the padding is more than half of the window, or no window fits
 */
export function maxPool(x: Tensor, options: WindowOptions): Tensor {
  const windows = maxPoolWindows(imageSize("maxPool", x), options);
  return x.graph.node(maxPoolOperation, [x], windows, pooled(x, windows));
}

function pooled(x: Tensor, windows: PixelMap) {
  return { shape: [x.shape[0], ...windows.to, x.batch], batched: true };
}

const maxPoolTakeOperation: Operation<PixelMap> = {
  name: "maxPoolTake",
  vjp: ({ inputs: [x], attributes: windows }, c, needs) => [
    undefined,
    needs[1] ? maxPoolPut(x, c, windows) : undefined,
  ],
  jvp: ({ inputs: [x], attributes: windows }, [, dt]) => onlyIf(dt, (d) => maxPoolTake(x, d, windows)),
  emit: (node, emitter) => {
    const [x, t] = node.inputs;
    const tables = windowTables(node.attributes, emitter);
    for (const block of laneBlocks(emitter, node.batch)) {
      const args = [block.of(x), block.of(t), ...tables, block.of(node), x.pixels, node.pixels, block.stride];
      emitter.call("maxPoolTake", args, node.rows);
    }
  },
};

/** t where x has the maximum of each window. @param t  [C, H, W, B] as x. @returns [C, H', W', B] */
export function maxPoolTake(x: Tensor, t: Tensor, windows: PixelMap): Tensor {
  checkImageOf("maxPoolTake", x, windows.from);
  checkSame("maxPoolTake", x, t);
  return x.graph.node(maxPoolTakeOperation, [x, t], windows, pooled(x, windows));
}

const maxPoolPutOperation: Operation<PixelMap> = {
  name: "maxPoolPut",
  vjp: ({ inputs: [x], attributes: windows }, c, needs) => [
    undefined,
    needs[1] ? maxPoolTake(x, c, windows) : undefined,
  ],
  jvp: ({ inputs: [x], attributes: windows }, [, dc]) => onlyIf(dc, (d) => maxPoolPut(x, d, windows)),
  emit: (node, emitter) => {
    const [x, c] = node.inputs;
    const tables = windowTables(node.attributes, emitter);
    const partition = isPartition(node.attributes) ? 1 : 0;
    for (const block of laneBlocks(emitter, node.batch)) {
      const sizes = [x.pixels, c.pixels, partition, block.stride];
      emitter.call("maxPoolPut", [block.of(x), block.of(c), ...tables, block.of(node), ...sizes], node.channels);
    }
  },
};

/** Whether each pixel is in exactly one window. */
function isPartition({ from, tables }: PixelMap): boolean {
  const { indices } = tables();
  return indices.length === from[0] * from[1] && new Set(indices).size === indices.length;
}

/** c put where x has the maximum of each window, added where windows share one, 0 elsewhere. @param c  [C, H', W', B]. @returns as x */
export function maxPoolPut(x: Tensor, c: Tensor, windows: PixelMap): Tensor {
  checkImageOf("maxPoolPut", x, windows.from);
  checkImageOf("maxPoolPut", c, windows.to);
  checkShapes(
    "maxPoolPut",
    "expected channels and examples of both to agree",
    x.channels === c.channels && x.batch === c.batch,
    x,
    c,
  );
  return x.graph.node(maxPoolPutOperation, [x, c], windows, x);
}
