/**
 * A network in the operations of tfjs-core, as its users write it: channels last, bias and activation fused into the product
 * before them where tfjs can, weights in full with their zeros, since it has no sparse products.
 */

import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { type Shape, sizeOf } from "../src/base/index.ts";
import { inferenceNetwork } from "../src/exchange/index.ts";
import { inputName, type Layer, type Pair, shapesOf } from "../src/nn/index.ts";
import { denseWeight, type NetworkValues } from "../src/train/index.ts";

/** Starts the WebAssembly back end with SIMD on one thread. @param folder  of its `.wasm` files */
export async function openTfjs(folder: string): Promise<void> {
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  setWasmPaths(folder);
  if (!(await tf.setBackend("wasm"))) throw new Error("tfjs: the wasm back end did not start");
}

type Step = (values: Map<string, tf.Tensor>) => tf.Tensor;

/** What runs a network on a batch of examples, channels first, and gives its outputs, [batch, outputs]. */
export function tfjsNetwork(given: NetworkValues, inputs: Float32Array, batch: number): () => Float32Array {
  const network = inferenceNetwork(given);
  const { input, layers } = network.architecture;
  const shapes = shapesOf(network.architecture);
  const steps = new Map<string, Step>();
  for (const layer of layers) steps.set(layer.name, stepOf(network, layer, shapes));
  // An activation that alone reads a product is done with it.
  const fused = new Map<string, string>();
  for (const layer of layers) {
    if (layer.kind !== "activation" || layer.function !== "relu") continue;
    const [read] = layer.inputs;
    const before = layers.find(({ name }) => name === read);
    const readers = layers.filter((one) => one.inputs.includes(read));
    if (before === undefined || readers.length > 1 || !/^(convolution|linear)$/.test(before.kind)) continue;
    fused.set(layer.name, read);
    steps.set(read, stepOf(network, before, shapes, "relu"));
  }
  const last = layers[layers.length - 1].name;
  const ordered = channelsLast(inputs, [batch, ...input]);
  const shape = input.length === 3 ? [batch, input[1], input[2], input[0]] : [batch, ...input];
  return () =>
    tf.tidy(() => {
      const values = new Map<string, tf.Tensor>([[inputName, tf.tensor(ordered, shape)]]);
      for (const { name } of layers) {
        const read = fused.get(name);
        values.set(name, read === undefined ? (steps.get(name) as Step)(values) : (values.get(read) as tf.Tensor));
      }
      return (values.get(last) as tf.Tensor).dataSync() as Float32Array;
    });
}

function stepOf(network: NetworkValues, layer: Layer, shapes: ReadonlyMap<string, Shape>, activation?: "relu"): Step {
  const [read] = layer.inputs;
  const of = (values: Map<string, tf.Tensor>) => values.get(read) as tf.Tensor;
  switch (layer.kind) {
    case "convolution": {
      const { shape, values } = denseWeight(network, layer.name);
      // [O, I, h, w] to [h, w, I, O].
      const filter = tf.keep(tf.transpose(tf.tensor4d(Float32Array.from(values), shape as Four), [2, 3, 1, 0]));
      const bias = biasOf(network, layer);
      const { stride, padding, groups } = layer;
      if (groups !== 1) throw new Error(`tfjs: "${layer.name}" has groups`);
      return (x) =>
        tf.fused.conv2d({
          x: of(x) as tf.Tensor4D,
          filter,
          strides: [...stride],
          pad: around(padding),
          bias,
          activation,
          dimRoundingMode: "floor",
        });
    }
    case "linear": {
      const flat = network.architecture.layers.find(({ name }) => name === read);
      const before = flat?.kind === "flatten" ? (shapes.get(flat.inputs[0]) as Shape) : [];
      const { shape, values } = denseWeight(network, layer.name);
      // [O, I] to [I, O], as tfjs's own layers hold it.
      const rows = tf.tensor2d(
        channelsLast(Float32Array.from(values), [shape[0], ...before]),
        shape as [number, number],
      );
      const b = tf.keep(tf.transpose(rows));
      const bias = biasOf(network, layer);
      return (x) => tf.fused.matMul({ a: of(x), b, bias, activation });
    }
    case "activation":
      if (layer.function !== "relu") break;
      return (x) => tf.relu(of(x));
    case "maxPool":
      return (x) =>
        tf.maxPool(of(x) as tf.Tensor4D, [...layer.kernel], [...layer.stride], around(layer.padding), "floor");
    case "globalAveragePool":
      return (x) => tf.mean(of(x), [1, 2], true);
    case "flatten":
      return (x) => tf.reshape(of(x), [of(x).shape[0], -1]);
    case "add":
      return (x) => tf.addN(layer.inputs.map((name) => x.get(name) as tf.Tensor));
  }
  throw new Error(`tfjs: layers of kind ${layer.kind} are not written here`);
}

type Four = [number, number, number, number];

/** Padding of the batch, rows, columns and channels. */
function around([y, x]: Pair): number | [Margins, Margins, Margins, Margins] {
  const none: Margins = [0, 0];
  return y === 0 && x === 0 ? 0 : [none, [y, y], [x, x], none];
}

type Margins = [number, number];

function biasOf({ tensors }: NetworkValues, { name }: Layer): tf.Tensor | undefined {
  const bias = tensors.get(`${name}.bias`);
  return bias === undefined ? undefined : tf.keep(tf.tensor1d(Float32Array.from(bias.values)));
}

/** [N, C, H, W] to [N, H, W, C]; what is no image stays. */
function channelsLast(values: Float32Array, [count, channels, ...pixels]: Shape): Float32Array {
  if (pixels.length !== 2) return values;
  const size = sizeOf(pixels);
  const out = new Float32Array(values.length);
  for (let n = 0; n < count; n++) {
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < size; p++) out[(n * size + p) * channels + c] = values[(n * channels + c) * size + p];
    }
  }
  return out;
}
