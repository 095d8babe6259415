/** Searches without gradients: what they draw, keep and cost. */

import { expect, test } from "vitest";
import {
  halvingCost,
  type RandomSearchOptions,
  randomSchedules,
  randomSearch,
  searchCost,
  successiveHalving,
} from "./random-search.ts";
import type { Schedules } from "./schedules.ts";

const options: RandomSearchOptions = {
  draws: 27,
  seed: 4,
  windows: { learningRate: 3, momentum: 1, weightDecay: 2 },
  bounds: { learningRate: [0.5, 1], momentum: [0, 0], weightDecay: [-2, 2] },
  steps: 90,
  score: ({ learningRate }) => learningRate[0],
};

test("draws lie between their bounds, differ, and draw 7 is the same whether or not others were drawn", () => {
  const many = Array.from({ length: 300 }, (_, draw) => randomSchedules(options, draw));
  const rates = many.flatMap(({ learningRate }) => learningRate);
  expect(Math.min(...rates)).toBeGreaterThanOrEqual(0.5);
  expect(Math.max(...rates)).toBeLessThan(1);
  expect(new Set(rates).size).toBe(900);
  expect(many[7]).toEqual(randomSchedules({ ...options }, 7));
  expect(many.every(({ momentum, weightDecay }) => momentum[0] === 0 && weightDecay.length === 2)).toBe(true);
  // The mean of 600 uniform numbers in [-2, 2] has a standard deviation of 0.047.
  const decays = many.flatMap(({ weightDecay }) => weightDecay);
  expect(Math.abs(decays.reduce((a, b) => a + b) / 600)).toBeLessThan(0.19);
});

test("random search keeps the lowest score, is not misled by NaN, and costs draws times steps", () => {
  const { best, tried, cost } = randomSearch({
    ...options,
    score: ({ learningRate }) => (learningRate[0] < 0.6 ? Number.NaN : learningRate[0]),
  });
  const scores = tried.map(({ score }) => score).filter((score) => !Number.isNaN(score));
  expect(scores.length).toBeLessThan(27);
  expect(best?.score).toBe(Math.min(...scores));
  expect(best?.score).toBe(best?.schedules.learningRate[0]);
  expect(cost).toBe(27 * 90);
  expect(randomSearch({ ...options, score: () => Number.NaN }).best).toBeUndefined();
});

test("halving by three runs 27, 9 and 3 of 27 candidates for 10, 30 and 90 steps: 810 steps instead of 2430, and keeps the best", () => {
  const runs: [number, number][] = [];
  const score = (schedules: Schedules, steps: number, draw: number) => {
    runs.push([steps, draw]);
    return draw === 5 ? Number.NaN : schedules.learningRate[0];
  };
  const { best, cost } = successiveHalving({ ...options, score, firstSteps: 10 });
  const counts = [10, 30, 90].map((steps) => runs.filter(([trained]) => trained === steps).length);
  expect(counts).toEqual([27, 9, 3]);
  expect(cost).toBe(27 * 10 + 9 * 30 + 3 * 90);
  const all = Array.from({ length: 27 }, (_, draw) => randomSchedules(options, draw).learningRate[0]).filter(
    (_, draw) => draw !== 5,
  );
  expect(best?.score).toBe(Math.min(...all));
  expect(best?.steps).toBe(90);
  expect(runs.filter(([, draw]) => draw === 5)).toEqual([[10, 5]]);
});

test("the cost of a search is a gradient per step and one per product", () => {
  const round = (steps: number, products: number) => ({ hypergradient: { diagnostics: { steps, products } } });
  expect(searchCost([round(100, 500), round(100, 300)])).toBe(1000);
});

test.each<[string, () => unknown, string]>([
  ["no draws", () => randomSearch({ ...options, draws: 0 }), "random search: draws must be an integer ≥ 1, got 0"],
  [
    "bounds out of order",
    () => randomSearch({ ...options, bounds: { ...options.bounds, momentum: [1, 0] } }),
    "random search: the bounds of momentum must be finite and in order, got [1, 0]",
  ],
  [
    "no windows",
    () => randomSearch({ ...options, windows: { ...options.windows, weightDecay: 0 } }),
    "random search: weightDecay must have at least one window, got 0",
  ],
  [
    "halving by one",
    () => successiveHalving({ ...options, eta: 1, firstSteps: 5 }),
    "successive halving: eta must be an integer ≥ 2, got 1",
  ],
  [
    "more first steps than steps",
    () => successiveHalving({ ...options, firstSteps: 91 }),
    "successive halving: firstSteps must be at most the 90 steps, got 91",
  ],
])("%s is refused", (_, run, message) => {
  expect(run).toThrow(message);
});

test("successive halving says what it will cost: of 20 candidates, 7 go on from 12 steps to 36, and 3 to 100", () => {
  const options = { draws: 20, steps: 100, firstSteps: 12 };
  const cost = 20 * 12 + 7 * 36 + 3 * 100;
  expect(halvingCost(options)).toBe(cost);
  const windows = { learningRate: 1, momentum: 1, weightDecay: 1 };
  const bounds = { learningRate: [0, 1], momentum: [0, 1], weightDecay: [0, 1] } as const;
  const asked: number[] = [];
  const score = (_: unknown, steps: number) => asked.push(steps);
  expect(successiveHalving({ ...options, windows, bounds, seed: 0, score }).cost).toBe(cost);
  expect(asked.reduce((a, b) => a + b)).toBe(cost);
});
