/** `study resume` and `study retry`: go on with a store, by the study file that it keeps. */

import { InputError } from "../base/index.ts";
import {
  applyOverrides,
  designStudy,
  joinStudy,
  openStore,
  parseStudy,
  readStudy,
  retryTrials,
  type Store,
  type StoredStudy,
} from "../experiment/index.ts";
import { studyDataHash, studyKinds } from "../studies/index.ts";
import type { StudyOptions } from "./options.ts";
import { counted, note, warn } from "./output.ts";
import { provenance, runSession } from "./study-session.ts";

export interface RetryOptions extends StudyOptions {
  readonly failed?: boolean;
  readonly diverged?: boolean;
}

export async function resumeStudy(folder: string, options: StudyOptions): Promise<void> {
  await takeUp(folder, options, async () => true);
}

export async function retryStudy(folder: string, options: RetryOptions): Promise<void> {
  const { diverged = false, failed = !diverged } = options;
  await takeUp(folder, options, async (store) => {
    const count = await retryTrials(store, { failed, diverged });
    const what = failed && diverged ? "failed or diverged" : failed ? "failed" : "diverged";
    const talks = options.quiet !== true && options.json !== true;
    if (count === 0 && talks) note(`no trial ${what}, so none is run again`);
    else if (talks) note(`${counted(count, "trial")} that ${what} will run again`);
    return count > 0;
  });
}

/** Opens a study, lets `prepare` change it, and runs what is left if that is wanted. */
async function takeUp(
  folder: string,
  options: StudyOptions,
  prepare: (store: Store) => Promise<boolean>,
): Promise<void> {
  const place = options.store ?? folder;
  const stored = await lookAt(place);
  const study = applyOverrides(parseStudy(stored.text, stored.file, studyKinds), stored.overrides);
  const design = designStudy(study, { maxTrials: Number.MAX_SAFE_INTEGER });
  if (design.hash !== stored.hash) {
    throw new InputError(
      `${place}: this version of gradientflow makes other trials of the study file than the one that began the study; ` +
        "go on with that version, or run the file again into another folder",
    );
  }
  // The hash of the data is known before anything is queued again: without the data nothing is changed.
  const dataHash = await studyDataHash(design);
  const store = await openStore(place);
  try {
    const { owner, warnings } = await joinStudy(store, provenance(dataHash));
    for (const warning of warnings) warn(warning);
    const wanted = await prepare(store);
    if (wanted) await runSession({ store, kind: study.kind, name: stored.name, owner, folder, options });
  } finally {
    await store.close();
  }
}

/** Reads the study without writing, so that a wrong folder stays as it is. */
async function lookAt(place: string): Promise<StoredStudy> {
  const store = await openStore(place, { readOnly: true });
  try {
    return await readStudy(store);
  } finally {
    await store.close();
  }
}
