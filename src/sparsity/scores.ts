/**
 * Scores of active weights, by name: how much a weight is worth keeping. Larger is kept, for every one of them; where a paper
 * removes the largest, the sign is turned and the row says so.
 */

import type { Rng } from "../base/index.ts";
import { InputError } from "../base/index.ts";

/** What a score is computed from: arrays at the active weights, [active] each. */
export interface ScoreInputs {
  readonly weights?: ArrayLike<number>;
  /** ∂loss / ∂w on the batch the method prescribes. */
  readonly gradients?: ArrayLike<number>;
  /** What the optimizer moves along: SGD's velocity, or `adamDirection`. */
  readonly momenta?: ArrayLike<number>;
  /** H g, the Hessian of the loss times its gradient. */
  readonly hessianGradients?: ArrayLike<number>;
  /** ∂R / ∂|w| of R = the sum of outputs for an input of ones through the network with |w|. */
  readonly flowGradients?: ArrayLike<number>;
}

export type ScoreInputName = keyof ScoreInputs;

interface Score {
  /** The arrays that `of` is given, in this order. */
  readonly reads: readonly ScoreInputName[];
  /** Of one weight, from its entries of the arrays. */
  readonly of: (a: number, b: number) => number;
  readonly source: string;
}

/** The scores by name. "random" reads nothing: its stream decides. */
export const scores = {
  magnitude: { reads: ["weights"], of: (w) => Math.abs(w), source: "Han et al. 2015, arXiv:1506.02626" },
  "gradient-magnitude": {
    reads: ["gradients"],
    of: (g) => Math.abs(g),
    source: "Evci et al. 2020, arXiv:1911.11134",
  },
  "momentum-magnitude": {
    reads: ["momenta"],
    of: (m) => Math.abs(m),
    source: "Dettmers, Zettlemoyer 2019, arXiv:1907.04840",
  },
  /** |w ∂L/∂w|. The paper divides by the sum over all weights, which changes no order. */
  snip: { reads: ["weights", "gradients"], of: (w, g) => Math.abs(w * g), source: "Lee et al. 2019, arXiv:1810.02340" },
  /** w (H g): the paper removes the largest of -w (H g). */
  grasp: { reads: ["weights", "hessianGradients"], of: (w, h) => w * h, source: "Wang et al. 2020, arXiv:2002.07376" },
  /** |w ∂R/∂w|. */
  synflow: {
    reads: ["weights", "flowGradients"],
    of: (w, r) => Math.abs(w * r),
    source: "Tanaka et al. 2020, arXiv:2006.05467",
  },
  random: { reads: [], of: () => 0, source: "uniform" },
} as const satisfies Record<string, Score>;

export type ScoreName = keyof typeof scores;

/**
 * The scores of a layer's active weights.
 *
 * @param inputs  the arrays that the score reads, [active] each
 * @param active  how many
 * @param rng     the layer's stream: "random" draws from it
 * @returns       [active]
 * @throws InputError  naming an array that is missing or of another length
 */
export function scoreWeights(name: ScoreName, inputs: ScoreInputs, active: number, rng: Rng): Float64Array {
  const result = new Float64Array(active);
  if (name === "random") {
    for (let k = 0; k < active; k++) result[k] = rng.uniform();
    return result;
  }
  const { reads, of }: Score = scores[name];
  const arrays = reads.map((read) => {
    const array = inputs[read];
    if (array?.length === active) return array;
    throw new InputError(
      `scoreWeights: ${name} reads ${read}, one number for each of ${active} active weights, got ${array === undefined ? "none" : array.length}`,
    );
  });
  const [a, b = a] = arrays;
  for (let k = 0; k < active; k++) result[k] = of(a[k], b[k]);
  return result;
}

/**
 * The direction in which Adam moves, as sparse momentum scores it: m / (sqrt(v) + 1e-8).
 *
 * @param mean, square  Adam's running mean and mean square, without bias correction
 * @see Dettmers, Zettlemoyer 2019, arXiv:1907.04840, the authors' code
 */
export function adamDirection(mean: ArrayLike<number>, square: ArrayLike<number>): Float64Array {
  const direction = new Float64Array(mean.length);
  for (let k = 0; k < mean.length; k++) direction[k] = mean[k] / (Math.sqrt(square[k]) + 1e-8);
  return direction;
}
