/** The layers that have weights, in order: what masks, initial distributions, saliency and capacity are counted by. */

import type { Shape } from "../../base/index.ts";
import { weightShape } from "./layer-kinds.ts";
import type { Architecture } from "./layers.ts";
import { shapesOf } from "./shapes.ts";

/** A convolution or a linear layer. */
export interface WeightLayer {
  /** From 1, in the architecture's order: what random streams are named by. */
  readonly layer: number;
  readonly name: string;
  readonly kind: "convolution" | "linear";
  /** Of the weight: [O, I / groups, h, w], or [O, I]. */
  readonly shape: Shape;
  /** I / groups · h · w: inputs of one output unit. */
  readonly fanIn: number;
  /** O · h · w: as PyTorch counts it, groups or not. */
  readonly fanOut: number;
}

/** The weight layers of an architecture, in its order. */
export function weightLayers(architecture: Architecture): readonly WeightLayer[] {
  const shapes = shapesOf(architecture);
  const found: WeightLayer[] = [];
  for (const layer of architecture.layers) {
    const shape = weightShape(layer, shapes.get(layer.inputs[0]) as Shape);
    if (shape === undefined) continue;
    const [outs, ins, height = 1, wide = 1] = shape;
    const field = height * wide;
    found.push({
      layer: found.length + 1,
      name: layer.name,
      kind: layer.kind as WeightLayer["kind"],
      shape,
      fanIn: ins * field,
      fanOut: outs * field,
    });
  }
  return found;
}
