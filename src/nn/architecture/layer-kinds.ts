/**
 * What there is to know about each kind of layer, one row a kind: the rules of its fields, how many inputs it reads, the shape
 * it gives, and the shapes of what it learns. Adding a kind is adding its interface and its row.
 */

import type { Shape } from "../../base/index.ts";
import { formatShape, InputError, ShapeError, sameShape, sizeOf } from "../../base/index.ts";
import { activationNames } from "../activation-layer.ts";
import type { Rule } from "./field-rules.ts";
import { flag, integer, list, mostWidth, oneOf, pair, rate, width } from "./field-rules.ts";
import type { FieldsOf, Layer, LayerKind, LayerOf, Pair } from "./layers.ts";

/** How many trained numbers a layer has, by role. */
export interface LearnedCounts {
  readonly weights: number;
  readonly biases: number;
  /** Scales and shifts. */
  readonly batchNorm: number;
  /** Slopes and thresholds of activations. */
  readonly activation: number;
}

interface Row<K extends LayerKind> {
  readonly fields: { readonly [F in keyof FieldsOf<K>]-?: Rule<FieldsOf<K>[F]> };
  /** Fewest and most inputs. */
  readonly inputs: Pair;
  /** Shape of the output. `where` names the layer in messages. */
  readonly shape: (where: string, layer: LayerOf<K>, inputs: readonly Shape[]) => Shape;
  /** Shape of the weight, [O, I / groups, h, w] or [O, I]; absent where there is none. */
  readonly weight?: (layer: LayerOf<K>, input: Shape) => Shape;
  /** Trained numbers besides the weight. */
  readonly others?: (layer: LayerOf<K>, input: Shape) => Partial<LearnedCounts>;
}

/** Sides of images, kernels, strides and paddings. */
const mostSide = 4096;
/** Inputs of one addition or concatenation. */
const mostInputs = 1024;

const one: Pair = [1, 1];
const several: Pair = [2, mostInputs];
const side = pair(1, mostSide);
const border = pair(0, mostSide);
const window = { kernel: side, stride: side, padding: border };

/** Kinds in the order of the documentation. */
export const layerTable: { readonly [K in LayerKind]: Row<K> } = {
  convolution: {
    fields: { outChannels: width, ...window, groups: integer(1, mostWidth), bias: flag },
    inputs: one,
    shape: (where, layer, [input]) => {
      const [channels] = image(where, input);
      if (channels % layer.groups !== 0 || layer.outChannels % layer.groups !== 0) {
        throw new ShapeError(
          `${where}: groups must divide the channels in and out, got ${layer.groups} groups for ${channels} in and ` +
            `${layer.outChannels} out; a depthwise convolution has as many groups as channels in`,
        );
      }
      return [layer.outChannels, ...slide(where, layer, input)];
    },
    weight: ({ outChannels, kernel, groups }, [channels]) => [outChannels, channels / groups, ...kernel],
    others: ({ bias, outChannels }) => ({ biases: bias ? outChannels : 0 }),
  },
  linear: {
    fields: { outFeatures: width, bias: flag },
    inputs: one,
    shape: (where, { outFeatures }, [input]) => {
      if (input.length !== 1) {
        throw new ShapeError(`${where}: must read features [F], got ${formatShape(input)}; put a flatten before it`);
      }
      return [outFeatures];
    },
    weight: ({ outFeatures }, [features]) => [outFeatures, features],
    others: ({ bias, outFeatures }) => ({ biases: bias ? outFeatures : 0 }),
  },
  batchNorm: {
    fields: {},
    inputs: one,
    shape: same,
    others: (_, [channels]) => ({ batchNorm: 2 * channels }),
  },
  activation: {
    fields: { function: oneOf(activationNames) },
    inputs: one,
    shape: same,
    others: (layer, [channels]) => {
      if (layer.function === "prelu") return { activation: 1 };
      return { activation: layer.function === "srelu" ? 4 * channels : 0 };
    },
  },
  maxPool: { fields: window, inputs: one, shape: pool },
  averagePool: { fields: window, inputs: one, shape: pool },
  globalAveragePool: { fields: {}, inputs: one, shape: (where, _, [input]) => [image(where, input)[0], 1, 1] },
  flatten: { fields: {}, inputs: one, shape: (_where, _layer, [input]) => [sizeOf(input)] },
  add: {
    fields: {},
    inputs: several,
    shape: (where, layer, inputs) => {
      const odd = inputs.findIndex((input) => !sameShape(input, inputs[0]));
      if (odd > 0) {
        throw new ShapeError(
          `${where}: adds shapes that differ, ${described(layer, inputs, 0)} and ${described(layer, inputs, odd)}; ` +
            "bring one to the other's shape, by a 1 × 1 convolution say",
        );
      }
      return inputs[0];
    },
  },
  concatenate: {
    fields: {},
    inputs: several,
    shape: (where, layer, inputs) => {
      const odd = inputs.findIndex((input) => !sameShape(input.slice(1), inputs[0].slice(1)));
      if (odd > 0) {
        throw new ShapeError(
          `${where}: concatenates channels of images that differ in size, ${described(layer, inputs, 0)} and ` +
            described(layer, inputs, odd),
        );
      }
      return [inputs.reduce((total, input) => total + input[0], 0), ...inputs[0].slice(1)];
    },
  },
  zeroPad: {
    fields: { padding: list(integer(0, mostSide), 4, 4) as Rule<readonly [number, number, number, number]> },
    inputs: one,
    shape: (where, { padding: [top, left, bottom, right] }, [input]) => {
      const [channels, height, wide] = image(where, input);
      return [channels, height + top + bottom, wide + left + right];
    },
  },
  upsample: {
    fields: { factor: side },
    inputs: one,
    shape: (where, { factor }, [input]) => {
      const [channels, height, wide] = image(where, input);
      return [channels, height * factor[0], wide * factor[1]];
    },
  },
  dropout: { fields: { rate }, inputs: one, shape: same },
};

/** Every kind of layer. */
export const layerKinds = Object.keys(layerTable) as readonly LayerKind[];

/** The row of a layer, with its functions as they take any layer. */
export function rowOf(layer: Layer): Row<LayerKind> {
  return layerTable[layer.kind] as Row<LayerKind>;
}

/** Shape of a layer's weight, [O, I / groups, h, w] or [O, I]; undefined where the kind has none. */
export function weightShape(layer: Layer, input: Shape): Shape | undefined {
  return rowOf(layer).weight?.(layer, input);
}

/** How messages name a layer. */
export function layerCalled(architecture: { readonly name: string }, layer: Layer): string {
  return `${architecture.name}: layer "${layer.name}"`;
}

function same(_where: string, _layer: Layer, [input]: readonly Shape[]): Shape {
  return input;
}

function image(where: string, input: Shape): Shape {
  if (input.length === 3) return input;
  throw new ShapeError(`${where}: must read an image [C, H, W], got ${formatShape(input)}`);
}

function described(layer: Layer, inputs: readonly Shape[], index: number): string {
  return `${formatShape(inputs[index])} of "${layer.inputs[index]}"`;
}

function pool(where: string, layer: LayerOf<"maxPool" | "averagePool">, [input]: readonly Shape[]): Shape {
  const { kernel, padding } = layer;
  if (2 * padding[0] > kernel[0] || 2 * padding[1] > kernel[1]) {
    throw new InputError(
      `${where}: padding must be at most half the kernel, got padding ${formatShape(padding)} and kernel ${formatShape(kernel)}`,
    );
  }
  return [image(where, input)[0], ...slide(where, layer, input)];
}

/** Height and width of what a sliding window gives. */
function slide(where: string, layer: LayerOf<"convolution" | "maxPool" | "averagePool">, input: Shape): Shape {
  const { kernel, stride, padding } = layer;
  const padded = [0, 1].map((axis) => input[axis + 1] + 2 * padding[axis]);
  if (kernel[0] > padded[0] || kernel[1] > padded[1]) {
    throw new ShapeError(
      `${where}: the kernel ${formatShape(kernel)} is larger than the padded image ${formatShape(padded)}; ` +
        "pool less before it, pad more, or give larger images",
    );
  }
  return [0, 1].map((axis) => Math.floor((padded[axis] - kernel[axis]) / stride[axis]) + 1);
}
