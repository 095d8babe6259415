/**
 * `train`: one network, epoch by epoch. It is one trial of a study without factors, so that the settings, their checks and
 * their messages are those of study files: of a same-capacity study, or, where a method is named, of one of sparse training.
 */

import { setImmediate } from "node:timers/promises";
import { InputError } from "../base/index.ts";
import {
  applyOverrides,
  countTrials,
  designStudy,
  listenForInterrupt,
  parseStudy,
  readStudyFile,
  ruleOf,
  type Study,
  type StudyKind,
  studyJsonSchema,
} from "../experiment/index.ts";
import {
  type NetworkKind,
  type RunOutcome,
  type RunProgress,
  runSparseStepwise,
  runStepwise,
  type ScSdcSettings,
  type SharedSettings,
  type SparseProgress,
  type SparseTrainingSettings,
  scSdc,
  scSdcSettings,
  sparseTraining,
  sparseTrainingSettings,
  studyKinds,
  trialDataset,
} from "../studies/index.ts";
import { openEngine } from "../tensor/index.ts";
import { residentDataset, saveCheckpoint, type Trainer } from "../train/index.ts";
import { exitCodes } from "./errors.ts";
import { facts, note, say } from "./output.ts";
import {
  checkSameTraining,
  checkTarget,
  loadStopped,
  type StoppedTraining,
  takenUp,
  takeUp,
  ticketSearch,
  trainNotes,
} from "./train-checkpoint.ts";
import { jsonTrainingDisplay, type TrainingDisplay, textTrainingDisplay } from "./training-display.ts";
import { describeMethod, describePair } from "./training-network.ts";

export interface TrainOptions {
  /** Default "dense", or that of the training gone on with. */
  readonly kind?: NetworkKind;
  /** Default 0, or that of the training gone on with. */
  readonly seed?: number;
  readonly config?: string;
  readonly settings?: boolean;
  readonly fetch?: boolean;
  readonly json?: boolean;
  /** Where to save; by default where `resume` says. */
  readonly checkpoint?: string;
  /** The checkpoint of a training to go on with. */
  readonly resume?: string;
}

/** Milliseconds between two looks for Ctrl-C. */
const attentiveMs = 20;

export async function train(overrides: readonly string[], options: TrainOptions): Promise<void> {
  const stopped = options.resume === undefined ? undefined : await loadStopped(options.resume);
  const byMethod = asksForMethod(overrides, options.config, stopped);
  if (byMethod && options.kind !== undefined) {
    throw new InputError("train: --kind chooses a network of a pair, and a method trains one network; leave it out");
  }
  const seed = options.seed ?? stopped?.seed ?? 0;
  const pairKind = options.kind ?? (stopped?.kind === "sparse" ? "sparse" : "dense");
  const settings: ScSdcSettings | SparseTrainingSettings = byMethod
    ? readMethodSettings(overrides, { seed, config: options.config, base: stopped?.settings })
    : readSettings(overrides, { kind: pairKind, seed, config: options.config, base: stopped?.settings });
  const kind = "method" in settings ? settings.method : pairKind;
  if (options.settings === true) {
    say(settingsList("method" in settings ? sparseTraining : scSdc, settings));
    return;
  }
  if (stopped !== undefined) checkSameTraining(stopped, { kind, seed, settings });
  const target = options.checkpoint ?? options.resume;
  if (target !== undefined) checkTarget(target, options.resume);
  const dataset = await trialDataset(settings, { fetchMissing: options.fetch !== false, announce: note });
  const engine = await openEngine();
  const data = residentDataset(engine, dataset, settings.normalisation);
  const display = options.json === true ? jsonTrainingDisplay() : textTrainingDisplay();
  const run = { settings, kind, seed, dataset };
  const search = stopped && ticketSearch(stopped);
  if (search !== undefined) note(search);
  const from = search === undefined ? stopped?.checkpoint.position : undefined;
  if (from?.epoch === settings.epochs) note(`all ${settings.epochs} epochs are done; epochs=N goes on to N`);
  const network = "method" in settings ? describeMethod(settings, dataset) : describePair(settings, pairKind, dataset);
  display.begin({ ...run, network, from });
  const pauseEvery = target === undefined ? undefined : 1;
  const common = { seed, data, onEpoch: display.epoch };
  const pauses: Generator<RunProgress, RunOutcome, void> =
    "method" in settings
      ? runSparseStepwise(engine, settings, { ...common, pauseEvery, resume: stopped && takenUp(stopped) })
      : runStepwise(engine, settings, {
          ...common,
          kind: pairKind,
          pauseEvery: pauseEvery ?? Number.POSITIVE_INFINITY,
          resume: stopped && ((trainer: Trainer) => takeUp(stopped, trainer)),
        });
  if (target === undefined) {
    display.end(runToEnd(pauses));
    return;
  }
  const save = (progress: RunProgress & Partial<Pick<SparseProgress, "updates" | "training" | "attached">>) =>
    saveCheckpoint(target, progress.trainer, { ...trainNotes(run, progress), attached: progress.attached });
  const outcome = await runSaving(pauses, save, display);
  if (outcome !== undefined) {
    display.end(outcome);
    return;
  }
  note(`Stopped, and saved in ${target}. Go on with gradientflow train --resume ${target}`);
  process.exitCode = exitCodes.interrupted;
}

/** Whether a training is one by a method of sparse training: the settings name one, or what they are taken from does. */
function asksForMethod(
  overrides: readonly string[],
  config: string | undefined,
  stopped: StoppedTraining | undefined,
): boolean {
  if (stopped !== undefined) return "method" in stopped.settings;
  if (config !== undefined) return readStudyFile(config, studyKinds).kind === sparseTraining;
  return overrides.some((text) => /^(settings\.)?(sparsity[.=]|method=)/.test(text));
}

function runToEnd(pauses: Generator<RunProgress, RunOutcome, void>): RunOutcome {
  for (;;) {
    const { done, value } = pauses.next();
    if (done === true) return value;
  }
}

/** Runs to the end, saving after each epoch, or to Ctrl-C, saving there. @returns undefined where it was stopped */
async function runSaving(
  pauses: Generator<RunProgress, RunOutcome, void>,
  save: (progress: RunProgress) => Promise<void>,
  display: TrainingDisplay,
): Promise<RunOutcome | undefined> {
  using interrupt = listenForInterrupt();
  let lookedMs = performance.now();
  for (;;) {
    const { done, value } = pauses.next();
    if (done === true) return value;
    const { trainer } = value;
    if (trainer.stepInEpoch === 0) await save(value);
    if (performance.now() - lookedMs > attentiveMs) {
      // Signals are told between two turns of the event loop.
      await setImmediate();
      lookedMs = performance.now();
    }
    if (!interrupt.stop.aborted) continue;
    if (trainer.stepInEpoch !== 0) await save(value);
    display.stopped(trainer.position);
    return undefined;
  }
}

/** Where settings come from besides the words. */
interface SettingsSource {
  readonly seed: number;
  /** A study file to take settings from. */
  readonly config?: string;
  /** Settings in place of the defaults, where there is no study file. */
  readonly base?: SharedSettings;
}

/** The settings of a pair's network in force, every default filled in. @throws InputError for any mistake in them */
export function readSettings(
  overrides: readonly string[],
  { kind, ...source }: SettingsSource & { readonly kind: NetworkKind },
): ScSdcSettings {
  const trials = readOneCell(scSdc, overrides, source);
  return scSdcSettings.parse((trials.find((trial) => trial.kind === kind) ?? trials[0]).payload);
}

/** The settings of a method's training in force. @throws InputError for any mistake in them */
export function readMethodSettings(overrides: readonly string[], source: SettingsSource): SparseTrainingSettings {
  return sparseTrainingSettings.parse(readOneCell(sparseTraining, overrides, source)[0].payload);
}

/** The trials of a study of one cell. */
function readOneCell(kind: StudyKind, overrides: readonly string[], { seed, config, base }: SettingsSource) {
  const wrong = overrides.find((text) => /^(seeds|order|name)=|^factors\./.test(text));
  if (wrong !== undefined) {
    throw new InputError(
      `train: expected settings, got ${JSON.stringify(wrong)}, which belongs to studies; the seed is --seed N`,
    );
  }
  // The ending says how to read the text; no message names the file, since nothing can be wrong in it.
  const text = JSON.stringify({ study: kind.name, settings: base ?? {} });
  const bare = () => ({ ...parseStudy(text, "train.json", studyKinds), file: "train" });
  const source = config === undefined ? bare() : readStudyFile(config, studyKinds);
  const study = worded(() => applyOverrides(source, overrides));
  requireOneCell(study);
  return worded(() => designStudy({ ...study, seeds: { count: 1, at: () => seed } })).trials;
}

/** Runs what checks a study; its complaints are worded for one training, which has no cells and crosses nothing. */
function worded<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const message = error.message
      .replace(": cell (no factors)", "")
      .replace(
        /It is a setting of this study and takes one value; .*$/,
        "One training takes one value of each setting",
      );
    throw new InputError(message);
  }
}

function requireOneCell(study: Study): void {
  const open = countTrials(study).axes.filter((axis) => axis.levels > 1);
  if (open.length === 0) return;
  const levels = open.map((axis) => `${axis.name} (${axis.levels} levels)`).join(", ");
  const name = open[0].name.split("+")[0];
  const first = study.factors.find((factor) => factor.name === name)?.levels[0].label;
  throw new InputError(
    `train: one network needs one value of every setting, but ${study.file} crosses ${levels}; choose one of each, as in ${name}=${String(first)}`,
  );
}

/** Every setting with its value in force, its meaning and its rule. */
function settingsList(kind: StudyKind, settings: ScSdcSettings | SparseTrainingSettings): string {
  const schema = studyJsonSchema(kind) as {
    properties: { settings: { properties: Record<string, { description: string }> } };
  };
  const meanings = schema.properties.settings.properties;
  const values: Readonly<Record<string, unknown>> = settings;
  const rows = Object.entries(kind.settings.shape).map(([name, field]): [string, string] => [
    `${name}=${values[name]}`,
    `${meanings[name].description}: ${ruleOf(field as Parameters<typeof ruleOf>[0])}`,
  ]);
  return facts(rows, { indent: 0 });
}
