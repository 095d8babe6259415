/** Where a network left the finite numbers: the first layer whose parameters, or else whose outputs, are not finite. */

import type { Network } from "../nn/index.ts";
import type { Engine, Tensor } from "../tensor/index.ts";
import { compile } from "../tensor/index.ts";

/**
 * Looks for the place, by running the forward pass once more on the batch that is still in place.
 *
 * @param layers  pre-activations of the weight layers, nodes of the step's graph
 * @returns       "layer3.weight" where a parameter has overflowed, "layer3" where a layer's output has, else "loss"
 */
export function layerOfDivergence(engine: Engine, network: Network, layers: readonly Tensor[]): string {
  for (const parameter of network.parameters) {
    if (!parameter.variable.get().every(Number.isFinite)) return parameter.name;
  }
  const program = compile(engine, { outputs: layers });
  program.compute();
  const first = layers.findIndex((layer) => !program.read(layer).every(Number.isFinite));
  return first < 0 ? "loss" : `layer${first + 1}`;
}
