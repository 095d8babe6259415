/**
 * Hypergradients: the derivative of the validation loss of a training's last weights by every value of its schedules, by
 * forward mode or by the adjoint, which give the same numbers.
 */

import { InputError } from "../base/index.ts";
import { AdjointMode } from "./adjoint.ts";
import type { Diagnostics, ForwardOptions } from "./forward.ts";
import { ForwardMode } from "./forward.ts";
import type { InnerProblem } from "./problem.ts";
import type { Family, PerFamily, Schedules } from "./schedules.ts";
import { checkSchedules, families, perFamily, windowOf, windowSteps } from "./schedules.ts";
import { type Validation, ValidationGradient } from "./validation.ts";

export interface HypergradientOptions extends Omit<ForwardOptions, "oneStep" | "learn"> {
  /** Families whose values are differentiated by, at least one. Default all. */
  readonly learn?: readonly Family[];
  /**
   * "forward": memory 2 K weights for K values, time 1 + (values whose window has begun) products per step. "adjoint": memory
   * 4 √T weights, time of about three gradients and a product per step for any K. "auto": the adjoint where more than
   * three columns are active on average, unless tangents are clipped, which it cannot do. Default "auto".
   */
  readonly mode?: "forward" | "adjoint" | "auto";
}

export interface Hypergradient {
  /** Of each learned family: the derivative by each of its values, which is the sum over the steps of its window. */
  readonly sum: Partial<PerFamily<readonly number[]>>;
  /** The same divided by the steps of the window: what one step of it has for its share. */
  readonly mean: Partial<PerFamily<readonly number[]>>;
  readonly validation: Validation;
  /** Mean over the steps of the losses of their batches. */
  readonly trainingLoss: number;
  readonly mode: "forward" | "adjoint";
  readonly diagnostics: Diagnostics & {
    /** Hypergradients that are not finite numbers: all, where the training diverged. */
    readonly nonFinite: number;
  };
}

/** Hypergradients of one problem, as often as asked on the same memory. */
export class HypergradientMode {
  readonly mode: "forward" | "adjoint";
  readonly learn: readonly Family[];
  readonly #windows: PerFamily<number>;
  readonly #run: (schedules: Schedules, steps: number) => Generator<number, Hypergradient, void>;

  /** @throws InputError  where nothing is learned, or the adjoint is asked to clip tangents */
  constructor(problem: InnerProblem, { mode = "auto", ...options }: HypergradientOptions) {
    const { windows, learn = families, clipTangent, rule, clip } = options;
    if (learn.length === 0) {
      throw new InputError(`hypergradient: learn must name at least one of ${families.join(", ")}, got none`);
    }
    if (mode === "adjoint" && clipTangent !== undefined) {
      throw new InputError(
        `hypergradient: clipTangent of ${clipTangent} clamps tangents, of which the adjoint has none; use mode "forward"`,
      );
    }
    this.learn = families.filter((family) => learn.includes(family));
    this.#windows = windows;
    const active = this.learn.reduce((total, family) => total + (windows[family] + 1) / 2, 0);
    this.mode = mode === "auto" ? (active > 3 && clipTangent === undefined ? "adjoint" : "forward") : mode;
    if (this.mode === "adjoint") {
      const adjoint = new AdjointMode(problem, { rule, clip });
      // Two passes that cannot be left in the middle: one pause, at the end.
      const whole = (schedules: Schedules, steps: number) => this.#backward(adjoint, schedules, steps);
      this.#run = function* (schedules, steps) {
        const result = whole(schedules, steps);
        yield steps;
        return result;
      };
    } else {
      const forward = new ForwardMode(problem, { ...options, learn: this.learn });
      const validation = new ValidationGradient(problem);
      this.#run = (schedules, steps) => this.#forward(forward, validation, schedules, steps);
    }
  }

  /**
   * Trains from the problem's start, and leaves the last weights in place.
   *
   * @throws InputError  where a learned value is in use at no step, or the schedules have other numbers of values than `windows`
   */
  run(schedules: Schedules, steps: number): Hypergradient {
    const pauses = this.stepwise(schedules, steps);
    let next = pauses.next();
    while (!next.done) next = pauses.next();
    return next.value;
  }

  /** `run` with a pause after every step of forward mode, in which it may be left. Yields the number of steps done. */
  stepwise(schedules: Schedules, steps: number): Generator<number, Hypergradient, void> {
    checkSchedules("hypergradient", schedules, steps, this.learn);
    for (const family of families) {
      if (schedules[family].length !== this.#windows[family]) {
        throw new InputError(
          `hypergradient: ${family} must have ${this.#windows[family]} values, got ${schedules[family].length}; ` +
            "give as many values as windows",
        );
      }
    }
    return this.#run(schedules, steps);
  }

  *#forward(
    forward: ForwardMode,
    validation: ValidationGradient,
    schedules: Schedules,
    steps: number,
  ): Generator<number, Hypergradient, void> {
    const trainingLoss = yield* forward.stepwise(schedules, steps);
    const { diagnostics } = forward;
    const measured = validation.measure();
    const products = validation.products(forward.tangents);
    const diverged = diagnostics.diverged !== undefined;
    const flat = products.map((product) => (diverged ? Number.NaN : product));
    const sums = perFamily<number[]>(() => []);
    forward.columns.forEach(({ family }, k) => {
      sums[family].push(flat[k]);
    });
    return this.#result(sums, steps, { validation: measured, trainingLoss, mode: "forward", diagnostics });
  }

  #backward(adjoint: AdjointMode, schedules: Schedules, steps: number): Hypergradient {
    const { perStep, validation, trainingLoss, clipped, diverged } = adjoint.run(schedules, steps);
    const sums = perFamily((family) => {
      const totals = schedules[family].map(() => 0);
      for (let t = 0; t < steps; t++) totals[windowOf(totals.length, t, steps)] += perStep[family][t];
      return totals;
    });
    const done = diverged ?? steps;
    const diagnostics = {
      steps: done,
      products: diverged === undefined ? steps : 0,
      clipped,
      tangentsClipped: 0,
      ...(diverged === undefined ? {} : { diverged }),
    };
    return this.#result(sums, steps, { validation, trainingLoss, mode: "adjoint", diagnostics });
  }

  #result(
    sums: PerFamily<readonly number[]>,
    steps: number,
    rest: Omit<Hypergradient, "sum" | "mean" | "diagnostics"> & { readonly diagnostics: Diagnostics },
  ): Hypergradient {
    const ofLearned = (make: (family: Family) => readonly number[]) =>
      Object.fromEntries(this.learn.map((family) => [family, make(family)]));
    const nonFinite = this.learn.flatMap((family) => sums[family]).filter((value) => !Number.isFinite(value)).length;
    return {
      ...rest,
      sum: ofLearned((family) => sums[family]),
      mean: ofLearned((family) => {
        const sizes = windowSteps(sums[family].length, steps);
        return sums[family].map((total, window) => total / sizes[window]);
      }),
      diagnostics: { ...rest.diagnostics, nonFinite },
    };
  }
}

/** The hypergradients of one training: see `HypergradientMode` for several. The number of values of each family is the schedules'. */
export function hypergradient(
  problem: InnerProblem,
  {
    schedules,
    steps,
    ...options
  }: Omit<HypergradientOptions, "windows"> & { readonly schedules: Schedules; readonly steps: number },
): Hypergradient {
  const windows = perFamily((family) => schedules[family].length);
  checkSchedules("hypergradient", schedules, steps, options.learn ?? families);
  using _scope = problem.engine.scope();
  return new HypergradientMode(problem, { ...options, windows }).run(schedules, steps);
}
