/**
 * Baselines that change the values while they train: at step t every value moves down the gradient of a loss at the weights
 * right after it.
 *
 *     λ ← λ − κ ⟨∇L(w), Z⟩       after each step, within bounds;  then Z, C ← μ Z, μ C
 *
 *     rtho    μ = 1, validation loss: the tangents of the whole past, as if λ had been constant   (Franceschi et al. 2017)
 *     marthe  μ in between                                                                        (Donini et al. 2020)
 *     greedy  μ = 0, validation loss: the effect of the last step alone                           (Baydin et al., with validation)
 *     hd      μ = 0, loss of the next training batch                                              (Baydin et al. 2018)
 *
 * @see arXiv:1703.01785, arXiv:1910.08525, arXiv:1703.04782
 */

import { InputError } from "../base/index.ts";
import { assign, compile, Graph, type Program, scale } from "../tensor/index.ts";
import type { Diagnostics, ForwardOptions } from "./forward.ts";
import { ForwardMode } from "./forward.ts";
import type { InnerProblem } from "./problem.ts";
import type { Family, PerFamily } from "./schedules.ts";
import { checkSteps, families, perFamily } from "./schedules.ts";
import { defaultBounds } from "./search.ts";
import { ValidationGradient } from "./validation.ts";

export interface OnlineOptions extends Pick<ForwardOptions, "rule" | "clip" | "clipTangent"> {
  readonly steps: number;
  /** One value per family, which training begins with. */
  readonly start: PerFamily<number>;
  /** κ of each family that is learned; the others stay. ≥ 0. */
  readonly stepSizes: Partial<PerFamily<number>>;
  /** Default `defaultBounds`. */
  readonly bounds?: Partial<PerFamily<readonly [low: number, high: number]>>;
  /** μ, in [0, 1]: what is kept of the tangents from step to step. */
  readonly memory: number;
  /** "validation": one of its batches after the other. "next-batch": the training batch of the next step. Default "validation". */
  readonly judge?: "validation" | "next-batch";
}

export interface OnlineResult {
  /** The values that each step was taken with, by family. */
  readonly values: PerFamily<readonly number[]>;
  readonly trainingLoss: number;
  readonly diagnostics: Diagnostics;
}

/** One training whose values change as it goes. The last weights are left in place. */
export function trainOnline(problem: InnerProblem, options: OnlineOptions): OnlineResult {
  const { steps, stepSizes, memory, judge = "validation", start, bounds = {} } = options;
  checkSteps("online", steps);
  if (!(memory >= 0 && memory <= 1)) throw new InputError(`online: memory must be in [0, 1], got ${memory}`);
  const learn = families.filter((family) => stepSizes[family] !== undefined);
  if (learn.length === 0) {
    throw new InputError(`online: stepSizes must name at least one of ${families.join(", ")}, got none`);
  }
  for (const family of learn) {
    if (!((stepSizes[family] as number) >= 0)) {
      throw new InputError(`online: the step size of ${family} must be ≥ 0, got ${stepSizes[family]}`);
    }
  }
  using _scope = problem.engine.scope();
  const run = new ForwardMode(problem, {
    ...options,
    windows: perFamily(() => 1),
    learn,
    oneStep: memory === 0,
  });
  const judging = new ValidationGradient(problem);
  const fade = memory > 0 && memory < 1 ? fading(problem, run, memory) : undefined;
  const now: Record<Family, number> = { ...start };
  const values = perFamily<number[]>(() => []);
  const schedules = () => perFamily((family) => [now[family]]);
  run.begin(schedules(), steps);
  let total = 0;
  while (!run.finished) {
    const loss = run.advance();
    if (run.diagnostics.diverged !== undefined) break;
    total += loss;
    for (const family of families) values[family].push(now[family]);
    const t = run.step;
    if (judge === "validation") judging.measureBatch("validation", (t - 1) % problem.validation.shares.length);
    else judging.measureBatch("training", t);
    const products = judging.products(run.tangents);
    learn.forEach((family, k) => {
      const [low, high] = bounds[family] ?? defaultBounds[family];
      const moved = now[family] - (stepSizes[family] as number) * products[k];
      // A hypergradient that is no number says nothing: the value stays.
      if (!Number.isNaN(moved)) now[family] = Math.min(high, Math.max(low, moved));
    });
    fade?.run();
    run.change(schedules());
  }
  return { values, trainingLoss: total / run.step, diagnostics: run.diagnostics };
}

/** Z, C ← μ Z, μ C. */
function fading(problem: InnerProblem, run: ForwardMode, memory: number): Program {
  const graph = new Graph();
  const all = run.columns.flatMap(({ z, c }) => [...z, ...c]);
  return compile(problem.engine, { updates: all.map((one) => assign(one, scale(graph.read(one), memory))) });
}
