/**
 * The outer loop: train with the present schedules, differentiate, move every value by the sign of its hypergradient, and again
 * with other examples and other weights. The schedules with the best validation are kept beside the last ones: steps that are
 * too long can take a schedule past the edge where training is stable.
 *
 * @see Micaelli and Storkey 2021, arXiv:2007.07869, §4; ten rounds are what their experiments take
 */

import { InputError } from "../base/index.ts";
import type { HypergradientOptions } from "./hypergradient.ts";
import { type Hypergradient, HypergradientMode } from "./hypergradient.ts";
import type { InnerProblem } from "./problem.ts";
import type { Family, PerFamily, Schedules } from "./schedules.ts";
import { checkSteps, families, perFamily } from "./schedules.ts";
import { SignController, type SignState } from "./sign-controller.ts";

/** Rates in [0, 1], momenta in [0, 0.99], decays in [0, 0.005]. */
export const defaultBounds: PerFamily<readonly [low: number, high: number]> = {
  learningRate: [0, 1],
  momentum: [0, 0.99],
  weightDecay: [0, 5e-3],
};

/** First steps of the sign update that suit perceptrons; with batch norm twice as long ones do. */
export const defaultSteps: PerFamily<number> = { learningRate: 0.05, momentum: 0.2, weightDecay: 4e-4 };

export interface SearchOptions extends Omit<HypergradientOptions, "windows"> {
  /** Steps of each round's training: one entry per round. */
  readonly budgets: readonly number[];
  /** Where the schedules start, within the bounds. Values of families that are not learned stay. Default one value of 0 each. */
  readonly start?: Schedules;
  /** First step of each learned family's values. Default `defaultSteps`. */
  readonly steps?: Partial<PerFamily<number>>;
  readonly bounds?: Partial<PerFamily<readonly [low: number, high: number]>>;
  /** Of the steps, where a sign turns. Default 0.5. */
  readonly decay?: number;
  /** The search ends when every step is below this share of its value. Default 0.05. */
  readonly stop?: number;
  /** Puts the round's examples and weights in place, before its training. Default: the same each time. */
  readonly resample?: (round: number) => void;
}

/** One round: what was trained with, what came of it, and where the schedules went. */
export interface SearchRound {
  readonly round: number;
  readonly budget: number;
  /** What the round trained with. */
  readonly schedules: Schedules;
  readonly hypergradient: Hypergradient;
  /** Of the learned families: the signs that the values moved against, and the steps they moved by. */
  readonly signs: Partial<PerFamily<readonly number[]>>;
  readonly steps: Partial<PerFamily<readonly number[]>>;
  /** What the next round would train with. */
  readonly next: Schedules;
}

/** A search between two rounds, as values that JSON keeps. */
export interface SearchState {
  readonly round: number;
  readonly controller: SignState;
  readonly best?: SearchBest;
}

export interface SearchBest {
  readonly round: number;
  readonly schedules: Schedules;
  readonly validationLoss: number;
}

export interface SearchResult {
  /** The schedules after the last update, which no round has trained with. */
  readonly last: Schedules;
  /** Those of the round with the lowest validation loss; the earliest of equals. Undefined where every round diverged. */
  readonly bestByValidation: SearchBest | undefined;
  readonly history: readonly SearchRound[];
  /** True where the steps became small before the budgets ended. */
  readonly converged: boolean;
}

/** A search in progress: `next` runs one round. */
export class ScheduleSearch {
  readonly #options: SearchOptions;
  readonly #start: Schedules;
  readonly #mode: HypergradientMode;
  readonly #controller: SignController;
  #round = 0;
  #best: SearchBest | undefined;

  constructor(problem: InnerProblem, options: SearchOptions) {
    const { budgets, start = { learningRate: [0], momentum: [0], weightDecay: [0] }, learn = families } = options;
    if (budgets.length === 0) throw new InputError("search: budgets must have at least one round's steps, got none");
    for (const budget of budgets) checkSteps("search", budget);
    this.#options = options;
    this.#start = start;
    this.#mode = new HypergradientMode(problem, { ...options, windows: perFamily((family) => start[family].length) });
    const ofValues = <T>(make: (family: Family) => T): T[] =>
      families.filter((family) => learn.includes(family)).flatMap((family) => start[family].map(() => make(family)));
    this.#controller = new SignController({
      start: this.#mode.learn.flatMap((family) => start[family]),
      steps: ofValues((family) => options.steps?.[family] ?? defaultSteps[family]),
      bounds: ofValues((family) => options.bounds?.[family] ?? defaultBounds[family]),
      decay: options.decay,
      stop: options.stop,
    });
  }

  /** Rounds done. */
  get round(): number {
    return this.#round;
  }

  /** True when all budgets are used, or the steps have become small. */
  get finished(): boolean {
    return this.#round >= this.#options.budgets.length || this.#controller.converged;
  }

  get converged(): boolean {
    return this.#controller.converged;
  }

  /** The schedules of the next round. */
  get schedules(): Schedules {
    return { ...this.#start, ...this.#perLearned(this.#controller.values) };
  }

  get best(): SearchBest | undefined {
    return this.#best;
  }

  /** Runs a round. The weights its training ended with are left in the problem. */
  next(): SearchRound {
    const pauses = this.stepwise();
    let next = pauses.next();
    while (!next.done) next = pauses.next();
    return next.value;
  }

  /** `next` with pauses: a round that is left in one has not been. Yields the number of steps done. */
  *stepwise(): Generator<number, SearchRound, void> {
    if (this.finished) throw new InputError(`search: all ${this.#round} rounds are done; give more budgets for more`);
    const round = this.#round;
    const budget = this.#options.budgets[round];
    const schedules = this.schedules;
    this.#options.resample?.(round);
    const hypergradient = yield* this.#mode.stepwise(schedules, budget);
    const { loss } = hypergradient.validation;
    const diverged = hypergradient.diagnostics.diverged !== undefined;
    if (!diverged && Number.isFinite(loss) && !(loss >= (this.#best?.validationLoss ?? Number.POSITIVE_INFINITY))) {
      this.#best = { round, schedules, validationLoss: loss };
    }
    const signs = this.#controller.update(this.#mode.learn.flatMap((family) => hypergradient.sum[family] ?? []));
    this.#round += 1;
    return {
      round,
      budget,
      schedules,
      hypergradient,
      signs: this.#perLearned(signs),
      steps: this.#perLearned(this.#controller.steps),
      next: this.schedules,
    };
  }

  save(): SearchState {
    return {
      round: this.#round,
      controller: this.#controller.save(),
      ...(this.#best === undefined ? {} : { best: this.#best }),
    };
  }

  /** Goes on after the rounds of a state of the same options: the rounds that follow are those of a search never stopped. */
  restore({ round, controller, best }: SearchState): void {
    if (!Number.isInteger(round) || round < 0) {
      throw new InputError(`search: the state's round must be an integer ≥ 0, got ${round}; take another`);
    }
    this.#controller.restore(controller);
    this.#round = round;
    this.#best = best;
  }

  /** A flat list of the learned families' values as lists by family. */
  #perLearned(values: readonly number[]): Partial<Record<Family, number[]>> {
    let first = 0;
    return Object.fromEntries(
      this.#mode.learn.map((family) => {
        const { length } = this.#start[family];
        first += length;
        return [family, values.slice(first - length, first)];
      }),
    );
  }
}

/**
 * A whole search.
 *
 * @param onRound  called after each round, while the weights of its training are in place
 */
export function searchSchedules(
  problem: InnerProblem,
  options: SearchOptions & { readonly onRound?: (round: SearchRound) => void },
): SearchResult {
  const search = new ScheduleSearch(problem, options);
  const history: SearchRound[] = [];
  while (!search.finished) {
    const round = search.next();
    history.push(round);
    options.onRound?.(round);
  }
  return { last: search.schedules, bestByValidation: search.best, history, converged: search.converged };
}
