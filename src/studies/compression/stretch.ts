/**
 * A stretch of training: some epochs of one network under one optimizer and one schedule. A compression is several of them; each
 * has examples in an order of its own.
 */

import type { Network } from "../../nn/index.ts";
import type { GroupBlock, OptimizerName, OptimizerSettings, ScheduleOptions } from "../../optim/index.ts";
import { defaultLearningRates } from "../../optim/index.ts";
import type { Engine } from "../../tensor/index.ts";
import { type Checkpoint, type ResidentDataset, restoreTraining, Trainer } from "../../train/index.ts";
import type { CompressionSettings } from "./settings.ts";

/** The parts of a compression, in order. */
export const stretchNames = ["dense", "compress", "fine-tune"] as const;
export type StretchName = (typeof stretchNames)[number];

export interface Stretch {
  readonly name: StretchName;
  readonly epochs: number;
  /** Factor of the settings' learning rate. Default 1. */
  readonly rate?: number;
  readonly schedule: ScheduleOptions["name"];
  /** Default the settings' own. */
  readonly optimizer?: OptimizerName;
  readonly optimizerSettings?: OptimizerSettings;
  readonly groups?: readonly GroupBlock[];
  /** Of the optimizer's λ. */
  readonly lambdaSchedule?: ScheduleOptions["name"];
}

/** A stretch between two steps. */
export interface StretchProgress {
  readonly stretch: Stretch;
  readonly trainer: Trainer;
  /** Mean loss of the epoch's steps so far; NaN before the first. */
  readonly loss: number;
}

export interface StretchOptions {
  readonly seed: number;
  readonly data: ResidentDataset;
  /** Steps between two pauses; the ends of epochs are pauses too. Default none. */
  readonly pauseEvery?: number;
  /** Where the stretch was stopped. */
  readonly resume?: Checkpoint;
}

/** Numbers of orders that seeds do not come to. */
const orderStride = 2 ** 40;

/** Trains a network, with pauses in which the training can be saved or left. @throws DivergedError */
export function* runStretch(
  engine: Engine,
  settings: CompressionSettings,
  {
    network,
    stretch,
    seed,
    data,
    pauseEvery,
    resume,
  }: StretchOptions & { readonly network: Network; readonly stretch: Stretch },
): Generator<StretchProgress, void, void> {
  const {
    epochs,
    rate = 1,
    schedule,
    optimizer = settings.optimizer,
    optimizerSettings,
    groups,
    lambdaSchedule,
  } = stretch;
  if (epochs === 0) return;
  const trainer = new Trainer(engine, {
    network,
    data,
    optimizer,
    optimizerSettings: {
      momentum: settings.momentum,
      weightDecay: settings.weight_decay,
      decoupledDecay: settings.decoupled_decay ?? undefined,
      ...optimizerSettings,
    },
    groups,
    lambdaSchedule: lambdaSchedule === undefined ? undefined : { name: lambdaSchedule },
    learningRate: rate * (settings.learning_rate ?? defaultLearningRates[settings.optimizer]),
    schedule: { name: schedule },
    epochs,
    batchSize: settings.batch_size,
    seed: seed + orderStride * stretchNames.indexOf(stretch.name),
    clip: { norm: settings.clip_norm ?? undefined, value: settings.clip_value ?? undefined },
    augmentation: settings.augmentation ? { padCrop: 4, horizontalFlip: true } : undefined,
  });
  if (resume !== undefined) restoreTraining(trainer, resume);
  yield { stretch, trainer, loss: Number.NaN };
  while (trainer.epoch < epochs) {
    const loss = trainer.trainEpoch({ maxSteps: pauseEvery ?? Number.POSITIVE_INFINITY });
    yield { stretch, trainer, loss };
  }
}
