/** What a running study tells those who watch: the progress display, a server, a test. */

import type { StateCounts } from "./store/index.ts";
import type { TrialFailure, TrialResult, TrialSpec } from "./trial.ts";

export type RunEvent =
  | { readonly kind: "begin"; readonly counts: StateCounts; readonly workers: number }
  | { readonly kind: "started"; readonly trial: TrialSpec; readonly worker: number }
  | {
      readonly kind: "progress";
      readonly trial: TrialSpec;
      readonly worker: number;
      readonly epoch: number;
      readonly epochs: number;
    }
  | { readonly kind: "finished"; readonly trial: TrialSpec; readonly worker: number; readonly result: TrialResult }
  | { readonly kind: "failed"; readonly trial: TrialSpec; readonly worker: number; readonly failure: TrialFailure }
  /** Given back to the queue, or taken over by another process after a silence. */
  | { readonly kind: "dropped"; readonly trial: TrialSpec; readonly worker: number }
  /** No more trials are started; those under way may end. */
  | { readonly kind: "stopping" }
  | { readonly kind: "end"; readonly counts: StateCounts; readonly interrupted: boolean };
