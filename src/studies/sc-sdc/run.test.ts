/** One training with its measures, with and without somebody looking on. */

import { describe, expect, test } from "vitest";
import { openEngine } from "../../tensor/index.ts";
import { residentDataset } from "../../train/index.ts";
import { type RunOptions, runTraining } from "./run.ts";
import { type ScSdcSettings, scSdcSettings } from "./settings.ts";
import { trialDataset } from "./trial-data.ts";
import { zeroingFields } from "./zeroing-settings.ts";

const engine = await openEngine();
const few = { train_examples: 150, hidden_layers: 1, dense_width: 8, sparse_width: 24, batch_size: 40, epochs: 4 };

async function run(some: Partial<ScSdcSettings> = {}, onEpoch?: RunOptions["onEpoch"]) {
  const settings = scSdcSettings.parse({ ...few, ...some });
  using _ = engine.scope();
  const data = residentDataset(engine, await trialDataset(settings), settings.normalisation);
  const { network: __, ...outcome } = runTraining(engine, settings, { kind: "sparse", seed: 1, data, onEpoch });
  return outcome;
}

test("the start is measured and the averages are numbers, whether or not anyone looks on", async () => {
  const seen: [number, number, boolean][] = [];
  const watched = await run({}, (epoch, loss, measured) => void seen.push([epoch, loss, measured !== undefined]));
  expect(seen.map(([epoch, , measured]) => [epoch, measured])).toEqual([0, 1, 2, 3, 4].map((epoch) => [epoch, true]));
  expect(seen.map(([, loss]) => Number.isFinite(loss))).toEqual([false, true, true, true, true]);
  expect(watched.measurements.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4]);
  expect(watched.averages.egf2).toBeGreaterThan(0);
  expect(await run()).toEqual(watched);
});

test("measuring leaves the training alone: with dropout and batch norm, every epoch or at 11 of 20, the same end", async () => {
  const some = { epochs: 20, dropout: 0.3, batch_norm: true };
  const [seldom, often] = [await run(some), await run({ ...some, measure_every: 1 })];
  expect([seldom.measurements.length, often.measurements.length]).toEqual([11, 21]);
  expect(often.measurements[20]).toEqual(seldom.measurements[10]);
  expect(often.averages).toEqual(seldom.averages);
});

test("the flow is that of so many examples, of all where there are fewer; the training does not feel it", async () => {
  const [few30, all, more] = [await run({ measure_examples: 30 }), await run({ measure_examples: 150 }), await run()];
  expect(few30.averages.egf2).not.toBe(all.averages.egf2);
  expect(more).toEqual(all);
  expect(few30.measurements.map(({ train }) => train)).toEqual(all.measurements.map(({ train }) => train));
  // Of the 256 that are asked for unless told otherwise there are 150.
  expect(scSdcSettings.parse({}).measure_examples).toBe(256);
});

test("without the unmasked norms gf is NaN and everything else has the same bits", async () => {
  const [with_, without] = [await run(), await run({ unmasked: false })];
  const { egf1, egf2 } = with_.averages;
  expect(without.averages).toEqual({ gf1: Number.NaN, gf2: Number.NaN, egf1, egf2 });
  expect(without.measurements.map(({ test }) => test)).toEqual(with_.measurements.map(({ test }) => test));
});

test("a run that overflows in its very last update is diverged too: at the end of the epoch, found by its loss", async () => {
  // One step in all: the loss before it is finite, the weights after it are not.
  const some = { train_examples: 40, epochs: 1, learning_rate: 1e38, optimizer: "sgd", activation: "prelu" };
  const { diverged, averages } = await run(some);
  expect(diverged).toMatchObject({ step: 1, layer: "loss" });
  expect(diverged?.reason).toMatch(/^the training loss was (NaN|Infinity) at the end of epoch 1$/);
  expect(averages.egf2).toBeNaN();
});

/** Another value for every setting that shapes a training, beside `base`. */
const others: Partial<ScSdcSettings> = {
  data: "circles",
  normalisation: "unit",
  train_examples: 140,
  model: "lenet-300-100",
  density: 0.5,
  hidden_layers: 3,
  dense_width: 9,
  sparse_width: 25,
  activation: "tanh",
  batch_norm: true,
  skip_connections: true,
  dropout: 0.1,
  bias: false,
  initial: "glorot-uniform",
  optimizer: "nesterov",
  learning_rate: 0.02,
  momentum: 0.8,
  weight_decay: 0.01,
  decoupled_decay: 0.01,
  schedule: "constant",
  schedule_every: 2,
  schedule_factor: 0.2,
  warm_up_epochs: 1,
  momenta: [0.9, 0.5],
  weight_decays: [0.01, 0],
  clip_norm: 0.1,
  clip_value: 0.01,
  augmentation: true,
  epochs: 3,
  batch_size: 41,
};
/** Of other models: pair.test.ts has them. */
const ofOthers = ["depth", "widening", "allocation"];
/** In place of a schedule; zeroing-settings.test.ts has the settings of optimizers that set weights to zero. */
const apart = ["learning_rates", "schedule_at", ...Object.keys(zeroingFields)];
const idle = [...ofOthers, ...apart, "data_folder", "measure_every", "measure_examples", "unmasked"];

describe("every setting reaches the training, which ends elsewhere with another value of it:", () => {
  const base: Partial<ScSdcSettings> = { hidden_layers: 2, schedule: "step", schedule_every: 1, epochs: 4 };
  const end = async (some: Partial<ScSdcSettings>) => (await run({ ...base, ...some })).measurements.at(-1)?.train.loss;

  test("none is forgotten here", () => {
    expect([...Object.keys(others), ...idle].sort()).toEqual(Object.keys(scSdcSettings.shape).sort());
  });

  test("learning_rates: [0.05, 0.02], which take the place of a schedule", async () => {
    const some = { schedule: "constant" } as const;
    expect(await end({ ...some, learning_rates: [0.05, 0.02] })).not.toBe(await end(some));
  });

  test.each(Object.entries(others))("%s: %s", async (name, value) => {
    expect(await end({ [name]: value })).not.toBe(await end({}));
  });
});
