/** What there is, without loading it: every name, what is known of it, and whether its files are here. */

import type { Shape } from "../base/index.ts";
import { publishedSets } from "./fetch.ts";
import { dataSources, findSource, typedName } from "./registry.ts";
import type { DataSource, ParameterRule } from "./source.ts";

/** A row of the list of data sets. */
export interface DatasetEntry {
  /** As it is to be typed: `digits`, `csv:PATH`. */
  readonly name: string;
  readonly kind: DataSource["kind"];
  readonly description: string;
  readonly source: string;
  readonly licence: string;
  readonly classes: number | undefined;
  readonly classNames: readonly string[] | undefined;
  readonly featureShape: Shape | undefined;
  readonly counts: { readonly train: number; readonly test: number } | undefined;
  readonly parameters: Readonly<Record<string, ParameterRule>> | undefined;
}

/** What is known of a set and where it is. */
export interface DatasetInfo extends DatasetEntry {
  /** True where it can be loaded: shipped, drawn, or its files are found (their content is checked on loading). */
  readonly found: boolean;
  /** The folder its files are in. */
  readonly folder: string | undefined;
  /** Folders searched, first to last; empty where there are no files to look for. */
  readonly lookedIn: readonly string[];
  /** Unpacked size of its files; undefined where there are none. */
  readonly sizeBytes: number | undefined;
  /** What to do where it is not found. */
  readonly howToGet: string | undefined;
}

/** Every data set by name, shipped ones first. */
export function listDatasets(): DatasetEntry[] {
  return dataSources.map(entryOf);
}

/**
 * What is known of one data set, and where its files are.
 *
 * @param name  a name of the list; `csv:`, `npy:` and `idx:` with their path
 * @throws InputError  for an unknown name
 */
export async function datasetInfo(name: string, { folder }: { readonly folder?: string } = {}): Promise<DatasetInfo> {
  const { source, argument } = findSource("datasetInfo", name);
  const entry = { ...entryOf(source), name };
  const nothing = { folder: undefined, lookedIn: [], sizeBytes: undefined, howToGet: undefined };
  if (source.kind === "own") {
    const { stat } = await import("node:fs/promises");
    const found = (await stat(argument).catch(() => undefined)) !== undefined;
    return { ...entry, ...nothing, found, lookedIn: [argument] };
  }
  const set = publishedSets.find((candidate) => candidate.name === source.name);
  if (set === undefined) return { ...entry, ...nothing, found: true };
  const { findSet, searchFolders } = await import("./files/folders.ts");
  const { howToGet } = await import("./files/published-files.ts");
  const found = await findSet(set, folder);
  return {
    ...entry,
    found: found !== undefined,
    folder: found?.folder,
    lookedIn: searchFolders(set, folder),
    sizeBytes: set.files.reduce((total, file) => total + file.sizeBytes, 0),
    howToGet: found === undefined ? howToGet(set, folder) : undefined,
  };
}

function entryOf(source: DataSource): DatasetEntry {
  const { kind, description, licence, classes, classNames, featureShape, counts, parameters } = source;
  const { source: origin } = source;
  return {
    name: typedName(source),
    kind,
    description,
    source: origin,
    licence,
    classes,
    classNames,
    featureShape,
    counts,
    parameters,
  };
}
