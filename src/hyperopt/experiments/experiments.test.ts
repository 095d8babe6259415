/** The two small experiments: on the digits that come with the package, and on Fashion-MNIST where it has been fetched. */

import { beforeAll, describe, expect, test } from "vitest";
import { datasetInfo, loadDataset } from "../../data/index.ts";
import { type Engine, openEngine } from "../../tensor/index.ts";
import { type ResidentDataset, residentDataset } from "../../train/index.ts";
import { handSetSchedules, learnSchedules, searchWithoutGradients } from "./learned-schedules.ts";
import { PerceptronSetting } from "./perceptron.ts";
import { shared, windowSharing } from "./window-sharing.ts";

async function resident(name: string): Promise<{ engine: Engine; data: ResidentDataset }> {
  const engine = await openEngine();
  return { engine, data: residentDataset(engine, await loadDataset(name), "standard") };
}

describe("on digits, a perceptron 64-16-10 for 40 steps:", () => {
  const options = { train: 1000, validation: 300, hidden: 16, batchSize: 50 };
  let on: Awaited<ReturnType<typeof resident>>;
  beforeAll(async () => {
    on = await resident("digits");
  });

  test.each([0, 1, 2])(
    "seed %i: schedules learned in 8 rounds reach 92 %, 4 points above those set by hand, and beat 10 random ones",
    (seed) => {
      const setting = new PerceptronSetting(on.engine, on.data, { seed, ...options });
      const { best, cost, rounds } = learnSchedules(setting, { steps: 40, rounds: 8 });
      expect(rounds.length).toBe(8);
      // 8 rounds of 40 gradients and 40 · (3 + 1 + 1) products.
      expect(cost).toBe(8 * 40 * 6);
      expect(best.testAccuracy).toBeGreaterThan(0.92);
      const byHand = Object.values(handSetSchedules(setting, { steps: 40 }));
      expect(best.testAccuracy).toBeGreaterThan(Math.max(...byHand) + 0.04);
      const { random, halving } = searchWithoutGradients(setting, { steps: 40, draws: 10 });
      expect(best.testAccuracy).toBeGreaterThan(random.testAccuracy);
      expect(halving.cost).toBeLessThanOrEqual(random.cost);
    },
  );

  test("a rate's hypergradient shared by 10 of 60 steps is nearer the mean of 16 seeds than one of its own or shared by all; greedy ones are 10 times as far", () => {
    const setting = new PerceptronSetting(on.engine, on.data, { seed: 0, ...options });
    const { windows, greedy } = windowSharing(setting, { learningRate: 0.1, seeds: 16, steps: 60, greedySeeds: 2 });
    const error = new Map(windows.map(({ width, error: one }) => [width, one]));
    expect([...error.keys()]).toEqual([1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60]);
    expect(error.get(10)).toBeLessThan(0.9 * (error.get(1) as number));
    expect(error.get(10)).toBeLessThan(0.95 * (error.get(60) as number));
    expect(greedy).toBeGreaterThan(10 * (error.get(1) as number));
  });
});

// Where a test run has no Fashion-MNIST, `gradientflow data fetch fashion-mnist` puts it there.
const { found } = await datasetInfo("fashion-mnist");
describe.skipIf(!found)("on Fashion-MNIST, a perceptron 784-32-10 for 100 steps:", () => {
  let on: Awaited<ReturnType<typeof resident>>;
  beforeAll(async () => {
    on = await resident("fashion-mnist");
  });

  test("ten rounds learn schedules that reach 79 %, 10 points above 10 random ones, and end at less than half of the highest rate", () => {
    const setting = new PerceptronSetting(on.engine, on.data, { seed: 1 });
    const { best, rounds } = learnSchedules(setting);
    const { random } = searchWithoutGradients(setting, { draws: 10 });
    expect(best.testAccuracy).toBeGreaterThan(0.79);
    expect(best.testAccuracy).toBeGreaterThan(random.testAccuracy + 0.1);
    const rates = rounds[9].schedules.learningRate;
    expect(rates[4]).toBeLessThan(Math.max(...rates) / 2);
  });

  test("of 10 seeds, the best window leaves less than 3/4 of the error of no sharing, and one window for all is worse than it", () => {
    const setting = new PerceptronSetting(on.engine, on.data, { seed: 0, train: 20_000 });
    const { windows } = windowSharing(setting, { learningRate: 0.1, seeds: 10 });
    const errors = windows.map(({ error }) => error);
    const least = Math.min(...errors);
    expect(least).toBeLessThan(0.75 * errors[0]);
    expect(least).toBeLessThan(0.9 * errors[errors.length - 1]);
  });
});

test("(1, -1, 2, 0, 3, 1, -1, 1) shared by four is 0.5 and 1", () => {
  expect([...shared([1, -1, 2, 0, 3, 1, -1, 1], 4)]).toEqual([0.5, 0.5, 0.5, 0.5, 1, 1, 1, 1]);
});

test("sharing a drift of 1/2 a step by four leaves a mean square of 0.25 · 15 / 12 = 0.3125", () => {
  const drift = Array.from({ length: 12 }, (_, t) => t / 2);
  const squares = shared(drift, 4).map((value, t) => (value - drift[t]) ** 2);
  expect(squares.reduce((a, b) => a + b) / 12).toBe(0.3125);
});
