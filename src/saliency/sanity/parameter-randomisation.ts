/**
 * Does a map change when what the network has learned is taken away? Layers are made random, and maps compared with the
 * original ones.
 *
 * @see Adebayo et al. 2018, arXiv:1810.03292
 */

import { unknownName } from "../../base/index.ts";
import type { InitialDistribution, Network } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { SimilaritySpread } from "../similarity/compare.ts";
import type { CheckOptions } from "./asked-methods.ts";
import { compareResults, explainersOf } from "./asked-methods.ts";
import { Reinitialiser } from "./reinitialise.ts";

/** "cascading": from the logits down, one layer more each time. "bottom-up": from the image up. "independent": one at a time. */
export const randomisationOrders = ["cascading", "bottom-up", "independent"] as const;
export type RandomisationOrder = (typeof randomisationOrders)[number];

export interface RandomisationOptions extends CheckOptions {
  /** Default "cascading". */
  readonly order?: RandomisationOrder;
  /** Of the fresh numbers: another than the network was built with. Default 1. */
  readonly seed?: number;
  /** Of the fresh weights. Default "he-normal". */
  readonly initial?: InitialDistribution;
  /** The class that maps explain: the trained network's, or what the random one predicts. Default "fixed". */
  readonly target?: "fixed" | "predicted";
}

export interface RandomisationStep {
  /** Names of the random weight layers. */
  readonly layers: readonly string[];
  readonly similarity: SimilaritySpread;
}

export interface RandomisationResult {
  readonly method: string;
  /** The first is with no layer random. */
  readonly steps: readonly RandomisationStep[];
}

/**
 * Similarity of the maps of each step's network with the trained one's. The network is as it was when this returns.
 *
 * @returns  one entry per method, in their order
 */
export function parameterRandomisation(
  engine: Engine,
  network: Network,
  options: RandomisationOptions,
): readonly RandomisationResult[] {
  const { images, order = "cascading", seed = 1, initial, target = "fixed", onMaps } = options;
  if (!randomisationOrders.includes(order)) {
    throw unknownName("parameter randomisation", "order", order, randomisationOrders);
  }
  using _ = engine.scope();
  const explainers = explainersOf(engine, network, options);
  using random = new Reinitialiser(engine, network, seed, initial);
  const original = explainers.map(({ explainer }) => explainer.maps({ images }));
  const steps: RandomisationStep[][] = explainers.map(() => []);
  for (const [state, chosen] of stepsOf(network.weightLayers.length, order).entries()) {
    random.randomise(new Set(chosen));
    const layers = chosen.map((layer) => network.weightLayers[layer - 1].name);
    explainers.forEach(({ explainer, label }, place) => {
      const targets = target === "fixed" ? original[place].targets : undefined;
      const result = explainer.maps({ images, targets });
      onMaps?.({ method: label, state, result });
      const similarity = compareResults(original[place], result);
      steps[place].push({ layers, similarity });
    });
  }
  return explainers.map(({ label }, place) => ({ method: label, steps: steps[place] }));
}

/** Numbers of the random layers of each step, from 1. */
function stepsOf(count: number, order: RandomisationOrder): readonly (readonly number[])[] {
  const up = Array.from({ length: count }, (_, i) => i + 1);
  const sequence = order === "bottom-up" ? up : [...up].reverse();
  if (order === "independent") return [[], ...sequence.map((layer) => [layer])];
  return [[], ...sequence.map((_, place) => sequence.slice(0, place + 1))];
}
