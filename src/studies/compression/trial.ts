/** What a worker thread runs: one network by its method, from its payload to the columns of the exports. */

import type { RunTrial, TrialResult } from "../../experiment/index.ts";
import { weightLayers } from "../../nn/index.ts";
import { openEngine } from "../../tensor/index.ts";
import { TrialDataCache } from "../sc-sdc/trial-data.ts";
import { type CompressionOutcome, fullArchitecture, runCompression } from "./run.ts";
import type { CompressionSettings } from "./settings.ts";

// One engine per worker thread, kept warm from trial to trial.
const engine = await openEngine();
const cache = new TrialDataCache(engine);

export const runTrial: RunTrial = async ({ seed, payload }, { progress }) => {
  const started = performance.now();
  const settings = payload as CompressionSettings;
  const data = await cache.get(settings);
  using _ = engine.scope();
  const epochs: Record<string, number | string>[] = [];
  const outcome = await runCompression(engine, settings, {
    seed,
    data,
    onEpoch: (epoch, of, loss, stretch) => {
      epochs.push({ epoch, stretch, loss });
      progress(epoch, of);
    },
  });
  const { test, cost, denseCost, compressed } = outcome;
  const columns: TrialResult["columns"] = {
    test_accuracy: test.accuracy,
    test_loss: test.loss,
    macs: cost.total.activeMacs,
    parameters: cost.total.activeParameters,
    bytes: cost.total.bytes,
    gzip_bytes: cost.total.gzipBytes,
    full_macs: denseCost.total.macs,
    full_parameters: denseCost.total.parameters,
    full_bytes: denseCost.total.bytes,
    full_gzip_bytes: denseCost.total.gzipBytes,
    groups_removed: compressed?.counts.wanted ?? 0,
    groups_removed_at_end: compressed?.counts.atEnd ?? 0,
    largest_difference: compressed?.comparison.largestDifference ?? Number.NaN,
  };
  const full = new Map(weightLayers(fullArchitecture(settings, data.dataset)).map(({ name, shape }) => [name, shape]));
  return {
    status: "done",
    columns,
    epochs,
    tables: { layers: layerRows(outcome, full) },
    wallMs: Math.round(performance.now() - started),
  };
};

/** A line for each weight layer that is left. */
function layerRows({ network, cost }: CompressionOutcome, full: ReadonlyMap<string, readonly number[]>) {
  const costs = new Map(cost.layers.map((layer) => [layer.name, layer]));
  return weightLayers(network.architecture).map(({ name, shape }) => {
    const { activeWeights = 0, activeMacs = 0, bytes = 0 } = costs.get(name) ?? {};
    return {
      layer: name,
      full_shape: (full.get(name) ?? []).join(" x "),
      shape: shape.join(" x "),
      active_weights: activeWeights,
      macs: activeMacs,
      bytes,
    };
  });
}
