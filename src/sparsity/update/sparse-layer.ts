/** A sparse layer as methods see it: its mask, and arrays at its active weights. */

import { DivergedError, InputError } from "../../base/index.ts";
import type { Mask } from "../../nn/index.ts";
import type { MaskChange } from "../mask/change-mask.ts";
import type { ScoreInputs } from "../scores.ts";

/** What a method needs to know of a layer; which arrays besides the weights, its scores say. */
export interface SparseLayer extends ScoreInputs {
  readonly name: string;
  /** From 1, as `WeightLayer` counts: random streams are named by it. */
  readonly layer: number;
  readonly mask: Mask;
  /** [active]. */
  readonly weights: ArrayLike<number>;
}

/** A layer's change, and how much of it there was. */
export interface LayerChange extends MaskChange {
  readonly name: string;
  /** Weights dropped, those that came back at once among them. */
  readonly dropped: number;
  /** Weights grown, those that came back at once among them. */
  readonly grown: number;
  /** Dropped and grown at once: they keep their values. */
  readonly returned: number;
}

/**
 * @throws InputError     where there is not one weight for each active position
 * @throws DivergedError  where a weight is no number
 */
export function checkSparseLayers(where: string, layers: readonly SparseLayer[], step: number): void {
  for (const { name, mask, weights } of layers) {
    const active = mask.columnIndices.length;
    if (weights.length !== active) {
      throw new InputError(`${where}: layer "${name}" has ${active} active positions and ${weights.length} weights`);
    }
    for (let k = 0; k < active; k++) {
      if (!Number.isNaN(weights[k])) continue;
      throw new DivergedError(`${where}: layer "${name}": weight ${k + 1} of ${active} is NaN at step ${step}`, {
        step,
        layer: name,
      });
    }
  }
}
