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

/** What candidates are drawn from, and how long they train. */
export interface CandidateOptions {
  /** Candidates, ≥ 1. */
  readonly draws: number;
  readonly seed: number;
  /** Number of values of each family. */
  readonly windows: PerFamily<number>;
  /** Each value is uniform between the bounds of its family. */
  readonly bounds: PerFamily<readonly [low: number, high: number]>;
  /** Steps of a whole training. */
  readonly steps: number;
}

export interface RandomSearchOptions extends CandidateOptions {
  /** Trains with a candidate for so many steps and says how good it is: its validation loss. */
  readonly score: (schedules: Schedules, steps: number, draw: number) => number;
}

export interface HalvingOptions {
  /** One in so many goes on, for as many times as many steps. An integer ≥ 2, default 3. */
  readonly eta?: number;
  /** Steps of the first rung, in [1, steps]. */
  readonly firstSteps: number;
}

/** A training that a search asks for. */
export interface Candidate {
  readonly draw: number;
  readonly schedules: Schedules;
  readonly steps: number;
}

export interface RandomSearchResult {
  /** Undefined where every candidate diverged. */
  readonly best: Tried | undefined;
  readonly tried: readonly Tried[];
  /** Gradients computed: the steps of all trainings. */
  readonly cost: number;
}

/** A search that asks for one training after the other, and is answered with each one's score; NaN for one that diverged. */
export type CandidateSearch = Generator<Candidate, RandomSearchResult, number>;

/** Uniform schedules; draw i comes from the stream (seed, "permutation", 0, i). */
export function randomSchedules(
  { windows, bounds, seed }: Pick<CandidateOptions, "windows" | "bounds" | "seed">,
  draw: number,
): Schedules {
  const rng = new Rng(seed, "permutation", 0, draw);
  return perFamily((family: Family) => {
    const [low, high] = bounds[family];
    return Array.from({ length: windows[family] }, () => low + (high - low) * rng.uniform());
  });
}

/**
 * Asks for every candidate with all steps and keeps the best.
 *
 * @see Bergstra and Bengio 2012, JMLR 13:281
 */
export function* randomCandidates(options: CandidateOptions): CandidateSearch {
  const { draws, steps } = options;
  checkDraws("random search", options);
  const tried: Tried[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const schedules = randomSchedules(options, draw);
    tried.push({ schedules, steps, score: yield { draw, schedules, steps } });
  }
  return { best: bestOf(tried), tried, cost: draws * steps };
}

/**
 * Asks for all candidates with a few steps, the best of them with `eta` times as many, and so on up to `steps`. A schedule is a
 * shape over the whole training: each rung trains from the start with the schedule squeezed into its steps.
 *
 * @see Jamieson and Talwalkar 2016, arXiv:1502.07943; Li et al. 2017, arXiv:1603.06560, Algorithm 1, one bracket
 */
export function* halvingCandidates(options: CandidateOptions & HalvingOptions): CandidateSearch {
  checkDraws("successive halving", options);
  const rungs = halvingRungs(options);
  const tried: Tried[] = [];
  let rung = Array.from({ length: options.draws }, (_, draw) => ({ draw, schedules: randomSchedules(options, draw) }));
  for (const { steps, count } of rungs) {
    rung = rung.slice(0, count);
    const scored: { draw: number; schedules: Schedules; score: number }[] = [];
    for (const { draw, schedules } of rung) {
      const score = yield { draw, schedules, steps };
      scored.push({ draw, schedules, score });
      tried.push({ schedules, steps, score });
    }
    rung = scored.sort((a, b) => compare(a.score, b.score) || a.draw - b.draw);
  }
  const whole = tried.filter(({ steps }) => steps === options.steps);
  return { best: bestOf(whole), tried, cost: costOf(rungs) };
}

/** Gradients that successive halving computes, before it does. */
export function halvingCost(options: Pick<CandidateOptions, "draws" | "steps"> & HalvingOptions): number {
  return costOf(halvingRungs(options));
}

/** How many train for how long, rung by rung. */
export function halvingRungs({
  draws,
  steps,
  eta = 3,
  firstSteps,
}: Pick<CandidateOptions, "draws" | "steps"> & HalvingOptions): { readonly steps: number; readonly count: number }[] {
  checkSteps("successive halving", firstSteps);
  if (!Number.isInteger(eta) || eta < 2)
    throw new InputError(`successive halving: eta must be an integer ≥ 2, got ${eta}`);
  if (firstSteps > steps) {
    throw new InputError(`successive halving: firstSteps must be at most the ${steps} steps, got ${firstSteps}`);
  }
  const rungs = [{ steps: firstSteps, count: draws }];
  while (rungs[rungs.length - 1].steps < steps) {
    const last = rungs[rungs.length - 1];
    rungs.push({ steps: Math.min(steps, last.steps * eta), count: Math.ceil(last.count / eta) });
  }
  return rungs;
}

const costOf = (rungs: readonly { readonly steps: number; readonly count: number }[]) =>
  rungs.reduce((total, { steps, count }) => total + steps * count, 0);

/** Trains every candidate for all steps and keeps the best. */
export function randomSearch({ score, ...options }: RandomSearchOptions): RandomSearchResult {
  return answer(randomCandidates(options), score);
}

/** Successive halving, whole: see `halvingCandidates`. */
export function successiveHalving({ score, ...options }: RandomSearchOptions & HalvingOptions): RandomSearchResult {
  return answer(halvingCandidates(options), score);
}

function answer(search: CandidateSearch, score: RandomSearchOptions["score"]): RandomSearchResult {
  let asked = search.next();
  while (!asked.done) {
    const { schedules, steps, draw } = asked.value;
    asked = search.next(score(schedules, steps, draw));
  }
  return asked.value;
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

function checkDraws(where: string, { draws, steps, windows, bounds }: CandidateOptions): void {
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
