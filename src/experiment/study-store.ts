/**
 * The lives of a study in its store: begun, taken up again, retried.
 *
 * A store holds one study for good. Taken up with a file that means something else it is refused, and so is one whose data
 * changed, since half the trials would not be comparable with the other half.
 */

import { InputError } from "../base/index.ts";
import type { Design } from "./design.ts";
import { designDifferences } from "./design-document.ts";
import { newOwner } from "./owner.ts";
import type { Provenance } from "./provenance.ts";
import type { StateCounts, Store, StoredStudy } from "./store/index.ts";
import type { TrialState } from "./trial.ts";

export interface BeginResult {
  /** False when the store held this very study already, which is then continued. */
  readonly created: boolean;
  /** The name under which this process works, for `runTrials`. */
  readonly owner: string;
  /** What the user should hear: another version of the program, another commit, a network file system. */
  readonly warnings: readonly string[];
}

/**
 * Puts a design into an empty store, or finds it there.
 *
 * @throws InputError when the store holds another study, saying what differs, or the data is not what it was
 */
export async function beginStudy(store: Store, design: Design, provenance: Provenance): Promise<BeginResult> {
  const { study, document, columns, hash } = design;
  const stored: StoredStudy = {
    name: study.name,
    kind: study.kind.name,
    file: study.file,
    text: study.text,
    overrides: study.overrides,
    design: document,
    columns,
    hash,
  };
  const created = await store.create(stored, design.trials, design.order);
  if (!created) {
    const there = await readStudy(store);
    if (there.hash !== hash) throw otherStudy(store, there, stored);
  }
  return { created, ...(await joinStudy(store, provenance)) };
}

/**
 * Joins the study of a store as one more process that works on it.
 *
 * @throws InputError when there is none, or the data is not what it was when the study began
 */
export async function joinStudy(store: Store, provenance: Provenance): Promise<Omit<BeginResult, "created">> {
  await readStudy(store);
  const first = (await store.runs())[0]?.provenance;
  const warnings = [...store.warnings];
  if (first !== undefined) {
    if (first.dataHash !== provenance.dataHash) {
      throw new InputError(
        `${store.location}: the study began on data with hash ${first.dataHash}, the data here has ${provenance.dataHash}; ` +
          "bring back the data, or start again in another folder",
      );
    }
    for (const what of ["version", "commit", "node"] as const) {
      if (first[what] === provenance[what]) continue;
      warnings.push(
        `the study began with ${what} ${first[what]} and goes on with ${provenance[what]}; numbers may differ`,
      );
    }
  }
  const owner = newOwner();
  await store.addRun({ owner, startedMs: Date.parse(provenance.startedAt), provenance });
  return { owner, warnings };
}

/** The study in a store. @throws InputError when there is none */
export async function readStudy(store: Store): Promise<StoredStudy> {
  const study = await store.study();
  if (study === undefined)
    throw new InputError(`${store.location}: holds no study; start one with gradientflow study run FILE`);
  return study;
}

function otherStudy(store: Store, there: StoredStudy, asked: StoredStudy): InputError {
  const differences = designDifferences(there.design, asked.design);
  const said =
    differences.length > 0 ? differences.join("; ") : "the kind of study makes other trials of it than it did";
  return new InputError(
    `${store.location}: holds another study (${said}); choose another folder with --out, or continue that one with gradientflow study resume`,
  );
}

export interface RetryOptions {
  readonly failed?: boolean;
  readonly diverged?: boolean;
  readonly cancelled?: boolean;
}

/** Queues trials again that ended badly; run them with `runTrials`. @returns how many */
export async function retryTrials(
  store: Store,
  { failed = true, diverged = false, cancelled = false }: RetryOptions = {},
): Promise<number> {
  const states: TrialState[] = [];
  if (failed) states.push("failed");
  if (diverged) states.push("diverged");
  if (cancelled) states.push("cancelled");
  return states.length === 0 ? 0 : store.requeue(states);
}

/** Trials that are not finished. */
export function unfinished(counts: StateCounts): number {
  return counts.queued + counts.running + counts.stale;
}
