/**
 * Learning-rate schedules: a factor in [0, 1] of the base rate for each step, with an optional linear warm-up before it; and
 * values given window by window, of the rate or of anything else.
 */

import { cosPi, InputError, integerPower, unknownName } from "../base/index.ts";

export const scheduleNames = ["constant", "step", "milestones", "cosine"] as const;
export type ScheduleName = (typeof scheduleNames)[number];

export interface ScheduleOptions {
  readonly name?: ScheduleName;
  /** Steps of the whole training, ≥ 1. */
  readonly totalSteps: number;
  /** "step": the rate is multiplied by `factor` every so many steps. */
  readonly every?: number;
  /** "milestones": the rate is multiplied by `factor` at each of these steps, counted from the end of the warm-up. */
  readonly at?: readonly number[];
  /** "step" and "milestones": default 0.1, in (0, 1]. */
  readonly factor?: number;
  /** "cosine": the share of the base rate at the end. Default 0, in [0, 1]. */
  readonly final?: number;
  /** Steps of linear warm-up; step t of them runs at (t + 1) / (warmUpSteps + 1) of the rate. Default 0. */
  readonly warmUpSteps?: number;
}

/**
 * The factor of the base learning rate at a step.
 *
 *     constant  1
 *     step      factor^floor(t / every)
 *     milestones  factor^(number of `at` that are ≤ t)
 *     cosine    final + (1 - final) (1 + cos(π t / T)) / 2       T = steps after the warm-up, t counted from its end
 *
 * @returns a function of the step t = 0, 1, ...
 * @see Loshchilov, Hutter 2017, arXiv:1608.03983 (cosine, without restarts)
 */
export function schedule(options: ScheduleOptions): (step: number) => number {
  const { name = "constant", totalSteps, every, at = [], factor = 0.1, final = 0, warmUpSteps = 0 } = options;
  if (!scheduleNames.includes(name)) throw unknownName("schedule", "schedule", name, scheduleNames);
  if (!(totalSteps >= 1)) throw new InputError(`schedule: totalSteps must be ≥ 1, got ${totalSteps}`);
  if (!Number.isInteger(warmUpSteps) || warmUpSteps < 0) {
    throw new InputError(`schedule: warmUpSteps must be an integer ≥ 0, got ${warmUpSteps}`);
  }
  if (!(final >= 0 && final <= 1)) throw new InputError(`schedule: final must be in [0, 1], got ${final}`);
  if (!(factor > 0 && factor <= 1)) throw new InputError(`schedule: factor must be in (0, 1], got ${factor}`);
  if (name === "step" && !(Number.isInteger(every) && (every as number) >= 1)) {
    throw new InputError(`schedule: "step" needs \`every\`, an integer ≥ 1, got ${every}`);
  }
  const wrong = at.find((step) => !Number.isInteger(step) || step < 0);
  if (name === "milestones" && (wrong !== undefined || at.length === 0)) {
    throw new InputError(`schedule: "milestones" needs \`at\`, integers ≥ 0, got ${wrong ?? "none"}`);
  }
  const rest = Math.max(1, totalSteps - warmUpSteps);
  const after = (t: number): number => {
    switch (name) {
      case "constant":
        return 1;
      case "step":
        return integerPower(factor, Math.floor(t / (every as number)));
      case "milestones":
        return integerPower(factor, at.filter((step) => step <= t).length);
      case "cosine":
        return final + ((1 - final) * (1 + cosPi(Math.min(t, rest) / rest))) / 2;
      default:
        return name satisfies never;
    }
  };
  return (step) => (step < warmUpSteps ? (step + 1) / (warmUpSteps + 1) : after(step - warmUpSteps));
}

/** The window of step t in [0, steps), of `count` windows that differ by at most one step: ⌊count t / steps⌋. */
export function windowOf(count: number, step: number, steps: number): number {
  return Math.floor((count * step) / steps);
}

/**
 * Piecewise constant values: step t of T takes value ⌊N t / T⌋ of N, steps beyond T the last.
 *
 * @param where   opens the messages
 * @param values  [N], each in [0, below)
 * @throws InputError  for no values, or one that is out of bounds
 */
export function piecewise(
  where: string,
  values: readonly number[],
  { totalSteps, below = Number.POSITIVE_INFINITY }: { readonly totalSteps: number; readonly below?: number },
): (step: number) => number {
  if (values.length === 0) throw new InputError(`${where}: must have at least one value, got none; give one`);
  const wrong = values.findIndex((value) => !(value >= 0 && value < below));
  if (wrong >= 0) {
    const range = below === Number.POSITIVE_INFINITY ? "a finite number ≥ 0" : `in [0, ${below})`;
    throw new InputError(`${where}: every value must be ${range}, got ${values[wrong]} as value ${wrong}`);
  }
  return (step) => values[Math.min(values.length - 1, windowOf(values.length, step, totalSteps))];
}
