/**
 * What relevance propagation needs of weights: their positive or negative part, their squares, ones in their place, with the
 * batch norm that follows folded in.
 *
 *     w' = s w,  b' = s (b - mean) + beta,  s = gamma / sqrt(variance + epsilon)
 *
 * Each form is a variable of its own of the weight's shape, dense or the values of a pattern, filled anew before a run, so that
 * programs follow the network's weights.
 */

import { sizeOf } from "../../base/index.ts";
import type { Architecture, Convolution, Linear, Network, NetworkLayer } from "../../nn/index.ts";
import type { Engine, Graph, Tensor, Variable } from "../../tensor/index.ts";
import { addRows, convolution, gradient, linear, sparseConvolution, sparseLinear } from "../../tensor/index.ts";

/** A name that says what the form does, and the form of one number. */
export interface Form {
  readonly name: string;
  readonly of: (value: number) => number;
}

export const plain: Form = { name: "plain", of: (value) => value };
export const positive: Form = { name: "positive", of: (value) => Math.max(value, 0) };
export const negative: Form = { name: "negative", of: (value) => Math.min(value, 0) };
export const ones: Form = { name: "ones", of: () => 1 };
export const squares: Form = { name: "squares", of: (value) => value * value };
export const none: Form = { name: "none", of: () => 0 };
/** w + gamma max(w, 0). */
export const favouring = (gamma: number): Form => ({
  name: `favouring ${gamma}`,
  of: (value) => value + gamma * Math.max(value, 0),
});
/** w + gamma min(w, 0). */
export const disfavouring = (gamma: number): Form => ({
  name: `disfavouring ${gamma}`,
  of: (value) => value + gamma * Math.min(value, 0),
});

type WeightLayer = Convolution | Linear;

/** The product of a weight layer with other weights than its own. */
export interface Product {
  /** W x + b. */
  forward(x: Tensor, bias: Form): Tensor;
  /** Wᵀ y. @param x  only for its shape */
  transposed(y: Tensor, x: Tensor): Tensor;
}

/** Scale and shift of the batch norm behind each weight layer that is read by nothing else. */
interface Folded {
  readonly scale: readonly number[] | Float64Array;
  readonly shift: readonly number[] | Float64Array;
}

/** What batch norm adds to the variance: `batchNormLayer`'s default. */
const batchNormEpsilon = 1e-5;

/** The numbers of a network by their names: parameters and running statistics. */
export function numbersByName({ parameters, buffers }: Network): (name: string) => Float64Array {
  const variables = new Map<string, Variable>();
  for (const { name, variable } of parameters) variables.set(name, variable);
  for (const buffer of buffers) variables.set(buffer.name, buffer);
  return (name) => (variables.get(name) as Variable).get();
}

/** A batch norm in evaluation as scale s and shift t: s x + t, each [C]. */
export function batchNormAffine(network: Network, name: string): { scale: Float64Array; shift: Float64Array } {
  const numbers = numbersByName(network);
  const [gamma, beta] = [numbers(`${name}.weight`), numbers(`${name}.bias`)];
  const [mean, variance] = [numbers(`${name}.running_mean`), numbers(`${name}.running_var`)];
  const scale = gamma.map((g, c) => g / Math.sqrt(variance[c] + batchNormEpsilon));
  return { scale, shift: beta.map((b, c) => b - scale[c] * mean[c]) };
}

/** The batch norm that reads each weight layer and is its only reader, by the weight layer's name. */
export function foldableNorms({ layers }: Architecture): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { kind, name } of layers) {
    if (kind !== "convolution" && kind !== "linear") continue;
    const readers = layers.filter(({ inputs }) => inputs.includes(name));
    if (readers.length === 1 && readers[0].kind === "batchNorm") found.set(name, readers[0].name);
  }
  return found;
}

/** The forms of a network's weights that rules have asked for. */
export class WeightForms {
  readonly #engine: Engine;
  readonly #network: Network;
  readonly #norms: ReadonlyMap<string, string>;
  readonly #layers: ReadonlyMap<string, NetworkLayer>;
  readonly #made = new Map<string, { readonly variable: Variable; readonly fill: () => void }>();

  constructor(engine: Engine, network: Network) {
    this.#engine = engine;
    this.#network = network;
    this.#norms = foldableNorms(network.architecture);
    this.#layers = new Map(network.weightLayers.map((layer) => [layer.name, layer]));
  }

  /** Computes every form from the network's present numbers. */
  refresh(): void {
    for (const { fill } of this.#made.values()) fill();
  }

  /** The product of a layer with weights of a form. */
  product(graph: Graph, layer: WeightLayer, form: Form): Product {
    const own = this.#layers.get(layer.name) as NetworkLayer;
    const { pattern } = own.weight;
    const weight = graph.read(this.#variable(layer.name, "weight", form));
    const apply = (x: Tensor): Tensor => {
      if (layer.kind === "linear") return pattern === undefined ? linear(weight, x) : sparseLinear(pattern, weight, x);
      return pattern === undefined ? convolution(weight, x, layer) : sparseConvolution(pattern, weight, x, layer);
    };
    return {
      forward: (x, bias) =>
        bias === none ? apply(x) : addRows(apply(x), graph.read(this.#variable(layer.name, "bias", bias))),
      transposed: (y, x) => gradient(apply(x), [x], { cotangent: y })[0],
    };
  }

  #variable(name: string, what: "weight" | "bias", form: Form): Variable {
    const key = `${name}.${what} ${form.name}`;
    let made = this.#made.get(key);
    if (made === undefined) {
      const { weight, shape } = this.#layers.get(name) as NetworkLayer;
      const variable = this.#engine.variable(key, what === "weight" ? weight.variable.shape : [shape[0]]);
      const fill = () => variable.set((what === "weight" ? this.#weights(name) : this.#bias(name)).map(form.of));
      fill();
      made = { variable, fill };
      this.#made.set(key, made);
    }
    return made.variable;
  }

  #folded(name: string): Folded | undefined {
    const norm = this.#norms.get(name);
    return norm === undefined ? undefined : batchNormAffine(this.#network, norm);
  }

  #weights(name: string): Float64Array {
    const { weight, shape } = this.#layers.get(name) as NetworkLayer;
    const values = weight.variable.get();
    const folded = this.#folded(name);
    if (folded === undefined) return values;
    const columns = sizeOf(shape.slice(1));
    for (let o = 0; o < shape[0]; o++) {
      const begin = weight.pattern === undefined ? o * columns : weight.pattern.csr.rowPointers[o];
      const end = weight.pattern === undefined ? begin + columns : weight.pattern.csr.rowPointers[o + 1];
      for (let i = begin; i < end; i++) values[i] *= folded.scale[o];
    }
    return values;
  }

  #bias(name: string): Float64Array {
    const { bias, shape } = this.#layers.get(name) as NetworkLayer;
    const values = bias?.variable.get() ?? new Float64Array(shape[0]);
    const folded = this.#folded(name);
    return folded === undefined ? values : values.map((b, o) => folded.scale[o] * b + folded.shift[o]);
  }
}
