/** `analyze`: trained networks opened from their files, looked at on a data set, and what was found. */

import { mkdir, writeFile } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { EnvironmentError, InputError, unknownName } from "../base/index.ts";
import { type Normalisation, normalisations } from "../data/index.ts";
import { toText, writeAtomically, writeReport } from "../experiment/index.ts";
import type { LineMask, SpectrumOptions } from "../flow/index.ts";
import { png } from "../plot/index.ts";
import {
  type Anatomy,
  type AnatomyPart,
  analyse,
  anatomyParts,
  anatomyReport,
  anatomyTables,
  type Specimen,
  shownTables,
  trialDataset,
} from "../studies/index.ts";
import { type Engine, openEngine } from "../tensor/index.ts";
import { loadNetwork, type OpenedNetwork, residentDataset } from "../train/index.ts";
import { analysisProgress } from "./analyze-progress.ts";
import { canStyle, note, say, sayJson, warn } from "./output.ts";
import { packageVersion } from "./program.ts";
import { updatesIn } from "./train-checkpoint.ts";

export interface AnalyzeOptions {
  readonly data?: string;
  readonly what?: string;
  readonly examples: number;
  readonly normalisation?: Normalisation;
  readonly spectrum: NonNullable<SpectrumOptions["method"]>;
  readonly mask: LineMask;
  readonly seed: number;
  readonly folder?: string;
  readonly out?: string;
  readonly fetch?: boolean;
  readonly json?: boolean;
}

export async function analyze(files: readonly string[], options: AnalyzeOptions): Promise<void> {
  const parts = partsOf(options.what, files.length);
  const engine = await openEngine();
  const opened = await openAll(engine, files);
  const { name, normalisation } = dataOf(files[0], opened[0], options);
  const data = residentDataset(
    engine,
    await trialDataset(
      { data: name, data_folder: options.folder ?? null, normalisation, train_examples: null },
      { fetchMissing: options.fetch !== false, announce: note },
    ),
    normalisation,
  );
  const progress = analysisProgress();
  let anatomy: Anatomy;
  try {
    anatomy = analyse(engine, specimensOf(files, opened), data, {
      parts,
      examples: options.examples,
      seed: options.seed,
      mask: options.mask,
      spectrum: { method: options.spectrum },
      onProgress: progress.tell,
    });
  } finally {
    progress.end();
  }
  warnOfOtherData(files, opened, data.dataset);
  const json = anatomyJson(anatomy);
  const written = options.out === undefined ? undefined : await writeAnatomy(options.out, anatomy, json, data.dataset);
  if (options.json === true) sayJson({ ...json, report: written });
  else {
    const shown = anatomyTables(anatomy).filter((table) => shownTables.includes(table.name));
    say(shown.map((table) => toText(table, { styled: canStyle() }).trimEnd()).join("\n\n"));
    if (written !== undefined) say(`\n${written}`);
  }
}

/** The parts asked for, in their own order. @throws InputError for a name that is none */
export function partsOf(what: string | undefined, networks: number): AnatomyPart[] {
  if (what === undefined) {
    return anatomyParts.filter((part) => networks > 1 || (part !== "distances" && part !== "interpolation"));
  }
  const asked = what.split(",").map((part) => part.trim());
  for (const part of asked) {
    if (!anatomyParts.includes(part as AnatomyPart)) throw unknownName("analyze: --what", "part", part, anatomyParts);
  }
  return anatomyParts.filter((part) => asked.includes(part));
}

async function openAll(engine: Engine, files: readonly string[]): Promise<OpenedNetwork[]> {
  const paths = files.map((file) => resolve(file));
  const twice = files.find((_, i) => paths.indexOf(paths[i]) !== i);
  if (twice !== undefined) throw new InputError(`analyze: every file must be named once, got ${twice} twice`);
  const opened: OpenedNetwork[] = [];
  for (const file of files) opened.push(await loadNetwork(engine, file));
  return opened;
}

/** The data that the first network was trained on, where nothing else is asked for. */
function dataOf(
  file: string,
  { checkpoint, metadata }: OpenedNetwork,
  options: AnalyzeOptions,
): { readonly name: string; readonly normalisation: Normalisation } {
  const model = (metadata.model ?? {}) as { readonly normalisation?: unknown };
  const known = normalisations.find((kind) => kind === model.normalisation);
  const notes = (metadata.notes ?? {}) as { readonly settings?: { readonly data?: unknown } };
  const trainedOn = typeof notes.settings?.data === "string" ? notes.settings.data : checkpoint?.data.name;
  const name = options.data ?? trainedOn;
  if (name === undefined) {
    throw new InputError(`analyze: ${file} does not say what it was trained on; give the data set: --data NAME`);
  }
  return { name, normalisation: options.normalisation ?? known ?? "standard" };
}

function warnOfOtherData(
  files: readonly string[],
  opened: readonly OpenedNetwork[],
  { name, sha256 }: { readonly name: string; readonly sha256: string },
): void {
  opened.forEach(({ checkpoint }, i) => {
    if (checkpoint === undefined || checkpoint.data.sha256 === sha256) return;
    warn(
      `${files[i]} was trained on ${checkpoint.data.name} of another content than ${name}, on which it is looked at`,
    );
  });
}

/** Names are those of the files as far as they differ; checkpoints of one training are told by their settings and seed. */
function specimensOf(files: readonly string[], opened: readonly OpenedNetwork[]): Specimen[] {
  const short = files.map((file) => basename(file, extname(file)));
  const trainings: string[] = [];
  return opened.map(({ network, checkpoint, metadata: { notes } }, i) => {
    const name = short.indexOf(short[i]) === short.lastIndexOf(short[i]) ? short[i] : files[i];
    const { kind, seed, settings } = (notes ?? {}) as Readonly<Record<string, unknown>>;
    if (checkpoint === undefined) return { name, network };
    // A training that goes on for longer is the same one.
    const ofAnyLength = (value: unknown) => ({ ...(value as object | undefined), epochs: undefined });
    const key = JSON.stringify([kind, seed, ofAnyLength(settings), ofAnyLength(checkpoint.settings), checkpoint.data]);
    if (!trainings.includes(key)) trainings.push(key);
    return {
      name,
      network,
      step: checkpoint.position.step,
      training: `training ${trainings.indexOf(key) + 1}`,
      updates: updatesIn(notes),
    };
  });
}

/** Numbers of an anatomy without the networks. */
function anatomyJson({ specimens, ...rest }: Anatomy) {
  const { spectra, ...parts } = rest;
  return {
    networks: specimens.map(({ name, step, training, updates }) => ({ name, step, training, updates })),
    ...parts,
    spectra: spectra?.map(({ values, weights, ...spectrum }) => ({
      ...spectrum,
      values: Array.from(values),
      weights: spectrum.method === "exact" ? undefined : Array.from(weights),
    })),
  };
}

/** Writes everything. @returns the page's path */
async function writeAnatomy(
  folder: string,
  anatomy: Anatomy,
  json: object,
  { name, sha256 }: { readonly name: string; readonly sha256: string },
): Promise<string> {
  const report = await anatomyReport(anatomy, {
    "written by": `gradientflow ${packageVersion()}`,
    data: name,
    "data sha256": sha256,
  });
  const { index } = await writeReport(report, folder);
  const text = JSON.stringify(json, (_, value) => (Number.isNaN(value) ? null : value));
  await writeAtomically(join(folder, "analysis.json"), [`${text}\n`]);
  for (const { name: figure, svg } of report.sections.flatMap(({ figures = [] }) => figures)) {
    await writePicture(join(folder, "figures"), `${figure}.png`, await png(svg));
  }
  return index;
}

async function writePicture(folder: string, file: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, file), bytes);
  } catch (error) {
    throw new EnvironmentError(
      `analyze: cannot write ${join(folder, file)}: ${(error as Error).message}; free space or choose another folder`,
      { cause: error },
    );
  }
}
