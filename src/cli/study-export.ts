/** `study export`: the trials in full, as files or to standard output. */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { unknownName } from "../base/index.ts";
import {
  epochsCsv,
  furtherTables,
  openStore,
  type Store,
  studyJson,
  tableCsv,
  trialsCsv,
  writeAtomically,
} from "../experiment/index.ts";
import { pour, say, sayJson } from "./output.ts";

const formats = ["csv", "json"] as const;

export interface ExportOptions {
  readonly format: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly store?: string;
}

export async function exportTrials(
  folder: string,
  { format, out = folder, json = false, store: url }: ExportOptions,
): Promise<void> {
  if (!formats.includes(format as "csv")) throw unknownName("--format", "format", format, formats);
  const store = await openStore(url ?? folder, { readOnly: true });
  try {
    if (out === "-") {
      await pour(format === "json" ? studyJson(store) : trialsCsv(store));
      return;
    }
    const files = await writeFiles(store, format, out);
    if (json) sayJson({ files });
    else for (const file of files) say(file);
  } finally {
    await store.close();
  }
}

async function writeFiles(store: Store, format: string, folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const pieces: [string, AsyncIterable<string>][] =
    format === "json"
      ? [["trials.json", studyJson(store)]]
      : [
          ["trials.csv", trialsCsv(store)],
          ["epochs.csv", epochsCsv(store)],
          ...(await furtherTables(store)).map((name): [string, AsyncIterable<string>] => [
            `${name}.csv`,
            tableCsv(store, name),
          ]),
        ];
  for (const [name, text] of pieces) await writeAtomically(join(folder, name), text);
  return pieces.map(([name]) => join(folder, name));
}
