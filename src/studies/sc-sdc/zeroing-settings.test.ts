/** Settings of optimizers that set weights to zero: from epochs to steps, from names to groups, and the words of refusals. */

import { describe, expect, test } from "vitest";
import { architectureNamed } from "../../nn/index.ts";
import { createReference, Engine } from "../../tensor/index.ts";
import { residentDataset } from "../../train/index.ts";
import { checkMethod } from "../sparse-training/kind.ts";
import { sparseTrainingSettings } from "../sparse-training/settings.ts";
import { checkTraining } from "./check-training.ts";
import { networkMeasures } from "./epoch-rows.ts";
import { runTraining } from "./run.ts";
import { scSdcSettings } from "./settings.ts";
import { trialDataset } from "./trial-data.ts";
import { zeroingByLength, zeroingOptions } from "./zeroing-settings.ts";

const settingsOf = (given: object) => scSdcSettings.parse(given);
const lenet = architectureNamed("lenet-5", { input: [1, 28, 28], classes: 10 });
const optionsOf = (given: object) => zeroingOptions(settingsOf(given), { architecture: lenet, stepsPerEpoch: 100 });

describe("a trainer is told", () => {
  test("nothing where the optimizer sets nothing to zero", () => {
    expect(optionsOf({ optimizer: "adam" })).toEqual({ settings: {} });
  });

  test("the channels of the network for hspg, dhspg and hesso, and steps for epochs", () => {
    const { groups, settings, lambdaSchedule } = optionsOf({
      optimizer: "hspg",
      lambda: 0.01,
      lambda_drops: [3, 4.5],
      start_epoch: 2.5,
      half_space: 0.9,
    });
    expect(groups?.map(({ name, count }) => `${name} ${count}`)).toEqual(["conv1 6", "conv2 16", "fc1 120", "fc2 84"]);
    expect(settings).toMatchObject({ lambda: 0.01, startStep: 250, halfSpace: 0.9, initialStage: undefined });
    expect(lambdaSchedule).toEqual({ name: "milestones", at: [300, 450] });
    expect(optionsOf({ optimizer: "hesso", zeroing_epochs: 4, zeroing_periods: 8 }).settings.periodSteps).toBe(50);
  });

  test("no groups, which is each weight alone, for the others, unless channels are asked for; some keep theirs", () => {
    expect(optionsOf({ optimizer: "prox-sg" }).groups).toBeUndefined();
    expect(optionsOf({ optimizer: "hspg", groups: "weights" }).groups).toBeUndefined();
    const { groups } = optionsOf({ optimizer: "prox-sg", groups: "channels", keep_channels: ["conv1", "fc2"] });
    expect(groups?.map(({ name }) => name)).toEqual(["conv2", "fc1"]);
  });
});

describe("refused, with what came:", () => {
  test.each([
    [
      { optimizer: "momentum", lambda: 0.1 },
      "lambda needs the optimizer prox-sg, rda, prox-svrg, obprox-sg, obprox-sg-plus, hspg or dhspg, got momentum; leave it out, or take that optimizer",
    ],
    [{ optimizer: "prox-sg", half_space: 0.1 }, "half_space needs the optimizer hspg or dhspg, got prox-sg"],
    [{ optimizer: "adam", groups: "channels" }, "groups needs the optimizer prox-sg, rda,"],
    [{ optimizer: "hspg", start_epoch: 11, epochs: 10 }, "start_epoch must not exceed epochs, got 11 and 10"],
    [
      { optimizer: "prox-sg", keep_channels: ["conv1"] },
      "keep_channels needs groups=channels, got weights; leave it out",
    ],
    [{ schedule: "milestones" }, "schedule=milestones and schedule_at go together, got milestones and null"],
    [{ schedule_at: [3] }, "schedule=milestones and schedule_at go together, got constant and [3]"],
  ])("%o", (given, message) => {
    expect(() => checkTraining(settingsOf(given))).toThrow(message);
  });

  test("with a method that chooses its own zeros", () => {
    const check = (method: string) => () => checkMethod(sparseTrainingSettings.parse({ method, optimizer: "hspg" }));
    for (const method of ["rigl", "set", "gmp", "lottery"]) {
      expect(check(method)).toThrow(
        `${method} chooses which weights are zero, and so does hspg; take another optimizer, or method=dense or static`,
      );
    }
    expect(check("static")).not.toThrow();
  });
});

test("other epochs are another training, where zeros begin after a share of them", () => {
  const reason = (given: object) => zeroingByLength(settingsOf(given));
  expect(reason({ optimizer: "hspg" })).toBe("hspg begins after a share of all epochs");
  expect(reason({ optimizer: "hspg", start_epoch: 3 })).toBeUndefined();
  expect(reason({ optimizer: "hesso", start_epoch: 3 })).toBe("hesso begins after a share of all epochs");
  expect(reason({ optimizer: "hesso", start_epoch: 3, zeroing_epochs: 2 })).toBeUndefined();
  expect(reason({ optimizer: "prox-sg" })).toBeUndefined();
});

test("a training's measurements have Psi = f + lambda Omega and the group sparsity, which HESSO brings to its target", async () => {
  const settings = settingsOf({
    optimizer: "hesso",
    hidden_layers: 1,
    dense_width: 20,
    epochs: 4,
    train_examples: 256,
    target_sparsity: 0.65,
    measure_examples: 16,
  });
  const engine = new Engine(createReference("float32"));
  const data = residentDataset(engine, await trialDataset(settings), settings.normalisation);
  const { measurements } = runTraining(engine, settings, { kind: "dense", seed: 1, data });
  const last = measurements[4];
  expect(last.groups).toMatchObject({ groups: 20, zeroGroups: 13, blocks: [{ name: "layer1", groups: 20 }] });
  const { objective, omega, lambda, group_sparsity } = networkMeasures(last);
  expect([lambda, group_sparsity]).toEqual([0, 0.65]);
  expect(objective).toBe(last.train.loss);
  expect(omega).toBeGreaterThan(1);
  const measured = networkMeasures({ ...last, groups: { ...last.groups!, lambda: 0.5 } });
  expect(measured.objective).toBe(last.train.loss + 0.5 * omega);
});
