/** What a study of saliency says of a trial before it runs: the layers of its network, and the time of its training. */

import { readFileSync } from "node:fs";
import { InputError, sizeOf } from "../../base/index.ts";
import type { Table, TrialSpec } from "../../experiment/index.ts";
import type { Engine } from "../../tensor/index.ts";
import { openNetwork, type ResidentDataset } from "../../train/index.ts";
import type { TrialLook } from "../preview.ts";
import { lookAtMethod } from "../sparse-training/preview.ts";
import { removesChannels, type SaliencySettings, trainingOf } from "./settings.ts";

/** Looks at a method's network as it starts, or into the file of one. The checks of the maps are not timed. */
export function lookAtSaliency(engine: Engine, trial: TrialSpec, data: ResidentDataset): TrialLook {
  const settings = trial.payload as SaliencySettings;
  const { checkpoint } = settings;
  if (checkpoint === null) {
    const look = lookAtMethod(engine, { ...trial, payload: trainingOf(settings) }, data);
    if (!removesChannels(settings)) return look;
    const caption = `${look.capacity.caption} before ${settings.method} removes channels`;
    return { ...look, capacity: { ...look.capacity, caption } };
  }
  const path = checkpoint.replaceAll("{seed}", String(trial.seed));
  using _ = engine.scope();
  const { network } = openNetwork(engine, readNetwork(path), path);
  const rows = network.weightLayers.map(({ name, shape, weight }) => ({
    ...{ layer: name, shape: shape.join(" × "), active: weight.variable.get().length },
    density: weight.variable.get().length / sizeOf(shape),
  }));
  const total = rows.reduce((sum, { active }) => sum + active, 0);
  const capacity: Table = {
    name: "capacity",
    caption: `${path}, ${network.architecture.name}: ${total.toLocaleString("en")} active weights`,
    columns: [
      { key: "layer", title: "layer" },
      { key: "shape", title: "shape", align: "right" },
      { key: "active", title: "active weights", format: "integer" },
      { key: "density", title: "density", format: "number", decimals: 5 },
    ],
    rows,
  };
  // The estimate divides by the work of what was timed.
  return { capacity, work: 1, time: () => 0 };
}

/** The bytes of a network's file. @throws InputError where it cannot be read */
export function readNetwork(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    throw new InputError(`checkpoint: ${path} cannot be read; {seed} in the setting stands for the seed`);
  }
}
