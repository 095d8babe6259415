/**
 * The network whose schedules are searched, built as `train` builds it, and how another round's weights are drawn for it: the
 * weights of round 0 are those that training starts with.
 */

import { Rng } from "../../base/index.ts";
import type { NetworkProblemOptions } from "../../hyperopt/index.ts";
import { type Architecture, buildNetwork, initialWeights, type Network, weightLayers } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { ResidentDataset } from "../../train/index.ts";
import { buildPairNetwork, pairFans } from "../sc-sdc/model.ts";
import { architectureOf, type DataShape, widthsOf } from "../sc-sdc/pair.ts";
import { type ScSdcSettings, scSdcSettings } from "../sc-sdc/settings.ts";
import { type SparseTrainingSettings, sparseTrainingSettings } from "../sparse-training/settings.ts";
import { freshWeights, startOf } from "../sparse-training/start.ts";
import type { TuningSettings } from "./settings.ts";

/** A network, and the options of a problem that say how its weights are drawn. */
export interface TunedNetwork {
  readonly network: Network;
  readonly drawn: Pick<NetworkProblemOptions, "initial" | "initialFans" | "drawWeights">;
}

/** The settings of the training that is tuned, as a same-capacity study has them. */
export function pairSettings(settings: TuningSettings): ScSdcSettings {
  return scSdcSettings.parse(pick(settings, Object.keys(scSdcSettings.shape)));
}

/** The same of a static mask, as a study of sparse training has them. */
export function staticSettings(settings: TuningSettings): SparseTrainingSettings {
  const { density, ...shared } = pick(settings, Object.keys(sparseTrainingSettings.shape));
  const width = widthsOf(settings).sparse_width;
  return sparseTrainingSettings.parse({ ...shared, method: "static", width, ...(density === null ? {} : { density }) });
}

function pick(settings: TuningSettings, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => names.includes(name)));
}

/** The architecture of the network that is tuned. */
export function tunedArchitecture(settings: TuningSettings, data: DataShape): Architecture {
  const { dense_width, sparse_width } = widthsOf(settings);
  return architectureOf(settings, data, settings.network === "dense" ? dense_width : sparse_width);
}

/** Builds the network as a training of that seed starts with it. */
export function buildTunedNetwork(
  engine: Engine,
  settings: TuningSettings,
  { seed, data }: { readonly seed: number; readonly data: ResidentDataset },
): TunedNetwork {
  if (settings.network !== "static") {
    const pair = pairSettings(settings);
    const kind = settings.network;
    const network = buildPairNetwork(engine, pair, { kind, seed, data });
    const initialFans = pairFans(pair, { kind, data: data.dataset });
    return { network, drawn: { initial: settings.initial, initialFans } };
  }
  const of = staticSettings(settings);
  const architecture = tunedArchitecture(settings, data.dataset);
  const { masks, weights, initial } = startOf(engine, of, { architecture, data, seed });
  const network = buildNetwork(engine, architecture, { seed, masks, initial });
  for (const [l, { weight }] of network.weightLayers.entries()) {
    const values = weights[l];
    if (values !== undefined) weight.variable.set(values);
  }
  const layers = weightLayers(architecture);
  const drawWeights = (place: number, round: number) => {
    const [layer, mask] = [layers[place], masks[place]];
    const rng = new Rng(seed, "weights", layer.layer, round);
    if (mask !== undefined) return freshWeights(of, architecture, layer, mask, rng);
    return initialWeights(
      initial,
      layer.shape.reduce((a, b) => a * b),
      layer,
      rng,
    );
  };
  return { network, drawn: { drawWeights } };
}
