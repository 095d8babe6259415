/** Pruning of all sparse layers at once, to numbers of weights: one step of gradual pruning, one shot, or one of its rounds. */

import { InputError, Rng } from "../../base/index.ts";
import { changeMask } from "../mask/change-mask.ts";
import type { ScoreName } from "../scores.ts";
import { scoreWeights } from "../scores.ts";
import { topKAcross } from "../selection/top-k.ts";
import type { LayerChange, SparseLayer } from "./sparse-layer.ts";
import { checkSparseLayers } from "./sparse-layer.ts";

export interface TopologyPruning {
  /** What is kept the longer the larger it is. */
  readonly score: ScoreName;
  /** Weights to keep: a number for all layers together, or one for each layer, in order. */
  readonly keep: number | readonly number[];
  readonly seed: number;
  readonly step: number;
}

/**
 * Keeps the best-scored weights; of equals the lower position, and the earlier layer. What is pruned is gone: unlike masked
 * dense training, where a weight may come back, nothing is remembered of it.
 *
 * @param layers  with the arrays that the score reads; a dense layer takes part with its `fullMask`
 * @throws InputError     for more weights to keep than there are, or an array that is missing
 * @throws DivergedError  where a weight is no number
 */
export function pruneTopology(
  layers: readonly SparseLayer[],
  { score, keep, seed, step }: TopologyPruning,
): LayerChange[] {
  checkSparseLayers("pruneTopology", layers, step);
  const scored = layers.map((layer) =>
    scoreWeights(score, layer, layer.weights.length, new Rng(seed, "pruning", layer.layer, step)),
  );
  const kept = typeof keep === "number" ? keptOfAll(scored, keep) : keptOfEach(layers, scored, keep);
  return layers.map(({ name, mask }, i) => {
    const change = changeMask(mask, kept[i]);
    return { name, ...change, dropped: kept[i].length - change.carry.length, grown: 0, returned: 0 };
  });
}

function keptOfAll(scored: readonly Float64Array[], keep: number): Uint8Array[] {
  const total = scored.reduce((sum, { length }) => sum + length, 0);
  checkKeep("all layers together", keep, total);
  return topKAcross(scored, keep);
}

function keptOfEach(
  layers: readonly SparseLayer[],
  scored: readonly Float64Array[],
  keep: readonly number[],
): Uint8Array[] {
  if (keep.length !== layers.length) {
    throw new InputError(
      `pruneTopology: keep must have one number for each of ${layers.length} layers, got ${keep.length}`,
    );
  }
  return scored.map((list, i) => {
    checkKeep(`layer "${layers[i].name}"`, keep[i], list.length);
    return topKAcross([list], keep[i])[0];
  });
}

function checkKeep(what: string, keep: number, active: number): void {
  if (Number.isInteger(keep) && keep >= 0 && keep <= active) return;
  throw new InputError(
    `pruneTopology: ${what}: keep must be an integer in [0, ${active}], the active weights, got ${keep}`,
  );
}
