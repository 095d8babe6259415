/** `explain --label-randomisation`: the training of a checkpoint once more, on labels that were shuffled. */

import { InputError } from "../base/index.ts";
import { shuffledLabels } from "../saliency/index.ts";
import { endedTraining, type MissingData, trialDataset } from "../studies/index.ts";
import type { Engine } from "../tensor/index.ts";
import { residentDataset } from "../train/index.ts";
import type { ShuffledTraining } from "./explain-sanity.ts";
import { note } from "./output.ts";
import { loadStopped } from "./train-checkpoint.ts";

/**
 * Trains a second network with the settings in a checkpoint's notes, from its seed, but on shuffled labels. It lives until it is
 * disposed of.
 *
 * @param seed  of the order of the labels
 * @throws InputError  for a file that is no checkpoint of gradientflow train, or where the training diverges
 */
export async function trainOnShuffledLabels(
  engine: Engine,
  path: string,
  { seed, missing }: { readonly seed: number; readonly missing: MissingData },
): Promise<ShuffledTraining & Disposable> {
  const { kind, seed: ownSeed, settings } = await loadStopped(path);
  const dataset = await trialDataset(settings, missing);
  const labels = shuffledLabels(dataset.train.labels, seed);
  const data = residentDataset(engine, { ...dataset, train: { ...dataset.train, labels } }, settings.normalisation);
  const { epochs } = settings;
  const onEpoch = (epoch: number, loss: number) => {
    if (epoch > 0) note(`shuffled labels: epoch ${epoch} of ${epochs}, training loss ${loss.toFixed(4)}`);
  };
  const pair = kind === "sparse" ? kind : "dense";
  const ended = endedTraining(engine, settings, { kind: pair, seed: ownSeed, data, onEpoch });
  const { network, measurements, diverged } = ended;
  if (network === undefined) {
    throw new InputError(
      `--label-randomisation: the training on shuffled labels must not diverge, got: ${diverged?.reason}; leave the option out`,
    );
  }
  const { accuracy } = measurements[measurements.length - 1].train;
  return { network, trainAccuracy: accuracy, seed, [Symbol.dispose]: () => ended[Symbol.dispose]() };
}
