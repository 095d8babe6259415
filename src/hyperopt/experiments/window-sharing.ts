/**
 * A small version of figure 2 of Micaelli and Storkey: the hypergradient of a step's learning rate is noise for the most part;
 * sharing one value over W neighbouring steps averages the noise, and too wide a window averages the signal too.
 *
 *     MSE_W = mean over seeds and steps of (the window's mean hypergradient − the step's mean over all seeds)²
 *
 * Seeds draw weights and order of examples. Each gives the hypergradients of all steps in one adjoint run.
 */

import { cosPi, InputError, mean } from "../../base/index.ts";
import { AdjointMode } from "../adjoint.ts";
import { ForwardMode } from "../forward.ts";
import type { Schedules } from "../schedules.ts";
import { ValidationGradient } from "../validation.ts";
import { gradientClip, type PerceptronSetting } from "./perceptron.ts";

export interface SharingOptions {
  /** Of the cosine, at its start. */
  readonly learningRate: number;
  /** ≥ 2. */
  readonly seeds: number;
  /** Default 100. */
  readonly steps?: number;
  /** Seeds of which greedy hypergradients, which need a validation per step, are measured too. Default 0. */
  readonly greedySeeds?: number;
}

export interface WindowSharing {
  /** Every W that divides the number of steps, with its mean squared error. */
  readonly windows: readonly { readonly width: number; readonly error: number }[];
  /** Mean squared error of greedy hypergradients, each of which sees its own step alone; undefined where none were asked for. */
  readonly greedy?: number;
}

/** Measures the error of shared hypergradients against the seeds' mean. */
export function windowSharing(
  { problem, engine }: PerceptronSetting,
  { learningRate, seeds, steps = 100, greedySeeds = 0 }: SharingOptions,
): WindowSharing {
  if (!Number.isInteger(seeds) || seeds < 2)
    throw new InputError(`window sharing: seeds must be an integer ≥ 2, got ${seeds}`);
  using _scope = engine.scope();
  const cosine = Array.from({ length: steps }, (_, t) => (learningRate * (1 + cosPi(t / steps))) / 2);
  const schedules: Schedules = { learningRate: cosine, momentum: [0.9], weightDecay: [0] };
  const clip = { value: gradientClip };
  const adjoint = new AdjointMode(problem, { clip });
  const perSeed = Array.from({ length: seeds }, (_, seed) => {
    problem.resample(seed);
    return adjoint.run(schedules, steps).perStep.learningRate;
  });
  const truth = Array.from({ length: steps }, (_, t) => mean(perSeed.map((values) => values[t])));
  const windows = divisors(steps).map((width) => ({
    width,
    error: meanSquare(
      perSeed.map((values) => shared(values, width)),
      truth,
    ),
  }));
  if (greedySeeds === 0) return { windows };
  // One window, whose column holds each step's effect: what is learned does not matter to a training that forgets.
  const run = new ForwardMode(problem, {
    windows: { learningRate: 1, momentum: 1, weightDecay: 1 },
    learn: ["learningRate"],
    clip,
    oneStep: true,
  });
  const judging = new ValidationGradient(problem);
  const greedy = Array.from({ length: greedySeeds }, (_, seed) => {
    problem.resample(seed);
    return greedyHypergradients(run, judging, schedules, steps);
  });
  return { windows, greedy: meanSquare(greedy, truth) };
}

/** What each step's rate does to the validation loss right after the step. */
function greedyHypergradients(run: ForwardMode, judging: ValidationGradient, schedules: Schedules, steps: number) {
  const values = new Float64Array(steps);
  const at = (t: number): Schedules => ({ ...schedules, learningRate: [schedules.learningRate[t]] });
  run.begin(at(0), steps);
  while (!run.finished) {
    const t = run.step;
    run.change(at(t));
    run.advance();
    judging.measure();
    values[t] = judging.products(run.tangents)[0];
  }
  return values;
}

/** Every value replaced by the mean of its window of `width` values. */
export function shared(values: ArrayLike<number>, width: number): Float64Array {
  const means = new Float64Array(values.length);
  for (let first = 0; first < values.length; first += width) {
    const window = Array.from({ length: Math.min(width, values.length - first) }, (_, i) => values[first + i]);
    means.fill(mean(window), first, first + window.length);
  }
  return means;
}

function meanSquare(rows: readonly ArrayLike<number>[], centre: ArrayLike<number>): number {
  return mean(rows.map((row) => mean(Array.from(centre, (c, t) => (row[t] - c) ** 2))));
}

function divisors(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1).filter((width) => n % width === 0);
}
