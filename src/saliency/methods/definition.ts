/** What a method is: a row of the table. */

import type { Network } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { Composite } from "../backward/relevance-rules.ts";
import type { Planes, Reduction } from "../maps/planes.ts";
import type { Upsampling } from "../maps/upsample.ts";
import type { Batch, Probe, ProbeOptions } from "../probe.ts";

/** Every option of every method; a method takes those its row of the table names. */
export interface MethodOptions {
  /** How channels of the input become one. Of methods whose map has the input's channels. */
  readonly reduction: Reduction;
  /** Steps of the path of integrated gradients, ≥ 1. */
  readonly steps: number;
  readonly quadrature: "gauss-legendre" | "midpoint" | "trapezoid" | "right";
  /** Where the path begins: one number for all features, or an image. */
  readonly baseline: number | ArrayLike<number>;
  /** Noisy copies of each image, ≥ 1; not used where `noises` are given. */
  readonly samples: number;
  /** Standard deviation of the noise as a share of each image's range. */
  readonly spread: number;
  /** Standard deviation of the noise in the input's units, in place of `spread`. */
  readonly deviation: number | undefined;
  /** The noise itself: each added to every image, [features]. */
  readonly noises: readonly ArrayLike<number>[] | undefined;
  /** Names the noise: image number i of the call draws from stream (seed, i). */
  readonly seed: number;
  /** What activation times signal must exceed: ≥ 0. */
  readonly threshold: number;
  /** The same as a percentile per layer and example in [0, 100], linear interpolation, in place of `threshold`. */
  readonly percentile: number | undefined;
  /** Whether what arrives at convolutions that keep the size loses its border of one pixel. */
  readonly padding: boolean;
  /** Whether maximum pools share in proportion to activations. */
  readonly proportional: boolean;
  /** Whether the map is multiplied by the input. */
  readonly timesInput: boolean;
  readonly epsilon: number;
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  /** Whether biases take part. */
  readonly bias: boolean;
  /** Least and greatest value of the input. */
  readonly low: number;
  readonly high: number;
  readonly composite: Composite | undefined;
  /** The layer whose activations are used; default the last activation that is an image. */
  readonly layer: string | undefined;
  /** Whether max(A, 0) is weighed in place of A: for a layer in front of its ReLU. */
  readonly rectifyActivations: boolean;
  /** Whether negative values of the map become 0. */
  readonly rectifyMap: boolean;
  /** How a layer's map becomes as large as the input, or "none". */
  readonly upsampling: Upsampling | "none";
}
export type OptionName = keyof MethodOptions;

/** Maps of a batch, and where the method promises a sum, what it says of it. */
export interface MethodMaps {
  readonly maps: Planes;
  readonly completeness?: Completeness;
}

/** Whether the terms of each map sum to what they explain. */
export interface Completeness {
  /** [count]: sums of all terms. */
  readonly sums: Float64Array;
  /** [count]: what they explain: the logit, or its difference from the baseline's. */
  readonly expected: Float64Array;
}

/** What a method is made with. */
export interface MethodSite {
  readonly engine: Engine;
  readonly network: Network;
  readonly options: MethodOptions;
  probe(options: ProbeOptions): Probe;
}

/** A batch, and the numbers of its images in the call, which name their noise. */
export interface NumberedBatch extends Batch {
  readonly first: number;
}

export interface MethodDefinition {
  /** What it computes, and whose it is. */
  readonly source: string;
  /** The options it takes, with their defaults. */
  readonly options: Partial<MethodOptions>;
  /** The method that keeps the signs which this one gives up: what a verdict stands beside. */
  readonly signed?: string;
  /** Programs and all that outlives a batch; the result is called once per batch. */
  readonly make: (site: MethodSite) => (batch: NumberedBatch) => MethodMaps;
}
