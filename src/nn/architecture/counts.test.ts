/** Counts against published ones, against PyTorch's modules as they run, and by hand. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { InputError } from "../../base/index.ts";
import { createReference, Engine } from "../../tensor/index.ts";
import { activationLayer, activationNames } from "../activation-layer.ts";
import { countParameters } from "../parameter.ts";
import { countsOf } from "./counts.ts";
import type { Architecture } from "./layers.ts";
import { weightLayers } from "./weight-layers.ts";
import { widen } from "./widen.ts";
import { architectureNamed, architectures } from "./zoo/architectures.ts";

const fixture = JSON.parse(readFileSync(new URL("./fixtures/torch.json", import.meta.url), "utf8"));

const cifar = { input: [3, 32, 32], classes: 10 };
const imagenet = { input: [3, 224, 224], classes: 1000 };
const mnist = { input: [1, 28, 28], classes: 10 };
const large = { ...imagenet, stem: "imagenet" } as const;

const totals = (architecture: Architecture) => {
  const { parameters, macs } = countsOf(architecture).total;
  return [parameters, macs];
};

describe("papers' counts of parameters and multiply-accumulates:", () => {
  test("VGG-16 on CIFAR-10: 15,245,130 and 313,725,952; with batch norm 8,448 more parameters", () => {
    expect(totals(architectures["vgg-16"](cifar))).toEqual([15_245_130, 313_725_952]);
    expect(totals(architectures["vgg-16"]({ ...cifar, batchNorm: true }))).toEqual([15_253_578, 313_725_952]);
  });
  test("VGG-16 with all hidden widths halved: 3,814,314 and 78,875,136", () => {
    expect(totals(widen(architectures["vgg-16"](cifar), 0.5))).toEqual([3_814_314, 78_875_136]);
    expect(architectures["vgg-16"]({ ...cifar, width: 0.5 })).toEqual(widen(architectures["vgg-16"](cifar), 0.5));
  });
  test("ResNet-50: 23,520,842 and 1,297,829,888 on CIFAR-10; 25,557,032 and 4,089,184,256 on ImageNet", () => {
    expect(totals(architectures["resnet-50"](cifar))).toEqual([23_520_842, 1_297_829_888]);
    expect(totals(architectures["resnet-50"](large))).toEqual([25_557_032, 4_089_184_256]);
  });
  test("LeNet-5 on MNIST has 150 + 2400 + 30720 + 10080 + 840 = 44190 weights, 44,426 parameters; 62,006 on CIFAR-10", () => {
    const { layers, total } = countsOf(architectures["lenet-5"](mnist));
    expect(layers.map(({ weights }) => weights).filter((count) => count > 0)).toEqual([150, 2400, 30720, 10080, 840]);
    expect([total.weights, total.parameters]).toEqual([44_190, 44_426]);
    expect(countsOf(architectures["lenet-5"](cifar)).total.parameters).toBe(62_006);
  });
  test("LeNet-5 of Caffe: 430,500 weights and 580 biases; LeNet-300-100: 266,200 and 410", () => {
    expect(countsOf(architectures["lenet-5-caffe"](mnist)).total).toMatchObject({ weights: 430_500, biases: 580 });
    expect(countsOf(architectures["lenet-300-100"](mnist)).total).toMatchObject({ weights: 266_200, biases: 410 });
  });
  test("small dense partners: LeNet-5 of widths 3, 3, 27, 20 has 2399 parameters, LeNet-300-100 of 8 and 8 has 6442", () => {
    const lenet = widen(architectures["lenet-5"](mnist), { conv1: 3, conv2: 3, fc1: 27, fc2: 20 });
    expect(countsOf(lenet).total.parameters).toBe(2399);
    const flat = widen(architectures["lenet-300-100"](mnist), { fc1: 8, fc2: 8 });
    expect(countsOf(flat).total.parameters).toBe(6442);
  });
  test("LeNet-300-100 at 98 % sparsity has 5734 parameters, its 410 biases among them", () => {
    const lenet = architectures["lenet-300-100"](mnist);
    const active = Object.fromEntries(weightLayers(lenet).map(({ name, shape }) => [name, (shape[0] * shape[1]) / 50]));
    expect(countsOf(lenet, { active }).total).toMatchObject({
      activeWeights: 5324,
      activeParameters: 5734,
      activeMacs: 5324,
    });
  });
  test("WRN-16-1 on CIFAR-10 has 175,066 parameters, WRN-28-10 36.5 million", () => {
    expect(totals(architectures["wide-resnet"]({ ...cifar, k: 1 }))[0]).toBe(175_066);
    expect(totals(architectures["wide-resnet"]({ ...cifar, depth: 28, k: 10 }))[0]).toBe(36_479_194);
  });
});

describe("PyTorch's modules have as many parameters and multiply-accumulates, and weights of the same names and shapes:", () => {
  const classifier = [4096, 4096];
  test.each([
    ["resnet-18 cifar", "resnet-18", cifar],
    ["resnet-18 imagenet", "resnet-18", large],
    ["resnet-50 cifar", "resnet-50", cifar],
    ["resnet-50 imagenet", "resnet-50", large],
    ["wide-resnet-50 imagenet", "wide-resnet-50", large],
    ["vgg-16 cifar", "vgg-16", cifar],
    ["vgg-16 bn cifar", "vgg-16", { ...cifar, batchNorm: true }],
    ["vgg-16 imagenet", "vgg-16", { ...imagenet, classifier }],
    ["wrn-16-1 cifar", "wide-resnet", { ...cifar, depth: 16, k: 1 }],
    ["wrn-16-2 cifar", "wide-resnet", { ...cifar, depth: 16, k: 2 }],
    ["wrn-28-10 cifar", "wide-resnet", { ...cifar, depth: 28, k: 10 }],
  ])("%s", (key, name, options) => {
    const { parameters, macs, weights } = fixture.networks[key];
    const architecture = architectureNamed(name, options);
    expect(totals(architecture)).toEqual([parameters, macs]);
    expect(weightLayers(architecture).map((layer) => [layer.name, layer.shape])).toEqual(weights);
  });
});

describe("by hand", () => {
  const one = { stride: [1, 1], padding: [0, 0], groups: 1, bias: true } as const;
  /** conv 1 -> 3 with batch norm, conv 3 -> 2, linear 8 -> 2, on 4 × 4. */
  const small: Architecture = {
    name: "small",
    input: [1, 4, 4],
    layers: [
      { kind: "convolution", name: "conv1", inputs: ["input"], outChannels: 3, kernel: [2, 2], ...one },
      { kind: "batchNorm", name: "bn1", inputs: ["conv1"] },
      { kind: "activation", name: "act1", inputs: ["bn1"], function: "srelu" },
      { kind: "convolution", name: "conv2", inputs: ["act1"], outChannels: 2, kernel: [2, 2], ...one },
      { kind: "activation", name: "act2", inputs: ["conv2"], function: "prelu" },
      { kind: "flatten", name: "flatten", inputs: ["act2"] },
      { kind: "linear", name: "fc", inputs: ["flatten"], outFeatures: 2, bias: true },
    ],
  };

  test("weights 12 + 24 + 16, biases 3 + 2 + 2, batch norm 6, 12 of SReLU and 1 of PReLU; 108 + 96 + 16 multiply-accumulates", () => {
    const { layers, total } = countsOf(small);
    expect(total).toEqual({
      weights: 52,
      biases: 7,
      batchNorm: 6,
      activation: 13,
      activeWeights: 52,
      parameters: 78,
      activeParameters: 78,
      macs: 220,
      activeMacs: 220,
    });
    expect(layers.map(({ name, macs }) => [name, macs]).filter(([, macs]) => macs)).toEqual([
      ["conv1", 108],
      ["conv2", 96],
      ["fc", 16],
    ]);
    expect(layers[1]).toMatchObject({
      name: "bn1",
      kind: "batchNorm",
      shape: [3, 3, 3],
      batchNorm: 6,
      parameters: 6,
      macs: 0,
    });
  });

  test("one channel of conv1 less: 50 parameters and 152 multiply-accumulates besides activations; one of conv2 too: 33 and 112", () => {
    const plain = (architecture: Architecture) => {
      const { parameters, activation, macs } = countsOf(architecture).total;
      return [parameters - activation, macs];
    };
    expect(plain(small)).toEqual([65, 220]);
    expect(plain(widen(small, { conv1: 2 }))).toEqual([50, 152]);
    expect(plain(widen(small, { conv1: 2, conv2: 1 }))).toEqual([33, 112]);
  });

  test("5 active weights of conv1 on 3 × 3 pixels and 7 of fc: 45 + 96 + 7 multiply-accumulates", () => {
    const { layers, total } = countsOf(small, { active: { conv1: 5, fc: 7 } });
    expect(layers.map(({ activeMacs }) => activeMacs)).toEqual([45, 0, 0, 96, 0, 0, 7]);
    expect(total).toMatchObject({
      weights: 52,
      activeWeights: 36,
      parameters: 78,
      activeParameters: 62,
      macs: 220,
      activeMacs: 148,
    });
  });

  test("a depthwise convolution 3 × 3 of 8 channels has 72 weights, one of 2 groups to 16 channels 576", () => {
    const convolution = {
      kind: "convolution",
      inputs: ["input"],
      kernel: [3, 3],
      stride: [1, 1],
      padding: [1, 1],
    } as const;
    const weights = (outChannels: number, groups: number) => {
      const layers = [{ ...convolution, name: "conv", outChannels, groups, bias: false }];
      return countsOf({ name: "net", input: [8, 5, 5], layers }).total;
    };
    expect(weights(8, 8)).toMatchObject({ weights: 72, macs: 1800 });
    expect(weights(16, 2)).toMatchObject({ weights: 576, macs: 14400 });
  });

  test("active weights beyond a layer's, or of a layer without, are refused by name", () => {
    expect(() => countsOf(small, { active: { conv1: 13 } })).toThrow(
      new InputError('small: layer "conv1": active weights must be an integer in [0, 12], its weights, got 13'),
    );
    expect(() => countsOf(small, { active: { fc1: 1 } })).toThrow(
      new InputError('small: unknown weight layer "fc1"; known: conv1, conv2, fc. Did you mean fc?'),
    );
    expect(() => countsOf(small, { active: { act1: 0 } })).toThrow('small: unknown weight layer "act1"');
  });

  test("totals beyond 2^53 are refused, not rounded", () => {
    const wide = { kernel: [4096, 4096], padding: [4095, 4095], stride: [1, 1], groups: 1, bias: false } as const;
    const layers = [{ kind: "convolution", name: "conv", inputs: ["input"], outChannels: 1, ...wide } as const];
    expect(() => countsOf({ name: "huge", input: [2 ** 24, 4096, 4096], layers })).toThrow(
      new InputError("huge: its macs are more than 2^53, too many to count; narrow its layers"),
    );
  });
});

test.each(activationNames)(
  "%s has as many parameters in the description as in a network's layer of 5 units",
  (name) => {
    const engine = new Engine(createReference("float64"));
    const made = countParameters(
      activationLayer(engine, { function: name, name: "act", features: 5, layer: 1 }).parameters,
    );
    const layers = [{ kind: "activation", name: "act", inputs: ["input"], function: name } as const];
    expect(countsOf({ name: "net", input: [5], layers }).total.activation).toBe(made.activation);
  },
);
