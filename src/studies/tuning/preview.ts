/** What a study of tuning says of a search before it runs: its layers, and the time of its steps. */

import { sizeOf } from "../../base/index.ts";
import type { Table, TrialSpec } from "../../experiment/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { ResidentDataset } from "../../train/index.ts";
import { buildTunedNetwork } from "./networks.ts";
import { planSearch } from "./plan.ts";
import { costOfRun } from "./run.ts";
import { givenSchedules, settingsByHand } from "./schedules.ts";
import type { TuningSettings } from "./settings.ts";
import { TuningProblem } from "./tuning-problem.ts";

const stepsTimed = 3;

/** Looks at a search. A product is taken for as long as a step. */
export function lookAtSearch(engine: Engine, { seed, payload }: TrialSpec, data: ResidentDataset) {
  const settings = payload as TuningSettings;
  const plan = planSearch(settings, data.dataset);
  using _ = engine.scope();
  const { network } = buildTunedNetwork(engine, settings, { seed, data });
  const active = network.weightLayers.map(({ weight }) => sizeOf(weight.variable.shape));
  const total = active.reduce((sum, count) => sum + count, 0);
  const capacity: Table = {
    name: "capacity",
    caption: `${settings.data}, ${settings.model}, ${settings.network}: ${total.toLocaleString("en")} active weights`,
    columns: [
      { key: "layer", title: "layer" },
      { key: "shape", title: "shape", align: "right" },
      { key: "active", title: "active weights", format: "integer" },
    ],
    rows: network.weightLayers.map(({ name, shape }, l) => ({
      layer: name,
      shape: shape.join(" × "),
      active: active[l],
    })),
  };
  const cost = costOfRun(settings, plan);
  return {
    capacity,
    work: total * cost,
    time: () => {
      using _scope = engine.scope();
      const tuned = new TuningProblem(engine, settings, { seed, data, plan });
      const steps = Math.min(stepsTimed, plan.steps);
      const schedules = givenSchedules(settingsByHand(settings), plan);
      const take = () => {
        for (const _step of tuned.train(schedules, steps));
      };
      take();
      const started = performance.now();
      take();
      return ((performance.now() - started) / steps) * cost;
    },
  };
}
