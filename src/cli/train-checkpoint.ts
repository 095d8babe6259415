/** What `train` keeps in a checkpoint beside the training itself, and how it takes one up again. */

import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { InputError } from "../base/index.ts";
import type { Dataset } from "../data/index.ts";
import type { UpdateEffect } from "../flow/index.ts";
import {
  dynamicMethodOf,
  type Measurement,
  methodNames,
  type ScSdcSettings,
  type SparseMeasurement,
  type SparseTrainingSettings,
  scSdcSettings,
  sparseTrainingSettings,
  ticketTrainings,
  zeroingByLength,
} from "../studies/index.ts";
import {
  type Checkpoint,
  type CheckpointNotes,
  loadCheckpoint,
  plainSettings,
  restoreTraining,
  settingDifferences,
  type Trainer,
} from "../train/index.ts";
import { packageVersion } from "./program.ts";

/** A training of this command as its checkpoint tells of it. */
export interface StoppedTraining {
  readonly checkpoint: Checkpoint;
  /** Of a pair's network, or the method. */
  readonly kind: string;
  readonly seed: number;
  readonly settings: ScSdcSettings | SparseTrainingSettings;
  readonly measurements: readonly Measurement[];
  /** Of a method: the gradient norm around changes of the topology. */
  readonly updates: readonly UpdateEffect[];
  /** Of a lottery: which of its trainings was in progress, from 1. */
  readonly training: number;
}

/** What stays the same throughout a training. */
export interface TrainingFacts {
  readonly kind: string;
  readonly seed: number;
  readonly settings: ScSdcSettings | SparseTrainingSettings;
  readonly dataset: Dataset;
}

/** What was measured of it so far. */
interface Measured {
  readonly measurements: readonly Measurement[];
  readonly updates?: readonly UpdateEffect[];
  readonly training?: number;
}

/** The notes of a checkpoint. */
export function trainNotes(
  { kind, seed, settings, dataset }: TrainingFacts,
  { measurements, updates, training = 1 }: Measured,
): CheckpointNotes {
  const { featureShape, classes, classNames } = dataset;
  return {
    model: { kind, featureShape, normalisation: settings.normalisation, classes, classNames },
    notes: {
      command: "train",
      kind,
      seed,
      settings,
      measurements: withTexts(measurements),
      updates: withTexts(updates ?? []),
      training,
    },
    writtenBy: `gradientflow ${packageVersion()}`,
  };
}

/** Numbers that JSON lacks become texts. */
function withTexts(measured: Measured["measurements"] | Measured["updates"]): unknown {
  const text = JSON.stringify(measured, (_, item) =>
    typeof item === "number" && !Number.isFinite(item) ? String(item) : item,
  );
  return JSON.parse(text);
}

function withNumbers(measured: readonly unknown[]): unknown[] {
  const isText = (item: unknown) => item === "NaN" || item === "Infinity" || item === "-Infinity";
  return JSON.parse(JSON.stringify(measured), (_, item) => (isText(item) ? Number(item) : item));
}

/** The gradient norms around changes of the topology among a checkpoint's notes; those of another form are left out. */
export function updatesIn(notes: unknown): readonly UpdateEffect[] {
  const { updates } = (notes ?? {}) as { readonly updates?: unknown };
  if (!Array.isArray(updates)) return [];
  const names = ["step", "before", "after", "delta"] as const;
  const isUpdate = (item: unknown): item is UpdateEffect =>
    typeof item === "object" &&
    item !== null &&
    names.every((name) => typeof (item as UpdateEffect)[name] === "number");
  return withNumbers(updates).filter(isUpdate);
}

/** Loads a checkpoint of this command. @throws InputError for one that something else has written */
export async function loadStopped(path: string): Promise<StoppedTraining> {
  const checkpoint = await loadCheckpoint(path);
  const notes = (checkpoint.notes ?? {}) as Partial<Record<string, unknown>>;
  const { kind, seed, settings, measurements, training = 1 } = notes;
  const byMethod = typeof settings === "object" && settings !== null && "method" in settings;
  const parsed = (byMethod ? sparseTrainingSettings : scSdcSettings).safeParse(settings);
  const kinds: readonly unknown[] = byMethod ? methodNames : ["dense", "sparse"];
  if (
    !parsed.success ||
    typeof kind !== "string" ||
    !kinds.includes(kind) ||
    typeof seed !== "number" ||
    typeof training !== "number" ||
    !Array.isArray(measurements)
  ) {
    throw new InputError(
      `${path}: must be a checkpoint of gradientflow train, got one written by ${checkpoint.writtenBy} with other notes; ` +
        "go on with the program that wrote it",
    );
  }
  return {
    checkpoint,
    kind,
    seed,
    settings: parsed.data,
    measurements: withNumbers(measurements) as readonly Measurement[],
    updates: updatesIn(checkpoint.notes),
    training,
  };
}

/**
 * Holds what is asked for against the training that is to go on. More epochs may be asked for, where the schedule does not
 * depend on them, and another folder of the data, which are known by their hash.
 *
 * @throws InputError  naming the settings that differ
 */
export function checkSameTraining(
  { checkpoint: { source, position }, ...was }: StoppedTraining,
  is: Pick<TrainingFacts, "kind" | "seed" | "settings">,
): void {
  const plain = ({ kind, seed, settings }: typeof is) => plainSettings({ ...settings, kind, seed });
  const whole = dependsOnEpochs(was.settings);
  const differences = settingDifferences(plain(was), plain(is)).filter(
    ({ name }) => name !== "data_folder" && (name !== "epochs" || whole !== undefined),
  );
  if (differences.length === 0) {
    const { epoch, stepInEpoch } = position;
    if (epoch + (stepInEpoch > 0 ? 1 : 0) <= is.settings.epochs) return;
    const begun = stepInEpoch > 0 ? " and a part of the next" : "";
    throw new InputError(
      `train: ${source} has done ${epoch} epochs${begun}, which is more than epochs=${is.settings.epochs}; ask for more epochs`,
    );
  }
  const option = (name: string) => (name === "kind" || name === "seed" ? `--${name} ` : `${name}=`);
  const said = differences.map(({ name, one, other }) => `${option(name)}${one}, not ${other}`).join(", ");
  const reason = differences.some(({ name }) => name === "epochs")
    ? ` (${whole}, so that the number of epochs is part of it)`
    : "";
  throw new InputError(
    `train: ${source} is a training with ${said}${reason}; leave that out to go on with it, or start another without --resume`,
  );
}

/** Why other epochs would be another training from the start; undefined where they would not. */
function dependsOnEpochs(settings: ScSdcSettings | SparseTrainingSettings): string | undefined {
  if (settings.schedule === "cosine") return "a cosine schedule falls to its end at the last epoch";
  const { learning_rates, momenta, weight_decays } = settings;
  if ([learning_rates, momenta, weight_decays].some((values) => values !== null)) {
    return "values by windows are spread over the whole training";
  }
  const zeroing = zeroingByLength(settings);
  if (zeroing !== undefined) return zeroing;
  if (!("method" in settings)) return undefined;
  const changes = ["gmp", "lottery"].includes(settings.method) || dynamicMethodOf(settings) !== undefined;
  return changes ? `${settings.method} spreads its changes over the whole training` : undefined;
}

/** Where a method's training was stopped. */
export function takenUp({ checkpoint, measurements, updates, training }: StoppedTraining) {
  return { checkpoint, measurements: measurements as readonly SparseMeasurement[], updates, training };
}

/** Where a lottery is that has not found its ticket yet, in words; undefined for all other trainings. */
export function ticketSearch({ settings, training, checkpoint }: StoppedTraining): string | undefined {
  if (!("method" in settings) || settings.method !== "lottery") return undefined;
  const trainings = ticketTrainings(settings);
  if (training > trainings) return undefined;
  return `goes on with the search for the ticket: training ${training} of ${trainings}, after ${checkpoint.position.step} steps`;
}

/** Puts a training back where it was stopped. @returns the measurements until then */
export function takeUp({ checkpoint, measurements }: StoppedTraining, trainer: Trainer): readonly Measurement[] {
  restoreTraining(trainer, checkpoint);
  return measurements;
}

/** @throws InputError where the folder is not there, or saving would overwrite a checkpoint that is not gone on with */
export function checkTarget(target: string, resumed: string | undefined): void {
  if (resumed !== undefined && resolve(target) === resolve(resumed)) return;
  const rule = `train: --checkpoint ${target}: `;
  if (!existsSync(dirname(target))) throw new InputError(`${rule}its folder must be there, and is not; make it first`);
  if (existsSync(target)) {
    throw new InputError(
      `${rule}there must be no such file yet, and there is; go on with it by --resume ${target}, or choose another name`,
    );
  }
}
