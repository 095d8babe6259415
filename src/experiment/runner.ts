/**
 * Runs the trials of a store: claims them, hands them to worker threads, records what comes back, keeps the leases alive.
 *
 * Several runners, in one process, several, or on several machines, share a store safely. All writing to the store is done
 * here, in the thread that owns it. What a trial comes to depends on the trial alone, so the number of workers, the order
 * and any number of interruptions leave the results the same.
 */

import { availableParallelism } from "node:os";
import { EnvironmentError } from "../base/index.ts";
import type { StudyKind } from "./kind.ts";
import { aliveHere, isDeadOwner, newOwner } from "./owner.ts";
import { checkWorkers, type TrialOutcome, WorkerPool } from "./pool.ts";
import type { RunEvent } from "./run-event.ts";
import type { Claim, StateCounts, Store } from "./store/index.ts";
import type { TrialFailure, TrialResult, TrialSpec } from "./trial.ts";

export interface RunOptions {
  /** Worker threads; the available cores unless given. */
  readonly workers?: number;
  /** When it fires, no more trials are claimed and those under way are finished. */
  readonly stop?: AbortSignal;
  /** When it fires, workers are ended at once and their trials go back to the queue. */
  readonly abort?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
  /** How long a trial stays this process's without a sign of life. Heartbeats come four times as often. */
  readonly leaseMs?: number;
  /** How often to look whether other processes left something to do. */
  readonly pollMs?: number;
  /**
   * A trial whose process died this often is failed, as the likely cause. Unless given there is no limit: a machine that is
   * taken away again and again must not fail trials that did nothing wrong.
   */
  readonly maxAttempts?: number;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  readonly owner?: string;
}

export interface RunSummary {
  /** States of all trials of the study at the end. */
  readonly counts: StateCounts;
  /** True when a signal ended the run before the study was finished. */
  readonly interrupted: boolean;
}

/**
 * Runs every queued and stale trial to its end, waiting for trials that other processes hold so that it can take over those
 * whose process dies.
 *
 * @throws EnvironmentError when the store can no longer be written; finished trials are kept and the rest can be resumed
 * @throws InputError       for a number of workers that is none
 */
export async function runTrials(store: Store, kind: StudyKind, options: RunOptions = {}): Promise<RunSummary> {
  const { workers = availableParallelism(), onEvent = () => {}, clock = Date.now } = options;
  checkWorkers(workers);
  const run = new Run(store, kind, { ...options, workers, onEvent, clock });
  return run.execute();
}

type KeptOutcome = Extract<TrialOutcome, { kind: "result" | "failure" }>;

type Resolved = RunOptions & Required<Pick<RunOptions, "workers" | "onEvent" | "clock">>;

/** One call of `runTrials`: owns the pool, the heartbeat and the name under which trials are held. */
class Run {
  readonly #store: Store;
  readonly #options: Resolved;
  readonly #owner: string;
  readonly #leaseMs: number;
  readonly #pool: WorkerPool;
  readonly #current: (TrialSpec | undefined)[] = [];
  readonly #kind: StudyKind;
  readonly #wake = new AbortController();
  #fatal: { error: unknown } | undefined;
  #stopping = false;
  #aborted = false;

  constructor(store: Store, kind: StudyKind, options: Resolved) {
    this.#store = store;
    this.#options = options;
    this.#kind = kind;
    this.#owner = options.owner ?? newOwner();
    this.#leaseMs = options.leaseMs ?? 60_000;
    const onProgress = (worker: number, epoch: number, epochs: number) => {
      const trial = this.#current[worker];
      if (trial !== undefined) options.onEvent({ kind: "progress", trial, worker, epoch, epochs });
    };
    this.#pool = new WorkerPool({ module: kind.workerModule, size: options.workers, onProgress });
  }

  async execute(): Promise<RunSummary> {
    const { stop, abort, clock, onEvent, workers } = this.#options;
    const onStop = () => this.#stop();
    const onAbort = () => this.#abort();
    aliveHere.add(this.#owner);
    const heart = setInterval(() => void this.#beat(), this.#leaseMs / 4);
    try {
      stop?.addEventListener("abort", onStop);
      abort?.addEventListener("abort", onAbort);
      if (stop?.aborted) onStop();
      if (abort?.aborted) onAbort();
      await this.#sweep();
      onEvent({ kind: "begin", counts: await this.#store.counts(clock()), workers });
      await Promise.all(Array.from({ length: workers }, (_, worker) => this.#work(worker)));
      if (this.#fatal !== undefined) throw this.#fatal.error;
      const counts = await this.#store.counts(clock());
      const interrupted = this.#stopping && counts.queued + counts.stale + counts.running > 0;
      onEvent({ kind: "end", counts, interrupted });
      return { counts, interrupted };
    } finally {
      clearInterval(heart);
      stop?.removeEventListener("abort", onStop);
      abort?.removeEventListener("abort", onAbort);
      await this.#pool[Symbol.asyncDispose]();
      aliveHere.delete(this.#owner);
    }
  }

  /** One place of the pool: claim, run, record, until nothing is left that this process could come to run. */
  async #work(worker: number): Promise<void> {
    try {
      while (!this.#stopping) {
        const claim = await this.#claim();
        if (claim !== undefined) await this.#runOne(worker, claim.spec);
        else if ((await this.#store.unfinishedElsewhere(this.#owner)) === 0) return;
        else {
          await this.#sleep();
          await this.#sweep();
        }
      }
    } catch (error) {
      await this.#die(error);
    }
  }

  #claim(): Promise<Claim | undefined> {
    const now = this.#options.clock();
    return this.#store.claim(this.#owner, now, now + this.#leaseMs);
  }

  async #runOne(worker: number, trial: TrialSpec): Promise<void> {
    const { onEvent } = this.#options;
    this.#current[worker] = trial;
    onEvent({ kind: "started", trial, worker });
    const outcome = await this.#pool.run(worker, trial);
    this.#current[worker] = undefined;
    const kept = await this.#record(trial, this.#checked(outcome));
    if (!kept) onEvent({ kind: "dropped", trial, worker });
    else if (kept.kind === "result") onEvent({ kind: "finished", trial, worker, result: kept.result });
    else onEvent({ kind: "failed", trial, worker, failure: kept.failure });
  }

  /** Writes an outcome to the store. @returns it, or undefined if it was not to be kept */
  async #record(trial: TrialSpec, outcome: TrialOutcome): Promise<KeptOutcome | undefined> {
    const now = this.#options.clock();
    switch (outcome.kind) {
      case "broken":
        await this.#store.release(this.#owner, trial.index);
        throw new EnvironmentError(
          `workers: a worker thread could not start (${outcome.failure.message.split("\n")[0]}). Where memory is short, fewer workers help. No trial was lost`,
        );
      case "aborted":
        // After a fatal error the store may refuse this as well; the lease then ends by itself.
        await this.#store.release(this.#owner, trial.index).catch((error: unknown) => {
          if (this.#fatal === undefined) throw error;
        });
        return undefined;
      case "result":
        return (await this.#store.finish(trial.index, this.#owner, now, outcome.result)) ? outcome : undefined;
      case "failure":
        return (await this.#store.fail(trial.index, this.#owner, now, outcome.failure)) ? outcome : undefined;
      default:
        return outcome satisfies never;
    }
  }

  /** A result that is no result fails its trial, with the reason, rather than the export later. */
  #checked(outcome: TrialOutcome): TrialOutcome {
    if (outcome.kind !== "result") return outcome;
    const message = resultFault(outcome.result, this.#kind);
    if (message === undefined) return outcome;
    const failure: TrialFailure = { name: "ResultError", message: `internal: ${message}` };
    return { kind: "failure", failure };
  }

  async #sweep(): Promise<void> {
    const isDead = (owner: string) => isDeadOwner(owner, this.#owner);
    await this.#store.sweep(this.#options.clock(), isDead, this.#options.maxAttempts ?? Number.POSITIVE_INFINITY);
  }

  async #beat(): Promise<void> {
    try {
      if (this.#current.some((trial) => trial !== undefined)) {
        await this.#store.heartbeat(this.#owner, this.#options.clock() + this.#leaseMs);
      }
    } catch (error) {
      await this.#die(error);
    }
  }

  #stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#wake.abort();
    this.#options.onEvent({ kind: "stopping" });
  }

  #abort(): void {
    this.#stop();
    if (this.#aborted) return;
    this.#aborted = true;
    void this.#pool[Symbol.asyncDispose]();
  }

  /** The store fails us: keep the first error, end the workers, let every place come to its end. */
  async #die(error: unknown): Promise<void> {
    this.#fatal ??= { error };
    this.#stopping = true;
    this.#wake.abort();
    await this.#pool[Symbol.asyncDispose]();
  }

  /** Waits for the next look at the store, or for a signal to stop. */
  #sleep(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#options.pollMs ?? 250);
    const signal = this.#wake.signal;
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
    return promise.finally(() => clearTimeout(timer));
  }
}

/** What is wrong with a result, or undefined. */
function resultFault(result: TrialResult, kind: StudyKind): string | undefined {
  if (result?.status !== "done" && result?.status !== "diverged") return "runTrial gave no result with a status";
  if (typeof result.columns !== "object" || !Array.isArray(result.epochs)) return "a result needs columns and epochs";
  if (typeof result.wallMs !== "number") return "a result needs wallMs";
  const known = [...kind.measureColumns, ...kind.leadingColumns];
  const stray = Object.keys(result.columns).find((name) => !known.includes(name));
  if (stray !== undefined) return `the result has a column "${stray}" that ${kind.name} does not name`;
  const strayEpoch = result.epochs.flatMap((row) => Object.keys(row)).find((name) => !kind.epochColumns.includes(name));
  for (const [name, rows] of Object.entries(result.tables ?? {})) {
    const own = kind.tables?.[name];
    if (own === undefined) return `the result has a table "${name}" that ${kind.name} does not name`;
    const strayCell = rows.flatMap((row) => Object.keys(row)).find((column) => !own.includes(column));
    if (strayCell !== undefined) return `${name} has a column "${strayCell}" that ${kind.name} does not name`;
  }
  if (strayEpoch !== undefined) return `an epoch has a column "${strayEpoch}" that ${kind.name} does not name`;
  if (result.status === "diverged" && result.diverged === undefined)
    return "a diverged result must say where it diverged";
  return undefined;
}
