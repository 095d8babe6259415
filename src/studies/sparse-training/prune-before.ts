/** Pruning before training: a dense network is drawn, its weights are scored, once or in rounds, and the best are kept. */

import { type Architecture, buildNetwork, type Mask, type Network, weightLayers } from "../../nn/index.ts";
import {
  density,
  densityAfterRound,
  fullMask,
  type LayerAllocation,
  type PruningMethod,
  pruneTopology,
  pruningMethods,
  type ScoreInputName,
  type SparseLayer,
} from "../../sparsity/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { ResidentDataset } from "../../train/index.ts";
import { allocationOf, sparseLayersOf } from "./networks.ts";
import { hessianGradients, synapticFlow, weightGradients } from "./score-inputs.ts";
import type { SparseTrainingSettings } from "./settings.ts";

type OneShot = SparseTrainingSettings & { readonly method: "random" | "magnitude" | "snip" | "grasp" | "synflow" };

export interface Pruned {
  /** One per weight layer; undefined where it is kept dense. */
  readonly masks: readonly (Mask | undefined)[];
  /** The dense network's weights, row-major. */
  readonly weights: readonly Float64Array[];
}

/** Prunes the dense network that (seed, "weights") draws, to the settings' density. */
export function prunedMasks(
  engine: Engine,
  settings: OneShot,
  { architecture, data, seed }: { architecture: Architecture; data: ResidentDataset; seed: number },
): Pruned {
  using _ = engine.scope();
  const row: PruningMethod = pruningMethods[settings.method];
  const network = buildNetwork(engine, architecture, { seed, initial: settings.initial });
  const weights = network.weightLayers.map(({ weight }) => weight.variable.get());
  const sparse = sparseLayersOf(settings, architecture);
  const allocation = allocationOf(settings, architecture).filter((_, l) => sparse[l]);
  const places = sparse.flatMap((is, l) => (is ? [l] : []));
  let masks = places.map((l) =>
    fullMask({ fanOut: network.weightLayers[l].shape[0], fanIn: network.weightLayers[l].fanIn }),
  );
  const rounds = row.when === "rounds" ? (settings.prune_rounds ?? row.rounds ?? 1) : 1;
  for (let round = 1; round <= rounds; round++) {
    const inputs = denseInputs(engine, network, data, row, settings.score_examples);
    const layers = places.map((l, i): SparseLayer => {
      const { name, layer } = network.weightLayers[l];
      const at = (values: ArrayLike<number>) => atMask(masks[i], values);
      const read = Object.fromEntries(Object.entries(inputs).map(([key, of]) => [key, at(of[l])]));
      return { name, layer, mask: masks[i], weights: at(weights[l]), ...read };
    });
    const keep = keptAfter(allocation, settings.prune_scope ?? row.scope, { density: settings.density, round, rounds });
    masks = pruneTopology(layers, { score: row.score, keep, seed, step: round - 1 }).map(({ mask }) => mask);
    if (round < rounds) for (const [i, l] of places.entries()) zeroOutside(network, l, masks[i]);
  }
  const byLayer = new Map(places.map((l, i) => [l, masks[i]]));
  return { masks: weightLayers(architecture).map((_, l) => byLayer.get(l)), weights };
}

/** What the score reads besides weights, of each weight layer. */
function denseInputs(
  engine: Engine,
  network: Network,
  data: ResidentDataset,
  { score }: PruningMethod,
  examples: number,
): Partial<Record<ScoreInputName, Float64Array[]>> {
  const look = { engine, network, data, examples };
  if (score === "snip" || score === "gradient-magnitude") return { gradients: weightGradients(look) };
  if (score === "grasp") return { hessianGradients: hessianGradients(look) };
  return score === "synflow" ? { flowGradients: synapticFlow(engine, network) } : {};
}

/** Weights to keep after a round: ρ^(k / K) of all that take part, or of each layer's positions. */
function keptAfter(
  allocation: readonly LayerAllocation[],
  scope: "global" | "layer",
  { density: final, round, rounds }: { readonly density: number; readonly round: number; readonly rounds: number },
): number | number[] {
  const active = allocation.reduce((sum, layer) => sum + layer.active, 0);
  const positions = allocation.reduce((sum, layer) => sum + layer.positions, 0);
  if (scope === "global") {
    return round === rounds ? active : Math.ceil(densityAfterRound(density(final), round, rounds) * positions);
  }
  return allocation.map((layer) =>
    round === rounds
      ? layer.active
      : Math.ceil(densityAfterRound(density(layer.density), round, rounds) * layer.positions),
  );
}

/** Values of a dense array at the active positions. */
function atMask({ fanOut, fanIn, rowPointers, columnIndices }: Mask, dense: ArrayLike<number>): Float64Array {
  const values = new Float64Array(columnIndices.length);
  for (let row = 0; row < fanOut; row++) {
    for (let k = rowPointers[row]; k < rowPointers[row + 1]; k++) values[k] = dense[row * fanIn + columnIndices[k]];
  }
  return values;
}

/** Sets the weights that a mask leaves out to 0 in the dense network. */
function zeroOutside(network: Network, l: number, mask: Mask): void {
  const { variable } = network.weightLayers[l].weight;
  const kept = new Float64Array(mask.fanOut * mask.fanIn);
  const before = variable.get();
  for (let row = 0; row < mask.fanOut; row++) {
    for (let k = mask.rowPointers[row]; k < mask.rowPointers[row + 1]; k++) {
      const position = row * mask.fanIn + mask.columnIndices[k];
      kept[position] = before[position];
    }
  }
  variable.set(kept);
}
