/**
 * `train`: one network, epoch by epoch. It is one trial of a study without factors, so that the settings, their checks and
 * their messages are those of study files.
 */

import { InputError } from "../base/index.ts";
import {
  applyOverrides,
  countTrials,
  designStudy,
  parseStudy,
  readStudyFile,
  ruleOf,
  type Study,
  studyJsonSchema,
} from "../experiment/index.ts";
import {
  type NetworkKind,
  runTraining,
  type ScSdcSettings,
  scSdc,
  scSdcSettings,
  studyKinds,
  trialDataset,
} from "../studies/index.ts";
import { openEngine } from "../tensor/index.ts";
import { residentDataset } from "../train/index.ts";
import { facts, note, say } from "./output.ts";
import { jsonTrainingDisplay, textTrainingDisplay } from "./training-display.ts";

export interface TrainOptions {
  readonly kind: NetworkKind;
  readonly seed: number;
  readonly config?: string;
  readonly settings?: boolean;
  readonly fetch?: boolean;
  readonly json?: boolean;
}

export async function train(overrides: readonly string[], options: TrainOptions): Promise<void> {
  const { kind, seed } = options;
  const settings = readSettings(overrides, options);
  if (options.settings === true) {
    say(settingsList(settings));
    return;
  }
  const dataset = await trialDataset(settings, { fetchMissing: options.fetch !== false, announce: note });
  const engine = await openEngine();
  const data = residentDataset(engine, dataset, settings.normalisation);
  const display = options.json === true ? jsonTrainingDisplay() : textTrainingDisplay();
  display.begin({ settings, kind, seed, dataset });
  const outcome = runTraining(engine, settings, { kind, seed, data, onEpoch: display.epoch });
  display.end(outcome);
}

/** The settings in force, every default filled in. @throws InputError for any mistake in them */
export function readSettings(
  overrides: readonly string[],
  { config, seed, kind }: Pick<TrainOptions, "config" | "seed" | "kind">,
): ScSdcSettings {
  const wrong = overrides.find((text) => /^(seeds|order|name)=|^factors\./.test(text));
  if (wrong !== undefined) {
    throw new InputError(
      `train: expected settings, got ${JSON.stringify(wrong)}, which belongs to studies; the seed is --seed N`,
    );
  }
  // The ending says how to read the text; no message names the file, since nothing can be wrong in it.
  const bare = () => ({ ...parseStudy("study: sc-sdc", "train.yaml", studyKinds), file: "train" });
  const source = config === undefined ? bare() : readStudyFile(config, studyKinds);
  const study = worded(() => applyOverrides(source, overrides));
  requireOneCell(study);
  const { trials } = worded(() => designStudy({ ...study, seeds: { count: 1, at: () => seed } }));
  const { payload } = trials.find((trial) => trial.kind === kind) ?? trials[0];
  return scSdcSettings.parse(payload);
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
function settingsList(settings: ScSdcSettings): string {
  const schema = studyJsonSchema(scSdc) as {
    properties: { settings: { properties: Record<string, { description: string }> } };
  };
  const meanings = schema.properties.settings.properties;
  const rows = Object.entries(scSdcSettings.shape).map(([name, field]): [string, string] => [
    `${name}=${settings[name as keyof ScSdcSettings]}`,
    `${meanings[name].description}: ${ruleOf(field)}`,
  ]);
  return facts(rows, { indent: 0 });
}
