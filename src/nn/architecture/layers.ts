/**
 * Architectures as data: a directed acyclic graph of named layers, plain enough to be written as JSON beside a checkpoint.
 *
 *     { name: "tiny", input: [1, 28, 28], layers: [
 *       { kind: "flatten", name: "flatten", inputs: ["input"] },
 *       { kind: "linear", name: "fc", inputs: ["flatten"], outFeatures: 10, bias: true } ] }
 *
 * Layers stand in topological order and name what they read; "input" is the network's input, the last layer its output.
 * Widths coming in are not written down: they follow from what is read, so that a width has one place (`shapesOf`).
 * Where PyTorch has the same module, its path is the name and its meaning and defaults hold.
 */

import type { ActivationName } from "../activation-layer.ts";

/** A network's description. */
export interface Architecture {
  /** What messages and reports call it. */
  readonly name: string;
  /** Shape of one example: [C, H, W], or [F]. */
  readonly input: readonly number[];
  /** In topological order; the last is the output, and each other one is read by a later one. */
  readonly layers: readonly Layer[];
}

/** The name that stands for the network's input among a layer's inputs. */
export const inputName = "input";

/** [vertical, horizontal]. */
export type Pair = readonly [number, number];

interface Named {
  /** Unique in its network; no "input". Parameters are called `name.weight`, `name.bias`. */
  readonly name: string;
  /** What it reads: names of earlier layers, or "input". */
  readonly inputs: readonly string[];
}

/** [C, H, W] to [outChannels, H', W'] with H' = floor((H + 2 padding - kernel) / stride) + 1; zeros outside the image. */
export interface Convolution extends Named {
  readonly kind: "convolution";
  readonly outChannels: number;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  /** Divides the channels in and out; as many groups as channels in make it depthwise. */
  readonly groups: number;
  readonly bias: boolean;
}

/** [F] to [outFeatures]. */
export interface Linear extends Named {
  readonly kind: "linear";
  readonly outFeatures: number;
  readonly bias: boolean;
}

/** Standardises each channel of [C, H, W], or each feature of [F], and learns a scale and a shift for it. */
export interface BatchNorm extends Named {
  readonly kind: "batchNorm";
}

/** Element by element; "prelu" learns one slope per layer, "srelu" four numbers per channel. */
export interface Activation extends Named {
  readonly kind: "activation";
  readonly function: ActivationName;
}

/** Maximum of each window; padding, at most half the kernel, never wins. */
export interface MaxPool extends Named {
  readonly kind: "maxPool";
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
}

/** Mean of each window, padded zeros included, as in PyTorch. */
export interface AveragePool extends Named {
  readonly kind: "averagePool";
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
}

/** Mean of each channel: [C, H, W] to [C, 1, 1]. */
export interface GlobalAveragePool extends Named {
  readonly kind: "globalAveragePool";
}

/** [C, H, W] to [C H W], channel by channel, row by row. */
export interface Flatten extends Named {
  readonly kind: "flatten";
}

/** Sum of two or more inputs of one shape. */
export interface Add extends Named {
  readonly kind: "add";
}

/** Channels of two or more images of one size, or features, one after another. */
export interface Concatenate extends Named {
  readonly kind: "concatenate";
}

/** Zeros around an image, where a convolution's own padding, the same on both sides, will not do. */
export interface ZeroPad extends Named {
  readonly kind: "zeroPad";
  /** [top, left, bottom, right]: ONNX's order. */
  readonly padding: readonly [number, number, number, number];
}

/** Repeats each pixel: nearest neighbours. */
export interface Upsample extends Named {
  readonly kind: "upsample";
  readonly factor: Pair;
}

/** Drops elements in training with a probability in [0, 1), and scales the rest by 1 / (1 - rate). */
export interface Dropout extends Named {
  readonly kind: "dropout";
  readonly rate: number;
}

export type Layer =
  | Convolution
  | Linear
  | BatchNorm
  | Activation
  | MaxPool
  | AveragePool
  | GlobalAveragePool
  | Flatten
  | Add
  | Concatenate
  | ZeroPad
  | Upsample
  | Dropout;

export type LayerKind = Layer["kind"];
/** The layer of a kind. */
export type LayerOf<K extends LayerKind> = Extract<Layer, { readonly kind: K }>;
/** What a kind has beside its kind, name and inputs. */
export type FieldsOf<K extends LayerKind> = Omit<LayerOf<K>, "kind" | "name" | "inputs">;
