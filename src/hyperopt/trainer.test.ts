/** What is learned here is what a training makes of it: the trainer's run with the same windows has the bits of the inner training. */

import { expect, test } from "vitest";
import { openEngine } from "../tensor/index.ts";
import { residentDataset, Trainer } from "../train/index.ts";
import { corners, smallNetworks } from "./fixtures/small-network.ts";
import { ForwardMode } from "./forward.ts";
import { NetworkProblem, type NetworkProblemOptions } from "./network-problem.ts";
import { perFamily } from "./schedules.ts";
import { ScheduleSearch } from "./search.ts";
import type { SgdRule } from "./sgd.ts";

const engine = await openEngine();
const data = residentDataset(engine, await corners(40), "standard");
const all = Array.from({ length: 40 }, (_, i) => i);
const schedules = { learningRate: [0.2, 0.1, 0.05], momentum: [0.9, 0.5], weightDecay: [0.01, 0, 0.001] };

function innerProblem(which: keyof typeof smallNetworks, options: Partial<NetworkProblemOptions> = {}) {
  const network = smallNetworks[which](engine);
  const problem = new NetworkProblem(
    engine,
    { network, data, batchSize: 10, seed: 3, ...options },
    { train: all, validation: all.slice(0, 5) },
  );
  return { network, problem };
}

const cases: [keyof typeof smallNetworks, SgdRule, Partial<NetworkProblemOptions>][] = [
  ["dense", {}, {}],
  ["dense", { nesterov: true }, {}],
  ["sparse", {}, {}],
  ["with dropout", {}, {}],
  ["with batch norm", {}, {}],
  ["convolutional with batch norm", { nesterov: true }, { augmentation: { padCrop: 1, horizontalFlip: true } }],
];

test.each(cases)(
  "4 epochs of 4 steps by windows, %s %o %o: every weight and statistic has the trainer's bits",
  (which, rule, options) => {
    using _ = engine.scope();
    const { augmentation } = options;
    const trained = smallNetworks[which](engine);
    const trainer = new Trainer(engine, {
      network: trained,
      data,
      optimizer: rule.nesterov === true ? "nesterov" : "momentum",
      learningRate: 1,
      windows: schedules,
      epochs: 4,
      batchSize: 10,
      seed: 3,
      clip: { value: 0.05 },
      augmentation,
    });
    for (let epoch = 0; epoch < 4; epoch++) trainer.trainEpoch();
    const valuesOf = ({ parameters, buffers }: typeof trained) =>
      [...parameters.map(({ variable }) => variable), ...buffers].map((variable) => [...variable.get()]);
    const { network, problem } = innerProblem(which, options);
    const windows = perFamily((family) => schedules[family].length);
    for (const learn of [[], undefined]) {
      const inner = new ForwardMode(problem, { windows, learn, rule, clip: { value: 0.05 } });
      inner.run(schedules, 16);
      expect(valuesOf(network)).toEqual(valuesOf(trained));
    }
  },
);

test("weights that a problem is told how to draw are put in place for the round, biases stay", () => {
  using _ = engine.scope();
  const { network, problem } = innerProblem("dense", {
    drawWeights: (place, round) => new Float32Array(place === 0 ? 252 : 28).fill(10 * round + place),
  });
  problem.resample(2);
  problem.start();
  expect(network.weightLayers.map(({ weight }) => new Set(weight.variable.get()))).toEqual([
    new Set([20]),
    new Set([21]),
  ]);
});

test("a round in pauses yields after each of its 8 steps and comes to what an uninterrupted one does", () => {
  using _ = engine.scope();
  const options = { budgets: [8, 8], start: { learningRate: [0.1, 0.1], momentum: [0.5], weightDecay: [0] } };
  const first = new ScheduleSearch(innerProblem("dense").problem, { ...options, mode: "forward" });
  const second = new ScheduleSearch(innerProblem("dense").problem, { ...options, mode: "forward" });
  const pauses = second.stepwise();
  const yielded: number[] = [];
  let next = pauses.next();
  for (; !next.done; next = pauses.next()) yielded.push(next.value);
  expect(yielded).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(next.value).toEqual(first.next());
  // Left in the middle, a round has not been.
  second.stepwise().next();
  expect([second.round, second.save()]).toEqual([1, first.save()]);
});
