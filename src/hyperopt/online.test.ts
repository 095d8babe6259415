/** Values that change while a training goes on, against steps worked by hand on ½ h w². */

import { expect, test } from "vitest";
import * as t from "../tensor/index.ts";
import { smallProblem } from "./fixtures/small-network.ts";
import { quadratic } from "./fixtures/vector-problems.ts";
import { type OnlineOptions, trainOnline } from "./online.ts";

const problem = () =>
  quadratic(new t.Engine(t.createReference("float64")), {
    start: [1],
    hessian: () => [2],
    linear: () => [0],
    target: [0],
  }).problem;
const options: OnlineOptions = {
  steps: 3,
  start: { learningRate: 0.1, momentum: 0, weightDecay: 0 },
  stepSizes: { learningRate: 0.01 },
  memory: 1,
};

/** w' = (1 - 2 α) w, Z' = μ (1 - 2 α) Z - 2 w, α' = α - κ slope(w') Z'; by hand for h = 2. */
function byHand(memory: number, slope: (w: number) => number) {
  let [w, z, rate] = [1, 0, 0.1];
  const rates: number[] = [];
  for (let step = 0; step < 3; step++) {
    rates.push(rate);
    z = memory * (1 - 2 * rate) * z - 2 * w;
    w *= 1 - 2 * rate;
    rate -= 0.01 * slope(w) * z;
  }
  return { rates, w };
}

test.each([
  ["rtho, which remembers all", 1, "validation"],
  ["marthe, which remembers half", 0.5, "validation"],
  ["greedy, which remembers nothing", 0, "validation"],
  ["hd, by the next batch's loss", 0, "next-batch"],
] as const)("%s: the rates of three steps are those worked by hand", (_, memory, judge) => {
  const inner = problem();
  const { values } = trainOnline(inner, { ...options, memory, judge });
  // The validation loss is ½ w², the training loss w².
  const { rates, w } = byHand(memory, (weight) => (judge === "validation" ? weight : 2 * weight));
  values.learningRate.forEach((rate, step) => {
    expect(rate).toBeCloseTo(rates[step], 14);
  });
  expect(inner.parameters[0].get()[0]).toBeCloseTo(w, 14);
  expect(values.momentum).toEqual([0, 0, 0]);
});

test("what is remembered decides: three memories end at three rates", () => {
  const ends = [1, 0.5, 0].map((memory) => trainOnline(problem(), { ...options, memory }).values.learningRate[2]);
  expect(new Set(ends).size).toBe(3);
});

test("a step size of 100 takes the rate to its bound of 1 and no further", () => {
  const { values } = trainOnline(problem(), { ...options, stepSizes: { learningRate: 100 } });
  expect(values.learningRate.slice(0, 2)).toEqual([0.1, 1]);
});

test("on a network, all three families move, one batch of the validation after the other", async () => {
  const { values, diagnostics } = trainOnline(await smallProblem("with batch norm"), {
    steps: 12,
    start: { learningRate: 0.05, momentum: 0.5, weightDecay: 1e-3 },
    stepSizes: { learningRate: 1e-3, momentum: 1e-3, weightDecay: 1e-4 },
    memory: 0.9,
  });
  for (const family of ["learningRate", "momentum", "weightDecay"] as const) {
    expect(new Set(values[family]).size, family).toBeGreaterThan(6);
  }
  expect(diagnostics).toMatchObject({ steps: 12, products: 36 });
});

test.each<[string, Partial<OnlineOptions>, string]>([
  ["a memory above 1", { memory: 1.5 }, "online: memory must be in [0, 1], got 1.5"],
  [
    "nothing to learn",
    { stepSizes: {} },
    "online: stepSizes must name at least one of learningRate, momentum, weightDecay, got none",
  ],
  ["a negative step size", { stepSizes: { momentum: -1 } }, "online: the step size of momentum must be ≥ 0, got -1"],
])("%s is refused", (_, wrong, message) => {
  expect(() => trainOnline(problem(), { ...options, ...wrong })).toThrow(message);
});
