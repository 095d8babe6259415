/** What the benchmarks have in common: the machine in words, a table or its rows as JSON, and the end after a wrong option. */

import { cpus } from "node:os";
import { InputError } from "../src/base/index.ts";
import { type Table, toText } from "../src/experiment/index.ts";

/** Processor, cores and versions: what a figure is to be read with. */
export function machine(): string {
  const { node, v8 } = process.versions;
  return `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${cpus().length} cores, Node ${node}, V8 ${v8}`;
}

/** Prints the table; with `json`, `value` instead and nothing else. */
export function print(table: Table, value: unknown, json: boolean): void {
  const notes = [...(table.notes ?? []), `${machine()}.`];
  process.stdout.write(`${json ? JSON.stringify(value, null, 2) : toText({ ...table, notes }).trimEnd()}\n`);
}

/** A line about what is under way, on standard error. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Runs a benchmark; a wrong option ends it with its message and exit code 2. */
export async function run(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    const wrongOption = (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS") === true;
    if (!(error instanceof InputError) && !wrongOption) throw error;
    note(`error: ${(error as Error).message}`);
    process.exitCode = 2;
  }
}

/** An option that must be a positive integer. @throws InputError */
export function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new InputError(`bench: --${name} must be an integer ≥ 1, got ${JSON.stringify(text)}`);
  }
  return value;
}

/** `value` rounded to so many significant digits, for JSON that people read too. */
export function rounded(value: number, digits = 5): number {
  return Number(value.toPrecision(digits));
}
