/** Loading a data set by name: the row's own loading, then splitting, checking and hashing, the same for all. */

import { InputError, unknownName } from "../base/index.ts";
import { type Dataset, makeDataset } from "./dataset.ts";
import { type FetchOptions, fetchDataset } from "./fetch.ts";
import { datasetInfo } from "./info.ts";
import { findSource, typedName } from "./registry.ts";
import type { CsvOptions, DataSource } from "./source.ts";
import { splitTest, splitValidation } from "./split.ts";

/** Share of the examples that becomes the test split where a set has none of its own. */
export const defaultTestFraction = 0.2;

export interface LoadOptions {
  /** For published sets: look here and nowhere else. */
  readonly folder?: string;
  /** For published sets: fetch files that are not there. Nothing is fetched unless asked for. */
  readonly fetchMissing?: boolean | Omit<FetchOptions, "folder">;
  readonly split?: {
    /** Share for testing, in (0, 1), where the set comes without test examples; 0.2 unless told otherwise. */
    readonly test?: number;
    /** Share of the training examples held out, in (0, 1); none unless told otherwise. */
    readonly validation?: number;
    /** 0 unless told otherwise. It also seeds synthetic sets. */
    readonly seed?: number;
  };
  /** Synthetic sets: see `parameters` of their rows. */
  readonly parameters?: Readonly<Record<string, number>>;
  /** `csv:PATH` only. */
  readonly csv?: CsvOptions;
  /** Accept files of a published set that are not the published ones: a subset, or own data under their names. */
  readonly allowModified?: boolean;
  /** Bound on the size of any one file, unpacked; 1 GiB unless told otherwise. */
  readonly maxBytes?: number;
}

/**
 * Loads a data set.
 *
 * @param name     `digits`, `fashion-mnist`, `mnist`, `cifar-10`, `cifar-100`, `csv:PATH`, `npy:FOLDER`, `idx:FOLDER`,
 *                 `spirals`, `moons`, `circles`, `parity`, `teacher`
 * @returns        the data set, every label and value checked
 * @throws InputError        for an unknown name or option, files that are not there (the message says how to get them),
 *                           files that are damaged or do not fit each other
 * @throws EnvironmentError  where the system refuses to read a file, or `fetchMissing` could not fetch
 */
export async function loadDataset(name: string, options: LoadOptions = {}): Promise<Dataset> {
  const { source, argument } = findSource("loadDataset", name);
  checkOptions(source, options);
  const { folder, split = {}, csv = {}, allowModified = false, maxBytes = 2 ** 30 } = options;
  const { fetchMissing = false } = options;
  if (fetchMissing !== false && !(await datasetInfo(name, { folder })).found) {
    await fetchDataset(name, { ...(fetchMissing === true ? {} : fetchMissing), folder });
  }
  const seed = split.seed ?? 0;
  const parts = await source.load({
    argument,
    folder,
    seed,
    csv,
    allowModified,
    maxBytes,
    parameters: fillParameters(source, options.parameters ?? {}),
  });
  if (parts.test !== undefined && split.test !== undefined) {
    throw new InputError(
      `${name}: split.test must be left out, as the set has its own test examples; got ${split.test}`,
    );
  }
  const { test, train } = parts;
  const dataset = await makeDataset(
    test === undefined
      ? { ...parts, ...splitTest(train, split.test ?? defaultTestFraction, seed) }
      : { ...parts, test },
  );
  if (split.validation === undefined) return dataset;
  return { ...dataset, ...splitValidation(dataset.train, split.validation, seed) };
}

/** Options that another kind of set would use are a mistake here, not something to pass over. */
function checkOptions(source: DataSource, options: LoadOptions): void {
  const refuse = (option: string, use: string): never => {
    throw new InputError(`${typedName(source)}: ${option} is of no use here; it belongs to ${use}. Leave it out`);
  };
  if (options.folder !== undefined && source.kind !== "files") refuse("folder", "published sets");
  if (options.fetchMissing !== undefined && source.kind !== "files") refuse("fetchMissing", "published sets");
  if (options.allowModified !== undefined && source.kind !== "files") refuse("allowModified", "published sets");
  if (options.csv !== undefined && source.name !== "csv") refuse("csv", "csv:PATH");
  if (options.parameters !== undefined && source.parameters === undefined) refuse("parameters", "synthetic sets");
}

function fillParameters(source: DataSource, given: Readonly<Record<string, number>>): Record<string, number> {
  const rules = source.parameters ?? {};
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(rules, name)) throw unknownName(source.name, "parameter", name, Object.keys(rules));
  }
  const filled: Record<string, number> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const value = given[name] ?? rule.default;
    if (!(value >= rule.min && value <= rule.max) || (rule.integer && !Number.isInteger(value))) {
      const what = rule.integer ? "an integer" : "a number";
      throw new InputError(
        `${source.name}: ${name} (${rule.meaning}) must be ${what} in [${rule.min}, ${rule.max}], got ${value}`,
      );
    }
    filled[name] = value;
  }
  return filled;
}
