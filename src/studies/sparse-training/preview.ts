/** What a study of sparse training says of a trial before it runs: its layers, and the time of its steps. */

import { sizeOf } from "../../base/index.ts";
import type { Table, TrialSpec } from "../../experiment/index.ts";
import { buildNetwork, weightLayers } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { ResidentDataset } from "../../train/index.ts";
import { trialMs } from "../sc-sdc/trial-time.ts";
import { allocationOf } from "./networks.ts";
import type { SparseTrainingSettings } from "./settings.ts";
import { startOf } from "./start.ts";
import { trainingOptions } from "./training-options.ts";

/** Looks at a method's network. Gradual pruning is timed as it starts, dense. */
export function lookAtMethod(engine: Engine, { seed, payload }: TrialSpec, data: ResidentDataset) {
  const settings = payload as SparseTrainingSettings;
  const { architecture, trainerOf } = trainingOptions(engine, settings, { seed, data });
  const layers = weightLayers(architecture);
  const dense = settings.method === "dense" || settings.method === "small-dense";
  const active = dense
    ? layers.map(({ shape }) => sizeOf(shape))
    : allocationOf(settings, architecture).map((layer) => layer.active);
  const total = active.reduce((sum, count) => sum + count, 0);
  const trainings = settings.method === "lottery" ? Math.max(1, settings.ticket_rounds) + 1 : 1;
  const capacity: Table = {
    name: "capacity",
    caption: `${settings.data}, ${architecture.name}, ${settings.method}: ${total.toLocaleString("en")} active weights`,
    columns: [
      { key: "layer", title: "layer" },
      { key: "shape", title: "shape", align: "right" },
      { key: "active", title: "active weights", format: "integer" },
      { key: "density", title: "density", format: "number", decimals: 5 },
    ],
    rows: layers.map(({ name, shape }, l) => ({
      layer: name,
      shape: shape.join(" × "),
      active: active[l],
      density: active[l] / sizeOf(shape),
    })),
  };
  return {
    capacity,
    work: total * data.train.count * settings.epochs * trainings,
    time: () => {
      using _ = engine.scope();
      const { masks } = startOf(engine, settings, { architecture, data, seed });
      return trainings * trialMs(settings, trainerOf(buildNetwork(engine, architecture, { seed, masks })));
    },
  };
}
