/** From a checkpoint back into a network, or into a training that goes on from there. Nothing is written unless all of it fits. */

import { InputError } from "../../base/index.ts";
import type { Network } from "../../nn/index.ts";
import type { Trainer } from "../trainer.ts";
import {
  type Json,
  plainSettings,
  type SettingDifference,
  settingDifferences,
  type TrainingSettings,
} from "../training-settings.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { checkFit } from "./fit.ts";
import { namedVariables } from "./network-tensors.ts";

/**
 * Writes a checkpoint's weights and running statistics into a network, to evaluate it, or to train it further under other
 * settings.
 *
 * @throws InputError  where names, shapes or masks differ; the message lists them
 */
export function restoreNetwork(network: Network, checkpoint: Checkpoint): void {
  checkFit(network, checkpoint);
  for (const { name, variable } of namedVariables(network)) {
    const saved = checkpoint.tensors.get(name);
    if (saved !== undefined) variable.set(saved.values);
  }
}

/**
 * Takes a training up where the checkpoint was taken: the steps that follow have the bits of a training that never stopped.
 * The trainer is built as the first one was; only `epochs` may differ, where the schedule does not depend on them.
 *
 * @throws InputError  where settings, data or network are others; the message names them
 */
export function restoreTraining(trainer: Trainer, checkpoint: Checkpoint): void {
  const { network, optimizer, data } = trainer;
  checkSettings(trainer, checkpoint);
  if (data.dataset.sha256 !== checkpoint.data.sha256) {
    throw new InputError(
      `${checkpoint.source}: was trained on ${checkpoint.data.name} of SHA-256 ${checkpoint.data.sha256}, ` +
        `got ${data.dataset.name} of ${data.dataset.sha256}; give the data it was trained on, or take its weights alone: restoreNetwork`,
    );
  }
  checkFit(network, checkpoint);
  checkArchitecture(network, checkpoint);
  const slots = network.parameters.flatMap(({ name, variable }) => {
    const saved = checkpoint.optimizer.slots.get(name);
    return saved === undefined ? [] : [[variable.name, saved] as const];
  });
  const before = trainer.position;
  trainer.moveTo(checkpoint.position);
  try {
    optimizer.restore(
      { ...checkpoint.optimizer, slots: new Map(slots) },
      network.parameters.map(({ variable }) => variable),
    );
  } catch (error) {
    trainer.moveTo(before);
    throw error;
  }
  restoreNetwork(network, checkpoint);
}

function checkSettings(trainer: Trainer, { source, settings, position }: Checkpoint): void {
  const { epochs } = trainer.settings;
  const differences = settingDifferences(settings, trainer.settings).filter(
    ({ name }) => name !== "epochs" || dependsOnEpochs(settings),
  );
  if (differences.length > 0) {
    throw new InputError(
      `${source}: a training goes on with its own settings, but ${differences.map(inWords).join(", ")}; ` +
        "give the settings it had, or take its weights alone: restoreNetwork",
    );
  }
  if (position.step > Number(epochs) * trainer.stepsPerEpoch) {
    throw new InputError(
      `${source}: ${position.epoch} epochs and ${position.stepInEpoch} steps are done, which is more than epochs ${epochs}; ask for more epochs`,
    );
  }
}

/** What weights do not show: activations, strides, dropout. */
function checkArchitecture({ architecture: { layers } }: Network, { source, architecture }: Checkpoint): void {
  const was = architecture.layers;
  const at = Array.from({ length: Math.max(was.length, layers.length) }, (_, place) => place).find(
    (place) =>
      settingDifferences(plainSettings({ layer: was[place] }), plainSettings({ layer: layers[place] })).length > 0,
  );
  if (at === undefined) return;
  const [one, other] = [was[at], layers[at]].map((layer) => (layer === undefined ? "nothing" : JSON.stringify(layer)));
  throw new InputError(
    `${source}: must be a checkpoint of this architecture, but layer ${at + 1} of it is ${one}, the network's ${other}. ` +
      "Build the network of the checkpoint's architecture, or take its weights alone: restoreNetwork",
  );
}

/** A cosine falls to its end at the last epoch, and windows share out all epochs: with another number they would be others from the start. */
function dependsOnEpochs({ schedule, windows }: TrainingSettings): boolean {
  return windows !== undefined || (schedule as { readonly name?: Json } | undefined)?.name === "cosine";
}

function inWords({ name, one, other }: SettingDifference): string {
  const said = (value: Json | undefined) => (value === undefined ? "not given" : JSON.stringify(value));
  return `${name} was ${said(one)} and is ${said(other)}`;
}
