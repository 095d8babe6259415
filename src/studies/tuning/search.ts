/**
 * The searches, each as a generator of its trainings: it pauses after every step, tells of every training that is done, and
 * goes on from what it told of earlier ones, to the same bits as if it had never stopped.
 */

import {
  type CandidateSearch,
  halvingCandidates,
  perFamily,
  randomCandidates,
  ScheduleSearch,
  type Schedules,
  type SearchState,
} from "../../hyperopt/index.ts";
import { costOfRound, type TuningPlan } from "./plan.ts";
import type { TuningRow } from "./rows.ts";
import { givenSchedules, searchedFamilies, settingsByHand, startOfSearch } from "./schedules.ts";
import type { TuningSettings } from "./settings.ts";
import type { TuningProblem } from "./tuning-problem.ts";

/** A pause: `cost` gradients were computed since the last one, and where a training is done its row comes with it. */
export interface TuningPause {
  readonly cost: number;
  readonly row?: TuningRow;
  /** After a round of forward mode: the controller's memory. */
  readonly search?: SearchState;
}

/** A search between two trainings, as JSON keeps it. */
export interface TuningState {
  readonly rows: readonly TuningRow[];
  readonly search?: SearchState;
}

/** What a search has found. */
export interface SearchFound {
  readonly best: TuningRow;
  /** The last training: of forward mode the round of most experience, not the best one. */
  readonly last: TuningRow;
}

export interface SearchContext {
  readonly settings: TuningSettings;
  readonly plan: TuningPlan;
  readonly seed: number;
  readonly tuned: TuningProblem;
  readonly state: TuningState;
}

/** Runs what is left of a search. @returns undefined where every training diverged */
export function* runSearch(context: SearchContext): Generator<TuningPause, SearchFound | undefined, void> {
  const { settings, plan, state } = context;
  const rows = state.rows.filter(({ what }) => what !== "surface");
  if (settings.search === "forward") yield* rounds(context, rows);
  else yield* candidates(context, rows, candidatesOf(context));
  // Candidates of successive halving that were given up early have shorter trainings, which do not compare.
  const whole = rows.filter(({ steps, validationLoss }) => steps === plan.steps && Number.isFinite(validationLoss));
  if (whole.length === 0) return undefined;
  const best = whole.reduce((least, row) => (row.validationLoss < least.validationLoss ? row : least));
  return { best, last: rows[rows.length - 1] };
}

function* rounds({ settings, plan, tuned, state }: SearchContext, rows: TuningRow[]): Generator<TuningPause> {
  const search = new ScheduleSearch(tuned.problem, {
    budgets: Array.from({ length: plan.count }, () => plan.steps),
    start: startOfSearch(settings, plan),
    learn: searchedFamilies(plan),
    steps: plan.firstStepOf,
    bounds: plan.bounds,
    rule: tuned.rule,
    clip: tuned.clip,
    clipTangent: plan.clipTangent,
    mode: plan.mode,
    resample: (round) => tuned.resample(round),
  });
  if (state.search !== undefined) search.restore(state.search);
  const { product_cost: product } = settings;
  const perStep = costOfRound(plan.learned, plan.steps, { mode: plan.mode, product }) / plan.steps;
  while (!search.finished) {
    const pauses = search.stepwise();
    let next = pauses.next();
    let steps = 0;
    for (; !next.done; next = pauses.next()) {
      yield { cost: perStep * (next.value - steps) };
      steps = next.value;
    }
    const { round, budget, schedules, hypergradient, signs, steps: stepSizes } = next.value;
    const { diagnostics, validation } = hypergradient;
    const passes = hypergradient.mode === "adjoint" ? 3 : 1;
    const diverged = diagnostics.diverged !== undefined;
    const row: TuningRow = {
      what: "round",
      index: round,
      steps: budget,
      schedules,
      trainLoss: hypergradient.trainingLoss,
      validationLoss: diverged ? Number.NaN : validation.loss,
      validationAccuracy: diverged ? Number.NaN : (validation.accuracy ?? Number.NaN),
      cost: (rows.at(-1)?.cost ?? 0) + passes * diagnostics.steps + product * diagnostics.products,
      signs,
      stepSizes,
    };
    rows.push(row);
    yield { cost: 0, row, search: search.save() };
  }
}

function* candidates({ tuned }: SearchContext, rows: TuningRow[], search: CandidateSearch): Generator<TuningPause> {
  tuned.resample(0);
  let asked = search.next();
  // Trainings that were done are told, not repeated.
  for (const { validationLoss } of rows) asked = search.next(validationLoss);
  for (; !asked.done; asked = search.next(rows[rows.length - 1].validationLoss)) {
    const { schedules, steps } = asked.value;
    const pauses = tuned.train(schedules, steps);
    let next = pauses.next();
    let done = 0;
    for (; !next.done; next = pauses.next()) {
      done += next.value;
      yield { cost: next.value };
    }
    const cost = (rows.at(-1)?.cost ?? 0) + done;
    const row: TuningRow = { what: "candidate", index: rows.length, steps, schedules, ...next.value, cost };
    rows.push(row);
    // What a training that diverged leaves undone is progress all the same.
    yield { cost: steps - done, row };
  }
}

function candidatesOf({ settings, plan, seed }: SearchContext): CandidateSearch {
  if (settings.search === "cosine" || settings.search === "given") {
    return single(givenSchedules(settingsByHand(settings), plan), plan.steps);
  }
  const given = givenSchedules(settings, plan);
  const windows = perFamily((family) => Math.max(1, plan.learned[family]));
  const options = { draws: plan.count, seed, windows, bounds: plan.bounds, steps: plan.steps };
  const search =
    settings.search === "halving"
      ? halvingCandidates({ ...options, firstSteps: plan.firstSteps })
      : randomCandidates(options);
  return keeping(search, (schedules) =>
    perFamily((family) => (plan.learned[family] === 0 ? given[family] : schedules[family])),
  );
}

function* single(schedules: Schedules, steps: number): CandidateSearch {
  const score = yield { draw: 0, schedules, steps };
  return { best: { schedules, score, steps }, tried: [], cost: steps };
}

/** A search whose schedules are replaced in part. */
function* keeping(search: CandidateSearch, replace: (schedules: Schedules) => Schedules): CandidateSearch {
  let asked = search.next();
  while (!asked.done) {
    const score = yield { ...asked.value, schedules: replace(asked.value.schedules) };
    asked = search.next(score);
  }
  return asked.value;
}
