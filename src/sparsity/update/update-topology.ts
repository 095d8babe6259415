/**
 * One topology update of all sparse layers: drop, decide how many each layer regrows, grow, and say where every weight was.
 *
 *     weights   drop 1 of the 3 smallest       grow 1 where |g| is largest         after
 *     .5 . -.1 .4     .5 .  .  .4              g  .  2  7  .    (dropped: free)    .5 . -.1 .4     it came back, and keeps -.1
 *     .5 . -.1 .4     .5 .  .  .4              g  .  8  7  .                       .5 0  .  .4     a new weight starts at 0
 *
 * The number of active weights of the network stays what it was. Memory O(active + one block of scores).
 *
 * @see Evci et al. 2020, arXiv:1911.11134, algorithm 1. The authors' TensorFlow 1 code adds noise of 1e-5 to the magnitudes;
 *   ours has none: of equals the lower position stays, or grows.
 */

import { DivergedError, InputError, Rng } from "../../base/index.ts";
import { changeMask } from "../mask/change-mask.ts";
import type { DynamicMethod } from "../methods.ts";
import { keptWeights } from "./drop.ts";
import type { GrowthSource } from "./grow.ts";
import { bestFree, growthRules, randomFree } from "./grow.ts";
import { regrowthByImportance } from "./redistribute.ts";
import type { LayerChange, SparseLayer } from "./sparse-layer.ts";
import { checkSparseLayers } from "./sparse-layer.ts";

export interface TopologyUpdate {
  /** A row of `dynamicMethods`, or a composition of one's own. */
  readonly method: Pick<DynamicMethod, "drop" | "grow" | "regrowth">;
  /** Share of the active weights to replace, in [0, 1]: `dropFraction` at this step. */
  readonly fraction: number;
  readonly seed: number;
  /** With the seed and the layer, the name of the random stream. */
  readonly step: number;
  /** The quantity that growth reads; not needed where it is random. */
  readonly growthSource?: GrowthSource;
}

/**
 * Updates the topology of layers.
 *
 * @param layers  with the arrays that the method's scores read; "by-momentum" regrowth reads `momenta`
 * @returns       one change for each layer, in order: new masks, and by `carry` what becomes of weights and optimizer slots
 *   (`carryValues`: new ones are 0)
 * @throws InputError     for a fraction outside [0, 1], or an array or the growth source that is missing
 * @throws DivergedError  where a weight is no number
 */
export function updateTopology(
  layers: readonly SparseLayer[],
  { method, fraction, seed, step, growthSource }: TopologyUpdate,
): LayerChange[] {
  const where = "updateTopology";
  if (!(fraction >= 0 && fraction <= 1)) throw new InputError(`${where}: fraction must be in [0, 1], got ${fraction}`);
  checkSparseLayers(where, layers, step);
  const kept = keptWeights(layers, method.drop, fraction, ({ layer }) => new Rng(seed, "pruning", layer, step));
  const dropped = kept.map((flags) => flags.length - flags.reduce((total, flag) => total + flag, 0));
  const counts = method.regrowth === "as-dropped" ? dropped : byMomentum(layers, dropped, step);
  return layers.map((layer, i) => {
    const grow = positionsToGrow(layer, kept[i], counts[i], { method, fraction, seed, step, growthSource });
    const { mask, carry } = changeMask(layer.mask, kept[i], grow);
    const fresh = carry.reduce((total, index) => total + (index < 0 ? 1 : 0), 0);
    return { name: layer.name, mask, carry, dropped: dropped[i], grown: counts[i], returned: counts[i] - fresh };
  });
}

function byMomentum(layers: readonly SparseLayer[], dropped: readonly number[], step: number): number[] {
  return regrowthByImportance(
    layers.map(({ name, mask, momenta }, i) => {
      const active = mask.columnIndices.length;
      if (momenta?.length !== active) {
        throw new InputError(
          `updateTopology: layer "${name}" needs momenta, one for each of ${active} active weights, got ${momenta?.length ?? "none"}`,
        );
      }
      let total = 0;
      for (let k = 0; k < active; k++) total += Math.abs(momenta[k]);
      const importance = active === 0 ? 0 : total / active;
      if (Number.isNaN(importance)) {
        throw new DivergedError(`updateTopology: layer "${name}": a momentum is NaN at step ${step}`, {
          step,
          layer: name,
        });
      }
      return { importance, dropped: dropped[i], free: mask.fanOut * mask.fanIn - active + dropped[i] };
    }),
  );
}

function positionsToGrow(
  layer: SparseLayer,
  keep: Uint8Array,
  count: number,
  { method: { grow }, seed, step, growthSource: source }: TopologyUpdate,
): Float64Array {
  if (grow === "random") return randomFree(layer.mask, keep, count, new Rng(seed, "growth", layer.layer, step));
  const { reads, sign } = growthRules[grow];
  if (source === undefined) {
    throw new InputError(
      `updateTopology: growth by ${grow} needs a growthSource that gives ${reads} by blocks of rows`,
    );
  }
  return bestFree(layer, keep, count, { sign, source, step });
}
