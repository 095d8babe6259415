/**
 * Worker threads, kept warm: each runs one trial at a time, and one that dies fails its trial and is replaced.
 *
 * A thread is started when its place is first used, so that a study of three trials starts three.
 */

import { Worker } from "node:worker_threads";
import { InputError } from "../base/index.ts";
import type { TrialFailure, TrialResult, TrialSpec } from "./trial.ts";
import type { WorkerMessage } from "./worker-entry.ts";

/** How a trial ended in its worker: with a result, with an error of its own or its thread's, or not at all. */
export type TrialOutcome =
  | { readonly kind: "result"; readonly result: TrialResult }
  | { readonly kind: "failure"; readonly failure: TrialFailure }
  /** The thread died before it had loaded its module: no trial can run. */
  | { readonly kind: "broken"; readonly failure: TrialFailure }
  | { readonly kind: "aborted" };

export interface WorkerPoolOptions {
  /** Module that exports `runTrial`. */
  readonly module: URL;
  /** Number of places, ≥ 1. */
  readonly size: number;
  readonly onProgress?: (place: number, epoch: number, epochs: number) => void;
}

// The package runs from its sources and, published, from compiled files: the entry has the ending that this file has.
const entry = new URL(import.meta.url.endsWith(".ts") ? "./worker-entry.ts" : "./worker-entry.js", import.meta.url);

interface Place {
  readonly worker: Worker;
  ready: boolean;
}

export class WorkerPool implements AsyncDisposable {
  readonly #options: WorkerPoolOptions;
  readonly #places: (Place | undefined)[];
  #closed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#places = new Array(options.size).fill(undefined);
  }

  /** Runs a trial in a place, which must be idle. Never rejects: whatever happens to the worker is an outcome. */
  run(index: number, trial: TrialSpec): Promise<TrialOutcome> {
    if (this.#closed) return Promise.resolve({ kind: "aborted" });
    const place = (this.#places[index] ??= this.#start(index));
    const { worker } = place;
    return new Promise((resolve) => {
      let fault: TrialFailure | undefined;
      const end = (outcome: TrialOutcome) => {
        worker.off("message", onMessage);
        worker.off("error", onError);
        worker.off("exit", onExit);
        resolve(this.#closed && outcome.kind !== "result" ? { kind: "aborted" } : outcome);
      };
      const onMessage = (message: WorkerMessage) => {
        switch (message.kind) {
          case "ready":
            return;
          case "progress":
            this.#options.onProgress?.(index, message.epoch, message.epochs);
            return;
          case "result":
          case "failure":
            end(message);
            return;
          default:
            message satisfies never;
        }
      };
      const onError = (error: unknown) => {
        fault ??= describe(error);
      };
      // The exit comes after every message and after the error, so that here all is known.
      const onExit = (code: number) => {
        const message = `the worker thread ended with code ${code} before the trial did`;
        const failure = fault ?? { name: "WorkerExit", message };
        end({ kind: place.ready ? "failure" : "broken", failure });
      };
      worker.on("message", onMessage);
      worker.on("error", onError);
      worker.on("exit", onExit);
      worker.postMessage(trial);
    });
  }

  #start(index: number): Place {
    const place: Place = {
      // The parent's own flags, such as --input-type of a script on the command line, are not for a file.
      worker: new Worker(entry, { workerData: { module: this.#options.module.href }, execArgv: [] }),
      ready: false,
    };
    place.worker.on("message", (message: WorkerMessage) => {
      if (message.kind === "ready") place.ready = true;
    });
    // A trial in flight listens for itself; this keeps an error between trials from ending the process.
    place.worker.on("error", () => {});
    place.worker.on("exit", () => {
      if (this.#places[index] === place) this.#places[index] = undefined;
    });
    return place;
  }

  /** Ends every thread at once; trials in flight end as aborted. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#places.map((place) => place?.worker.terminate()));
  }
}

function describe(error: unknown): TrialFailure {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, stack } = error;
  const code = (error as NodeJS.ErrnoException).code;
  return { name: code ?? name, message, stack };
}

/** @throws InputError unless the number of workers is an integer in [1, 1024] */
export function checkWorkers(workers: number): void {
  if (Number.isInteger(workers) && workers >= 1 && workers <= 1024) return;
  throw new InputError(`workers: must be an integer in [1, 1024], got ${workers}`);
}
