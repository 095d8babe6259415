/**
 * Where a study lives: its design, its trials with their leases, and what came out. One interface, two databases.
 *
 * Times are milliseconds since 1970 by the caller's clock, so that tests can let leases run out without waiting. A lease is
 * a promise, not a lock: a result is taken only from the process that still holds the trial, and since a trial depends on
 * nothing but itself, one that runs twice gives the same numbers twice.
 */

import type { DesignColumns } from "../design.ts";
import type { DesignDocument } from "../design-document.ts";
import type { Provenance } from "../provenance.ts";
import type { TrialFailure, TrialResult, TrialSpec, TrialState } from "../trial.ts";

/** The study as the store keeps it. */
export interface StoredStudy {
  readonly name: string;
  readonly kind: string;
  /** The study file's name and text, and the overrides it was given. */
  readonly file: string;
  readonly text: string;
  readonly overrides: readonly string[];
  readonly design: DesignDocument;
  readonly columns: DesignColumns;
  readonly hash: string;
}

/** A trial with all that is known of it. */
export interface TrialRecord {
  readonly spec: TrialSpec;
  readonly state: TrialState;
  /** How often it was claimed and not given back. */
  readonly attempts: number;
  readonly owner: string | null;
  readonly leaseUntil: number | null;
  readonly startedMs: number | null;
  readonly finishedMs: number | null;
  /** With state done or diverged; its epochs are empty unless they were asked for. */
  readonly result: TrialResult | null;
  /** With state failed. */
  readonly failure: TrialFailure | null;
}

export type StateCounts = Readonly<Record<TrialState, number>>;

/** One process that worked on the study. */
export interface RunRecord {
  readonly owner: string;
  readonly startedMs: number;
  readonly provenance: Provenance;
}

export interface Claim {
  readonly spec: TrialSpec;
  readonly attempts: number;
}

export interface Store {
  /** The file or the address, without a password. */
  readonly location: string;
  readonly readOnly: boolean;
  /** What a user should hear about this place: a network file system. */
  readonly warnings: readonly string[];

  /** Writes study and trials in one transaction, or does nothing where a study stands already. @returns true if it wrote */
  create(study: StoredStudy, trials: readonly TrialSpec[], order: readonly number[]): Promise<boolean>;
  /** The study, or undefined in an empty store. */
  study(): Promise<StoredStudy | undefined>;
  addRun(run: RunRecord): Promise<void>;
  runs(): Promise<RunRecord[]>;

  /** Takes the next queued or stale trial for `owner` until `leaseUntil`, or undefined if there is none. Atomic between processes. */
  claim(owner: string, now: number, leaseUntil: number): Promise<Claim | undefined>;
  /** Extends every lease of `owner`. @returns how many it holds */
  heartbeat(owner: string, leaseUntil: number): Promise<number>;
  /** Records a result. @returns false, recording nothing, if `owner` holds the trial no more */
  finish(index: number, owner: string, now: number, result: TrialResult): Promise<boolean>;
  /** Records a failure; as `finish`. */
  fail(index: number, owner: string, now: number, failure: TrialFailure): Promise<boolean>;
  /** Gives trials that `owner` runs back to the queue, as if never claimed; all of them, or one. @returns how many */
  release(owner: string, index?: number): Promise<number>;
  /** Makes running trials stale whose lease ended before `now` or whose owner is dead; those claimed `maxAttempts` times fail. */
  sweep(now: number, isDead: (owner: string) => boolean, maxAttempts: number): Promise<number>;
  /** Trials that `owner` could still come to run: queued, stale, or running elsewhere. */
  unfinishedElsewhere(owner: string): Promise<number>;
  /** Queues trials in these states again, their results and attempts forgotten. @returns how many */
  requeue(states: readonly TrialState[]): Promise<number>;
  /** Cancels queued and stale trials. @returns how many */
  cancel(): Promise<number>;

  /** Trials per state; a running trial whose lease ended before `now` counts as stale. */
  counts(now: number): Promise<StateCounts>;
  /** Every trial, or those in some states, in the order of the design, read in pages so that memory stays small. */
  records(options?: { epochs?: boolean; states?: readonly TrialState[] }): AsyncIterable<TrialRecord>;
  close(): Promise<void>;
}

/** The name of the store in a study's folder. */
export const storeFileName = "study.sqlite";

export interface OpenStoreOptions {
  /** Only look: nothing is created or written, and a running study is not disturbed. */
  readonly readOnly?: boolean;
}

/**
 * Opens the store of a folder (`DIR/study.sqlite`) or of a PostgreSQL address (`postgres://...`).
 *
 * Several studies may share a PostgreSQL database, each in a schema of its own: `postgres://host/db?schema=quickstart`
 * (default `gradientflow`).
 *
 * @throws InputError        when asked to read a folder without a study, or a store of a later version of this program
 * @throws EnvironmentError  when the folder cannot be written, the disk is full, or the database does not answer
 */
export async function openStore(place: string, options: OpenStoreOptions = {}): Promise<Store> {
  if (/^postgres(ql)?:\/\//.test(place)) {
    const { openPostgres } = await import("./postgres.ts");
    return openPostgres(place, options);
  }
  const { openSqlite } = await import("./sqlite.ts");
  return openSqlite(place, options);
}
