/**
 * What a study is a study of: the one interface between the laboratory, which knows designs, trials and stores, and a
 * room that knows what a trial does. The laboratory never looks inside a payload.
 */

import type { z } from "zod";
import { unknownName } from "../base/index.ts";
import type { TrialResult, TrialSpec } from "./trial.ts";

/** What a setting or a factor's level may be: a scalar or a list of scalars. */
export type Scalar = string | number | boolean | null;
export type SettingValue = Scalar | readonly Scalar[];
export type Settings = Readonly<Record<string, SettingValue>>;

/** One point of the design with one seed. */
export interface Cell {
  /** Every setting of the kind, defaults included. */
  readonly settings: Settings;
  /** Label of each factor's level, in the order of the file. */
  readonly factors: Readonly<Record<string, SettingValue>>;
  /** Integer ≥ 0. */
  readonly seed: number;
  /** Place of the cell in the design, from 0; the trials of one cell share it as their pair. */
  readonly cellIndex: number;
}

/** What a kind makes of a cell: a trial that lacks only what the design adds. */
export interface TrialDraft {
  /** Tells the trials of one pair apart: "sparse", "dense". */
  readonly kind: string;
  /** Values known before the trial runs, by column name. */
  readonly columns: Readonly<Record<string, number | string | boolean>>;
  /** Everything the worker needs: JSON, handed on untouched. */
  readonly payload: unknown;
}

export interface StudyKind {
  /** The value of `study:` in a file. */
  readonly name: string;
  /** A flat object of fields, each with its default, its range and `.describe(...)`. */
  readonly settings: z.ZodObject;
  /**
   * Names under which a file may gather settings, each with those that may stand there: with `{ sparsity: ["method"] }`,
   * `sparsity: { method: rigl }` says what `method: rigl` says.
   */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** Trials that `expand` makes of each cell. */
  readonly trialsPerCell: number;
  /** Checks what no single field can see. @throws InputError */
  check?(settings: Settings): void;
  /** Makes the trials of one cell. Pure. @throws InputError where the cell is impossible */
  expand(cell: Cell): readonly TrialDraft[];
  /** A module that exports `runTrial: RunTrial`; loaded once in each worker thread. */
  readonly workerModule: URL;
  /** Columns of trials.csv between `kind` and the factors. */
  readonly leadingColumns: readonly string[];
  /** Columns of trials.csv between `seed` and `status`. */
  readonly measureColumns: readonly string[];
  /** Columns of epochs.csv after `trial`, `pair` and `kind`. */
  readonly epochColumns: readonly string[];
  /** Further tables that a trial may fill, by name, with their columns after `trial`, `pair` and `kind`. */
  readonly tables?: Readonly<Record<string, readonly string[]>>;
}

/** What `runTrial` is handed beside the trial. */
export interface TrialContext {
  /** Tells how far the trial is: `epoch` of `epochs` are done. Cheap; call it as often as is convenient. */
  progress(epoch: number, epochs: number): void;
}

/**
 * Runs one trial, in a worker thread, to its end. Must depend on the trial alone. A `DivergedError` thrown is recorded as
 * a diverged trial; any other error as a failed one.
 */
export type RunTrial = (trial: TrialSpec, context: TrialContext) => TrialResult | Promise<TrialResult>;

/** The kind of that name. @throws InputError listing the kinds there are */
export function findKind(where: string, name: string, kinds: readonly StudyKind[]): StudyKind {
  const kind = kinds.find((candidate) => candidate.name === name);
  if (kind === undefined) {
    throw unknownName(
      where,
      "kind of study",
      name,
      kinds.map((candidate) => candidate.name),
    );
  }
  return kind;
}

/** Names that a factor may not take, since trials.csv has a column of that name already. */
export function reservedColumns(kind: StudyKind): readonly string[] {
  return ["trial", "pair", "kind", "seed", "status", "wall_ms", ...kind.measureColumns];
}

/** The settings a file leaves out, and the names of those it must give. */
export function defaultSettings(kind: StudyKind): { defaults: Settings; required: string[] } {
  const defaults: Record<string, SettingValue> = {};
  const required: string[] = [];
  for (const [name, field] of Object.entries(kind.settings.shape)) {
    const parsed = (field as z.ZodType).safeParse(undefined);
    if (!parsed.success) required.push(name);
    else if (parsed.data !== undefined) defaults[name] = parsed.data as SettingValue;
  }
  return { defaults, required };
}

/**
 * @throws Error  when the kind itself is ill-made: a setting named as a key of the file or as a column, or a group as one of
 *                these, which no reader could tell apart
 */
export function checkKind(kind: StudyKind): void {
  for (const [group, members] of Object.entries(kind.groups ?? {})) {
    const taken = [...fileKeys, ...Object.keys(kind.settings.shape)].includes(group);
    const stray = members.find((name) => !Object.hasOwn(kind.settings.shape, name));
    if (taken || stray !== undefined) {
      throw new Error(
        `internal: the group "${group}" of ${kind.name} ${taken ? "has a name in use" : `lacks ${stray}`}`,
      );
    }
  }
  for (const name of Object.keys(kind.settings.shape)) {
    if (fileKeys.includes(name as (typeof fileKeys)[number]) || reservedColumns(kind).includes(name)) {
      throw new Error(
        `internal: the study kind ${kind.name} has a setting "${name}", which is a name of the study file`,
      );
    }
  }
}

/** The keys of a study file, in the order they are best written. */
export const fileKeys = ["study", "name", "settings", "factors", "zip", "exclude", "when", "seeds", "order"] as const;
