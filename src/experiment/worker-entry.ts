/**
 * What runs in each worker thread: loads the kind's module once, then runs one trial after another as the pool hands them in.
 *
 *     pool -> worker   TrialSpec
 *     worker -> pool   { kind: "ready" } | { kind: "progress" } | { kind: "result" } | { kind: "failure" }
 */

import { parentPort, workerData } from "node:worker_threads";
import type { RunTrial } from "./kind.ts";
import type { TrialFailure, TrialResult, TrialSpec } from "./trial.ts";

export type WorkerMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "progress"; readonly epoch: number; readonly epochs: number }
  | { readonly kind: "result"; readonly result: TrialResult }
  | { readonly kind: "failure"; readonly failure: TrialFailure };

/** Progress is for eyes: messages closer than this are dropped, but for the last epoch's. */
const progressEveryMs = 50;

function post(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

async function run(runTrial: RunTrial, trial: TrialSpec): Promise<void> {
  const start = performance.now();
  let last = Number.NEGATIVE_INFINITY;
  const progress = (epoch: number, epochs: number) => {
    const now = performance.now();
    if (now - last < progressEveryMs && epoch < epochs) return;
    last = now;
    post({ kind: "progress", epoch, epochs });
  };
  try {
    post({ kind: "result", result: await runTrial(trial, { progress }) });
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(`threw ${String(thrown)}`);
    const { name, message, stack } = error;
    if (name === "DivergedError") {
      const { step = 0, layer = "" } = error as Error & { step?: number; layer?: string };
      const diverged = { step, layer, reason: message };
      post({
        kind: "result",
        result: { status: "diverged", columns: {}, epochs: [], diverged, wallMs: performance.now() - start },
      });
    } else post({ kind: "failure", failure: { name, message, stack } });
  }
}

const loaded = (await import((workerData as { module: string }).module)) as { runTrial?: RunTrial };
if (typeof loaded.runTrial !== "function") {
  throw new Error(`internal: the worker module ${(workerData as { module: string }).module} exports no runTrial`);
}
const { runTrial } = loaded;
parentPort?.on("message", (trial: TrialSpec) => void run(runTrial, trial));
post({ kind: "ready" });
