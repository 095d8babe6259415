/**
 * Searches that know no gradient, at a cost that can be set beside a gradient's: random search, and successive halving.
 *
 * Cost is counted in gradients of a training step. A Hessian-vector product counts as one, which favours the baselines a little:
 * of a perceptron it takes 0.8 of a step (bench/hyperopt.ts).
 */

import { InputError, Rng } from "../base/index.ts";
import type { Family, PerFamily, Schedules } from "./schedules.ts";
import { checkSteps, families, perFamily } from "./schedules.ts";

/** A candidate and what came of it. */
export interface Tried {
  readonly schedules: Schedules;
  /** Lower is better; NaN for a training that diverged, which is worse than any number. */
  readonly score: number;
  /** Steps it was trained for. */
  readonly steps: number;
}

export interface RandomSearchOptions {
  /** Candidates, ≥ 1. */
  readonly draws: number;
  readonly seed: number;
  /** Number of values of each family. */
  readonly windows: PerFamily<number>;
  /** Each value is uniform between the bounds of its family. */
  readonly bounds: PerFamily<readonly [low: number, high: number]>;
  /** Steps of a whole training. */
  readonly steps: number;
  /** Trains with a candidate for so many steps and says how good it is: its validation loss. */
  readonly score: (schedules: Schedules, steps: number, draw: number) => number;
}

export interface RandomSearchResult {
  /** Undefined where every candidate diverged. */
  readonly best: Tried | undefined;
  readonly tried: readonly Tried[];
  /** Gradients computed: the steps of all trainings. */
  readonly cost: number;
}

/** Uniform schedules; draw i comes from the stream (seed, "permutation", 0, i). */
export function randomSchedules(
  { windows, bounds, seed }: Pick<RandomSearchOptions, "windows" | "bounds" | "seed">,
  draw: number,
): Schedules {
  const rng = new Rng(seed, "permutation", 0, draw);
  return perFamily((family: Family) => {
    const [low, high] = bounds[family];
    return Array.from({ length: windows[family] }, () => low + (high - low) * rng.uniform());
  });
}

/** Trains every candidate for all steps and keeps the best. */
export function randomSearch(options: RandomSearchOptions): RandomSearchResult {
  const { draws, steps, score } = options;
  checkDraws("random search", options);
  const tried = Array.from({ length: draws }, (_, draw) => {
    const schedules = randomSchedules(options, draw);
    return { schedules, steps, score: score(schedules, steps, draw) };
  });
  return { best: bestOf(tried), tried, cost: draws * steps };
}

/**
 * Trains all candidates for a few steps, the best of them for `eta` times as many, and so on up to `steps`. A schedule is a
 * shape over the whole training: each rung trains from the start with the schedule squeezed into its steps.
 *
 * @see Jamieson and Talwalkar 2016, arXiv:1502.07943
 */
export function successiveHalving(
  options: RandomSearchOptions & { readonly eta?: number; readonly firstSteps: number },
): RandomSearchResult {
  const { draws, steps, score, eta = 3, firstSteps } = options;
  checkDraws("successive halving", options);
  checkSteps("successive halving", firstSteps);
  if (!Number.isInteger(eta) || eta < 2)
    throw new InputError(`successive halving: eta must be an integer ≥ 2, got ${eta}`);
  if (firstSteps > steps) {
    throw new InputError(`successive halving: firstSteps must be at most the ${steps} steps, got ${firstSteps}`);
  }
  const tried: Tried[] = [];
  let rung = Array.from({ length: draws }, (_, draw) => ({ draw, schedules: randomSchedules(options, draw) }));
  let cost = 0;
  for (let budget = firstSteps; ; budget = Math.min(steps, budget * eta)) {
    const scored = rung.map((one) => ({ ...one, steps: budget, score: score(one.schedules, budget, one.draw) }));
    cost += budget * rung.length;
    tried.push(
      ...scored.map(({ schedules, steps: trained, score: got }) => ({ schedules, steps: trained, score: got })),
    );
    if (budget === steps) break;
    rung = [...scored]
      .sort((a, b) => compare(a.score, b.score) || a.draw - b.draw)
      .slice(0, Math.ceil(rung.length / eta));
  }
  return { best: bestOf(tried.filter((one) => one.steps === steps)), tried, cost };
}

/** Steps that a search by forward mode has cost, in gradients: one per step and one per Hessian-vector product. */
export function searchCost(
  rounds: readonly { readonly hypergradient: { readonly diagnostics: { steps: number; products: number } } }[],
): number {
  return rounds.reduce(
    (total, { hypergradient: { diagnostics } }) => total + diagnostics.steps + diagnostics.products,
    0,
  );
}

function bestOf(tried: readonly Tried[]): Tried | undefined {
  const finite = tried.filter(({ score }) => !Number.isNaN(score));
  return finite.length === 0 ? undefined : finite.reduce((best, one) => (one.score < best.score ? one : best));
}

/** NaN last. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a - b;
}

function checkDraws(where: string, { draws, steps, windows, bounds }: RandomSearchOptions): void {
  checkSteps(where, steps);
  if (!Number.isInteger(draws) || draws < 1)
    throw new InputError(`${where}: draws must be an integer ≥ 1, got ${draws}`);
  for (const family of families) {
    const [low, high] = bounds[family];
    if (!(low <= high && Number.isFinite(high - low))) {
      throw new InputError(`${where}: the bounds of ${family} must be finite and in order, got [${low}, ${high}]`);
    }
    if (!Number.isInteger(windows[family]) || windows[family] < 1) {
      throw new InputError(`${where}: ${family} must have at least one window, got ${windows[family]}`);
    }
  }
}
