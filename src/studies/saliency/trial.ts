/** What a worker thread runs: a network trained or opened, and the checks of every method's maps. */

import { createHash } from "node:crypto";
import { InputError } from "../../base/index.ts";
import { normalisation } from "../../data/index.ts";
import type { RunTrial, TrialResult } from "../../experiment/index.ts";
import { countParameters, type Network } from "../../nn/index.ts";
import { classSensitivity, parameterRandomisation, type SimilaritySpread } from "../../saliency/index.ts";
import { openEngine } from "../../tensor/index.ts";
import { Evaluator, networkFromValues, openNetwork, type ResidentDataset } from "../../train/index.ts";
import { TrialDataCache } from "../sc-sdc/trial-data.ts";
import { compressedNetwork } from "./compressed.ts";
import { endedTraining } from "./ended-training.ts";
import { readNetwork } from "./preview.ts";
import { removesChannels, type SaliencySettings, trainingOf } from "./settings.ts";

// One engine per worker thread, kept warm from trial to trial.
const engine = await openEngine();
const cache = new TrialDataCache(engine);

type Rows = TrialResult["epochs"];

export const runTrial: RunTrial = async ({ seed, payload }, { progress }) => {
  const started = performance.now();
  const settings = payload as SaliencySettings;
  const data = await cache.get(settings);
  using _ = engine.scope();
  if (settings.checkpoint !== null) {
    const { network, sha256 } = opened(settings.checkpoint.replaceAll("{seed}", String(seed)), data);
    return { ...resultOf(network, sha256, { settings, seed, data }), wallMs: Math.round(performance.now() - started) };
  }
  if (removesChannels(settings)) {
    const { network, losses } = await compressedNetwork(engine, settings, { seed, data, onProgress: progress });
    const result = resultOf(networkFromValues(engine, network), "", { settings, seed, data });
    const epochs = losses.map((loss, i) => ({ ...unmeasured, epoch: i + 1, train_loss: loss }));
    return { ...result, epochs, wallMs: Math.round(performance.now() - started) };
  }
  using ended = endedTraining(engine, trainingOf(settings), { seed, data, onProgress: progress });
  const rows = ended.measurements.map(({ epoch, train, test }) => ({
    ...{ epoch, train_loss: train.loss, train_accuracy: train.accuracy },
    ...{ test_loss: test.loss, test_accuracy: test.accuracy },
  }));
  const asked = { settings, seed, data };
  const result = ended.network === undefined ? noResult : resultOf(ended.network, "", asked);
  const { diverged } = ended;
  return { ...result, epochs: rows, ...(diverged && { diverged }), wallMs: Math.round(performance.now() - started) };
};

/** Columns of an epoch that only its mean loss is known of. */
const unmeasured = { train_accuracy: Number.NaN, test_loss: Number.NaN, test_accuracy: Number.NaN };

type Result = Omit<TrialResult, "wallMs">;

/** A diverged network has no numbers of its own. */
const noResult: Result = {
  status: "diverged",
  columns: { active_weights: Number.NaN, parameters: Number.NaN, test_accuracy: Number.NaN, checkpoint_sha256: "" },
  epochs: [],
  tables: { maps: [] },
};

interface Asked {
  readonly settings: SaliencySettings;
  readonly seed: number;
  readonly data: ResidentDataset;
}

function resultOf(network: Network, sha256: string, asked: Asked): Result {
  const counts = countParameters(network.parameters);
  const { accuracy } = new Evaluator(engine, network, asked.data, "test").evaluate();
  return {
    status: "done",
    columns: {
      ...{ active_weights: counts.weight, parameters: counts.total },
      ...{ test_accuracy: accuracy, checkpoint_sha256: sha256 },
    },
    epochs: [],
    tables: { maps: checkedMaps(network, asked) },
  };
}

function opened(path: string, data: ResidentDataset): { network: Network; sha256: string } {
  const bytes = readNetwork(path);
  const { network } = openNetwork(engine, bytes, path);
  const { name, features, classes } = data.dataset;
  if (network.inputs !== features || network.outputs !== classes) {
    throw new InputError(
      `checkpoint: the network of ${path} must fit ${name}, ${features} features and ${classes} classes, got ${network.inputs} and ${network.outputs}; use the data it was trained on`,
    );
  }
  return { network, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** Rows of maps.csv. Random weights are drawn from a seed of their own, so that no network is one that training began with. */
function checkedMaps(network: Network, { settings, seed, data: { dataset } }: Asked): Rows {
  const { saliency_methods: methods, saliency_images, normalisation: kind } = settings;
  const { features, test } = dataset;
  const count = Math.min(saliency_images, test.count);
  const { scale, shift } = normalisation(dataset, kind);
  const images = Float64Array.from(
    { length: count * features },
    (_, i) => test.values[i] * scale[i % features] + shift[i % features],
  );
  const classes = classSensitivity(engine, network, { images, methods });
  const randomised = parameterRandomisation(engine, network, { images, methods, seed: 1_000_000 + seed });
  return classes.flatMap(({ method, similarity }, place) => [
    { method, check: "class", random_layers: 0, layer: "", ...similarityColumns(similarity) },
    ...randomised[place].steps.slice(1).map(({ layers, similarity: of }) => ({
      ...{ method, check: "random", random_layers: layers.length, layer: layers[layers.length - 1] },
      ...similarityColumns(of),
    })),
  ]);
}

function similarityColumns({ spearman, absoluteSpearman, structural, orientedGradients }: SimilaritySpread) {
  return {
    images: absoluteSpearman.count,
    spearman: spearman.mean,
    absolute_spearman: absoluteSpearman.mean,
    structural: structural.mean,
    oriented_gradients: orientedGradients.mean,
  };
}
