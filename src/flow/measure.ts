/**
 * Gradient flow where the gradients are: the norms of every layer's gradient as nodes of a program, and the measures they
 * make. Weights only: biases, batch-norm and activation parameters do not count (docs/decisions/0004-egf.md).
 */

import type { ForwardResult, Network } from "../nn/index.ts";
import type { Graph, Program, Tensor } from "../tensor/index.ts";
import { gradient, norm1, norm2 } from "../tensor/index.ts";

/** Norm nodes of one weight layer. */
interface LayerNorms {
  readonly norm1: Tensor;
  readonly norm2: Tensor;
  /** Over all positions, active or not; absent unless asked for. For a dense layer the same nodes as above. */
  readonly unmasked1?: Tensor;
  readonly unmasked2?: Tensor;
}

/** The values of one layer's norms. The unmasked ones are NaN where they were not asked for. */
export interface LayerFlow {
  /** The layer's name in its architecture. */
  readonly name: string;
  readonly norm1: number;
  readonly norm2: number;
  readonly unmasked1: number;
  readonly unmasked2: number;
}

/** All measures of one moment. gf_p counts masked positions too and is NaN where the unmasked norms were not asked for. */
export interface FlowMeasures {
  readonly gf1: number;
  readonly gf2: number;
  readonly egf1: number;
  readonly egf2: number;
  readonly layers: readonly LayerFlow[];
}

export interface FlowNodes {
  /** What the program must keep as outputs. */
  readonly outputs: readonly Tensor[];
  /** Reads the measures after a run. */
  read(program: Program): FlowMeasures;
}

/**
 * The nodes that measure the gradient flow of `loss`.
 *
 * @param forward   what `network.forward` returned on this graph
 * @param unmasked  also the norms over all positions of sparse layers, dense gradients in blocks: cost of a dense product
 */
export function flowNodes(
  graph: Graph,
  network: Network,
  { loss, forward, unmasked = true }: { loss: Tensor; forward: ForwardResult; unmasked?: boolean },
): FlowNodes {
  const weights = network.weightLayers.map((layer) => graph.read(layer.weight.variable));
  const preActivations = forward.layers.map((layer) => layer.output);
  const gradients = gradient(loss, [...weights, ...preActivations], { disconnected: "zero" });
  const layers = network.weightLayers.map((layer, l): LayerNorms => {
    const masked = { norm1: norm1(gradients[l]), norm2: norm2(gradients[l]) };
    if (!unmasked) return masked;
    if (layer.weight.pattern === undefined) return { ...masked, unmasked1: masked.norm1, unmasked2: masked.norm2 };
    const cotangent = gradients[weights.length + l];
    const { input } = forward.layers[l];
    return {
      ...masked,
      unmasked1: layer.gradientNorm(cotangent, input, 1),
      unmasked2: layer.gradientNorm(cotangent, input, 2),
    };
  });
  const outputs = layers.flatMap((norms) => Object.values(norms) as Tensor[]);
  const read = (program: Program): FlowMeasures => {
    const value = (node: Tensor | undefined) => (node === undefined ? Number.NaN : program.scalar(node));
    return measuresFromNorms(
      layers.map((norms, l) => ({
        name: network.weightLayers[l].name,
        norm1: value(norms.norm1),
        norm2: value(norms.norm2),
        unmasked1: value(norms.unmasked1),
        unmasked2: value(norms.unmasked2),
      })),
    );
  };
  return { outputs, read };
}

/** gf and EGF from layer norms: gf_1 = Σ, gf_2 = root of Σ of squares, EGF_p = mean. */
export function measuresFromNorms(layers: readonly LayerFlow[]): FlowMeasures {
  let gf1 = 0;
  let squares = 0;
  let egf1 = 0;
  let egf2 = 0;
  for (const layer of layers) {
    gf1 += layer.unmasked1;
    squares += layer.unmasked2 * layer.unmasked2;
    egf1 += layer.norm1;
    egf2 += layer.norm2;
  }
  return { gf1, gf2: Math.sqrt(squares), egf1: egf1 / layers.length, egf2: egf2 / layers.length, layers };
}
