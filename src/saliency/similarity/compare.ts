/** How alike two maps are, by every measure at once, and how that spreads over images. */

import { mean, standardDeviation } from "../../base/index.ts";
import { orientedGradients } from "./oriented-gradients.ts";
import { spearman } from "./spearman.ts";
import { structuralSimilarity } from "./structural.ts";

/** NaN where a measure says nothing: a constant map, or an image too small for it. */
export interface Similarity {
  /** Rank correlation of the maps with their signs, in [-1, 1]. */
  readonly spearman: number;
  /** Of their magnitudes: relevance of two logits of opposite signs points the same way with opposite signs. */
  readonly absoluteSpearman: number;
  /** Structural similarity of the magnitudes, each moved and scaled to [0, 1]. */
  readonly structural: number;
  /** Rank correlation of the histograms of oriented gradients of the same. */
  readonly orientedGradients: number;
}
export const similarityNames = ["spearman", "absoluteSpearman", "structural", "orientedGradients"] as const;

/**
 * Compares two maps of one extent.
 *
 * On images less than 11 pixels high or wide the structural window is uniform, of the largest odd size up to 7 that fits; on those less
 * than 48 a cell of the histograms is a quarter of the shorter side.
 */
export function compareMaps(a: Float64Array, b: Float64Array, size: readonly [number, number]): Similarity {
  const [x, y] = [unitMagnitude(a), unitMagnitude(b)];
  const signed = spearman(a, b);
  const absoluteSpearman = spearman(x, y);
  const side = Math.min(...size);
  const pairs = a.length === size[0] * size[1] && side >= 3 && !Number.isNaN(absoluteSpearman);
  const odd = Math.min(7, side - 1 + (side % 2));
  const window = side >= 11 ? ({ gaussian: true } as const) : { uniform: odd };
  const cell = side >= 48 ? 16 : Math.max(1, Math.floor(side / 4));
  const histogram = (map: Float64Array) => orientedGradients(map, size, { cell, block: 3 });
  return {
    spearman: signed,
    absoluteSpearman,
    structural: pairs ? structuralSimilarity(x, y, size, { window }) : Number.NaN,
    orientedGradients: pairs ? spearman(histogram(x), histogram(y)) : Number.NaN,
  };
}

/** |m|, moved and scaled to [0, 1]; a constant map becomes 0. */
function unitMagnitude(map: Float64Array): Float64Array {
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (const value of map) [low, high] = [Math.min(low, Math.abs(value)), Math.max(high, Math.abs(value))];
  return map.map((value) => (high > low ? (Math.abs(value) - low) / (high - low) : value - value));
}

/** Mean and standard deviation over the images for which there is a number, and how many these are. */
export interface Spread {
  readonly mean: number;
  readonly standardDeviation: number;
  readonly count: number;
}
export type SimilaritySpread = { readonly [name in keyof Similarity]: Spread };

/** Every measure over images. */
export function spreadOf(found: readonly Similarity[]): SimilaritySpread {
  const of = (name: keyof Similarity): Spread => {
    const numbers = found.map((one) => one[name]).filter((value) => Number.isFinite(value));
    return { mean: mean(numbers), standardDeviation: standardDeviation(numbers), count: numbers.length };
  };
  return {
    spearman: of("spearman"),
    absoluteSpearman: of("absoluteSpearman"),
    structural: of("structural"),
    orientedGradients: of("orientedGradients"),
  };
}
