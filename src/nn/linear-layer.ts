/** Linear layers, dense or sparse: a weight, a bias, and the product of the one that fits. */

import { InputError, Rng } from "../base/index.ts";
import type { Engine, Graph, Tensor } from "../tensor/index.ts";
import { addRows, linear, sparseLinear, sparsePattern } from "../tensor/index.ts";
import type { InitialDistribution } from "./initialise.ts";
import { initialWeights } from "./initialise.ts";
import type { Parameter } from "./parameter.ts";
import { filledParameter } from "./parameter.ts";

/** A CSR index of active weights, as `sparsity` makes them. */
export interface Mask {
  readonly fanOut: number;
  readonly fanIn: number;
  readonly rowPointers: Int32Array;
  readonly columnIndices: Int32Array;
}

export interface LinearLayerOptions {
  readonly fanIn: number;
  readonly fanOut: number;
  /** Number of the layer in its network, from 1: part of its names and of its random streams. */
  readonly layer: number;
  readonly seed: number;
  /** The active weights; a dense layer without it. */
  readonly mask?: Mask;
  /** Default true. Starts at 0. */
  readonly bias?: boolean;
  /** Default "he-normal". */
  readonly initial?: InitialDistribution;
  /** Fans of the initial distribution; default the layer's nominal ones. */
  readonly initialFans?: { readonly fanIn: number; readonly fanOut: number };
}

/** A layer's parameters and its product. */
export interface LinearLayer {
  readonly fanIn: number;
  readonly fanOut: number;
  readonly weight: Parameter;
  readonly bias?: Parameter;
  /** W x + bias. @param x  [I, B]. @returns [O, B] */
  apply(graph: Graph, x: Tensor): Tensor;
}

/** Makes a linear layer with seeded initial weights; a sparse one holds its active weights only. */
export function linearLayer(engine: Engine, options: LinearLayerOptions): LinearLayer {
  const { fanIn, fanOut, layer, seed, mask, initial = "he-normal" } = options;
  if (!Number.isInteger(fanIn) || !Number.isInteger(fanOut) || fanIn < 1 || fanOut < 1) {
    throw new InputError(`layer ${layer}: widths must be integers ≥ 1, got fanIn ${fanIn} and fanOut ${fanOut}`);
  }
  if (mask !== undefined && (mask.fanIn !== fanIn || mask.fanOut !== fanOut)) {
    throw new InputError(
      `layer ${layer}: the mask is [${mask.fanOut}, ${mask.fanIn}], the weight [${fanOut}, ${fanIn}]; weights are [fanOut, fanIn]`,
    );
  }
  const pattern = mask === undefined ? undefined : sparsePattern(engine, mask);
  const shape = pattern === undefined ? [fanOut, fanIn] : [pattern.active];
  const variable = engine.variable(`layer${layer}.weight`, shape);
  const count = pattern === undefined ? fanOut * fanIn : pattern.active;
  const fans = options.initialFans ?? { fanIn, fanOut };
  variable.set(initialWeights(initial, count, fans, new Rng(seed, "weights", layer)));

  const weight: Parameter = { name: `layer${layer}.weight`, layer, role: "weight", variable, pattern };
  const bias =
    options.bias === false
      ? undefined
      : filledParameter(engine, { name: `layer${layer}.bias`, layer, role: "bias" }, [fanOut], 0);
  const apply = (graph: Graph, x: Tensor): Tensor => {
    const w = graph.read(variable);
    const product = pattern === undefined ? linear(w, x) : sparseLinear(pattern, w, x);
    return bias === undefined ? product : addRows(product, graph.read(bias.variable));
  };
  return { fanIn, fanOut, weight, bias, apply };
}
