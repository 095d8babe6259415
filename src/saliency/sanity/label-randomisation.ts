/**
 * Does a map change when the network learned nothing that can be learned? A second network is trained on labels that were
 * shuffled, and its maps compared with the first one's.
 *
 * @see Adebayo et al. 2018, arXiv:1810.03292
 */

import { Rng } from "../../base/index.ts";
import type { Network } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { SimilaritySpread } from "../similarity/compare.ts";
import type { CheckOptions } from "./asked-methods.ts";
import { compareResults, explainersOf } from "./asked-methods.ts";

/** Labels of a training set in another order, each as often as before. */
export function shuffledLabels<T extends Int32Array | Uint16Array | Uint8Array>(labels: T, seed: number): T {
  return new Rng(seed, "permutation").shuffle(labels.slice() as T);
}

export interface LabelRandomisation {
  readonly method: string;
  readonly similarity: SimilaritySpread;
}

/**
 * Similarity of the maps of two networks, each explaining the class that the first one predicts.
 *
 * @param trained   on the true labels
 * @param shuffled  of the same input and classes, trained on `shuffledLabels`
 * @returns         one entry per method, in their order
 */
export function labelRandomisation(
  engine: Engine,
  trained: Network,
  shuffled: Network,
  options: CheckOptions,
): readonly LabelRandomisation[] {
  const { images, onMaps } = options;
  using _ = engine.scope();
  const others = explainersOf(engine, shuffled, options);
  return explainersOf(engine, trained, options).map(({ label, explainer }, place) => {
    const maps = explainer.maps({ images });
    const shuffledMaps = others[place].explainer.maps({ images, targets: maps.targets });
    [maps, shuffledMaps].forEach((result, state) => {
      onMaps?.({ method: label, state, result });
    });
    return { method: label, similarity: compareResults(maps, shuffledMaps) };
  });
}
