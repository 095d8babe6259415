/**
 * What is learned: the learning rate, the momentum and the weight decay of SGD, each piecewise constant over the steps of a
 * training. A family of N values over T steps uses value ⌊N t / T⌋ at step t, so that windows differ by at most one step.
 */

import { InputError } from "../base/index.ts";
import { windowOf } from "../optim/index.ts";

export { windowOf } from "../optim/index.ts";

/** The hyperparameters of SGD that can be learned, in the order in which results list them. */
export const families = ["learningRate", "momentum", "weightDecay"] as const;
export type Family = (typeof families)[number];

/** The values of each family, first window first. One value is a constant; as many as there are steps share nothing. */
export type Schedules = Readonly<Record<Family, readonly number[]>>;

/** One number per family. */
export type PerFamily<T> = Readonly<Record<Family, T>>;

/** Steps of each window, in order: they add up to `steps`. */
export function windowSteps(count: number, steps: number): number[] {
  const sizes = new Array<number>(count).fill(0);
  for (let t = 0; t < steps; t++) sizes[windowOf(count, t, steps)] += 1;
  return sizes;
}

/** The value of every step of a longer or shorter training: window k of N becomes the k-th N-th of `steps`. @returns [steps] */
export function stretch(values: readonly number[], steps: number): number[] {
  checkSteps("stretch", steps);
  if (values.length === 0) throw new InputError("stretch: a schedule must have at least one value, got none; give one");
  return Array.from({ length: steps }, (_, t) => values[windowOf(values.length, t, steps)]);
}

/** The three values in use at a step. */
export function valuesAt(schedules: Schedules, step: number, steps: number): PerFamily<number> {
  return perFamily((family) => schedules[family][windowOf(schedules[family].length, step, steps)]);
}

/** One thing per family. */
export function perFamily<T>(make: (family: Family) => T): Record<Family, T> {
  return { learningRate: make("learningRate"), momentum: make("momentum"), weightDecay: make("weightDecay") };
}

/** @throws InputError unless `steps` is an integer ≥ 1 */
export function checkSteps(where: string, steps: number): void {
  if (!Number.isSafeInteger(steps) || steps < 1) {
    throw new InputError(`${where}: steps must be an integer ≥ 1, got ${steps}`);
  }
}

/**
 * @param learned  families whose hypergradients are wanted
 * @throws InputError  where a family has no value, a value is not finite, or a learned value is in use at no step: its
 *                     hypergradient would be a 0 that says nothing
 */
export function checkSchedules(
  where: string,
  schedules: Schedules,
  steps: number,
  learned: readonly Family[] = [],
): void {
  checkSteps(where, steps);
  for (const family of families) {
    const values = schedules[family];
    if (values.length === 0)
      throw new InputError(`${where}: ${family} must have at least one value, got none; give one`);
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) {
      throw new InputError(
        `${where}: every value must be a finite number, got ${family}[${wrong}] = ${values[wrong]}; give another`,
      );
    }
    if (learned.includes(family) && values.length > steps) {
      const unused = windowSteps(values.length, steps).indexOf(0);
      throw new InputError(
        `${where}: every learned value must be in use at some step, but ${family}[${unused}] of ${values.length} is in use at ` +
          `none of ${steps}; use at most ${steps} values, or more steps`,
      );
    }
  }
}
