/**
 * Tables out of a store: trials.csv, epochs.csv and the same as JSON, equal byte for byte whenever the results are equal.
 *
 * Rows are in the order of the design; numbers are the shortest text that reads back the same; fields are quoted by
 * RFC 4180, lines end in LF. Each file is written beside its place and renamed into it, so a reader sees the old or the new.
 */

import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "./store/folder.ts";
import type { Store, TrialRecord } from "./store/index.ts";
import { folderError } from "./store/store-errors.ts";
import { readStudy } from "./study-store.ts";
import type { TrialResult } from "./trial.ts";

export interface ExportedFiles {
  readonly trials: string;
  readonly epochs: string;
  /** Of the kind's further tables. */
  readonly tables: readonly string[];
  /** Only when asked for. */
  readonly json?: string;
}

/**
 * Writes `trials.csv`, `epochs.csv` and the kind's further tables, and `trials.json` if asked, into a folder, which is made if it is not there.
 *
 * Every trial has a row, whatever its state; measures that it does not have are empty.
 *
 * @throws EnvironmentError when the folder cannot be written; files that were there are untouched
 */
export async function exportStudy(
  store: Store,
  folder: string,
  { json = false }: { json?: boolean } = {},
): Promise<ExportedFiles> {
  makeFolder(folder);
  const trials = join(folder, "trials.csv");
  const epochs = join(folder, "epochs.csv");
  await writeAtomically(trials, trialsCsv(store));
  await writeAtomically(epochs, epochsCsv(store));
  const tables: string[] = [];
  for (const name of await furtherTables(store)) {
    tables.push(join(folder, `${name}.csv`));
    await writeAtomically(join(folder, `${name}.csv`), tableCsv(store, name));
  }
  if (!json) return { trials, epochs, tables };
  const path = join(folder, "trials.json");
  await writeAtomically(path, studyJson(store));
  return { trials, epochs, tables, json: path };
}

/** trials.csv in pieces: a header, then a row per trial. */
export async function* trialsCsv(store: Store): AsyncGenerator<string> {
  const { columns } = await readStudy(store);
  yield csvLine(columns.trials);
  for await (const record of store.records()) yield csvLine(columns.trials.map((name) => trialValue(record, name)));
}

/** epochs.csv in pieces: a header, then the rows of every finished trial. */
export async function* epochsCsv(store: Store): AsyncGenerator<string> {
  const { columns } = await readStudy(store);
  yield* rowsCsv(store, columns.epochs, ({ epochs }) => epochs);
}

/** Names of the study's further tables. */
export async function furtherTables(store: Store): Promise<readonly string[]> {
  return Object.keys((await readStudy(store)).columns.tables ?? {});
}

/** One of the further tables in pieces, likewise. */
export async function* tableCsv(store: Store, name: string): AsyncGenerator<string> {
  const { columns } = await readStudy(store);
  yield* rowsCsv(store, columns.tables?.[name] ?? [], ({ tables }) => tables?.[name] ?? []);
}

async function* rowsCsv(
  store: Store,
  columns: readonly string[],
  rowsOf: (result: TrialResult) => TrialResult["epochs"],
): AsyncGenerator<string> {
  yield csvLine(columns);
  for await (const { spec, result } of store.records({ epochs: true, states: ["done", "diverged"] })) {
    const lines = (result === null ? [] : rowsOf(result)).map((row) => {
      const known: Record<string, unknown> = { ...row, trial: spec.index, pair: spec.pair, kind: spec.kind };
      return csvLine(columns.map((name) => known[name]));
    });
    yield lines.join("");
  }
}

/** One JSON object: the study, then every trial with its epochs, divergence or failure. NaN and infinities are texts. */
export async function* studyJson(store: Store): AsyncGenerator<string> {
  const { name, kind, design, columns, hash } = await readStudy(store);
  const head = toJson({ name, kind, hash, design, columns });
  yield `${head.slice(0, -1)},"trials":[`;
  let separator = "\n";
  for await (const record of store.records({ epochs: true })) {
    const values = Object.fromEntries(columns.trials.map((column) => [column, trialValue(record, column) ?? null]));
    const { result, failure } = record;
    const more = {
      epochs: result?.epochs ?? [],
      ...(result?.tables === undefined ? {} : { tables: result.tables }),
      diverged: result?.diverged ?? null,
      failure: failure?.message ?? null,
    };
    yield separator + toJson({ ...values, ...more });
    separator = ",\n";
  }
  yield "\n]}\n";
}

function toJson(value: unknown): string {
  return JSON.stringify(value, (_, item) => (typeof item === "number" && !Number.isFinite(item) ? String(item) : item));
}

/** What stands in a column of a trial's row; undefined for a measure that it does not have. */
export function trialValue({ spec, state, result }: TrialRecord, column: string): unknown {
  switch (column) {
    case "trial":
      return spec.index;
    case "pair":
    case "kind":
    case "seed":
      return spec[column];
    case "status":
      return state;
    case "wall_ms":
      return result?.wallMs;
    default:
      for (const source of [result?.columns, spec.columns, spec.factors]) {
        if (source !== undefined && Object.hasOwn(source, column)) return source[column];
      }
      return undefined;
  }
}

/** One line of RFC 4180: empty for undefined and null, lists as JSON, quotes where a field has a comma, a quote or a line end. */
export function csvLine(values: readonly unknown[]): string {
  return `${values.map(csvField).join(",")}\n`;
}

function csvField(value: unknown): string {
  if (value === undefined || value === null) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const flushBytes = 1 << 16;

/** Writes pieces to a temporary file beside `path`, forces them to the disk, and renames it into place. */
export async function writeAtomically(path: string, pieces: AsyncIterable<string> | Iterable<string>): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, "w");
    try {
      let waiting = "";
      for await (const piece of pieces) {
        waiting += piece;
        if (waiting.length < flushBytes) continue;
        await file.writeFile(waiting);
        waiting = "";
      }
      await file.writeFile(waiting);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw folderError(error, path);
  }
}
