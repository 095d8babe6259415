/** Which active weights a topology update drops: the smallest by a score, or those nearest 0 of each sign. */

import type { Rng } from "../../base/index.ts";
import { shareDown, shareUp } from "../rounding.ts";
import type { ScoreName } from "../scores.ts";
import { scoreWeights } from "../scores.ts";
import { topK, topKAcross } from "../selection/top-k.ts";
import type { SparseLayer } from "./sparse-layer.ts";

/** How the weights to drop are found, and how a share becomes a number of them. */
export interface DropRule {
  /** A row of `scores`: the smallest are dropped. "each-sign" drops the same share of positive and of negative weights. */
  readonly by: ScoreName | "each-sign";
  /** Of fraction · active weights, where it is no integer. */
  readonly rounding: "down" | "up";
  /** Whether the share is taken of each layer, or of all together. */
  readonly scope: "layer" | "global";
}

/**
 * Chooses what to drop. Of equal scores those at higher positions are dropped, and of later layers.
 *
 * @param fraction  in [0, 1]
 * @param rngOf     the stream of a layer, for scores that draw
 * @returns         for each layer 1 where a weight is kept
 */
export function keptWeights(
  layers: readonly SparseLayer[],
  { by, rounding, scope }: DropRule,
  fraction: number,
  rngOf: (layer: SparseLayer) => Rng,
): Uint8Array[] {
  const share = rounding === "down" ? shareDown : shareUp;
  if (by === "each-sign")
    return layers.map(({ weights }) => keptOfEachSign(weights, (count) => share(fraction, count)));
  const scored = layers.map((layer) => scoreWeights(by, layer, layer.weights.length, rngOf(layer)));
  if (scope === "layer") return scored.map((list) => topK(list, list.length - share(fraction, list.length)));
  const total = scored.reduce((sum, { length }) => sum + length, 0);
  return topKAcross(scored, total - share(fraction, total));
}

/**
 * Keeps the positive and the negative weights that are farthest from 0, as many of each as `dropped` leaves. Weights of 0 count
 * with the positive ones.
 *
 * @see Mocanu et al. 2018, arXiv:1707.04780: smallest positive and largest negative weights
 */
function keptOfEachSign(weights: ArrayLike<number>, dropped: (count: number) => number): Uint8Array {
  const kept = new Uint8Array(weights.length);
  for (const negative of [false, true]) {
    const members: number[] = [];
    for (let k = 0; k < weights.length; k++) if (weights[k] < 0 === negative) members.push(k);
    const sizes = Float64Array.from(members, (k) => Math.abs(weights[k]));
    const best = topK(sizes, sizes.length - dropped(sizes.length));
    members.forEach((k, i) => {
      kept[k] = best[i];
    });
  }
  return kept;
}
