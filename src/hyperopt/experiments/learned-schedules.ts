/**
 * A small version of figure 4 of Micaelli and Storkey: schedules of five learning rates, one momentum and one decay, learned from
 * nothing over ten trainings of a hundred steps, beside what a person would set by hand and what searches find at the same cost.
 *
 * The steps of the sign update are half the paper's and tangents are clamped: a perceptron without batch norm leaves the stable
 * trainings sooner than their network. The bounds of random search are those of the paper's kind, wide; most of what it
 * draws there diverges, so the same search between narrow bounds stands beside it.
 */

import { cosPi } from "../../base/index.ts";
import { type RandomSearchResult, randomSearch, searchCost, successiveHalving } from "../random-search.ts";
import type { PerFamily, Schedules } from "../schedules.ts";
import { defaultBounds, searchSchedules } from "../search.ts";
import { gradientClip, type PerceptronSetting } from "./perceptron.ts";

const windows = { learningRate: 5, momentum: 1, weightDecay: 1 };
const wide: PerFamily<readonly [number, number]> = { ...defaultBounds, momentum: [0, 1] };
const narrow: PerFamily<readonly [number, number]> = {
  learningRate: [0, 0.3],
  momentum: [0, 0.9],
  weightDecay: [0, 1e-3],
};

export interface LearnedRound {
  readonly round: number;
  readonly schedules: Schedules;
  readonly validationLoss: number;
  readonly testAccuracy: number;
}

export interface LearnedSchedules {
  readonly rounds: readonly LearnedRound[];
  /** The round with the lowest validation loss. */
  readonly best: LearnedRound;
  /** In gradients: see `searchCost`. */
  readonly cost: number;
}

/** Learns the schedules. */
export function learnSchedules(
  setting: PerceptronSetting,
  { steps = 100, rounds = 10 }: { readonly steps?: number; readonly rounds?: number } = {},
): LearnedSchedules {
  const { problem } = setting;
  using _scope = setting.engine.scope();
  const done: LearnedRound[] = [];
  const result = searchSchedules(problem, {
    budgets: Array.from({ length: rounds }, () => steps),
    start: { learningRate: [0, 0, 0, 0, 0], momentum: [0], weightDecay: [0] },
    steps: { learningRate: 0.05, momentum: 0.2, weightDecay: 4e-4 },
    clip: { value: gradientClip },
    clipTangent: 1,
    mode: "forward",
    resample: (round) => setting.resample(round),
    onRound: ({ round, schedules, hypergradient }) => {
      const { loss: validationLoss } = hypergradient.validation;
      done.push({ round, schedules, validationLoss, testAccuracy: setting.testAccuracy() });
    },
  });
  // Rates of 0 leave the first round's weights where they began: there is always a round that did not diverge.
  const best = done[result.bestByValidation?.round ?? 0];
  return { rounds: done, best, cost: searchCost(result.history) };
}

/** Test accuracies of what a person would try first: a cosine from 0.1 with and without momentum 0.9, and a constant 0.1. */
export function handSetSchedules(
  setting: PerceptronSetting,
  { steps = 100 }: { readonly steps?: number } = {},
): Readonly<Record<"cosineWithMomentum" | "cosine" | "constant", number>> {
  const cosine = Array.from({ length: steps }, (_, t) => (0.1 * (1 + cosPi(t / steps))) / 2);
  setting.resample(0);
  const accuracy = (learningRate: readonly number[], momentum: number) => {
    setting.train({ learningRate, momentum: [momentum], weightDecay: [0] }, steps);
    return setting.testAccuracy();
  };
  return { cosineWithMomentum: accuracy(cosine, 0.9), cosine: accuracy(cosine, 0), constant: accuracy([0.1], 0) };
}

/** A search without gradients and the test accuracy of its best schedules. */
export interface Searched extends RandomSearchResult {
  /** Of an untrained network where every candidate diverged. */
  readonly testAccuracy: number;
}

/**
 * Searches of the same problem: `draws` random schedules between wide and between narrow bounds, and successive halving between
 * wide ones with as many candidates as cost the same.
 */
export function searchWithoutGradients(
  setting: PerceptronSetting,
  { steps = 100, draws }: { readonly steps?: number; readonly draws: number },
): Readonly<Record<"random" | "narrow" | "halving", Searched>> {
  setting.resample(0);
  const options = {
    seed: setting.seed,
    windows,
    steps,
    score: (schedules: Schedules, t: number) => setting.train(schedules, t),
  };
  const accuracy = (result: RandomSearchResult): Searched => {
    if (result.best === undefined) setting.problem.start();
    else setting.train(result.best.schedules, steps);
    return { ...result, testAccuracy: setting.testAccuracy() };
  };
  const firstSteps = Math.ceil(steps / 9);
  const perCandidate = firstSteps + (3 * firstSteps) / 3 + steps / 9;
  const candidates = Math.max(1, Math.floor((draws * steps) / perCandidate));
  return {
    random: accuracy(randomSearch({ ...options, bounds: wide, draws })),
    narrow: accuracy(randomSearch({ ...options, bounds: narrow, draws })),
    halving: accuracy(successiveHalving({ ...options, bounds: wide, draws: candidates, firstSteps })),
  };
}
