/** What a worker thread runs: one training by a method, from its payload to the columns of the exports. */

import type { RunTrial, TrialResult } from "../../experiment/index.ts";
import { openEngine } from "../../tensor/index.ts";
import { epochRows } from "../sc-sdc/epoch-rows.ts";
import { TrialDataCache } from "../sc-sdc/trial-data.ts";
import type { SparseMeasurement } from "./measure.ts";
import { runSparseTraining, type SparseRunOutcome } from "./run.ts";
import type { SparseTrainingSettings } from "./settings.ts";

// One engine per worker thread, kept warm from trial to trial.
const engine = await openEngine();
const cache = new TrialDataCache(engine);

export const runTrial: RunTrial = async ({ seed, payload }, { progress }) => {
  const started = performance.now();
  const settings = payload as SparseTrainingSettings;
  const data = await cache.get(settings);
  using _ = engine.scope();
  const outcome = runSparseTraining(engine, settings, { seed, data, onProgress: progress });
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
    gradient_norm_start: measurements[0]?.gradientNorm ?? Number.NaN,
    gradient_norm_end: last?.gradientNorm ?? Number.NaN,
    egf_2: averages.egf2,
    steps: outcome.steps,
    changes: outcome.changes,
    pruned_accuracy: outcome.prunedAccuracy,
    pruned_disagreement: outcome.ticket?.disagreement ?? Number.NaN,
    pruned_distance_start: outcome.ticket?.distances.start ?? Number.NaN,
    pruned_distance_end: outcome.ticket?.distances.end ?? Number.NaN,
    barrier: outcome.ticket?.barrier ?? Number.NaN,
  };
  return {
    status: diverged === undefined ? "done" : "diverged",
    columns,
    epochs: measurements.flatMap(sparseEpochRows),
    tables: furtherTables(outcome),
    diverged,
    wallMs: Math.round(performance.now() - started),
  };
};

function furtherTables({ updates, ticket }: SparseRunOutcome): NonNullable<TrialResult["tables"]> {
  return {
    updates: updates.map(({ step, before, after }) => ({
      step,
      gradient_norm_before: before,
      gradient_norm_after: after,
    })),
    lines: (ticket?.lines ?? []).flatMap(({ from, points }) =>
      points.map(({ alpha, loss, accuracy }) => ({ from, alpha, train_loss: loss, train_accuracy: accuracy })),
    ),
  };
}

function sparseEpochRows(measured: SparseMeasurement): Record<string, number | string>[] {
  const [all, ...layers] = epochRows(measured);
  const { gradientNorm, gainOfUpdates } = measured;
  return [{ ...all, gradient_norm: gradientNorm, gain_of_updates: gainOfUpdates }, ...layers];
}
