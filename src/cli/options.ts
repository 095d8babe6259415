/** Options and arguments that several commands share, so that they are named, read and described alike. */

import { Argument, InvalidArgumentError, Option } from "commander";

/** What the options of `sharedOptions` come to. */
export interface StudyOptions {
  readonly workers?: number;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly store?: string;
}

/** An integer in a range, or a usage error. */
export function integer(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `an integer ≥ ${least}` : `an integer from ${least} to ${most}`;
    throw new InvalidArgumentError(`It must be ${range}.`);
  };
}

export const jsonOption = () => new Option("--json", "print JSON instead of text");
export const jsonLinesOption = () => new Option("--json", "print JSON lines: an event each, the summary last");
export const quietOption = () => new Option("-q, --quiet", "say nothing but warnings and errors");
export const workersOption = () =>
  new Option("-w, --workers <n>", "trials that run at once (default: one per core)").argParser(integer(1, 1024));
export const storeOption = () =>
  new Option("--store <url>", "keep the trials in PostgreSQL (postgres://...) rather than in the folder");
export const maxTrialsOption = () =>
  new Option("--max-trials <n>", "refuse a study of more trials").argParser(integer(1)).default(100_000);

export const fetchOption = () => new Option("--no-fetch", "do not download a published data set that is not here");

export const fileArgument = () => new Argument("<file>", "study file: YAML, TOML or JSON");
export const folderArgument = () => new Argument("<dir>", "folder of the study, as given to study run --out");
export const overridesArgument = () =>
  new Argument("[key=value...]", "settings, factors or seeds that replace those of the file");
