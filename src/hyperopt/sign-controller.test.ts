/** The sign update against sequences worked out by hand and by another program, and the quadratic whose best rate is known. */

import { describe, expect, test } from "vitest";
import * as t from "../tensor/index.ts";
import { quadratic } from "./fixtures/vector-problems.ts";
import { searchSchedules } from "./search.ts";
import { SignController } from "./sign-controller.ts";

test("hypergradients -3 -1 2 -.5 NaN 1 0 -2 -2 take 0 to .2 by steps .1 .1 .05 .025 and no shorter: 0 and NaN forget the sign", () => {
  const controller = new SignController({ start: [0], steps: [0.1] });
  const values: number[] = [];
  const steps: number[] = [];
  for (const g of [-3, -1, 2, -0.5, Number.NaN, 1, 0, -2, -2]) {
    controller.update([g]);
    values.push(controller.values[0]);
    steps.push(controller.steps[0]);
  }
  const near = (got: number[], expected: number[]) =>
    expect(Math.max(...expected.map((value, i) => Math.abs(got[i] - value)))).toBeLessThan(1e-15);
  near(values, [0.1, 0.2, 0.15, 0.175, 0.175, 0.15, 0.15, 0.175, 0.2]);
  near(steps, [0.1, 0.1, 0.05, 0.025, 0.025, 0.025, 0.025, 0.025, 0.025]);
});

/** ½ h w² over five steps, judged by ½ w²: the best rate is 1 / h. */
function rates(h: number, rounds: number) {
  const { problem } = quadratic(new t.Engine(t.createReference("float64")), {
    start: [1],
    hessian: () => [h],
    linear: () => [0],
    target: [0],
  });
  return searchSchedules(problem, {
    budgets: Array.from({ length: rounds }, () => 5),
    learn: ["learningRate"],
    steps: { learningRate: 0.1 },
    mode: "forward",
  });
}

test("on a quadratic of curvature 3 the rates are 0 .1 .2 .3 .4 .35 .3 .325 .35, and the search ends after the ninth with .3375", () => {
  const { history, converged, last } = rates(3, 20);
  const used = history.map(({ schedules }) => schedules.learningRate[0]);
  [0, 0.1, 0.2, 0.3, 0.4, 0.35, 0.3, 0.325, 0.35].forEach((rate, i) => {
    expect(used[i]).toBeCloseTo(rate, 12);
  });
  expect(used.length).toBe(9);
  expect(converged).toBe(true);
  expect(last.learningRate[0]).toBeCloseTo(0.3375, 12);
  expect(history[8].steps.learningRate?.[0]).toBeCloseTo(0.0125, 12);
});

test("at curvature 2 the rate arrives at .5, where the hypergradient is 0: it stays, and is never taken for converged", () => {
  const { history, converged, last, bestByValidation } = rates(2, 10);
  expect(last.learningRate[0]).toBe(0.5);
  expect(history.slice(5).every(({ signs }) => signs.learningRate?.[0] === 0)).toBe(true);
  expect(converged).toBe(false);
  expect(bestByValidation).toMatchObject({ round: 5, validationLoss: 0 });
});

test("values stop at their bounds, and one that is 0 or negative does not pass for converged by being below its step", () => {
  const controller = new SignController({
    start: [0.5, -0.5],
    steps: [0.4, 1e-3],
    bounds: [
      [0, 1],
      [-1, 1],
    ],
  });
  controller.update([1, 0]);
  controller.update([1, 0]);
  expect(controller.values).toEqual([0, -0.5]);
  expect(controller.converged).toBe(false);
  // s = 0.001 < 0.05 · |-0.5|: converged, where the signed rule would be so for any step.
  const alone = new SignController({ start: [-0.5], steps: [0.1] });
  alone.update([1]);
  expect(alone.converged).toBe(false);
  const small = new SignController({ start: [-0.5], steps: [0.01] });
  small.update([1]);
  expect(small.converged).toBe(true);
});

test("a state taken up by another controller goes on as the first would have", () => {
  const make = () => new SignController({ start: [0, 0.3], steps: [0.1, 0.2] });
  const [whole, resumed] = [make(), make()];
  whole.update([-1, 2]);
  resumed.restore(structuredClone(whole.save()));
  for (const controller of [whole, resumed]) controller.update([1, 2]);
  expect(resumed.save()).toEqual(whole.save());
  expect(whole.values[0]).toBeCloseTo(0.05, 14);
});

describe("refused:", () => {
  test.each<[string, () => unknown, string]>([
    [
      "a step of 0",
      () => new SignController({ start: [0], steps: [0] }),
      "sign controller: every step must be > 0, got 0 for value 0",
    ],
    [
      "a start outside its bounds",
      () => new SignController({ start: [2], steps: [1], bounds: [[0, 1]] }),
      "sign controller: value 0 must start in [0, 1], got 2",
    ],
    [
      "fewer steps than values",
      () => new SignController({ start: [1, 2], steps: [1] }),
      "sign controller: 2 values need as many steps and bounds, got 1 and 2",
    ],
    ["a decay of 1", () => new SignController({ start: [0], steps: [1], decay: 1 }), "decay must be in (0, 1), got 1"],
    [
      "too many hypergradients",
      () => new SignController({ start: [0], steps: [1] }).update([1, 2]),
      "sign controller: 1 values need as many hypergradients, got 2",
    ],
    [
      "a state of another size",
      () =>
        new SignController({ start: [0], steps: [1] }).restore({ values: [], steps: [], signs: [], converged: false }),
      "sign controller: the state must have 1 values, got 0; take another",
    ],
  ])("%s", (_, run, message) => {
    expect(run).toThrow(message);
  });
});
