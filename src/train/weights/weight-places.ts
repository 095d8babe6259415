/**
 * Where a network keeps its numbers, under the names and shapes that PyTorch gives them: [O, I / groups, h, w] and [O, I]
 * even where the weight is sparse. A network's own names are PyTorch's already, but for the slope of a PReLU, which there is
 * a weight of one number.
 */

import type { Shape } from "../../base/index.ts";
import type { Network } from "../../nn/index.ts";
import type { SparsePattern, Variable } from "../../tensor/index.ts";
import { type NamedTensor, namedVariables, networkTensors } from "../checkpoint/network-tensors.ts";

export interface WeightPlace {
  /** PyTorch's. */
  readonly name: string;
  /** The network's own. */
  readonly ownName: string;
  /** Of the whole array, zeros included. */
  readonly shape: Shape;
  readonly variable: Variable;
  /** Where the variable holds the active weights alone. */
  readonly pattern?: SparsePattern;
}

/** Every parameter and running statistic, in the network's order. @throws InputError where two have the same name */
export function weightPlaces(network: Network): WeightPlace[] {
  const shapes = new Map(network.weightLayers.map(({ weight, shape }) => [weight.name, shape]));
  const slopes = new Set(
    network.architecture.layers.flatMap((layer) =>
      layer.kind === "activation" && layer.function === "prelu" ? [`${layer.name}.slope`] : [],
    ),
  );
  return namedVariables(network).map(({ name, variable, pattern }): WeightPlace => {
    if (slopes.has(name)) return { name: name.replace(/slope$/, "weight"), ownName: name, shape: [1], variable };
    return { name, ownName: name, shape: shapes.get(name) ?? variable.shape, variable, pattern };
  });
}

/**
 * A network's numbers for PyTorch: dense arrays, sparse weights with their zeros, running statistics included.
 *
 * PyTorch counts the batches of a batch norm in `num_batches_tracked`, which there is no use for here; `load_state_dict` takes
 * it for 0 where it is missing, `strict=True` or not.
 *
 * @throws InputError  where two have the same name
 */
export function weightTensors(network: Network): Map<string, NamedTensor> {
  const own = networkTensors(network);
  return new Map(
    weightPlaces(network).map(({ name, ownName, shape }) => {
      const { values } = own.get(ownName) as NamedTensor;
      return [name, { shape, values }];
    }),
  );
}
