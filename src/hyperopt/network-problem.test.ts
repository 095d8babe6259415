/** What a network is trained on in each round, and that a round can be repeated to the bit. */

import { expect, test } from "vitest";
import * as t from "../tensor/index.ts";
import { smallProblem } from "./fixtures/small-network.ts";
import { hypergradient } from "./hypergradient.ts";
import { drawSample } from "./network-problem.ts";

const options = {
  schedules: { learningRate: [0.1, 0.05], momentum: [0.5], weightDecay: [0.01] },
  steps: 9,
  mode: "forward",
} as const;

test("rounds differ in weights, order and masks of dropout; a round put in place again has its bits", async () => {
  const problem = await smallProblem("with dropout");
  const of = (round: number) => {
    problem.resample(round);
    problem.start();
    const weights = problem.parameters.map((parameter) => [...parameter.get()]);
    return { weights, result: hypergradient(problem, options) };
  };
  const [first, second, again] = [of(0), of(1), of(0)];
  expect(again).toEqual(first);
  expect(second.weights).not.toEqual(first.weights);
  expect(second.result.sum).not.toEqual(first.result.sum);
});

test("the weights of round 0 are those the network was built with, running statistics included", async () => {
  const problem = await smallProblem("convolutional with batch norm");
  const all = () => [...problem.parameters, ...problem.buffers].map((variable) => [...variable.get()]);
  const built = all();
  hypergradient(problem, options);
  expect(all()).not.toEqual(built);
  problem.start();
  expect(all()).toEqual(built);
});

test("an epoch of 32 examples is three batches of 10 different ones, the next has them in another order", async () => {
  const { engine, training } = await smallProblem("dense", { batchSize: 10 });
  const graph = new t.Graph();
  const x = ancestor(training.build(graph, training.kind(0)).loss, "gather");
  const program = t.compile(engine, { outputs: [x] });
  const batches = [0, 1, 2, 3, 4, 5].map((step) => {
    training.feed(step);
    program.run();
    const pixels = program.read(x);
    return Array.from({ length: 10 }, (_, b) => pixels.filter((_, at) => at % 10 === b).join());
  });
  const [first, second] = [batches.slice(0, 3).flat(), batches.slice(3).flat()];
  expect([new Set(first).size, new Set(second).size, new Set([...first, ...second]).size]).toEqual([30, 30, 32]);
  expect(second).not.toEqual(first);
});

function ancestor(node: t.Tensor, name: string): t.Tensor {
  const stack = [node];
  for (let one = stack.pop(); one !== undefined; one = stack.pop()) {
    if (one.operation.name === name) return one;
    stack.push(...one.inputs);
  }
  throw new Error(`no ${name} before ${node}`);
}

test("augmented images are those of the step: the hypergradient of flipped and cropped ones differs, and repeats to the bit", async () => {
  const plain = hypergradient(await smallProblem("convolutional with batch norm"), options);
  const augmentation = { padCrop: 1, horizontalFlip: true };
  const problem = await smallProblem("convolutional with batch norm", { augmentation });
  const once = hypergradient(problem, options);
  expect(once.sum).not.toEqual(plain.sum);
  expect(hypergradient(problem, options)).toEqual(once);
});

test("judging eight examples by five and three weighs them 5/8 and 3/8; a single one left over is left out", async () => {
  const problem = await smallProblem("dense", { validationBatchSize: 5 });
  expect(problem.validation.shares).toEqual([0.625, 0.375]);
  const seven = await smallProblem("dense", { validationBatchSize: 7 });
  expect(seven.validation.shares).toEqual([1]);
});

test("a sample's two parts are disjoint and of the sizes asked for; every round has another", () => {
  const sample = drawSample(50, { train: 30, validation: 15 }, { seed: 1, round: 2 });
  const all = [...Array.from(sample.train), ...Array.from(sample.validation)];
  expect(new Set(all).size).toBe(45);
  expect(Math.max(...all)).toBeLessThan(50);
  expect(drawSample(50, { train: 30, validation: 15 }, { seed: 1, round: 3 })).not.toEqual(sample);
});

test("refused: samples that do not fit the data or the batch, and rounds beyond the streams", async () => {
  expect(() => drawSample(10, { train: 8, validation: 3 }, { seed: 0, round: 0 })).toThrow(
    "drawSample: train and validation must be integers ≥ 1 that add up to at most 10, got 8 and 3",
  );
  const problem = await smallProblem("dense");
  expect(() => problem.resample(2048)).toThrow("network problem: the round must be an integer in [0, 2048), got 2048");
  expect(() => problem.resample(1, { train: [1, 2], validation: [3] })).toThrow(
    "network problem: a sample needs a batch of 10 to train on and 1 example to be judged by, got 2 and 1; " +
      "give more examples, or a smaller batch",
  );
  await expect(smallProblem("dense", { batchSize: 0 })).rejects.toThrow("batchSize must be an integer ≥ 1, got 0");
});
