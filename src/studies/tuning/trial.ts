/** What a worker thread runs: one search, from its payload to the columns of the exports. */

import type { RunTrial, TrialResult } from "../../experiment/index.ts";
import { openEngine } from "../../tensor/index.ts";
import { TrialDataCache } from "../sc-sdc/trial-data.ts";
import { planSearch } from "./plan.ts";
import { tuningResult } from "./result.ts";
import { costOfRun, tuneStepwise } from "./run.ts";
import type { TuningSettings } from "./settings.ts";

// One engine per worker thread, kept warm from trial to trial.
const engine = await openEngine();
const cache = new TrialDataCache(engine);

/** Steps of the progress that is told. */
const parts = 100;

export const runTrial: RunTrial = async ({ seed, payload }, { progress }): Promise<TrialResult> => {
  const started = performance.now();
  const settings = payload as TuningSettings;
  const data = await cache.get(settings);
  using _ = engine.scope();
  const whole = costOfRun(settings, planSearch(settings, data.dataset));
  const pauses = tuneStepwise(engine, settings, { seed, data });
  let cost = 0;
  let told = 0;
  let next = pauses.next();
  for (; !next.done; next = pauses.next()) {
    cost += next.value.cost;
    const part = Math.min(parts, Math.floor((parts * cost) / whole));
    if (part > told) progress(part, parts);
    told = Math.max(told, part);
  }
  return tuningResult(next.value, Math.round(performance.now() - started));
};
