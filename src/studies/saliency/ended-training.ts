/**
 * A training run to its end with its network still in memory: what trains a network gives its memory back as it returns, so
 * the last pause is held until the network has been looked at.
 */

import type { Network } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { ResidentDataset } from "../../train/index.ts";
import type { NetworkKind } from "../sc-sdc/model.ts";
import { type Measurement, type RunOutcome, type RunProgress, runStepwise } from "../sc-sdc/run.ts";
import type { ScSdcSettings } from "../sc-sdc/settings.ts";
import { runSparseStepwise } from "../sparse-training/run.ts";
import type { SparseTrainingSettings } from "../sparse-training/settings.ts";

/** Dispose of it before anything that was allocated earlier. */
export interface EndedTraining {
  /** Undefined where the training diverged. */
  readonly network: Network | undefined;
  readonly measurements: readonly Measurement[];
  readonly diverged?: RunOutcome["diverged"];
  [Symbol.dispose](): void;
}

export interface EndedTrainingOptions {
  /** Of a same-capacity pair's network, for settings without a method. Default "dense". */
  readonly kind?: NetworkKind;
  readonly seed: number;
  readonly data: ResidentDataset;
  /** Called at the end of each epoch. */
  readonly onEpoch?: (epoch: number, trainLoss: number) => void;
  /** Called at the end of each epoch of any training: a lottery runs several. */
  readonly onProgress?: (epochs: number, of: number) => void;
}

/** Runs a training by a method, or of a pair's network, to the end of its last epoch. */
export function endedTraining(
  engine: Engine,
  settings: ScSdcSettings | SparseTrainingSettings,
  { kind = "dense", onProgress, ...common }: EndedTrainingOptions,
): EndedTraining {
  const pauses: Generator<RunProgress, RunOutcome, void> =
    "method" in settings
      ? runSparseStepwise(engine, settings, { ...common, onProgress })
      : runStepwise(engine, settings, { ...common, kind, pauseEvery: Number.POSITIVE_INFINITY });
  for (;;) {
    const { done, value } = pauses.next();
    if (done === true) {
      const { measurements, diverged } = value;
      return { network: undefined, measurements, diverged, [Symbol.dispose]: () => {} };
    }
    const { trainer, measurements } = value;
    if (trainer.epoch < settings.epochs || trainer.stepInEpoch > 0) continue;
    return {
      network: trainer.network,
      measurements,
      // What the training opened, it closes as it is left.
      [Symbol.dispose]: () => void pauses.return(undefined as unknown as RunOutcome),
    };
  }
}
