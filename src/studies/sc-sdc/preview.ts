/** What a same-capacity study says of a trial before it runs: the pair's capacity, and the time of its steps. */

import type { Table, TrialSpec } from "../../experiment/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { ResidentDataset } from "../../train/index.ts";
import { buildPairNetwork, buildTrainer, capacityOf, type NetworkKind } from "./model.ts";
import { widthsOf } from "./pair.ts";
import type { ScSdcSettings } from "./settings.ts";
import { capacityTable } from "./tables.ts";
import { trialMs } from "./trial-time.ts";

/** Looks at one network of a pair. */
export function lookAtPair(engine: Engine, { kind, seed, payload }: TrialSpec, data: ResidentDataset) {
  const settings = payload as ScSdcSettings;
  const capacity = capacityOf(settings, data.dataset);
  const { model, hidden_layers } = settings;
  const { dense_width, sparse_width } = widthsOf(settings);
  const layers = model === "mlp" ? `${hidden_layers} hidden` : model;
  const caption = `${settings.data}, ${layers}: dense ${dense_width}, sparse ${sparse_width}`;
  const table: Table = { ...capacityTable(capacity), caption };
  return {
    capacity: table,
    work: capacity.activeWeights * data.train.count * settings.epochs,
    time: () => {
      using _ = engine.scope();
      const options = { kind: kind as NetworkKind, seed, data };
      const network = buildPairNetwork(engine, settings, options);
      return trialMs(settings, buildTrainer(engine, settings, { network, seed, data }));
    },
  };
}
