/**
 * `tune`: searches schedules, one trial after the other in this process, so that every round is shown and kept: a search that is
 * stopped goes on in its middle, to the same bits. The store is that of a study of tuning, which `study status`, `report` and
 * `export` read.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { InputError } from "../base/index.ts";
import {
  applyOverrides,
  beginStudy,
  type Design,
  designStudy,
  joinStudy,
  keepTrials,
  listenForInterrupt,
  makeFolder,
  openStore,
  parseStudy,
  readStudy,
  type Store,
  storeFileName,
  type TrialResult,
  type TrialSpec,
  takeTrial,
} from "../experiment/index.ts";
import {
  costOfRun,
  planSearch,
  studyDataHash,
  studyKinds,
  TrialDataCache,
  type TuningRow,
  type TuningSettings,
  type TuningState,
  trainFile,
  trainFileName,
  trialDataset,
  tuneStepwise,
  tuning,
  tuningResult,
  writeStudyOutputs,
} from "../studies/index.ts";
import { type Engine, openEngine } from "../tensor/index.ts";
import { exitCodes } from "./errors.ts";
import { note, programName, say, sayJson, warn } from "./output.ts";
import { defaultFolder } from "./study-run.ts";
import { outputsJson, provenance, sayOutputs } from "./study-session.ts";
import { jsonTuneDisplay, type TuneDisplay, textTuneDisplay } from "./tune-display.ts";
import { forgetState, loadState, saveState } from "./tune-state.ts";
import { type TuneWords, tuneStudy } from "./tune-study.ts";

export interface TuneOptions extends TuneWords {
  readonly out?: string;
  /** The folder of a search to go on with. */
  readonly resume?: string;
  readonly json?: boolean;
  readonly fetch?: boolean;
}

/** Milliseconds between two looks for Ctrl-C, between two signs of life, and between two savings of many candidates. */
const attentiveMs = 50;
const heartbeatMs = 60_000;
const saveMs = 1000;

export async function tune(words: readonly string[], options: TuneOptions): Promise<void> {
  if (options.resume !== undefined && words.length > 0) {
    throw new InputError(
      `tune: --resume goes on with what the folder holds, and takes no file and no settings, got ${words.join(" ")}; leave them out`,
    );
  }
  const folder = options.resume;
  const design = folder === undefined ? designOf(words, options) : await storedDesign(folder);
  const missing = { fetchMissing: options.fetch !== false, announce: note };
  const dataHash = await studyDataHash(design, missing);
  // What no setting shows is refused before anything is written: too few examples, more windows than steps.
  for (const payload of new Set(design.trials.map((trial) => trial.payload as TuningSettings))) {
    planSearch(payload, await trialDataset(payload));
  }
  const target = folder ?? options.out ?? defaultFolder(design.study.name);
  makeFolder(target);
  const store = await openStore(target);
  try {
    const begun =
      folder === undefined
        ? await beginStudy(store, design, provenance(dataHash))
        : { created: false, ...(await joinStudy(store, provenance(dataHash))) };
    for (const warning of begun.warnings) warn(warning);
    if (!begun.created && folder === undefined)
      note(`${target} holds this search already; what is left of it runs now`);
    const stopped = await runAll({ store, design, owner: begun.owner, folder: target, options });
    if (stopped) {
      note(`Stopped; every round that was done is kept. Go on with gradientflow tune --resume ${target}`);
      process.exitCode = exitCodes.interrupted;
      return;
    }
    await tellOutputs(store, target, options);
  } finally {
    await store.close();
  }
}

/** The design that words ask for; complaints are worded for a search, not for a file that the user has not written. */
function designOf(words: readonly string[], options: TuneOptions): Design {
  const study = tuneStudy(words, options);
  try {
    return designStudy(study);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const message = error.message.replace(`${study.file}: `, "tune: ").replace("tune: cell (no factors): ", "tune: ");
    throw new InputError(message, { cause: error });
  }
}

/** The design of a folder that was begun. @throws InputError where it holds none, or one of another kind */
async function storedDesign(folder: string): Promise<Design> {
  if (!existsSync(join(folder, storeFileName))) {
    throw new InputError(
      `tune: ${folder} holds no search to go on with; give the folder that tune wrote, as in --resume runs/tune`,
    );
  }
  const store = await openStore(folder, { readOnly: true });
  try {
    const { text, file, overrides, kind, hash } = await readStudy(store);
    if (kind !== tuning.name) {
      throw new InputError(
        `tune: ${folder} holds a study of kind ${kind}; go on with gradientflow study resume ${folder}`,
      );
    }
    const design = designStudy(applyOverrides(parseStudy(text, file, studyKinds), overrides));
    if (design.hash === hash) return design;
    throw new InputError(
      `${folder}: this version of gradientflow makes other searches of the study than the one that began it; go on with that version, or start again in another folder`,
    );
  } finally {
    await store.close();
  }
}

interface Session {
  readonly store: Store;
  readonly design: Design;
  readonly owner: string;
  readonly folder: string;
  readonly options: TuneOptions;
}

/** @returns true where Ctrl-C ended it */
async function runAll({ store, design, owner, folder, options }: Session): Promise<boolean> {
  const engine = await openEngine();
  const cache = new TrialDataCache(engine);
  const display = options.json === true ? jsonTuneDisplay() : textTuneDisplay();
  using interrupt = listenForInterrupt();
  for (let claim = await takeTrial(store, owner); claim !== undefined; claim = await takeTrial(store, owner)) {
    const { spec } = claim;
    const data = await cache.get(spec.payload as TuningSettings);
    const context: TrialContext = { engine, data, spec, folder, display, of: design.trials.length };
    const result = await runOne(context, interrupt.stop, () => keepTrials(store, owner));
    if (result === undefined) {
      await store.release(owner, spec.index);
      return true;
    }
    await store.finish(spec.index, owner, Date.now(), result);
    forgetState(folder, spec);
  }
  return false;
}

interface TrialContext {
  readonly engine: Engine;
  readonly data: Awaited<ReturnType<TrialDataCache["get"]>>;
  readonly spec: TrialSpec;
  readonly folder: string;
  readonly display: TuneDisplay;
  readonly of: number;
}

/** One search, saved after every round. @returns undefined where it was stopped */
async function runOne(
  { engine, data, spec, folder, display, of }: TrialContext,
  stop: AbortSignal,
  beat: () => Promise<void>,
): Promise<TrialResult | undefined> {
  const settings = spec.payload as TuningSettings;
  const started = performance.now();
  using _ = engine.scope();
  const plan = planSearch(settings, data.dataset);
  const state = loadState(folder, spec);
  const rows: TuningRow[] = [...(state?.rows ?? [])];
  let search = state?.search;
  display.begin({ trial: spec, settings, plan, place: spec.index + 1, of, resumed: rows.length });
  for (const row of rows) display.row(row);
  const whole = costOfRun(settings, plan);
  let cost = doneBefore(rows);
  let [lookedMs, beatenMs, savedMs] = [started, started, 0];
  const save = async () => {
    await saveState(folder, spec, { rows, search } satisfies TuningState);
    savedMs = performance.now();
  };
  const pauses = tuneStepwise(engine, settings, { seed: spec.seed, data, state });
  for (;;) {
    const { done, value } = pauses.next();
    if (done === true) {
      const result = tuningResult(value, Math.round(performance.now() - started));
      display.end(result);
      return result;
    }
    cost += value.cost;
    if (value.row !== undefined) {
      rows.push(value.row);
      search = value.search ?? search;
      display.row(value.row);
      if (value.row.what === "round" || performance.now() - savedMs > saveMs) await save();
    }
    const now = performance.now();
    if (now - lookedMs < attentiveMs) continue;
    lookedMs = now;
    display.progress(cost / whole);
    // Signals are told between two turns of the event loop.
    await setImmediate();
    if (now - beatenMs > heartbeatMs) {
      await beat();
      beatenMs = now;
    }
    if (!stop.aborted) continue;
    await save();
    return undefined;
  }
}

function doneBefore(rows: readonly TuningRow[]): number {
  const surface = rows.filter(({ what }) => what === "surface").reduce((sum, { steps }) => sum + steps, 0);
  return (rows.at(-1)?.cost ?? 0) + surface;
}

/** Tables and report, and how the schedules are trained with. */
async function tellOutputs(store: Store, folder: string, options: TuneOptions): Promise<void> {
  if (options.json !== true) note("writing the report ...");
  const outputs = await writeStudyOutputs(store, folder);
  if (options.json === true) {
    sayJson({ event: "summary", ...outputsJson(outputs) }, 0);
    return;
  }
  sayOutputs(outputs, folder);
  const files: string[] = [];
  for await (const record of store.records()) {
    const made = trainFile(record);
    const path = join(folder, "schedules", `${trainFileName(record.spec)}.yaml`);
    if (made !== undefined) files.push(`${programName()} ${made.words(path).join(" ")}`);
  }
  if (files.length === 0) return;
  say(`train with what was found${files.length > 1 ? " (a file per search)" : ""}:`);
  for (const line of files.slice(0, 3)) say(`        ${line}`);
}
