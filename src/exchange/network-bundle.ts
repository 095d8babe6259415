/**
 * A network as a bundle for `gradientflow/infer`: dropout left out, batch norm folded or written as scale and shift, numbers
 * rounded to float32, and each weight in the form that takes fewer bytes, dense or compressed sparse rows.
 */

import { type Shape, sizeOf } from "../base/index.ts";
import type { Bundle, Operation, SparseWeight, Weight } from "../infer/index.ts";
import { type Activation, type BatchNorm, inputName, type Layer, shapesOf, weightLayers } from "../nn/index.ts";
import { denseWeight, type NetworkValues, type ValueTensor } from "../train/index.ts";
import { batchNormEpsilon, type InferenceOptions, inferenceNetwork } from "./inference-network.ts";
import { singlePrecision } from "./single-precision.ts";

export interface BundleOptions extends InferenceOptions, Pick<Bundle, "classNames" | "normalisation" | "metadata"> {
  /** "auto" takes the smaller form; "dense" writes zeros out, as for a comparison. Default "auto". */
  readonly weights?: "auto" | "dense";
}

/**
 * The bundle that computes what a network computes in evaluation mode.
 *
 * @throws InputError  where a number is not finite in float32
 */
export function networkBundle(values: NetworkValues, options: BundleOptions = {}): Bundle {
  const { weights = "auto", fold, ...described } = options;
  const network = inferenceNetwork(values, { fold });
  const { architecture } = network;
  const shapes = shapesOf(architecture);
  const writer = new OperationWriter(network, weights);
  const operations = architecture.layers.map((layer) => {
    const [features] = layer.inputs[0] === inputName ? architecture.input : (shapes.get(layer.inputs[0]) as Shape);
    return writer.operation(layer, features);
  });
  return { name: architecture.name, input: architecture.input, operations, ...described };
}

class OperationWriter {
  readonly #network: NetworkValues;
  readonly #weights: "auto" | "dense";
  readonly #shapes: ReadonlyMap<string, Shape>;

  constructor(network: NetworkValues, weights: "auto" | "dense") {
    this.#network = network;
    this.#weights = weights;
    this.#shapes = new Map(weightLayers(network.architecture).map(({ name, shape }) => [name, shape]));
  }

  /** @param features  channels or features that the layer reads */
  operation(layer: Layer, features: number): Operation {
    const { name, inputs } = layer;
    const common = { name, inputs };
    switch (layer.kind) {
      case "convolution": {
        const { kind, stride, padding, groups } = layer;
        return { ...common, kind, weight: this.#weight(name), ...this.#bias(layer), stride, padding, groups };
      }
      case "linear":
        return { ...common, kind: "linear", weight: this.#weight(name), ...this.#bias(layer) };
      case "batchNorm":
        return { ...common, kind: "scaleShift", ...this.#scaleShift(layer) };
      case "activation":
        return this.#activation(layer);
      case "dropout":
        // The one of a network without any other layer.
        return {
          ...common,
          kind: "scaleShift",
          scale: new Float32Array(features).fill(1),
          shift: new Float32Array(features),
        };
      default:
        return layer;
    }
  }

  #activation({ name, inputs, function: f }: Activation): Operation {
    const common = { kind: "activation", name, inputs } as const;
    switch (f) {
      case "elu":
        return { ...common, function: f, alpha: 1 };
      case "prelu":
        return { ...common, function: f, slope: this.#numbers(`${name}.weight`) };
      case "srelu":
        return {
          ...common,
          function: f,
          upperThreshold: this.#numbers(`${name}.upperThreshold`),
          upperSlope: this.#numbers(`${name}.upperSlope`),
          lowerThreshold: this.#numbers(`${name}.lowerThreshold`),
          lowerSlope: this.#numbers(`${name}.lowerSlope`),
        };
      default:
        return { ...common, function: f };
    }
  }

  #bias({ name, bias }: { readonly name: string; readonly bias: boolean }): { readonly bias?: Float32Array } {
    return bias ? { bias: this.#numbers(`${name}.bias`) } : {};
  }

  #scaleShift({ name }: BatchNorm): { readonly scale: Float32Array; readonly shift: Float32Array } {
    const [gamma, beta, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map(
      (part) => this.#tensor(`${name}.${part}`).values,
    );
    const scale = Float64Array.from(gamma, (factor, k) => factor / Math.sqrt(variance[k] + batchNormEpsilon));
    const shift = scale.map((factor, k) => beta[k] - mean[k] * factor);
    return { scale: singlePrecision(`${name}: scale`, scale), shift: singlePrecision(`${name}: shift`, shift) };
  }

  #weight(layer: string): Weight {
    const shape = this.#shapes.get(layer) as Shape;
    const values = this.#numbers(`${layer}.weight`);
    const active = values.reduce((count, value) => (value === 0 ? count : count + 1), 0);
    const size = sizeOf(shape);
    const width = size / shape[0];
    const index = width <= 2 ** 16 ? 2 : 4;
    if (this.#weights === "dense" || active * (4 + index) + 4 * (shape[0] + 1) >= 4 * size) {
      return { kind: "dense", shape, values: singlePrecision(layer, denseWeight(this.#network, layer).values) };
    }
    const columns = index === 2 ? new Uint16Array(active) : new Uint32Array(active);
    const mask = this.#network.masks.get(layer) ?? everyPlace(shape[0], width);
    return { kind: "sparse", shape, ...withoutZeros(mask, values, columns) };
  }

  #numbers(name: string): Float32Array {
    return singlePrecision(name, this.#tensor(name).values);
  }

  #tensor(name: string): ValueTensor {
    return this.#network.tensors.get(name) as ValueTensor;
  }
}

/** The rows of a mask without active weights that are 0. @param columns  as long as there are others; filled */
function withoutZeros(
  { fanOut, rowPointers, columnIndices }: Rows,
  values: Float32Array,
  columns: Uint16Array | Uint32Array,
): Pick<SparseWeight, "rowPointers" | "columns" | "values"> {
  const pointers = new Uint32Array(fanOut + 1);
  const kept = new Float32Array(columns.length);
  let k = 0;
  for (let row = 0; row < fanOut; row++) {
    for (let at = rowPointers[row]; at < rowPointers[row + 1]; at++) {
      if (values[at] === 0) continue;
      columns[k] = columnIndices[at];
      kept[k++] = values[at];
    }
    pointers[row + 1] = k;
  }
  return { rowPointers: pointers, columns, values: kept };
}

interface Rows {
  readonly fanOut: number;
  readonly rowPointers: ArrayLike<number>;
  readonly columnIndices: ArrayLike<number>;
}

/** A dense weight as rows. */
function everyPlace(fanOut: number, fanIn: number): Rows {
  return {
    fanOut,
    rowPointers: Float64Array.from({ length: fanOut + 1 }, (_, row) => row * fanIn),
    columnIndices: Uint32Array.from({ length: fanOut * fanIn }, (_, at) => at % fanIn),
  };
}
