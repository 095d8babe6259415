/** A fixed linear map over the pixels of every channel. Its transpose is an operation of the same kind. */

import { checkShapes, type Operation, type Tensor } from "../graph.ts";
import { laneBlocks } from "../lane-blocks.ts";
import type { ImageSize, PixelMap } from "../pixel-map.ts";
import type { Emitter } from "../program.ts";
import { onlyIf } from "./arithmetic.ts";

const mixPixelsOperation: Operation<PixelMap> = {
  name: "mixPixels",
  vjp: (node, c) => [mixPixels(c, node.attributes.transposed)],
  jvp: (node, [d]) => onlyIf(d, (t) => mixPixels(t, node.attributes)),
  emit: (node, emitter) => {
    const map = node.attributes;
    const [x] = node.inputs;
    const weights = emitter.weights(map.id, () => map.tables().weights);
    const tables = [weights, ...windowTables(map, emitter)];
    for (const block of laneBlocks(emitter, node.batch)) {
      const args = [block.of(x), ...tables, block.of(node), x.pixels, node.pixels, block.stride];
      emitter.call("mixPixels", args, node.rows);
    }
  },
};

/** Addresses of the pointers and indices of a map. */
export function windowTables(map: PixelMap, emitter: Emitter): [pointers: number, indices: number] {
  return [
    emitter.indices(`${map.id} pointers`, () => map.tables().pointers),
    emitter.indices(`${map.id} indices`, () => map.tables().indices),
  ];
}

/**
 * out[c, p, b] = Σ_k weights[k] x[c, indices[k], b]: every channel of every example goes through the map.
 *
 * @param x  [C, H, W, B], H and W those the map is from
 * @returns  [C, H', W', B], H' and W' those it is to
 */
export function mixPixels(x: Tensor, map: PixelMap): Tensor {
  checkImageOf("mixPixels", x, map.from);
  return x.graph.node(mixPixelsOperation, [x], map, { shape: [x.shape[0], ...map.to, x.batch], batched: true });
}

/** Height and width of x. @throws ShapeError unless x is [C, H, W, B] with pixels */
export function imageSize(where: string, x: Tensor): ImageSize {
  checkShapes(where, "expected images [C, H, W, B]", x.batched && x.shape.length === 4 && x.pixels > 0, x);
  return [x.shape[1], x.shape[2]];
}

/** @throws ShapeError unless x is [C, H, W, B] with the given H and W */
export function checkImageOf(where: string, x: Tensor, [height, width]: ImageSize): void {
  const fits = x.batched && x.shape.length === 4 && x.shape[1] === height && x.shape[2] === width;
  checkShapes(where, `expected images [C, ${height}, ${width}, B]`, fits, x);
}
