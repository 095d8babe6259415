/** Whole trainings against PyTorch's in float64: the losses of steps, weights and evaluations after each of 3 epochs. */

import { describe, expect, test } from "vitest";
import { shuffledIndices } from "../data/index.ts";
import { mlp } from "../nn/index.ts";
import { createReference, Engine, openEngine } from "../tensor/index.ts";
import { Evaluator } from "./evaluator.ts";
import { fixture, fixtureDataset, type TrainingCase, unpack } from "./fixtures/torch-training.ts";
import { residentDataset } from "./resident-dataset.ts";
import { Trainer } from "./trainer.ts";

const { widths, examples, batch, epochs, seed } = fixture;
const stepsPerEpoch = 5;
const named = fixture.cases.map((of) => {
  const { optimizer, batchNorm, weightDecay, every } = of;
  const extras = [
    batchNorm && "batch norm",
    weightDecay > 0 && `L2 ${weightDecay}`,
    every && `rate halved every ${every}`,
  ];
  return [[optimizer, ...extras.filter(Boolean)].join(", "), of] as const;
});

function start(engine: Engine, of: TrainingCase) {
  const data = residentDataset(engine, fixtureDataset(), "none");
  const network = mlp(engine, {
    inputs: widths[0],
    hidden: widths.slice(1, -1),
    outputs: widths[widths.length - 1],
    seed: 0,
    batchNorm: of.batchNorm,
  });
  const initial = unpack(fixture.initial);
  let first = 0;
  for (const { role, variable } of network.parameters) {
    if (role === "batch-norm") continue; // scale 1 and shift 0 in both
    const size = variable.get().length;
    variable.set(initial.slice(first, first + size));
    first += size;
  }
  const trainer = new Trainer(engine, {
    network,
    data,
    optimizer: of.optimizer,
    optimizerSettings: { weightDecay: of.weightDecay },
    learningRate: of.learningRate,
    schedule: of.every === undefined ? undefined : { name: "step", every: of.every, factor: 0.5 },
    epochs,
    batchSize: batch,
    seed,
  });
  const parameters = () => network.parameters.flatMap(({ variable }) => [...variable.get()]);
  return { data, network, trainer, parameters };
}

function worst(values: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(values.length).toBe(expected.length);
  return Math.max(...Array.from(expected, (value, i) => Math.abs(values[i] - value)));
}

test("the order of examples is the one PyTorch was given, drawn by a Philox of the fixture's own", () => {
  expect(fixture.orders.map((_, epoch) => [...shuffledIndices(examples, seed, epoch)])).toEqual(fixture.orders);
});

/**
 * Losses and weights are of size 1 to 3. Float64: 15 steps of sums of at most 53 terms, each within a few 2^-53 of PyTorch's
 * sum in another order, and Adam's division by a root that can be small: 1e-11. Float32: a weight is rounded by up to 2^-24
 * per step and a gradient by some 1e-7 of its terms. SGD adds such errors up, 15 · 1e-7; Adam divides a gradient by its own
 * size, so that one near 0 moves its weight by a share of the rate 0.01 that rounding decides: 1e-4 for all.
 */
const backends: [string, () => Promise<Engine>, number][] = [
  ["float64 reference", async () => new Engine(createReference("float64")), 1e-11],
  ["WebAssembly", () => openEngine(), 1e-4],
];

describe.each(backends)(
  "%s follows PyTorch through 3 epochs of batches of 12, 12, 12, 12 and 5:",
  (_, open, tolerance) => {
    test.each(named)("%s", async (__, of) => {
      const engine = await open();
      const { trainer, network, data, parameters } = start(engine, of);
      const evaluators = {
        train: new Evaluator(engine, network, data, "train"),
        test: new Evaluator(engine, network, data, "test"),
      };
      const losses = unpack(of.losses);
      for (let epoch = 0; epoch < epochs; epoch++) {
        const mean =
          losses.slice(stepsPerEpoch * epoch, stepsPerEpoch * (epoch + 1)).reduce((a, b) => a + b) / stepsPerEpoch;
        expect(Math.abs(trainer.trainEpoch() - mean)).toBeLessThan(tolerance);
        expect(worst(parameters(), unpack(of.weights[epoch]))).toBeLessThan(tolerance);
        for (const which of ["train", "test"] as const) {
          const { loss, accuracy } = evaluators[which].evaluate();
          expect(Math.abs(loss - of.evaluations[epoch][which].loss)).toBeLessThan(tolerance);
          expect(accuracy).toBe(of.evaluations[epoch][which].accuracy);
        }
      }
      expect(trainer.step).toBe(15);
      expect(of.rates.map((___, step) => trainer.learningRate(step))).toEqual(of.rates);
    });

    test.each(named)("the loss of each step of the first epoch: %s", async (__, of) => {
      const engine = await open();
      const means = Array.from({ length: stepsPerEpoch }, (___, k) =>
        start(engine, of).trainer.trainEpoch({ maxSteps: k + 1 }),
      );
      const losses = means.map((mean, k) => (k + 1) * mean - (k === 0 ? 0 : k * means[k - 1]));
      // Differences of sums of up to five numbers: five times the error of one.
      expect(worst(losses, unpack(of.losses).slice(0, stepsPerEpoch))).toBeLessThan(5 * tolerance);
    });
  },
);
