/**
 * What a row of the table of data sets says: its name, what is known before loading, and how to load it.
 *
 * Adding a data set is adding a file that exports such a row, and the row to `registry.ts`.
 */

import type { Shape } from "../base/index.ts";
import type { DatasetParts } from "./dataset.ts";
import type { TableOptions } from "./formats/table.ts";

/** A number that a synthetic set can be asked for. */
export interface ParameterRule {
  readonly meaning: string;
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
}

/** CSV: how to read the table, and a file of test examples where there is one. */
export interface CsvOptions extends TableOptions {
  readonly testPath?: string;
}

/** What the loader passes to a row. */
export interface LoadRequest {
  /** What followed the colon in the name: the path of `csv:PATH`; empty where the row takes none. */
  readonly argument: string;
  readonly folder: string | undefined;
  readonly seed: number;
  /** Every parameter of the row, defaults filled in. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly csv: CsvOptions;
  readonly allowModified: boolean;
  readonly maxBytes: number;
}

/** A row of the table. */
export interface DataSource {
  readonly name: string;
  /** Set where the name is followed by a colon and this: `csv:PATH`. */
  readonly argument?: "PATH" | "FOLDER";
  /** embedded: shipped here. files: published, found or fetched. own: the caller's files. synthetic: drawn from a seed. */
  readonly kind: "embedded" | "files" | "own" | "synthetic";
  readonly description: string;
  readonly source: string;
  readonly licence: string;
  readonly classes?: number;
  readonly classNames?: readonly string[];
  readonly featureShape?: Shape;
  readonly counts?: { readonly train: number; readonly test: number };
  readonly parameters?: Readonly<Record<string, ParameterRule>>;
  readonly load: (request: LoadRequest) => Promise<DatasetParts>;
}
