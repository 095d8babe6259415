/**
 * The backward pass with rules that can be swapped, layer by layer: what arrives at a layer's output, its signal, goes to its
 * inputs by the rule chosen for that layer.
 *
 * Rules work on layers and not on operations: a PReLU is made of ReLUs, and a folded batch norm is none of its own.
 */

import type { Architecture, ForwardResult, Layer } from "../../nn/index.ts";
import { inputName } from "../../nn/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { add, gradient, reshape, sliceChannels } from "../../tensor/index.ts";

/** A layer in a graph, and the signal that arrived at its output. */
export interface LayerSite {
  readonly layer: Layer;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  /** Of the output's shape. */
  readonly signal: Tensor;
}

/** The signals of a layer's inputs, each of its input's shape. */
export type LayerRule = (site: LayerSite) => readonly Tensor[];
/** The rule of each layer. */
export type RuleChoice = (layer: Layer) => LayerRule;

/** The ordinary backward rule: the transposed derivative. */
export const ordinary: LayerRule = ({ layer, inputs, output, signal }) => {
  // Where inputs depend on each other, as in a residual sum, a gradient with respect to one would run through the other.
  if (layer.kind === "add") return inputs.map(() => signal);
  if (layer.kind === "concatenate") {
    let begin = 0;
    return inputs.map((input) => {
      const end = begin + input.shape[0];
      const share = sliceChannels(signal, begin, end);
      begin = end;
      return share;
    });
  }
  return gradient(output, [inputs[0]], { cotangent: signal });
};

/**
 * Carries a signal from the logits to the input.
 *
 * @param seed  [classes, B]: the signal at the logits
 * @returns     the signal at each layer's output by its name, and at the network's input by "input"
 */
export function backwardPass(
  { layers }: Architecture,
  { values }: ForwardResult,
  seed: Tensor,
  ruleOf: RuleChoice,
): ReadonlyMap<string, Tensor> {
  const last = layers[layers.length - 1].name;
  const signals = new Map([[last, reshape(seed, (values.get(last) as Tensor).shape)]]);
  for (const layer of [...layers].reverse()) {
    const signal = signals.get(layer.name) as Tensor;
    const inputs = layer.inputs.map((name) => values.get(name) as Tensor);
    const shares = ruleOf(layer)({ layer, inputs, output: values.get(layer.name) as Tensor, signal });
    layer.inputs.forEach((name, place) => {
      const before = signals.get(name);
      signals.set(name, before === undefined ? shares[place] : add(before, shares[place]));
    });
  }
  if (!signals.has(inputName)) throw new Error("internal: no layer reads the input");
  return signals;
}
