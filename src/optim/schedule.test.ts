/** Schedules against PyTorch's lr_scheduler, stepped once per iteration, and by hand. */

import { describe, expect, test } from "vitest";
import { fixture } from "./fixtures/torch-training.ts";
import { piecewise, type ScheduleName, schedule } from "./schedule.ts";

describe("factors are PyTorch's, to 1e-14 of the base rate (its cosine is a recursion, ours is not):", () => {
  const { step, cosine, "cosine to 0.05": toFive } = fixture.schedules;
  test.each([
    ["StepLR(7, gamma 0.3), 50 steps", step],
    ["CosineAnnealingLR(50), 51 steps", cosine],
    ["CosineAnnealingLR(33, eta_min 0.05), 34 steps", toFive],
  ])("%s", (_, { options, factors }) => {
    const factor = schedule(options);
    expect(factors.length).toBeGreaterThan(30);
    factors.forEach((expected, t) => {
      expect(Math.abs(factor(t) - expected), `step ${t}`).toBeLessThan(1e-14);
    });
  });

  test("LinearLR from 1/10 over 9 steps, then CosineAnnealingLR(41)", () => {
    const { options, factors } = fixture.schedules["warm-up, then cosine"];
    const factor = schedule(options);
    factors.forEach((expected, t) => {
      expect(Math.abs(factor(t) - expected), `step ${t}`).toBeLessThan(1e-14);
    });
  });
});

test("warm-up of 4 steps climbs by fifths and reaches the whole rate at step 4", () => {
  const factor = schedule({ totalSteps: 10, warmUpSteps: 4 });
  expect([0, 1, 2, 3, 4, 9].map(factor)).toEqual([0.2, 0.4, 0.6, 0.8, 1, 1]);
});

test("steps are counted from the end of the warm-up: three at the whole rate, then a tenth, then a hundredth", () => {
  const factor = schedule({ name: "step", every: 3, totalSteps: 20, warmUpSteps: 1 });
  const expected = [0.5, 1, 1, 1, 0.1, 0.1, 0.1, 0.1 * 0.1];
  expect(expected.map((_, t) => factor(t))).toEqual(expected);
});

test("milestones at 2 and 5: the whole rate for two steps, a tenth for three, then a hundredth", () => {
  const factor = schedule({ name: "milestones", at: [2, 5], totalSteps: 9 });
  const expected = [1, 1, 0.1, 0.1, 0.1, 0.1 * 0.1, 0.1 * 0.1];
  expect(expected.map((_, t) => factor(t))).toEqual(expected);
});

test("cosine is a half at the middle, its end's value at the end, and stays there", () => {
  const factor = schedule({ name: "cosine", totalSteps: 8, final: 0.1 });
  expect(factor(0)).toBe(1);
  expect(factor(4)).toBe(0.55);
  expect(factor(8)).toBe(0.1);
  expect(factor(1000)).toBe(0.1);
});

test("3 values over 10 steps hold for 4, 3 and 3 of them; steps beyond the last have the last", () => {
  const value = piecewise("rates", [3, 2, 1], { totalSteps: 10 });
  expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 99].map(value)).toEqual([3, 3, 3, 3, 2, 2, 2, 1, 1, 1, 1, 1]);
});

test("piecewise refuses no values, one below 0 and one at the bound, and says which", () => {
  expect(() => piecewise("rates", [], { totalSteps: 1 })).toThrow("rates: must have at least one value, got none");
  expect(() => piecewise("rates", [0.1, -1], { totalSteps: 1 })).toThrow(
    "rates: every value must be a finite number ≥ 0, got -1 as value 1",
  );
  expect(() => piecewise("momenta", [1], { totalSteps: 1, below: 1 })).toThrow(
    "momenta: every value must be in [0, 1), got 1 as value 0",
  );
});

describe("refused, with what came:", () => {
  test.each([
    [
      { name: "cosin" as ScheduleName, totalSteps: 5 },
      'schedule: unknown schedule "cosin"; known: constant, step, milestones, cosine. Did you mean cosine?',
    ],
    [{ totalSteps: 0 }, "schedule: totalSteps must be ≥ 1, got 0"],
    [{ totalSteps: Number.NaN }, "schedule: totalSteps must be ≥ 1, got NaN"],
    [{ totalSteps: 5, warmUpSteps: 1.5 }, "schedule: warmUpSteps must be an integer ≥ 0, got 1.5"],
    [{ name: "step", totalSteps: 5 }, 'schedule: "step" needs `every`, an integer ≥ 1, got undefined'],
    [{ name: "milestones", totalSteps: 5 }, 'schedule: "milestones" needs `at`, integers ≥ 0, got none'],
    [{ name: "milestones", totalSteps: 5, at: [1, 2.5] }, "needs `at`, integers ≥ 0, got 2.5"],
    [{ name: "step", totalSteps: 5, every: 2, factor: 0 }, "schedule: factor must be in (0, 1], got 0"],
    [{ name: "cosine", totalSteps: 5, final: 1.1 }, "schedule: final must be in [0, 1], got 1.1"],
  ] as const)("%o", (options, message) => {
    expect(() => schedule(options)).toThrow(message);
  });
});
