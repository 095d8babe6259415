/** What every network is to those who train and measure it, whatever its architecture. */

import type { Graph, Tensor, Update, Variable } from "../tensor/index.ts";
import type { LinearLayer } from "./linear-layer.ts";
import type { Parameter } from "./parameter.ts";

export interface ForwardOptions {
  /** "train" uses the batch's statistics and dropout; "eval" the running statistics and none. */
  readonly mode: "train" | "eval";
  /** int32 []: the step that dropout masks depend on; needed where there is dropout in training. */
  readonly dropoutStep?: Variable;
}

export interface ForwardResult {
  /** [classes, B] */
  readonly logits: Tensor;
  /** Input [I, B] and pre-activation [O, B] of each weight layer, in order: what a weight's gradient is the product of. */
  readonly layers: readonly { readonly input: Tensor; readonly output: Tensor }[];
  /** Output of each hidden activation, [F, B]. */
  readonly activations: readonly Tensor[];
  /** Changes of running statistics that belong to a training step. */
  readonly updates: readonly Update[];
}

export interface Network {
  readonly inputs: number;
  readonly outputs: number;
  readonly parameters: readonly Parameter[];
  /** Running statistics: part of a checkpoint, not trained. */
  readonly buffers: readonly Variable[];
  /** The weight layers, in order. */
  readonly linears: readonly LinearLayer[];
  forward(graph: Graph, x: Tensor, options: ForwardOptions): ForwardResult;
}
