/** `study run`: everything that can be wrong with the file or the data is found before the folder is touched. */

import { join } from "node:path";
import {
  applyOverrides,
  beginStudy,
  type Design,
  designStudy,
  makeFolder,
  openStore,
  readStudyFile,
  type Store,
  unfinished,
} from "../experiment/index.ts";
import { studyDataHash, studyKinds } from "../studies/index.ts";
import type { StudyOptions } from "./options.ts";
import { counted, note, warn } from "./output.ts";
import { provenance, runSession } from "./study-session.ts";

export interface RunOptions extends StudyOptions {
  readonly out?: string;
  readonly maxTrials: number;
  readonly fetch?: boolean;
}

export async function runStudy(file: string, overrides: readonly string[], options: RunOptions): Promise<void> {
  const design = readDesign(file, overrides, options.maxTrials);
  const { name, kind } = design.study;
  const dataHash = await studyDataHash(design, { fetchMissing: options.fetch !== false, announce: note });
  const folder = options.out ?? defaultFolder(name);
  // With the trials in a database too: what cannot be written is found before anything runs, not after.
  makeFolder(folder);
  const store = await openStore(options.store ?? folder);
  try {
    const { created, owner, warnings } = await beginStudy(store, design, provenance(dataHash));
    for (const warning of warnings) warn(warning);
    if (options.quiet !== true && options.json !== true) await introduce(store, design, { created, folder });
    await runSession({ store, kind, name, owner, folder, options });
  } finally {
    await store.close();
  }
}

/** The design of a file with overrides. @throws InputError for any mistake in them */
export function readDesign(file: string, overrides: readonly string[], maxTrials: number): Design {
  return designStudy(applyOverrides(readStudyFile(file, studyKinds), overrides), { maxTrials });
}

/** `runs/NAME`, the name reduced to what every file system takes. */
export function defaultFolder(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "");
  return join("runs", plain === "" ? "study" : plain);
}

async function introduce(
  store: Store,
  design: Design,
  { created, folder }: { created: boolean; folder: string },
): Promise<void> {
  const total = design.trials.length;
  if (created) {
    note(`${design.study.name}: ${counted(total, "trial")}, kept in ${folder}`);
    return;
  }
  const left = unfinished(await store.counts(Date.now()));
  const how = left === 0 ? "all of them are done, so only the report is written" : `${left} are left and run now`;
  note(`${folder} holds this study already, with ${counted(total, "trial")}: ${how}`);
}
