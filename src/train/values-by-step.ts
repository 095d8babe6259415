/** What changes from step to step of a training: the learning rate, and values by windows of momentum and weight decay. */

import { InputError } from "../base/index.ts";
import { piecewise, type StepValues, schedule } from "../optim/index.ts";
import type { TrainerOptions } from "./trainer.ts";

/** Piecewise constant values of what a training may change as it goes. */
export interface TrainingWindows {
  readonly learningRate?: readonly number[];
  /** Each in [0, 1); of "momentum" and "nesterov" alone. */
  readonly momentum?: readonly number[];
  readonly weightDecay?: readonly number[];
}

/** The learning rate of a step. @throws InputError for windows beside a schedule */
export function rateOf({ learningRate, schedule: rates, windows }: TrainerOptions, totalSteps: number) {
  if (windows?.learningRate === undefined) {
    const factor = schedule({ ...rates, totalSteps });
    return (step: number) => learningRate * factor(step);
  }
  const { name = "constant", warmUpSteps = 0 } = rates ?? {};
  if (name !== "constant" || warmUpSteps > 0) {
    throw new InputError(
      `train: windows of the learning rate are its whole schedule, got ${warmUpSteps > 0 ? "a warm-up" : `"${name}"`} too; take one of the two`,
    );
  }
  return piecewise("train: windows of the learning rate", windows.learningRate, { totalSteps });
}

/** What a step has in place of the optimizer's own settings. @throws InputError for windows of a momentum that is not there */
export function valuesInPlace(
  { windows = {}, optimizer }: TrainerOptions,
  { totalSteps, lambda }: { readonly totalSteps: number; readonly lambda?: (step: number) => number },
) {
  const { momentum, weightDecay } = windows;
  if (momentum === undefined && weightDecay === undefined && lambda === undefined) return () => undefined;
  if (momentum !== undefined && optimizer !== "momentum" && optimizer !== "nesterov") {
    throw new InputError(`train: windows of the momentum need optimizer momentum or nesterov, got ${optimizer}`);
  }
  const beta = momentum && piecewise("train: windows of the momentum", momentum, { totalSteps, below: 1 });
  const decay = weightDecay && piecewise("train: windows of the weight decay", weightDecay, { totalSteps });
  return (step: number): StepValues => ({
    ...(beta === undefined ? {} : { momentum: beta(step) }),
    ...(decay === undefined ? {} : { weightDecay: decay(step) }),
    ...(lambda === undefined ? {} : { lambda: lambda(step) }),
  });
}
