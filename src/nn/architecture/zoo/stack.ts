/** Writes the layers of an architecture one upon another: each reads the one before it unless told otherwise. */

import type { ActivationName } from "../../activation-layer.ts";
import { activationNames } from "../../activation-layer.ts";
import { flag, imageShape, oneOf, optional, positive, rate, width } from "../field-rules.ts";
import type { Architecture, Layer, Pair } from "../layers.ts";
import { inputName } from "../layers.ts";
import { widen } from "../widen.ts";

/** What every convolutional architecture can be told. */
export const imageOptions = {
  /** [C, H, W] */
  input: imageShape,
  classes: width,
  /** Of all hidden units. Default "relu". */
  activation: optional(oneOf(activationNames), "relu"),
};

/** Factor of every hidden width, by `widen`. Default 1. */
export const widthOption = optional(positive, 1);
/** Batch norm after each convolution. Default false. */
export const batchNormOption = optional(flag, false);
/** Probability of dropping a hidden unit of the linear layers in training. Default 0. */
export const dropoutOption = optional(rate, 0);

interface Window {
  /** One number stands for both directions. */
  readonly kernel: number | Pair;
  /** Default 1 for convolutions, the kernel for pools. */
  readonly stride?: number | Pair;
  /** Default 0. */
  readonly padding?: number | Pair;
}

const both = (size: number | Pair): Pair => (typeof size === "number" ? [size, size] : size);

/** Layers in the making. Every method returns the name of the layer it adds. */
export class Stack {
  readonly #layers: Layer[] = [];
  /** The layer that the next one reads. */
  top: string = inputName;

  #push(layer: Layer): string {
    this.#layers.push(layer);
    this.top = layer.name;
    return layer.name;
  }

  convolution(
    name: string,
    outChannels: number,
    { kernel, stride = 1, padding = 0, groups = 1, bias = true }: Window & { groups?: number; bias?: boolean },
    from: string = this.top,
  ): string {
    const window = { kernel: both(kernel), stride: both(stride), padding: both(padding) };
    return this.#push({ kind: "convolution", name, inputs: [from], outChannels, ...window, groups, bias });
  }

  linear(name: string, outFeatures: number, bias = true): string {
    return this.#push({ kind: "linear", name, inputs: [this.top], outFeatures, bias });
  }

  activation(name: string, activation: ActivationName): string {
    return this.#push({ kind: "activation", name, inputs: [this.top], function: activation });
  }

  maxPool(name: string, { kernel, stride = kernel, padding = 0 }: Window): string {
    const window = { kernel: both(kernel), stride: both(stride), padding: both(padding) };
    return this.#push({ kind: "maxPool", name, inputs: [this.top], ...window });
  }

  batchNorm(name: string): string {
    return this.#push({ kind: "batchNorm", name, inputs: [this.top] });
  }

  globalAveragePool(name: string): string {
    return this.#push({ kind: "globalAveragePool", name, inputs: [this.top] });
  }

  flatten(name = "flatten"): string {
    return this.#push({ kind: "flatten", name, inputs: [this.top] });
  }

  /** Adds a skip to the main path, by default what was made last. */
  add(name: string, skip: string, main: string = this.top): string {
    return this.#push({ kind: "add", name, inputs: [main, skip] });
  }

  /** None where the rate is 0. */
  dropout(name: string, rate: number): string {
    return rate === 0 ? this.top : this.#push({ kind: "dropout", name, inputs: [this.top], rate });
  }

  /** The architecture, its hidden widths times a factor. */
  done(name: string, input: readonly number[], factor = 1): Architecture {
    const architecture = { name, input: [...input], layers: this.#layers };
    return widen(architecture, factor);
  }
}
