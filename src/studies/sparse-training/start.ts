/** What a training starts with: masks and weights, drawn at random, or found by pruning a dense network before its training. */

import { Rng, sizeOf } from "../../base/index.ts";
import {
  type Architecture,
  type Convolution,
  type InitialDistribution,
  type Mask,
  type WeightLayer,
  weightLayers,
} from "../../nn/index.ts";
import {
  carryBetween,
  carryValues,
  fullMask,
  maskedWeights,
  randomMask,
  shuffleMask,
  shuffleRows,
  ticketWeights,
} from "../../sparsity/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { ResidentDataset } from "../../train/index.ts";
import { allocationOf, sparseLayersOf } from "./networks.ts";
import { prunedMasks } from "./prune-before.ts";
import type { SparseTrainingSettings } from "./settings.ts";

export interface Start {
  /** One per weight layer; undefined where it is dense. */
  readonly masks: readonly (Mask | undefined)[];
  /** [active] each; undefined leaves a layer as `buildNetwork` draws it. */
  readonly weights: readonly (Float64Array | undefined)[];
  /** The distribution of layers that are drawn. */
  readonly initial: InitialDistribution;
}

/** The start of a method's training; a lottery's first one, and gradual pruning's, is dense. */
export function startOf(
  engine: Engine,
  settings: SparseTrainingSettings,
  { architecture, data, seed }: { architecture: Architecture; data: ResidentDataset; seed: number },
): Start {
  const { method, initial } = settings;
  const layers = weightLayers(architecture);
  const none = layers.map(() => undefined);
  switch (method) {
    case "dense":
    case "small-dense":
    case "gmp":
    case "lottery":
      return { masks: none, weights: none, initial };
    case "random":
    case "magnitude":
    case "snip":
    case "grasp":
    case "synflow": {
      const { masks, weights } = prunedMasks(engine, { ...settings, method }, { architecture, data, seed });
      return { ...ticketStart(settings, architecture, { masks, weights, seed }), initial };
    }
    default: {
      const sparse = sparseLayersOf(settings, architecture);
      const masks = allocationOf(settings, architecture).map(({ active }, l) => {
        const { layer, shape, fanIn } = layers[l];
        return sparse[l] ? randomMask({ fanOut: shape[0], fanIn, active, seed, layer }) : undefined;
      });
      const weights = masks.map((mask, l) =>
        mask === undefined
          ? undefined
          : freshWeights(settings, architecture, layers[l], mask, new Rng(seed, "weights", layers[l].layer)),
      );
      return { masks, weights, initial };
    }
  }
}

/**
 * Masks found by pruning with what their training starts from: as they are or permuted, the weights kept, their signs, or drawn
 * anew from the stream (seed, "lottery", layer).
 *
 * @param weights  of the dense layers, where the masks were found
 */
export function ticketStart(
  settings: SparseTrainingSettings,
  architecture: Architecture,
  {
    masks,
    weights,
    seed,
  }: {
    readonly masks: readonly (Mask | undefined)[];
    /** [positions] of the dense layers: the weights to go back to. */
    readonly weights: readonly (ArrayLike<number> | undefined)[];
    readonly seed: number;
  },
): Pick<Start, "masks" | "weights"> {
  const layers = weightLayers(architecture);
  const shuffled = masks.map((mask, l) => {
    if (mask === undefined || settings.shuffle_mask === "none") return mask;
    const rng = new Rng(seed, "lottery", layers[l].layer, 1);
    return settings.shuffle_mask === "rows" ? shuffleRows(mask, rng) : shuffleMask(mask, rng);
  });
  return {
    masks: shuffled,
    weights: shuffled.map((mask, l) => {
      const dense = weights[l];
      if (mask === undefined || dense === undefined) return undefined;
      const kept = carryValues(dense, carryBetween(fullMask(mask), mask));
      if (settings.ticket === "weights") return kept;
      const rng = new Rng(seed, "lottery", layers[l].layer);
      return ticketWeights(settings.ticket, kept, freshWeights(settings, architecture, layers[l], mask, rng));
    }),
  };
}

/** Weights of a sparse layer, [active], drawn as the settings say. */
export function freshWeights(
  { sparse_initial, gain, initial }: SparseTrainingSettings,
  architecture: Architecture,
  { name, shape, fanIn, fanOut }: WeightLayer,
  mask: Mask,
  rng: Rng,
): Float64Array {
  const { groups = 1 } = architecture.layers.find((layer) => layer.name === name) as Partial<Convolution>;
  const kernel = { field: sizeOf(shape.slice(2)), groups };
  return maskedWeights(sparse_initial, { mask, fans: { fanIn, fanOut }, kernel, rng, initial, gain });
}
