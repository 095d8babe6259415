/** The witness that knows no derivative: two whole trainings per value, with the value moved up and down. */

import type { ForwardOptions } from "./forward.ts";
import { ForwardMode } from "./forward.ts";
import type { InnerProblem } from "./problem.ts";
import type { Family, Schedules } from "./schedules.ts";
import { families, perFamily } from "./schedules.ts";
import { ValidationGradient } from "./validation.ts";

export interface FiniteDifferenceOptions extends Pick<ForwardOptions, "rule" | "clip"> {
  readonly schedules: Schedules;
  readonly steps: number;
  readonly learn?: readonly Family[];
  /** How far a value is moved. Default 1e-5, for float64; float32 has few digits left of a difference. */
  readonly epsilon?: number;
}

/** (L_val(λ + ε) - L_val(λ - ε)) / 2 ε for each value of the learned families. 2 K trainings. */
export function finiteDifference(
  problem: InnerProblem,
  { schedules, steps, learn = families, epsilon = 1e-5, rule, clip }: FiniteDifferenceOptions,
): Partial<Record<Family, number[]>> {
  using _scope = problem.engine.scope();
  const windows = perFamily((family) => schedules[family].length);
  const training = new ForwardMode(problem, { windows, learn: [], rule, clip });
  const validation = new ValidationGradient(problem);
  const lossAt = (family: Family, window: number, offset: number) => {
    const moved = schedules[family].map((value, k) => (k === window ? value + offset : value));
    training.run({ ...schedules, [family]: moved }, steps);
    return validation.measure().loss;
  };
  return Object.fromEntries(
    families
      .filter((family) => learn.includes(family))
      .map((family) => [
        family,
        schedules[family].map((_, k) => (lossAt(family, k, epsilon) - lossAt(family, k, -epsilon)) / (2 * epsilon)),
      ]),
  );
}
