/** Trainings whose optimizer sets groups to zero: what they are told, lambda step by step, variance reduction, checkpoints. */

import { describe, expect, test } from "vitest";
import type { GroupBlock, OptimizerName } from "../optim/index.ts";
import { createReference, Engine, openEngine } from "../tensor/index.ts";
import { takeCheckpoint } from "./checkpoint/checkpoint.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint/encoding.ts";
import { networkTensors } from "./checkpoint/network-tensors.ts";
import { restoreTraining } from "./checkpoint/restore.ts";
import { type SmallTraining, smallTraining, takeSteps } from "./fixtures/small-training.ts";
import { lambdaOf } from "./groups-in-training.ts";
import type { Trainer } from "./trainer.ts";

const wasm = await openEngine();

/** The units of the hidden layers of 6-10-10-3. */
const units: readonly GroupBlock[] = [6, 10].map((fanIn, l) => ({
  name: `layer${l + 1}`,
  count: 10,
  members: [
    { parameter: `layer${l + 1}.weight`, length: fanIn },
    { parameter: `layer${l + 1}.bias`, length: 1 },
  ],
}));

const bytesOf = (trainer: Trainer) => Buffer.from(encodeCheckpoint(takeCheckpoint(trainer)));
const weightsOf = (trainer: Trainer) =>
  [...networkTensors(trainer.network).values()].flatMap(({ values }) => [...values]);

const settings = { lambda: 0.1, halfSpace: 0.9, startStep: 5 };
const cases: [string, SmallTraining][] = [
  ["hspg", { optimizer: "hspg", optimizerSettings: settings }],
  [
    "hspg with a schedule of lambda",
    { optimizer: "hspg", optimizerSettings: settings, lambdaSchedule: { name: "milestones", at: [4, 8] } },
  ],
  ["hspg on a sparse network", { optimizer: "hspg", optimizerSettings: settings, sparse: true }],
  ["dhspg over adam", { optimizer: "dhspg", optimizerSettings: { startStep: 3, base: "adam", halfSpace: 0.95 } }],
  ["hesso", { optimizer: "hesso", optimizerSettings: { startStep: 2, periods: 3, periodSteps: 3 } }],
  ["prox-svrg", { optimizer: "prox-svrg", optimizerSettings: { lambda: 0.05 } }],
];

describe("with groups, stopped after 0, 1, ... 12 of 12 steps, a training ends with the same file, byte by byte:", () => {
  test.each(cases)("%s", (_, options) => {
    using __ = wasm.scope();
    const start = () => smallTraining(wasm, { ...options, groups: units }).trainer;
    const whole = start();
    takeSteps(whole);
    const wanted = bytesOf(whole);
    for (let stop = 0; stop <= 12; stop++) {
      using ___ = wasm.scope();
      const first = start();
      takeSteps(first, stop);
      const second = start();
      restoreTraining(second, decodeCheckpoint(bytesOf(first), "f"));
      takeSteps(second);
      expect(bytesOf(second).equals(wanted), `stopped after ${stop}`).toBe(true);
    }
  });
});

test("a checkpoint is not gone on with in other groups, and the message says which", () => {
  using _ = wasm.scope();
  const options: SmallTraining = { optimizer: "hspg", optimizerSettings: settings };
  const first = smallTraining(wasm, { ...options, groups: units }).trainer;
  takeSteps(first, 6);
  const checkpoint = takeCheckpoint(first);
  expect(() =>
    restoreTraining(smallTraining(wasm, { ...options, groups: units.slice(1) }).trainer, checkpoint),
  ).toThrow(
    'groups was ["layer1: 10 of layer1.weight[0]x6 + layer1.bias[0]x1","layer2: 10 of layer2.weight[0]x10 + layer2.bias[0]x1"] and is ["layer2: ',
  );
});

test("numbers of an optimizer in a damaged file are refused", () => {
  using _ = wasm.scope();
  const { trainer } = smallTraining(wasm, { optimizer: "hesso", groups: units });
  takeSteps(trainer, 3);
  const checkpoint = takeCheckpoint(trainer);
  const numbers = { groupStates: ["a"] as unknown as number[] };
  const bytes = encodeCheckpoint({ ...checkpoint, optimizer: { ...checkpoint.optimizer, numbers } });
  expect(() => decodeCheckpoint(bytes, "f")).toThrow(
    'f: metadata "optimizer": numbers must be lists of finite numbers, got {"groupStates":["a"]}; the file is damaged',
  );
});

test("lambda falls by its schedule, and is 0 once it has fallen to 1e-6; a small one that has not fallen stays", () => {
  const at = lambdaOf(1e-3, { name: "milestones", at: [2, 4, 6] }, 10) as (step: number) => number;
  const expected = [1e-3, 1e-3, 1e-4, 1e-4, 1e-5, 1e-5, 0, 0];
  expected.forEach((value, step) => {
    expect(at(step)).toBeCloseTo(value, 18);
  });
  expect(at(6)).toBe(0);
  expect(lambdaOf(1e-7, { name: "constant" }, 10)?.(3)).toBe(1e-7);
  expect(lambdaOf(1e-3, undefined, 10)).toBeUndefined();
});

test("the report has the lambda of the last step, and says when half-space steps have begun", () => {
  using _ = wasm.scope();
  const { trainer } = smallTraining(wasm, {
    optimizer: "hspg",
    optimizerSettings: { lambda: 0.1, startStep: 6 },
    lambdaSchedule: { name: "milestones", at: [3] },
    groups: units,
  });
  const report = () => trainer.optimizer.groupReport();
  takeSteps(trainer, 3);
  expect(report()).toMatchObject({ lambda: 0.1, groups: 20, begun: false });
  takeSteps(trainer, 3);
  expect(report()).toMatchObject({ lambda: 0.1 * 0.1, begun: false });
  takeSteps(trainer, 1);
  expect(report()?.begun).toBe(true);
  expect(smallTraining(wasm).trainer.optimizer.groupReport()).toBeUndefined();
});

test("HESSO's steps follow from the epochs: 10 of 20 units are zero by the half of a training, and stay so", () => {
  using _ = wasm.scope();
  const { trainer } = smallTraining(wasm, { optimizer: "hesso", groups: units, epochs: 15 });
  const zeros = () => trainer.optimizer.groupReport()?.zeroGroups;
  takeSteps(trainer, 6);
  expect(zeros()).toBe(0);
  takeSteps(trainer, 24);
  expect(zeros()).toBe(10);
  takeSteps(trainer);
  expect(zeros()).toBe(10);
});

describe("prox-svrg", () => {
  const double = new Engine(createReference("float64"));
  const path = (optimizer: OptimizerName, options: SmallTraining, steps: number) => {
    using _ = double.scope();
    const { trainer } = smallTraining(double, {
      optimizer,
      optimizerSettings: { lambda: 0.2 },
      groups: units,
      ...options,
    });
    takeSteps(trainer, steps);
    return weightsOf(trainer);
  };

  test("with the whole data as its batch is prox-sg", () => {
    const one = path("prox-svrg", { batchSize: 27 }, 3);
    path("prox-sg", { batchSize: 27 }, 3).forEach((value, i) => {
      expect(one[i]).toBeCloseTo(value, 12);
    });
  });

  test("takes the full gradient in the first step of an epoch, whatever the batch", () => {
    // 27 examples in three batches.
    const first = path("prox-svrg", { batchSize: 9 }, 1);
    path("prox-sg", { batchSize: 27 }, 1).forEach((value, i) => {
      expect(first[i]).toBeCloseTo(value, 12);
    });
    const ordinary = path("prox-sg", { batchSize: 9 }, 1);
    expect(Math.max(...ordinary.map((value, i) => Math.abs(value - first[i])))).toBeGreaterThan(1e-3);
  });

  test("carries the mean of an epoch's iterates, and ends the epoch there", () => {
    using _ = double.scope();
    const { trainer } = smallTraining(double, { optimizer: "prox-svrg", groups: units, batchSize: 9 });
    const meanWeights = () => {
      const { slots } = trainer.optimizer.save();
      return trainer.network.parameters.flatMap(({ name }) => [
        ...Float64Array.from(slots.get(name)?.get("meanWeights") ?? []),
      ]);
    };
    const [first, second] = [1, 2].map(() => {
      takeSteps(trainer, 1);
      return weightsOf(trainer);
    });
    meanWeights().forEach((mean, i) => {
      expect(mean).toBeCloseTo((first[i] + second[i]) / 2, 14);
    });
    takeSteps(trainer, 1);
    expect(weightsOf(trainer)).toEqual(meanWeights());
    expect(weightsOf(trainer)).not.toEqual(second);
  });

  test("refuses clipping", () => {
    expect(() => smallTraining(wasm, { optimizer: "prox-svrg", clip: { norm: 1 } })).toThrow(
      "train: prox-svrg needs gradients as they are, which clipping changes; leave clipping out, or take prox-sg",
    );
  });
});

test("groups, and a schedule of lambda, for an optimizer that sets nothing to zero are refused", () => {
  const known = "prox-sg, rda, prox-svrg, obprox-sg, obprox-sg-plus, hspg, dhspg, hesso";
  expect(() => smallTraining(wasm, { optimizer: "adam", groups: units })).toThrow(
    `train: groups must be given to an optimizer that sets weights to zero, got adam; take one of ${known}`,
  );
  expect(() => smallTraining(wasm, { optimizer: "adam", lambdaSchedule: { name: "constant" } })).toThrow(
    "train: a schedule of lambda must be given to an optimizer that sets weights to zero, got adam",
  );
});
