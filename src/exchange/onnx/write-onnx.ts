/**
 * A network as an ONNX model: a value per layer, parameters under PyTorch's names, the batch an axis of any length.
 *
 *     input     float32 [batch, C, H, W] or [batch, F]
 *     output    float32, what the last layer gives, the batch first
 *
 * Numbers are rounded to float32. A sparse weight is written in full, zeros included, which every runtime reads and gzip takes
 * away; or as a sparse initializer, 12 bytes an active weight, which runtimes are free to refuse.
 */

import { InputError, type Shape, sizeOf } from "../../base/index.ts";
import type { Normalisation } from "../../infer/index.ts";
import { inputName, type Layer, shapesOf, weightLayers } from "../../nn/index.ts";
import { denseWeight, type NetworkValues } from "../../train/index.ts";
import { type InferenceOptions, inferenceNetwork } from "../inference-network.ts";
import { singlePrecision } from "../single-precision.ts";
import { encodeOnnxModel, type OnnxModel, type OnnxNode, type OnnxSparseTensor, type OnnxTensor } from "./messages.ts";
import { layerWriters, type Site } from "./operators.ts";

export interface OnnxOptions extends InferenceOptions {
  /** Sparse weights as sparse initializers. onnxruntime reads them, and makes them dense. Default false. */
  readonly sparseInitializers?: boolean;
  /** Texts that the model carries beside its architecture. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Of the input, before the first layer: (x - mean) / deviation. */
  readonly normalisation?: Normalisation;
  /** What wrote it. Default "gradientflow", without a version. */
  readonly producer?: { readonly name: string; readonly version: string };
}

/** Protocol Buffers allow no message beyond 2 GiB. */
const mostBytes = 2 ** 31 - 1;

/**
 * The bytes of a network's `.onnx` file.
 *
 * @param values  what to write; its batch norms are folded unless `fold` is false, its dropout is left out
 * @throws InputError  where a number is not finite in float32, or the file would be beyond 2 GiB
 */
export function encodeOnnx(values: NetworkValues, options: OnnxOptions = {}): Uint8Array {
  return encodeOnnxModel(onnxModel(values, options));
}

/** The same as a plain object, before it is written down. */
export function onnxModel(values: NetworkValues, options: OnnxOptions = {}): OnnxModel {
  const { sparseInitializers = false, metadata = {}, producer = { name: "gradientflow", version: "" } } = options;
  const network = inferenceNetwork(values, options);
  const { architecture } = network;
  const { layers } = architecture;
  const shapes = shapesOf(architecture);
  checkSize(network, sparseInitializers);
  const writer = new GraphWriter(network, shapes, sparseInitializers);
  const input = { name: writer.valueOf(inputName), shape: ["batch", ...architecture.input] };
  if (options.normalisation !== undefined) writer.normalise(options.normalisation);
  for (const layer of layers) writer.write(layer);
  const last = layers[layers.length - 1].name;
  return {
    name: architecture.name,
    producer,
    inputs: [input],
    outputs: [{ name: writer.valueOf(last), shape: ["batch", ...(shapes.get(last) as Shape)] }],
    nodes: writer.nodes,
    tensors: writer.tensors,
    sparseTensors: writer.sparseTensors,
    metadata: new Map([["architecture", JSON.stringify(values.architecture)], ...Object.entries(metadata)]),
  };
}

/** Before memory is taken: weights in full may be many times as large as what is active. */
function checkSize({ architecture, tensors, masks }: NetworkValues, sparse: boolean): void {
  const shapes = new Map(weightLayers(architecture).map(({ name, shape }) => [name, shape]));
  let bytes = 0;
  for (const [name, { values }] of tensors) {
    const layer = name.slice(0, -".weight".length);
    const masked = name.endsWith(".weight") && masks.has(layer);
    if (!masked) bytes += 4 * values.length;
    else bytes += sparse ? 12 * values.length : 4 * sizeOf(shapes.get(layer) as Shape);
  }
  if (bytes <= mostBytes) return;
  const cure = sparse || masks.size === 0 ? "compress the network first" : "write sparse initializers, or a bundle";
  throw new InputError(
    `encodeOnnx: ${architecture.name}: an ONNX file holds 2 GiB at most, its numbers take ${bytes} bytes; ${cure}`,
  );
}

/** Collects nodes and numbers; every value has a name of its own, parameters have theirs first. */
class GraphWriter {
  readonly nodes: OnnxNode[] = [];
  readonly tensors: OnnxTensor[] = [];
  readonly sparseTensors: OnnxSparseTensor[] = [];
  readonly #network: NetworkValues;
  readonly #shapes: ReadonlyMap<string, Shape>;
  readonly #sparse: boolean;
  readonly #taken: Set<string>;
  /** The value of the input and of each layer. */
  readonly #values = new Map<string, string>();

  constructor(network: NetworkValues, shapes: ReadonlyMap<string, Shape>, sparse: boolean) {
    this.#network = network;
    this.#shapes = shapes;
    this.#sparse = sparse;
    this.#taken = new Set(network.tensors.keys());
    const { layers } = network.architecture;
    this.#values.set(inputName, this.#unique(inputName));
    this.#values.set(layers[layers.length - 1].name, this.#unique("output"));
  }

  valueOf(layer: string): string {
    return this.#values.get(layer) as string;
  }

  /** Puts the normalisation between the input and the layers that read it. */
  normalise({ mean, deviation }: Normalisation): void {
    const shape = (numbers: readonly number[]) => [
      numbers.length,
      ...this.#network.architecture.input.slice(1).map(() => 1),
    ];
    const step = (operator: string, part: string, numbers: readonly number[]) => {
      const constant = { name: this.#unique(`${inputName}.${part}`), shape: shape(numbers) };
      this.tensors.push({ ...constant, values: singlePrecision(constant.name, Float64Array.from(numbers)) });
      const output = this.#unique(`${inputName}/${operator.toLowerCase()}`);
      this.nodes.push({
        operator,
        name: output,
        inputs: [this.valueOf(inputName), constant.name],
        output,
        attributes: [],
      });
      this.#values.set(inputName, output);
    };
    step("Sub", "mean", mean);
    step("Div", "deviation", deviation);
  }

  write(layer: Layer): void {
    const { name } = layer;
    if (!this.#values.has(name)) this.#values.set(name, this.#unique(name));
    const site: Site = {
      name,
      inputs: layer.inputs.map((input) => this.valueOf(input)),
      inputShape: this.#shapes.get(layer.inputs[0]) as Shape,
      node: (operator, inputs, { attributes = [], part } = {}) => {
        const output = part === undefined ? this.valueOf(name) : this.#unique(`${name}/${part}`);
        this.nodes.push({ operator, name: part === undefined ? name : output, inputs, output, attributes });
        return output;
      },
      parameter: (part) => this.#parameter(layer, part),
      constant: (part, shape, values) => {
        const tensor = { name: this.#unique(`${name}.${part}`), shape, values };
        this.tensors.push(tensor);
        return tensor.name;
      },
      numbers: (part) => this.#numbers(`${name}.${part}`),
    };
    const write = layerWriters[layer.kind] as (layer: Layer, site: Site) => void;
    write(layer, site);
  }

  #parameter(layer: Layer, part: string): string {
    const name = `${layer.name}.${part}`;
    const mask = part === "weight" ? this.#network.masks.get(layer.name) : undefined;
    const dense = mask === undefined ? this.#network.tensors.get(name) : denseWeight(this.#network, layer.name);
    const shape = dense?.shape as Shape;
    if (mask === undefined || !this.#sparse) {
      this.tensors.push({ name, shape, values: singlePrecision(name, dense?.values as Float32Array) });
      return name;
    }
    const { fanIn, fanOut, rowPointers, columnIndices } = mask;
    const places = new BigInt64Array(columnIndices.length);
    for (let row = 0; row < fanOut; row++) {
      for (let k = rowPointers[row]; k < rowPointers[row + 1]; k++) places[k] = BigInt(row * fanIn + columnIndices[k]);
    }
    this.sparseTensors.push({ name, shape, values: this.#numbers(name), places });
    return name;
  }

  #numbers(name: string): Float32Array {
    return singlePrecision(name, this.#network.tensors.get(name)?.values as Float32Array);
  }

  /** A name that no parameter and no other value has. */
  #unique(wanted: string): string {
    let name = wanted;
    for (let k = 1; this.#taken.has(name); k++) name = `${wanted}_${k}`;
    this.#taken.add(name);
    return name;
  }
}
