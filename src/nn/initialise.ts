/**
 * Initial weights: a table of distributions, each a scale and a shape. The fan-in is given, not read off the weight: two nets
 * that are to be compared draw from one distribution per layer, whatever their nominal widths.
 */

import type { Rng } from "../base/index.ts";
import { InputError, unknownName } from "../base/index.ts";

export interface Fans {
  /** Inputs of a unit. */
  readonly fanIn: number;
  /** Outputs of a unit. */
  readonly fanOut: number;
}

interface Distribution {
  readonly kind: "normal" | "uniform";
  /** Variance as a function of the fans. */
  readonly variance: (fans: Fans) => number;
  readonly source: string;
}

/** The distributions by name. A uniform one spans ± sqrt(3 variance). */
export const initialDistributions = {
  "he-normal": { kind: "normal", variance: ({ fanIn }) => 2 / fanIn, source: "He et al. 2015, arXiv:1502.01852" },
  "he-uniform": { kind: "uniform", variance: ({ fanIn }) => 2 / fanIn, source: "He et al. 2015, arXiv:1502.01852" },
  "glorot-normal": {
    kind: "normal",
    variance: ({ fanIn, fanOut }) => 2 / (fanIn + fanOut),
    source: "Glorot, Bengio 2010",
  },
  "glorot-uniform": {
    kind: "uniform",
    variance: ({ fanIn, fanOut }) => 2 / (fanIn + fanOut),
    source: "Glorot, Bengio 2010",
  },
  "lecun-normal": { kind: "normal", variance: ({ fanIn }) => 1 / fanIn, source: "LeCun et al. 1998" },
  /** PyTorch's nn.Linear: uniform in ± 1 / sqrt(fanIn). */
  "torch-linear": { kind: "uniform", variance: ({ fanIn }) => 1 / (3 * fanIn), source: "PyTorch nn.Linear" },
} as const satisfies Record<string, Distribution>;

export type InitialDistribution = keyof typeof initialDistributions;

/**
 * Draws `count` weights.
 *
 * @param name   a row of `initialDistributions`
 * @param count  how many, ≥ 0
 * @param fans   of the distribution, both ≥ 1
 * @param rng    the layer's stream
 */
export function initialWeights(name: InitialDistribution, count: number, fans: Fans, rng: Rng): Float64Array {
  const known = Object.hasOwn(initialDistributions, name);
  const distribution: Distribution | undefined = known ? initialDistributions[name] : undefined;
  if (distribution === undefined) {
    throw unknownName("initialWeights", "initial distribution", name, Object.keys(initialDistributions));
  }
  if (!(fans.fanIn >= 1 && fans.fanOut >= 1)) {
    throw new InputError(`initialWeights: fans must be at least 1, got fanIn ${fans.fanIn} and fanOut ${fans.fanOut}`);
  }
  const deviation = Math.sqrt(distribution.variance(fans));
  const limit = Math.sqrt(3) * deviation;
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    values[i] = distribution.kind === "normal" ? deviation * rng.normal() : limit * (2 * rng.uniform() - 1);
  }
  return values;
}
