/** How long a whole trial takes, from a few of its steps. */

import { DivergedError } from "../../base/index.ts";
import type { Trainer } from "../../train/index.ts";
import { averagedEpochs } from "./measure-epochs.ts";
import type { SharedSettings } from "./settings.ts";

const stepsTimed = 3;

/** Milliseconds of a whole trial: a few steps timed, and a third of a step for each batch that is only evaluated. */
export function trialMs(settings: SharedSettings, trainer: Trainer): number {
  takeSteps(trainer, 1);
  const started = performance.now();
  const taken = takeSteps(trainer, stepsTimed);
  const stepMs = (performance.now() - started) / Math.max(1, taken);
  const { train, test } = trainer.data;
  const evaluations = settings.measure_every > 0 ? settings.epochs / settings.measure_every : 0;
  const measurements = Math.max(evaluations, averagedEpochs(settings.epochs).length);
  const evaluated = (measurements * (train.count + test.count)) / settings.batch_size;
  return stepMs * (settings.epochs * trainer.stepsPerEpoch + evaluated / 3);
}

/** Takes up to `maxSteps` steps; a network that diverges on the way has shown what a step costs. @returns how many */
function takeSteps(trainer: Trainer, maxSteps: number): number {
  const before = trainer.step;
  try {
    trainer.trainEpoch({ maxSteps });
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
  }
  return trainer.step - before;
}
