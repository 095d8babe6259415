/** `explain --label-randomisation`: the training of a checkpoint once more, on labels that were shuffled. */

import { shuffledLabels } from "../saliency/index.ts";
import { type MissingData, runSparseTraining, runTraining, trialDataset } from "../studies/index.ts";
import type { Engine } from "../tensor/index.ts";
import { residentDataset } from "../train/index.ts";
import type { ShuffledTraining } from "./explain-sanity.ts";
import { note } from "./output.ts";
import { loadStopped } from "./train-checkpoint.ts";

/**
 * Trains a second network with the settings in a checkpoint's notes, from its seed, but on shuffled labels.
 *
 * @param seed  of the order of the labels
 * @throws InputError  for a file that is no checkpoint of gradientflow train
 */
export async function trainOnShuffledLabels(
  engine: Engine,
  path: string,
  { seed, missing }: { readonly seed: number; readonly missing: MissingData },
): Promise<ShuffledTraining> {
  const { kind, seed: ownSeed, settings } = await loadStopped(path);
  const dataset = await trialDataset(settings, missing);
  const labels = shuffledLabels(dataset.train.labels, seed);
  const data = residentDataset(engine, { ...dataset, train: { ...dataset.train, labels } }, settings.normalisation);
  // Only the end is looked at.
  const quiet = { ...settings, measure_every: settings.epochs };
  const { epochs } = settings;
  const onEpoch = (epoch: number, loss: number) => {
    if (epoch > 0) note(`shuffled labels: epoch ${epoch} of ${epochs}, training loss ${loss.toFixed(4)}`);
  };
  const common = { seed: ownSeed, data, onEpoch };
  const { network, measurements } =
    "method" in quiet
      ? runSparseTraining(engine, quiet, common)
      : runTraining(engine, quiet, { ...common, kind: kind === "sparse" ? "sparse" : "dense" });
  return { network, trainAccuracy: measurements[measurements.length - 1].train.accuracy, seed };
}
