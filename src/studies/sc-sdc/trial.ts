/** What a worker thread runs: one network of a pair, from its payload to the columns of the exports. */

import type { RunTrial, TrialResult } from "../../experiment/index.ts";
import { openEngine } from "../../tensor/index.ts";
import { epochRows } from "./epoch-rows.ts";
import type { NetworkKind } from "./model.ts";
import { runTraining } from "./run.ts";
import type { ScSdcSettings } from "./settings.ts";
import { TrialDataCache } from "./trial-data.ts";

// One engine per worker thread, kept warm from trial to trial.
const engine = await openEngine();
const cache = new TrialDataCache(engine);

export const runTrial: RunTrial = async ({ kind, seed, payload }, { progress }) => {
  const started = performance.now();
  const settings = payload as ScSdcSettings;
  const data = await cache.get(settings);
  using _ = engine.scope();
  const outcome = runTraining(engine, settings, {
    kind: kind as NetworkKind,
    seed,
    data,
    onEpoch: (epoch) => progress(epoch, settings.epochs),
  });
  const { measurements, averages, diverged } = outcome;
  // A diverged network has no final accuracy: its columns say so.
  const last = diverged === undefined ? measurements[measurements.length - 1] : undefined;
  const columns: TrialResult["columns"] = {
    active_weights: outcome.activeWeights,
    parameters: outcome.parameters,
    test_accuracy: last?.test.accuracy ?? Number.NaN,
    test_loss: last?.test.loss ?? Number.NaN,
    train_accuracy: last?.train.accuracy ?? Number.NaN,
    train_loss: last?.train.loss ?? Number.NaN,
    gf_1: averages.gf1,
    gf_2: averages.gf2,
    egf_1: averages.egf1,
    egf_2: averages.egf2,
  };
  return {
    status: diverged === undefined ? "done" : "diverged",
    columns,
    epochs: measurements.flatMap(epochRows),
    diverged,
    wallMs: Math.round(performance.now() - started),
  };
};
