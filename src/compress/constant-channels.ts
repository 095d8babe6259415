/**
 * Channels that are the same number at every pixel for every input, layer by layer, in evaluation: what dead filters with a
 * shift leave behind. A channel of zeros is one of them.
 *
 *     filter 0, bias b                    b, read further as a number
 *     batch norm of c                     scale (c - mean) / √(variance + 1e-5) + shift; of a scale of 0, its shift
 *     padded by zeros, c other than 0     not constant: c inside, 0 at the border
 */

import { exp, expMinus1, type Shape, sizeOf, tanh } from "../base/index.ts";
import { type Architecture, inputName, type Layer, type LayerOf, shapesOf } from "../nn/index.ts";
import type { NetworkValues } from "../train/index.ts";
import { tensorOf, type WeightRows, weightRows } from "./weight-rows.ts";

/** Of each output channel or feature of a layer: its constant, or NaN where it varies. */
export type Constants = ReadonlyMap<string, Float64Array>;

/** What `batchNormLayer` adds to the variance. */
const epsilon = 1e-5;

interface Site {
  readonly network: NetworkValues;
  readonly rows: ReadonlyMap<string, WeightRows>;
  /** Shape of what the layer reads first. */
  readonly input: Shape;
}

/** The constants of every layer's output, and of "input", which has none. */
export function constantChannels(network: NetworkValues): Constants {
  const { architecture } = network;
  const shapes = shapesOf(architecture);
  const rows = weightRows(network);
  const found = new Map<string, Float64Array>([[inputName, new Float64Array(architecture.input[0]).fill(Number.NaN)]]);
  for (const layer of architecture.layers) {
    const inputs = layer.inputs.map((name) => found.get(name) as Float64Array);
    const input = shapes.get(layer.inputs[0]) as Shape;
    found.set(layer.name, constantsOf(layer, inputs, { network, rows, input }));
  }
  return found;
}

function constantsOf(layer: Layer, inputs: readonly Float64Array[], site: Site): Float64Array {
  const [read] = inputs;
  switch (layer.kind) {
    case "convolution":
    case "linear":
      return weighted(layer, read, site);
    case "batchNorm":
      return normalised(layer, read, site.network);
    case "activation":
      return read.map(activationAt(layer, site.network));
    case "averagePool":
    case "zeroPad":
      return layer.padding.some((side) => side > 0) ? read.map(zeroOrVarying) : read;
    case "flatten": {
      const pixels = sizeOf(site.input.slice(1));
      return Float64Array.from({ length: read.length * pixels }, (_, at) => read[Math.floor(at / pixels)]);
    }
    case "add":
      return read.map((value, at) => inputs.slice(1).reduce((total, other) => total + other[at], value));
    case "concatenate":
      return Float64Array.from(inputs.flatMap((one) => [...one]));
    case "maxPool":
    case "globalAveragePool":
    case "upsample":
    case "dropout":
      return read;
    default:
      throw layer satisfies never;
  }
}

const zeroOrVarying = (value: number) => (value === 0 ? 0 : Number.NaN);

/** A row of weights gives a constant where all that varies is weighted by 0. */
function weighted(
  layer: LayerOf<"convolution" | "linear">,
  read: Float64Array,
  { network, rows, input }: Site,
): Float64Array {
  const { shape, visit } = rows.get(layer.name) as WeightRows;
  const [outs, perGroup] = shape;
  const field = sizeOf(shape.slice(2));
  const groups = layer.kind === "convolution" ? layer.groups : 1;
  const outsPerGroup = outs / groups;
  const seen = layer.kind === "convolution" && layer.padding.some((side) => side > 0) ? read.map(zeroOrVarying) : read;
  const bias = layer.bias ? tensorOf(network, `${layer.name}.bias`).values : new Float64Array(outs);
  if (input[0] !== read.length)
    throw new Error(`internal: constantChannels: ${layer.name} reads ${read.length} channels`);
  return Float64Array.from({ length: outs }, (_, row) => {
    const offset = Math.floor(row / outsPerGroup) * perGroup;
    let total = bias[row];
    visit(row, (column, value) => {
      if (value !== 0) total += value * seen[offset + Math.floor(column / field)];
    });
    return total;
  });
}

function normalised({ name }: LayerOf<"batchNorm">, read: Float64Array, network: NetworkValues): Float64Array {
  const [scale, shift, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map(
    (part) => tensorOf(network, `${name}.${part}`).values,
  );
  return read.map((value, at) =>
    scale[at] === 0 ? shift[at] : (scale[at] * (value - mean[at])) / Math.sqrt(variance[at] + epsilon) + shift[at],
  );
}

/** NaN stays NaN. */
function activationAt({ name, function: f }: LayerOf<"activation">, network: NetworkValues): (x: number) => number {
  switch (f) {
    case "relu":
      return (x) => Math.max(x, 0);
    case "prelu": {
      const [slope] = tensorOf(network, `${name}.weight`).values;
      return (x) => (x < 0 ? slope * x : x);
    }
    case "elu":
      return (x) => (x < 0 ? expMinus1(x) : x);
    case "swish":
      return (x) => x / (1 + exp(-x));
    case "sigmoid":
      return (x) => 1 / (1 + exp(-x));
    case "tanh":
      return tanh;
    case "srelu":
      // Its four numbers per channel are learned; a constant through it is rare and taken as varying.
      return () => Number.NaN;
    default:
      throw f satisfies never;
  }
}

/** Whether a layer sees a constant other than 0 as that constant everywhere: it has no border of zeros. */
export function seesConstants(layer: Layer): boolean {
  return layer.kind === "linear" || (layer.kind === "convolution" && layer.padding.every((side) => side === 0));
}

/** The layers that read each layer, by its name. */
export function readersOf({ layers }: Architecture): ReadonlyMap<string, readonly Layer[]> {
  const readers = new Map<string, Layer[]>();
  for (const layer of layers) {
    for (const name of new Set(layer.inputs)) readers.set(name, [...(readers.get(name) ?? []), layer]);
  }
  return readers;
}
