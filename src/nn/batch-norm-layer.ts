/**
 * Batch normalisation over the batch, and over the pixels of images, with PyTorch's defaults: epsilon 1e-5, running statistics moved by 0.1 of the batch's,
 * the running variance unbiased; the learned scale starts at 1 and the shift at 0.
 */

import { InputError } from "../base/index.ts";
import type { Engine, Graph, Tensor, Update, Variable } from "../tensor/index.ts";
import {
  addRows,
  affineRows,
  batchMoments,
  movingAverage,
  negate,
  reciprocal,
  scaleRows,
  shift,
  squareRoot,
  standardize,
} from "../tensor/index.ts";
import type { Parameter } from "./parameter.ts";
import { filledParameter } from "./parameter.ts";

export interface BatchNormOptions {
  readonly features: number;
  /** Opens the names of its parameters: `name.weight`, its scale, and `name.bias`, its shift, as PyTorch calls them. */
  readonly name: string;
  /** The weight layer it belongs to, from 1. */
  readonly layer: number;
  /** Default 1e-5. */
  readonly epsilon?: number;
  /** Share of the batch's statistics in the running ones, per step. Default 0.1. */
  readonly rate?: number;
}

export interface BatchNormLayer {
  readonly parameters: readonly Parameter[];
  /** Running mean and variance, each [F]. */
  readonly buffers: readonly Variable[];
  /**
   * Train: standardises by the batch and returns the updates of the running statistics. Eval: uses the running ones.
   *
   * @param x  [F, B] or [F, H, W, B]; in training at least two numbers per feature
   */
  apply(
    graph: Graph,
    x: Tensor,
    mode: "train" | "eval",
  ): { readonly value: Tensor; readonly updates: readonly Update[] };
}

/** Makes a batch-norm layer. */
export function batchNormLayer(engine: Engine, options: BatchNormOptions): BatchNormLayer {
  const { features, name, layer, epsilon = 1e-5, rate = 0.1 } = options;
  const identity = (which: string) => ({ name: `${name}.${which}`, layer, role: "batch-norm" as const });
  const gamma = filledParameter(engine, identity("weight"), [features], 1);
  const beta = filledParameter(engine, identity("bias"), [features], 0);
  const runningMean = engine.variable(`${name}.running_mean`, [features]);
  const runningVariance = engine.variable(`${name}.running_var`, [features]);
  runningVariance.fill(1);

  const apply: BatchNormLayer["apply"] = (graph, x, mode) => {
    const factor = graph.read(gamma.variable);
    const offset = graph.read(beta.variable);
    if (mode === "eval") {
      const centred = addRows(x, negate(graph.read(runningMean)));
      const inverse = reciprocal(squareRoot(shift(graph.read(runningVariance), epsilon)));
      return { value: affineRows(scaleRows(centred, inverse), factor, offset), updates: [] };
    }
    const count = x.batch * x.pixels;
    if (count < 2) {
      throw new InputError(
        `layer "${name}": batch norm in training needs at least 2 examples in a batch, got ${x.batch}`,
      );
    }
    const moments = batchMoments(x);
    const unbiased = count / (count - 1);
    return {
      value: affineRows(standardize(x, { epsilon }), factor, offset),
      updates: [
        movingAverage(runningMean, moments, { rate }),
        movingAverage(runningVariance, moments, { rate, factor: unbiased, offset: features }),
      ],
    };
  };
  return { parameters: [gamma, beta], buffers: [runningMean, runningVariance], apply };
}
