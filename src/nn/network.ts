/** What every network is to those who train and measure it, whatever its architecture. */

import type { Graph, Tensor, Update, Variable } from "../tensor/index.ts";
import type { Architecture } from "./architecture/layers.ts";
import type { Parameter } from "./parameter.ts";
import type { NetworkLayer } from "./weight-layer.ts";

export interface ForwardOptions {
  /** "train" uses the batch's statistics and dropout; "eval" the running statistics and none. */
  readonly mode: "train" | "eval";
  /** int32 []: the step that dropout masks depend on; needed where there is dropout in training. */
  readonly dropoutStep?: Variable;
}

export interface ForwardResult {
  /** [classes, B] */
  readonly logits: Tensor;
  /** Input and pre-activation of each weight layer, in order: what a weight's gradient is the product of. */
  readonly layers: readonly { readonly input: Tensor; readonly output: Tensor }[];
  /** Output of each activation, [F, B] or [C, H, W, B], and the number of the weight layer before it, from 1. */
  readonly activations: readonly { readonly layer: number; readonly value: Tensor }[];
  /** What each layer of the architecture gives, by its name. */
  readonly values: ReadonlyMap<string, Tensor>;
  /** Changes of running statistics that belong to a training step. */
  readonly updates: readonly Update[];
}

export interface Network {
  readonly architecture: Architecture;
  /** Features of an example. */
  readonly inputs: number;
  readonly outputs: number;
  readonly parameters: readonly Parameter[];
  /** Running statistics: part of a checkpoint, not trained. */
  readonly buffers: readonly Variable[];
  /** The layers with weights, in order. */
  readonly weightLayers: readonly NetworkLayer[];
  /** @param x  [features, B], or of the architecture's input shape over the batch */
  forward(graph: Graph, x: Tensor, options: ForwardOptions): ForwardResult;
}
