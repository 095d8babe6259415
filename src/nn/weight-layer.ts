/** Layers with weights, linear or convolutional, dense or sparse: a weight, a bias, and the product of the one that fits. */

import { InputError, Rng, sizeOf } from "../base/index.ts";
import type { Engine, Graph, Tensor } from "../tensor/index.ts";
import {
  addRows,
  convolution,
  convolutionOuterNorm,
  linear,
  outerNorm,
  sparseConvolution,
  sparseLinear,
  sparsePattern,
} from "../tensor/index.ts";
import type { Convolution, Linear } from "./architecture/layers.ts";
import type { WeightLayer } from "./architecture/weight-layers.ts";
import type { Fans, InitialDistribution } from "./initialise.ts";
import { initialWeights } from "./initialise.ts";
import type { Parameter } from "./parameter.ts";
import { filledParameter } from "./parameter.ts";

/** A CSR index of active weights, as `sparsity` makes them, over [O, I]; for a convolution over [O, I / groups x h x w]. */
export interface Mask {
  /** Rows: output units or channels. */
  readonly fanOut: number;
  /** Columns: inputs of one of them. */
  readonly fanIn: number;
  readonly rowPointers: Int32Array;
  readonly columnIndices: Int32Array;
}

export interface WeightLayerOptions {
  readonly seed: number;
  /** The active weights; a dense layer without it. */
  readonly mask?: Mask;
  /** Default "he-normal". */
  readonly initial?: InitialDistribution;
  /** Fans of the initial distribution; default the layer's nominal ones. */
  readonly initialFans?: Fans;
}

/** A weight layer of a network: its description, its parameters and its product. */
export interface NetworkLayer extends WeightLayer {
  readonly weight: Parameter;
  /** Starts at 0. */
  readonly bias?: Parameter;
  /** W x + bias. @param x  [I, B], or [I, H, W, B] */
  apply(graph: Graph, x: Tensor): Tensor;
  /** The p-norm of the weight's gradient at all positions, active or not, from the cotangent of the product and its input. */
  gradientNorm(cotangent: Tensor, x: Tensor, p: 1 | 2): Tensor;
}

/** Makes a weight layer with seeded initial weights; a sparse one holds its active weights only. */
export function weightLayer(
  engine: Engine,
  layer: Convolution | Linear,
  description: WeightLayer,
  { seed, mask, initial = "he-normal", initialFans }: WeightLayerOptions,
): NetworkLayer {
  const { name, layer: number, shape } = description;
  const [units, ...ofUnit] = shape;
  const columns = sizeOf(ofUnit);
  if (mask !== undefined && (mask.fanIn !== columns || mask.fanOut !== units)) {
    throw new InputError(
      `layer "${name}": the mask is [${mask.fanOut}, ${mask.fanIn}], the weight [${units}, ${columns}]; weights are ` +
        "[outputs, inputs of one output]",
    );
  }
  const pattern = mask === undefined ? undefined : sparsePattern(engine, mask);
  const variable = engine.variable(`${name}.weight`, pattern === undefined ? shape : [pattern.active]);
  const count = pattern === undefined ? sizeOf(shape) : pattern.active;
  variable.set(initialWeights(initial, count, initialFans ?? description, new Rng(seed, "weights", number)));

  const weight: Parameter = { name: `${name}.weight`, layer: number, role: "weight", variable, pattern };
  const bias = layer.bias
    ? filledParameter(engine, { name: `${name}.bias`, layer: number, role: "bias" }, [units], 0)
    : undefined;
  const apply = (graph: Graph, x: Tensor): Tensor => {
    const product = productOf(layer, pattern, graph.read(variable), x);
    return bias === undefined ? product : addRows(product, graph.read(bias.variable));
  };
  const gradientNorm = (cotangent: Tensor, x: Tensor, p: 1 | 2): Tensor =>
    layer.kind === "linear"
      ? outerNorm(cotangent, x, p)
      : convolutionOuterNorm(convolutionShape(units, layer, x), cotangent, x, p);
  return { ...description, weight, bias, apply, gradientNorm };
}

function productOf(layer: Convolution | Linear, pattern: Parameter["pattern"], weight: Tensor, x: Tensor): Tensor {
  if (layer.kind === "linear") return pattern === undefined ? linear(weight, x) : sparseLinear(pattern, weight, x);
  if (pattern === undefined) return convolution(weight, x, layer);
  return sparseConvolution(pattern, weight, x, layer);
}

function convolutionShape(outChannels: number, { kernel, stride, padding, groups }: Convolution, x: Tensor) {
  const [inChannels, height, width] = x.shape;
  return { inChannels, image: [height, width], outChannels, kernel, stride, padding, groups } as const;
}
