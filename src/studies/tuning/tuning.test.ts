/** Searches of the digits, seconds each: costs are equal, a stopped search ends with the same bits, and files train as they were found. */

import { describe, expect, test } from "vitest";
import { InputError } from "../../base/index.ts";
import { loadDataset } from "../../data/index.ts";
import { applyOverrides, designStudy, parseStudy, type TrialRecord } from "../../experiment/index.ts";
import { openEngine } from "../../tensor/index.ts";
import { residentDataset } from "../../train/index.ts";
import { runTraining } from "../sc-sdc/run.ts";
import { scSdcSettings } from "../sc-sdc/settings.ts";
import { runSparseTraining } from "../sparse-training/run.ts";
import { sparseTrainingSettings } from "../sparse-training/settings.ts";
import { tuning } from "./kind.ts";
import { costOfRound, planSearch } from "./plan.ts";
import { tuningResult } from "./result.ts";
import { decodeRow, encodeRow, type TuningRow } from "./rows.ts";
import { type TuningOutcome, tuneStepwise } from "./run.ts";
import { givenSchedules, startOfSearch } from "./schedules.ts";
import type { TuningState } from "./search.ts";
import { type TuningSettings, tuningSettings } from "./settings.ts";
import { surfacePoints, withMean } from "./surface.ts";
import { trainFile } from "./train-file.ts";

const engine = await openEngine();
const digits = await loadDataset("digits");
const data = residentDataset(engine, digits, "standard");

const small = { hidden_layers: 1, dense_width: 16, epochs: 1, search_steps: 12, rounds: 4 };
const settingsOf = (given: Record<string, unknown>) => tuningSettings.parse({ ...small, ...given });

/** Runs a search, or goes on with one, and leaves it after so many rows. */
function search(settings: TuningSettings, { state, leaveAfter }: { state?: TuningState; leaveAfter?: number } = {}) {
  using _ = engine.scope();
  const rows: TuningRow[] = [...(state?.rows ?? [])];
  let kept: TuningState = { rows };
  const pauses = tuneStepwise(engine, settings, { seed: 1, data, state });
  let next = pauses.next();
  for (; !next.done && rows.length !== leaveAfter; next = pauses.next()) {
    if (next.value.row !== undefined) rows.push(next.value.row);
    kept = { rows, search: next.value.search ?? kept.search };
  }
  return { state: kept, outcome: next.done ? next.value : undefined };
}

const whole = (settings: TuningSettings) => search(settings).outcome as TuningOutcome;

describe("plans:", () => {
  test("a round of 10 steps with 2 rates and a momentum is 10 gradients and 25 products; the adjoint three passes and 10 products", () => {
    const learned = { learningRate: 2, momentum: 1, weightDecay: 0 };
    // Steps 0 to 4 have 1 + 1 columns, 5 to 9 have 2 + 1.
    expect(costOfRound(learned, 10, { mode: "forward", product: 1 })).toBe(10 + 25);
    expect(costOfRound(learned, 10, { mode: "forward", product: 0.8 })).toBe(30);
    expect(costOfRound(learned, 10, { mode: "adjoint", product: 1 })).toBe(40);
  });

  test("no search plans to spend more than forward mode, and halving and random search miss it by less than a training", () => {
    const plans = ["forward", "random", "halving"].map((of) => planSearch(settingsOf({ search: of }), digits));
    expect(plans.map(({ budget }) => budget)).toEqual([plans[0].cost, plans[0].cost, plans[0].cost]);
    for (const { cost, budget, steps } of plans) {
      expect(cost).toBeLessThanOrEqual(budget);
      expect(cost).toBeGreaterThan(budget - steps);
    }
  });

  test("with batch norm first steps are the larger ones, products are not clamped, and the adjoint is the cheaper mode", () => {
    const plain = planSearch(settingsOf({}), digits);
    expect([plain.mode, plain.clipTangent, plain.firstStepOf.learningRate]).toEqual(["forward", 1, 0.05]);
    const normal = planSearch(settingsOf({ batch_norm: true }), digits);
    expect([normal.mode, normal.clipTangent, normal.firstStepOf.learningRate]).toEqual(["adjoint", undefined, 0.1]);
  });

  test("a tenth is kept to be judged by, the rest trains for whole batches of each epoch", () => {
    const { train, validation, steps, finalSteps } = planSearch(settingsOf({ search_steps: null, epochs: 2 }), digits);
    expect([train, validation, steps, finalSteps]).toEqual([1294, 143, 20, 24]);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ learned_rates: 13 }, "a window must have at least one step, got 13 windows of 12 steps"],
    [{ validation_examples: 1400 }, "got search_examples 37 and validation_examples 1400; lower one of them"],
    [{ mode: "adjoint" }, "the adjoint has no products to clamp, got clip_tangent 1; take clip_tangent=0"],
  ])("refused: %o", (given, message) => {
    expect(() => planSearch(settingsOf(given), digits)).toThrow(message);
  });
});

describe("settings:", () => {
  const checked = (...words: string[]) =>
    designStudy(applyOverrides(parseStudy("study: tuning", "t.yaml", [tuning]), words));

  test.each([
    ["optimizer=adam", "optimizer must be momentum, nesterov or sgd, got adam"],
    ["optimizer=sgd", "optimizer sgd has no momentum to search; take learned_momenta=0, or optimizer=momentum"],
    ["decoupled_decay=0.1", "decoupled_decay must be 0, got 0.1"],
  ])("%s is refused", (word, message) => {
    expect(() => checked(word)).toThrow(InputError);
    expect(() => checked(word)).toThrow(message);
  });

  test("nothing to search is refused, but not of schedules that are set by hand", () => {
    const nothing = ["learned_rates=0", "learned_momenta=0", "learned_decays=0"];
    expect(() => checked(...nothing)).toThrow("a search needs something to search");
    expect(checked(...nothing, "search=cosine").trials).toHaveLength(1);
  });

  test("a cosine of 4 steps starts at what the settings say and is halved at its middle; started from, two windows have its means", () => {
    const settings = settingsOf({
      search_steps: 4,
      learning_rate: 0.2,
      schedule: "cosine",
      start: "given",
      learned_rates: 2,
    });
    const plan = planSearch(settings, digits);
    const rates = givenSchedules(settings, plan).learningRate;
    expect([rates[0], rates[2]]).toEqual([0.2, 0.1]);
    const start = startOfSearch(settings, plan);
    expect(start.learningRate).toEqual([(rates[0] + rates[1]) / 2, (rates[2] + rates[3]) / 2]);
    expect([start.momentum, start.weightDecay]).toEqual([[0.9], [0]]);
  });
});

describe("searches:", () => {
  test("rates learned in four rounds from 0 beat 0.01 set by hand by 10 points, with the same examples", () => {
    const learned = tuningResult(whole(settingsOf({ search_steps: 40 })), 0);
    const given = tuningResult(
      whole(settingsOf({ search_steps: 40, search: "given", learning_rate: 0.01, momentum: 0 })),
      0,
    );
    expect(Number(learned.columns.search_accuracy)).toBeGreaterThan(Number(given.columns.search_accuracy) + 0.1);
  });

  test.each<[string, Record<string, unknown>, number]>([
    ["forward mode after 2 of 4 rounds", {}, 2],
    ["the adjoint after 3", { batch_norm: true }, 3],
    ["random search after 9 candidates", { search: "random" }, 9],
    ["successive halving after 30", { search: "halving" }, 30],
    ["the loss surface after 4 of 9 points", { surface: 3 }, 8],
  ])("%s, left and gone on with from JSON, has every number of one that never stopped", (_, given, leaveAfter) => {
    const settings = settingsOf(given);
    const { state, outcome } = search(settings, { leaveAfter });
    expect([state.rows.length, outcome]).toEqual([leaveAfter, undefined]);
    const stored = JSON.parse(JSON.stringify(state)) as TuningState;
    expect(tuningResult(search(settings, { state: stored }).outcome as TuningOutcome, 0)).toEqual(
      tuningResult(whole(settings), 0),
    );
  });

  test("a search that left the finite numbers every time is a diverged trial with its reason", () => {
    const settings = settingsOf({ search: "given", learning_rate: 1e30, momentum: 0 });
    const { status, diverged, columns } = tuningResult(whole(settings), 0);
    expect([status, diverged?.reason, columns.test_accuracy]).toEqual([
      "diverged",
      "each of the 1 trainings of the search diverged",
      Number.NaN,
    ]);
  });

  test("a row written for epochs.csv is read back with its lists", () => {
    const [row] = whole(settingsOf({ rounds: 1 })).rows;
    const { signs, stepSizes, ...rest } = row;
    expect(decodeRow(encodeRow(row))).toEqual({
      ...rest,
      signs: [...(signs?.learningRate ?? []), ...(signs?.momentum ?? []), ...(signs?.weightDecay ?? [])],
      stepSizes: [0.05, 0.05, 0.05, 0.05, 0.05, 0.2, 4e-4],
    });
  });
});

describe("the loss surface", () => {
  test("scales what was found to a mean and keeps within the bound; zeros become a constant", () => {
    expect(withMean([0.125, 0.375], 0.5, 1)).toEqual([0.25, 0.75]);
    expect(withMean([0.125, 0.375], 1, 1)).toEqual([0.5, 1]);
    expect(withMean([0, 0], 0.8, 1)).toEqual([0.8, 0.8]);
  });

  test("is a grid over mean rate and momentum that begins at 0, and its middle column is what was found where nothing reached further", () => {
    const plan = planSearch(settingsOf({ learned_rates: 2 }), digits);
    const best = {
      schedules: { learningRate: [0.125, 0.375], momentum: [0.25], weightDecay: [1e-3] },
    } as unknown as TuningRow;
    const points = surfacePoints(3, { plan, best, rows: [] });
    expect(points).toHaveLength(9);
    expect(points[0]).toEqual({ learningRate: [0, 0], momentum: [0], weightDecay: [1e-3] });
    expect(points[4]).toEqual(best.schedules);
  });
});

describe("train files", () => {
  const cases: [string, Record<string, unknown>][] = [
    ["dense", {}],
    [
      "dense with Nesterov's momentum, batch norm and dropout",
      { optimizer: "nesterov", batch_norm: true, dropout: 0.2 },
    ],
    ["sparse of equal capacity", { network: "sparse", sparse_width: 32 }],
    ["sparse of a density", { network: "sparse", density: 0.2 }],
    [
      "dense after milestones and a warm-up",
      { epochs: 2, schedule: "milestones", schedule_at: [1], warm_up_epochs: 1 },
    ],
    ["a static mask", { network: "static", sparse_width: 32, density: 0.2 }],
    ["convolutional", { model: "simple-cnn", dense_width: 2, rounds: 2 }],
  ];
  test.each(cases)("of what was found for %s train to the bits that the search reports", (_, given) => {
    const [spec] = designStudy(
      applyOverrides(
        parseStudy("study: tuning", "t.yaml", [tuning]),
        Object.entries({ ...small, seeds: [1], learned_momenta: 2, ...given }).map(
          ([name, value]) => `${name}=${JSON.stringify(value)}`,
        ),
      ),
    ).trials;
    const settings = spec.payload as TuningSettings;
    const result = tuningResult(whole(settings), 0);
    const { text } = trainFile({ spec, state: "done", result } as TrialRecord) as { text: string };
    const isStatic = settings.network === "static";
    using _scope = engine.scope();
    const file = /^settings:\n((?: .*\n?)*)/m.exec(text)?.[1] ?? "";
    const read = Object.fromEntries(
      file
        .trim()
        .split("\n")
        .map((line) => /^ *(\w+): (.*)$/.exec(line) as RegExpExecArray)
        .map(([, name, value]) => [name, /^[[\d]|^(true|false|null)$/.test(value) ? JSON.parse(value) : value]),
    );
    const trained = isStatic
      ? runSparseTraining(engine, sparseTrainingSettings.parse(read), { seed: 1, data })
      : runTraining(engine, scSdcSettings.parse(read), {
          kind: settings.network === "sparse" ? "sparse" : "dense",
          seed: 1,
          data,
        });
    const last = trained.measurements.at(-1);
    expect([last?.test.accuracy, last?.test.loss]).toEqual([result.columns.test_accuracy, result.columns.test_loss]);
  });
});
