/** A search between two trainings, kept beside the store: one file per trial, written whole or not at all, gone when the trial is done. */

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, type TrialSpec, writeAtomically } from "../experiment/index.ts";
import type { TuningState } from "../studies/index.ts";
import { packageVersion } from "./program.ts";

const folderName = "rounds";

/** Where a trial's state is kept. */
export function stateFile(folder: string, { id }: TrialSpec): string {
  return join(folder, folderName, `${id}.json`);
}

/** Numbers that JSON lacks become texts. */
const withTexts = (_: string, item: unknown) =>
  typeof item === "number" && !Number.isFinite(item) ? { $: String(item) } : item;
const withNumbers = (_: string, item: unknown) =>
  typeof item === "object" && item !== null && "$" in item ? Number(item.$) : item;

export async function saveState(folder: string, trial: TrialSpec, state: TuningState): Promise<void> {
  makeFolder(join(folder, folderName));
  await writeAtomically(stateFile(folder, trial), [
    JSON.stringify({ version: packageVersion(), id: trial.id, ...state }, withTexts),
  ]);
}

/** The state of a trial that was stopped; undefined where there is none, or one of another version or that cannot be read. */
export function loadState(folder: string, trial: TrialSpec): TuningState | undefined {
  try {
    const text = readFileSync(stateFile(folder, trial), "utf8");
    const { version, id, ...state } = JSON.parse(text, withNumbers);
    return version === packageVersion() && id === trial.id && Array.isArray(state.rows) ? state : undefined;
  } catch {
    // Nothing kept, or half of it: the search begins again, to the same numbers.
    return undefined;
  }
}

export function forgetState(folder: string, trial: TrialSpec): void {
  rmSync(stateFile(folder, trial), { force: true });
}
