/**
 * Equal capacity: how many active weights each layer of a wide sparse network gets so that it has exactly as many as its
 * narrow dense partner, layer by layer, whatever the layers are.
 */

import type { Shape } from "../../base/index.ts";
import { formatShape, InputError, ShapeError, sameShape, sizeOf } from "../../base/index.ts";
import { countsOf } from "./counts.ts";
import type { Architecture } from "./layers.ts";
import { outputShape } from "./shapes.ts";
import type { WeightLayer } from "./weight-layers.ts";
import { weightLayers } from "./weight-layers.ts";

/** One weight layer of both networks. */
export interface LayerMatch {
  /** From 1. */
  readonly layer: number;
  readonly name: string;
  /** [O, I / groups, h, w] or [O, I]. */
  readonly denseShape: Shape;
  readonly sparseShape: Shape;
  /** Active weights of the sparse layer: the same number as in the dense one, unless it was allocated otherwise. */
  readonly active: number;
  /** active / positions of the sparse layer. */
  readonly density: number;
}

/** What a network trains: a wider one has more besides its weights, which is reported and not matched. */
export interface MatchTotals {
  readonly activeWeights: number;
  readonly biases: number;
  readonly batchNorm: number;
  readonly activation: number;
  readonly total: number;
  /** Multiply-accumulates of one example, at active weights. */
  readonly macs: number;
}

export interface ArchitectureMatch {
  readonly layers: readonly LayerMatch[];
  /** Active weights of the sparse network: those of either, where they are matched. */
  readonly activeWeights: number;
  readonly dense: MatchTotals;
  readonly sparse: MatchTotals;
}

/**
 * Matches a sparse network to a dense one of the same layers: equal numbers of active weights in every weight layer.
 *
 * @param active  active weights of each weight layer of the sparse network, where they are allocated otherwise
 * @throws InputError  where the two do not have the same weight layers, inputs or outputs, or a layer of the sparse network
 *   has fewer positions than its dense partner has weights
 * @see Tessera, Hooker and Rosman 2021, arXiv:2102.01670: ‖a_S^l‖_0 = ‖a_D^l‖_0 for every layer l
 */
export function matchArchitectures(
  dense: Architecture,
  sparse: Architecture,
  { active: given }: { readonly active?: readonly number[] } = {},
): ArchitectureMatch {
  const where = "matchArchitectures";
  for (const [what, a, b] of [
    ["inputs", dense.input, sparse.input],
    ["outputs", outputShape(dense), outputShape(sparse)],
  ] as const) {
    if (sameShape(a, b)) continue;
    throw new ShapeError(
      `${where}: both networks must have the same ${what}, got ${formatShape(a)} in the dense and ${formatShape(b)} in the sparse one`,
    );
  }
  const denseLayers = weightLayers(dense);
  const sparseLayers = weightLayers(sparse);
  if (denseLayers.length !== sparseLayers.length) {
    throw new InputError(
      `${where}: both networks must have the same weight layers, got ${denseLayers.length} in the dense and ` +
        `${sparseLayers.length} in the sparse one; make one from the other by widen`,
    );
  }
  const layers = denseLayers.map((one, index) => matched(where, one, sparseLayers[index], given?.[index]));
  const active = Object.fromEntries(layers.map(({ name, active }) => [name, active]));
  return {
    layers,
    activeWeights: layers.reduce((total, layer) => total + layer.active, 0),
    dense: totals(dense, {}),
    sparse: totals(sparse, active),
  };
}

function matched(where: string, dense: WeightLayer, sparse: WeightLayer, given: number | undefined): LayerMatch {
  const { layer, name, kind } = dense;
  if (name !== sparse.name || kind !== sparse.kind) {
    throw new InputError(
      `${where}: weight layer ${layer} is the ${kind} "${name}" in the dense network and the ${sparse.kind} "${sparse.name}" ` +
        "in the sparse one; make one from the other by widen",
    );
  }
  const active = given ?? sizeOf(dense.shape);
  const positions = sizeOf(sparse.shape);
  if (positions < active) {
    throw new InputError(
      `${where}: layer "${name}" has ${positions} positions in the sparse network, ${formatShape(sparse.shape)}, and ${active} ` +
        `weights in its dense partner, ${formatShape(dense.shape)}; widen the sparse network or narrow the dense one`,
    );
  }
  return { layer, name, denseShape: dense.shape, sparseShape: sparse.shape, active, density: active / positions };
}

function totals(architecture: Architecture, active: Readonly<Record<string, number>>): MatchTotals {
  const { activeWeights, biases, batchNorm, activation, activeParameters, activeMacs } = countsOf(architecture, {
    active,
  }).total;
  return { activeWeights, biases, batchNorm, activation, total: activeParameters, macs: activeMacs };
}
