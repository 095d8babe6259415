/** What a study of compression says of a trial before it runs: the full network, and the time of its steps. */

import { narrowToTarget } from "../../compress/index.ts";
import type { Table, TrialSpec } from "../../experiment/index.ts";
import { countsOf, weightLayers } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { ResidentDataset } from "../../train/index.ts";
import { networkFromValues } from "../../train/index.ts";
import { buildTrainer } from "../sc-sdc/model.ts";
import { trialMs } from "../sc-sdc/trial-time.ts";
import { drawnNetwork, fullArchitecture, targetOf } from "./run.ts";
import { type CompressionSettings, sharedOf } from "./settings.ts";

/** Looks at a method's network as it starts; those that become cheaper on the way are timed as if they did not. */
export function lookAtCompression(engine: Engine, { seed, payload }: TrialSpec, data: ResidentDataset) {
  const settings = payload as CompressionSettings;
  const { method, epochs } = settings;
  const full = fullArchitecture(settings, data.dataset);
  const architecture = method === "small-dense" ? narrowToTarget(full, targetOf(settings)) : full;
  const { layers, total } = countsOf(architecture);
  const macs = new Map(layers.map((layer) => [layer.name, layer.macs]));
  const capacity: Table = {
    name: "capacity",
    caption: `${settings.data}, ${architecture.name}, ${method === "small-dense" ? method : "full"}: ${total.macs.toLocaleString("en")} MACs`,
    columns: [
      { key: "layer", title: "layer" },
      { key: "shape", title: "shape", align: "right" },
      { key: "macs", title: "MACs", format: "integer" },
    ],
    rows: weightLayers(architecture).map(({ name, shape }) => ({
      layer: name,
      shape: shape.join(" × "),
      macs: macs.get(name) ?? 0,
    })),
  };
  return {
    capacity,
    work: total.macs * data.train.count * epochs,
    time: () => {
      using _ = engine.scope();
      const network = networkFromValues(engine, drawnNetwork(engine, architecture, settings, seed));
      // Two evaluations stand in for the one at the end and for what comes after training.
      const shared = { ...sharedOf(settings), measure_every: epochs };
      return trialMs(shared, buildTrainer(engine, shared, { network, seed, data }));
    },
  };
}
