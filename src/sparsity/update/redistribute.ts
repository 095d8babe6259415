/**
 * How many weights each layer regrows: as many as it dropped, or a share of all that were dropped by the mean magnitude of its
 * momentum. Either way as many are grown as were dropped, exactly.
 */

import { roundToTotal, shareDown } from "../rounding.ts";

/** Sparse momentum leaves a layer at least this share of its free positions free. */
const fullest = 0.99;

export interface RegrowthLayer {
  /** ≥ 0: the mean magnitude of the momentum at the layer's active weights. */
  readonly importance: number;
  readonly dropped: number;
  /** Positions that are free after dropping. */
  readonly free: number;
}

/**
 * Shares what was dropped out by importance. A layer takes at most 99 % of its free positions; what it cannot take is shared
 * out evenly among the layers that can take more. Where no layer can, the last hundredths are filled too. If no layer has any
 * importance, each regrows what it dropped.
 *
 * @returns  for each layer an integer in [0, free]; their sum is the sum of `dropped`
 * @see Dettmers, Zettlemoyer 2019, arXiv:1907.04840, the authors' code, whose limit this is: it repeats the even sharing up to
 *   1000 times, rounds down, and makes up for the loss in later epochs
 */
export function regrowthByImportance(layers: readonly RegrowthLayer[]): number[] {
  const total = layers.reduce((sum, { dropped }) => sum + dropped, 0);
  const importance = layers.reduce((sum, layer) => sum + layer.importance, 0);
  if (!(importance > 0)) return layers.map(({ dropped }) => dropped);
  const wanted = layers.map((layer) => (layer.importance / importance) * total);
  const left = fill(
    wanted,
    layers.map(({ free }) => shareDown(fullest, free)),
  );
  if (left > 0) {
    const before = wanted.slice();
    wanted.forEach((_, i) => {
      wanted[i] += left / layers.length;
    });
    const rest = fill(
      wanted,
      layers.map(({ free }) => free),
    );
    // Free positions are at least as many as were dropped, so that only rounding errors can be left over.
    if (rest > total * 1e-9)
      throw new Error(`internal: regrowthByImportance cannot place ${rest} of ${before.join(", ")}`);
  }
  return roundToTotal(wanted, total);
}

/** Cuts what is above its cap, shares it out evenly below, in place, until nothing is above. Returns what has no place. */
function fill(wanted: number[], caps: readonly number[]): number {
  for (;;) {
    let residual = 0;
    wanted.forEach((value, i) => {
      if (value <= caps[i]) return;
      residual += value - caps[i];
      wanted[i] = caps[i];
    });
    const open = caps.flatMap((cap, i) => (wanted[i] < cap ? [i] : []));
    if (residual === 0 || open.length === 0) return residual;
    for (const i of open) wanted[i] += residual / open.length;
  }
}
