/**
 * One search from start to end, or from where it was stopped: the search, the trainings of what it found, the loss surface. A
 * study's trial and the `tune` command both run this.
 */

import { DivergedError } from "../../base/index.ts";
import type { Schedules } from "../../hyperopt/index.ts";
import { countParameters } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import { Evaluator, type ResidentDataset } from "../../train/index.ts";
import { buildTrainer } from "../sc-sdc/model.ts";
import { buildTunedNetwork } from "./networks.ts";
import { planSearch, type TuningPlan } from "./plan.ts";
import type { TuningRow } from "./rows.ts";
import { settingsWith } from "./schedules.ts";
import { runSearch, type SearchFound, type TuningPause, type TuningState } from "./search.ts";
import type { TuningSettings } from "./settings.ts";
import { surfacePoints } from "./surface.ts";
import { TuningProblem } from "./tuning-problem.ts";

export interface TuningRunOptions {
  readonly seed: number;
  readonly data: ResidentDataset;
  /** Where it was stopped. */
  readonly state?: TuningState;
}

export interface TuningOutcome {
  readonly plan: TuningPlan;
  readonly rows: readonly TuningRow[];
  /** Undefined where every training of the search diverged. */
  readonly found: SearchFound | undefined;
  /** Test accuracy of the search's best training, and of its last one. */
  readonly searchAccuracy: number;
  readonly lastAccuracy: number;
  /** Of a training by what was found, on all training examples: NaN where it diverged. */
  readonly test: { readonly accuracy: number; readonly loss: number };
  readonly finalDiverged?: { readonly step: number; readonly layer: string; readonly reason: string };
  readonly activeWeights: number;
  readonly parameters: number;
}

/** Gradients of everything that a run computes, by which the time left is told. */
export function costOfRun({ surface }: TuningSettings, plan: TuningPlan): number {
  const points = surface < 2 ? 0 : surface ** Math.min(2, Object.values(plan.learned).filter((n) => n > 0).length);
  return plan.cost + plan.finalSteps + plan.steps * (2 + points);
}

/** Runs a search with pauses, in which it can be left. Its variables live in the engine's innermost scope. */
export function* tuneStepwise(
  engine: Engine,
  settings: TuningSettings,
  { seed, data, state = { rows: [] } }: TuningRunOptions,
): Generator<TuningPause, TuningOutcome, void> {
  const plan = planSearch(settings, data.dataset);
  const tuned = new TuningProblem(engine, settings, { seed, data, plan });
  const rows: TuningRow[] = [...state.rows];
  const telling = function* <T>(pauses: Generator<TuningPause, T, void>): Generator<TuningPause, T, void> {
    let next = pauses.next();
    for (; !next.done; next = pauses.next()) {
      if (next.value.row !== undefined) rows.push(next.value.row);
      yield next.value;
    }
    return next.value;
  };
  const found = yield* telling(runSearch({ settings, plan, seed, tuned, state }));
  const counts = countParameters(tuned.network.parameters);
  const common = { plan, rows, found, activeWeights: counts.weight, parameters: counts.total };
  if (found === undefined) {
    const nothing = { accuracy: Number.NaN, loss: Number.NaN };
    return { ...common, searchAccuracy: Number.NaN, lastAccuracy: Number.NaN, test: nothing };
  }
  const searchAccuracy = yield* accuracyOf(tuned, found.best);
  const lastAccuracy = found.last === found.best ? searchAccuracy : yield* accuracyOf(tuned, found.last);
  if (settings.surface >= 2 && settings.search === "forward") {
    yield* telling(surfaceRows(tuned, { settings, plan, found, rows }));
  }
  const final = yield* trainWhole(engine, settingsWith(settings, found.best.schedules, plan), { seed, data });
  return { ...common, searchAccuracy, lastAccuracy, ...final };
}

/** A training of the search again, for its test accuracy: looked at when the search is over. */
function* accuracyOf(tuned: TuningProblem, row: TuningRow): Generator<TuningPause, number, void> {
  tuned.resample(row.what === "round" ? row.index : 0);
  const { validationLoss } = yield* trained(tuned, row.schedules, row.steps);
  return Number.isFinite(validationLoss) ? tuned.testAccuracy() : Number.NaN;
}

function* trained(tuned: TuningProblem, schedules: Schedules, steps: number) {
  const pauses = tuned.train(schedules, steps);
  let next = pauses.next();
  for (; !next.done; next = pauses.next()) yield { cost: next.value } as TuningPause;
  return next.value;
}

function* surfaceRows(
  tuned: TuningProblem,
  of: {
    readonly settings: TuningSettings;
    readonly plan: TuningPlan;
    readonly found: SearchFound;
    readonly rows: readonly TuningRow[];
  },
): Generator<TuningPause> {
  const { settings, plan, found, rows } = of;
  tuned.resample(found.best.index);
  const done = rows.filter(({ what }) => what === "surface").length;
  const { cost } = found.last;
  for (const [index, schedules] of surfacePoints(settings.surface, { plan, best: found.best, rows }).entries()) {
    if (index < done) continue;
    const judged = yield* trained(tuned, schedules, plan.steps);
    yield { cost: 0, row: { what: "surface", index, steps: plan.steps, schedules, ...judged, cost } };
  }
}

/** The training that the result is for, as `train` runs it: all examples, all epochs. */
function* trainWhole(
  engine: Engine,
  settings: TuningSettings,
  { seed, data }: TuningRunOptions,
): Generator<TuningPause, Pick<TuningOutcome, "test" | "finalDiverged">, void> {
  using _ = engine.scope();
  const { network } = buildTunedNetwork(engine, settings, { seed, data });
  const trainer = buildTrainer(engine, settings, { network, seed, data });
  const evaluator = new Evaluator(engine, network, data, "test");
  try {
    while (trainer.epoch < settings.epochs) {
      trainer.trainEpoch({ maxSteps: 1 });
      yield { cost: 1 };
    }
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    const { step, layer, message: reason } = error;
    return { test: { accuracy: Number.NaN, loss: Number.NaN }, finalDiverged: { step, layer, reason } };
  }
  const { accuracy, loss } = evaluator.evaluate();
  return { test: { accuracy, loss } };
}
