/** Known architectures: the layers they are made of, the options they take, and what they refuse. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../../base/index.ts";
import { createReference, Engine } from "../../../tensor/index.ts";
import { activationNames } from "../../activation-layer.ts";
import { mlp } from "../../mlp.ts";
import { countParameters } from "../../parameter.ts";
import { countsOf } from "../counts.ts";
import type { Architecture } from "../layers.ts";
import { shapesOf } from "../shapes.ts";
import { weightLayers } from "../weight-layers.ts";
import { architectureNamed, architectureNames, architectures } from "./architectures.ts";

const mnist = { input: [1, 28, 28], classes: 10 };
const cifar = { input: [3, 32, 32], classes: 10 };

/** Layers as "name: kind(inputs)". */
const drawn = ({ layers }: Architecture) =>
  layers.map(({ name, kind, inputs }) => `${name}: ${kind}(${inputs.join(", ")})`);

describe("mlp", () => {
  test("skips join before the activation, from the second hidden layer on, and carry what dropout left", () => {
    const options = { hidden: [8, 8], batchNorm: true, skipConnections: true, dropout: 0.1 };
    expect(drawn(architectures.mlp({ ...mnist, ...options }))).toEqual([
      "flatten: flatten(input)",
      "layer1: linear(flatten)",
      "layer1.batchNorm: batchNorm(layer1)",
      "layer1.activation: activation(layer1.batchNorm)",
      "layer1.dropout: dropout(layer1.activation)",
      "layer2: linear(layer1.dropout)",
      "layer2.batchNorm: batchNorm(layer2)",
      "layer2.add: add(layer2.batchNorm, layer1.dropout)",
      "layer2.activation: activation(layer2.add)",
      "layer2.dropout: dropout(layer2.activation)",
      "layer3: linear(layer2.dropout)",
    ]);
  });

  test("features need no flatten, and no hidden layer gives a linear classifier", () => {
    expect(drawn(architectures.mlp({ input: [5], classes: 3, hidden: [] }))).toEqual(["layer1: linear(input)"]);
  });

  test("it learns as much, role by role, as the network of the same options, whose weights have the same names", () => {
    const options = fc.record({
      hidden: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 3 }),
      activation: fc.constantFrom(...activationNames),
      batchNorm: fc.boolean(),
      bias: fc.boolean(),
    });
    fc.assert(
      fc.property(options, (of) => {
        const engine = new Engine(createReference("float64"));
        const network = mlp(engine, { ...of, inputs: 4, outputs: 3, seed: 1 });
        const architecture = architectures.mlp({ ...of, input: [4], classes: 3 });
        const { weights, biases, batchNorm, activation, parameters } = countsOf(architecture).total;
        expect({ weight: weights, bias: biases, "batch-norm": batchNorm, activation, total: parameters }).toEqual(
          countParameters(network.parameters),
        );
        expect(weightLayers(architecture).map(({ name, shape }) => [`${name}.weight`, shape])).toEqual(
          network.weightLayers.map(({ weight }) => [weight.name, weight.variable.shape]),
        );
      }),
      { numRuns: 30 },
    );
  });

  test("skip connections of unequal widths are refused as by the network", () => {
    expect(() => architectures.mlp({ input: [4], classes: 3, hidden: [8, 9], skipConnections: true })).toThrow(
      new InputError("mlp: skip connections need hidden layers of one width, got [8, 9]"),
    );
  });
});

test("LeNet-5 pools after each activation, and its last image is 4 × 4 on MNIST, 5 × 5 on CIFAR-10", () => {
  expect(drawn(architectures["lenet-5"]({ ...mnist, dropout: 0.5 }))).toEqual([
    "conv1: convolution(input)",
    "act1: activation(conv1)",
    "pool1: maxPool(act1)",
    "conv2: convolution(pool1)",
    "act2: activation(conv2)",
    "pool2: maxPool(act2)",
    "flatten: flatten(pool2)",
    "fc1: linear(flatten)",
    "act3: activation(fc1)",
    "drop1: dropout(act3)",
    "fc2: linear(drop1)",
    "act4: activation(fc2)",
    "drop2: dropout(act4)",
    "fc3: linear(drop2)",
  ]);
  expect(shapesOf(architectures["lenet-5"](mnist)).get("pool2")).toEqual([16, 4, 4]);
  expect(shapesOf(architectures["lenet-5"](cifar)).get("pool2")).toEqual([16, 5, 5]);
});

describe("simple-cnn", () => {
  test("skips are the input where the channels stay, else 1 × 1 convolutions: of the first, second and fourth", () => {
    const names = weightLayers(architectures["simple-cnn"](cifar)).map(({ name }) => name);
    expect(names).toEqual(["skip1", "conv1", "skip2", "conv2", "conv3", "skip4", "conv4", "conv5", "fc"]);
    const layers = drawn(architectures["simple-cnn"](cifar));
    expect(layers).toContain("add1: add(conv1, skip1)");
    expect(layers).toContain("add3: add(conv3, pool2)");
    expect(layers.slice(-5)).toEqual([
      "add5: add(conv5, pool4)",
      "act5: activation(add5)",
      "pool5: maxPool(act5)",
      "flatten: flatten(pool5)",
      "fc: linear(flatten)",
    ]);
  });

  test.each([
    [28, 4, [14, 7, 3, 1]],
    [32, 5, [16, 8, 4, 2, 1]],
  ])("images of %d × %d pool %d times, to 1 × 1", (side, count, sides) => {
    const shapes = shapesOf(architectures["simple-cnn"]({ input: [1, side, side], classes: 10 }));
    const pools = [...shapes].filter(([name]) => name.startsWith("pool")).map(([, shape]) => shape[1]);
    expect(pools).toEqual(sides);
    expect(pools).toHaveLength(count);
  });

  test("with pools of stride 1 the linear layer holds most weights, 933,120 of 1,220,800; with stride 2, 1,280 of 288,960", () => {
    const share = (poolStride: number) => {
      const { layers, total } = countsOf(architectures["simple-cnn"]({ ...cifar, poolStride }));
      return [layers.at(-1)?.weights, total.weights];
    };
    expect(share(1)).toEqual([933_120, 1_220_800]);
    expect(share(2)).toEqual([1_280, 288_960]);
  });
});

test("saliency-cnn has layers conv1 to conv6, fc7 and fc8, and its last convolution sees 4 × 4 of 16 × 16", () => {
  const architecture = architectures["saliency-cnn"]({ input: [1, 16, 16], classes: 10 });
  expect(weightLayers(architecture).map(({ name, shape }) => `${name} ${shape.join(" ")}`)).toEqual([
    "conv1 16 1 3 3",
    "conv2 16 16 3 3",
    "conv3 32 16 3 3",
    "conv4 32 32 3 3",
    "conv5 32 32 3 3",
    "conv6 32 32 3 3",
    "fc7 64 512",
    "fc8 10 64",
  ]);
  expect(shapesOf(architecture).get("conv6")).toEqual([32, 4, 4]);
});

test("vgg-small ends at 3 × 3 on 28 × 28 and has 435,306 parameters", () => {
  const architecture = architectures["vgg-small"](mnist);
  expect(shapesOf(architecture).get("features.14")).toEqual([128, 3, 3]);
  expect(countsOf(architecture).total.parameters).toBe(435_306);
});

test("a residual block adds before its last activation; a wide one after its last convolution, its shortcut read after the first", () => {
  const resnet = drawn(architectures["resnet-18"](cifar));
  expect(resnet.slice(resnet.indexOf("layer2.0.conv1: convolution(layer1.1.relu2)")).slice(0, 9)).toEqual([
    "layer2.0.conv1: convolution(layer1.1.relu2)",
    "layer2.0.bn1: batchNorm(layer2.0.conv1)",
    "layer2.0.relu1: activation(layer2.0.bn1)",
    "layer2.0.conv2: convolution(layer2.0.relu1)",
    "layer2.0.bn2: batchNorm(layer2.0.conv2)",
    "layer2.0.downsample.0: convolution(layer1.1.relu2)",
    "layer2.0.downsample.1: batchNorm(layer2.0.downsample.0)",
    "layer2.0.add: add(layer2.0.bn2, layer2.0.downsample.1)",
    "layer2.0.relu2: activation(layer2.0.add)",
  ]);
  const wide = drawn(architectures["wide-resnet"]({ ...cifar, dropout: 0.3 }));
  expect(wide.slice(1, 10)).toEqual([
    "block1.layer.0.bn1: batchNorm(conv1)",
    "block1.layer.0.relu1: activation(block1.layer.0.bn1)",
    "block1.layer.0.conv1: convolution(block1.layer.0.relu1)",
    "block1.layer.0.bn2: batchNorm(block1.layer.0.conv1)",
    "block1.layer.0.relu2: activation(block1.layer.0.bn2)",
    "block1.layer.0.dropout: dropout(block1.layer.0.relu2)",
    "block1.layer.0.conv2: convolution(block1.layer.0.dropout)",
    "block1.layer.0.convShortcut: convolution(block1.layer.0.relu1)",
    "block1.layer.0.add: add(block1.layer.0.conv2, block1.layer.0.convShortcut)",
  ]);
  expect(wide).toContain("block1.layer.1.add: add(block1.layer.1.conv2, block1.layer.0.add)");
});

test("ResNet-50 has its stride in the 3 × 3 convolution: 32 × 32 until layer2.0.conv1, 16 × 16 from layer2.0.conv2", () => {
  const shapes = shapesOf(architectures["resnet-50"](cifar));
  expect(shapes.get("layer2.0.conv1")).toEqual([128, 32, 32]);
  expect(shapes.get("layer2.0.conv2")).toEqual([128, 16, 16]);
});

test.each(["resnet-18", "resnet-50", "wide-resnet"])("%s without batch norm has biases instead", (name) => {
  const { batchNorm, biases } = countsOf(architectureNamed(name, { ...cifar, batchNorm: false })).total;
  const normed = countsOf(architectureNamed(name, cifar)).total;
  const widths = weightLayers(architectureNamed(name, cifar)).map(({ shape }) => shape[0]);
  expect([batchNorm, biases]).toEqual([0, widths.reduce((total, width) => total + width, 0)]);
  expect([normed.batchNorm > 0, normed.biases]).toEqual([true, 10]);
});

test.each(architectureNames.filter((name) => name !== "mlp"))(
  "%s takes any activation, for all its hidden units",
  (name) => {
    const { layers } = architectureNamed(name, { ...cifar, activation: "swish" });
    const functions = layers.flatMap((layer) => (layer.kind === "activation" ? [layer.function] : []));
    expect(functions.length).toBeGreaterThan(1);
    expect(new Set(functions)).toEqual(new Set(["swish"]));
  },
);

describe("refused, with the rule:", () => {
  test.each([
    [
      "vgg-61",
      cifar,
      'architectureNamed: unknown architecture "vgg-61"; known: mlp, lenet-300-100, lenet-5, lenet-5-caffe, simple-cnn, saliency-cnn, vgg-small, vgg-16, resnet-18, resnet-50, wide-resnet-50, wide-resnet. Did you mean vgg-16?',
    ],
    [
      "vgg-16",
      { ...cifar, batchnorm: true },
      'vgg-16: unknown option "batchnorm"; known: input, classes, activation, batchNorm, dropout, width, classifier. Did you mean batchNorm?',
    ],
    ["vgg-16", { input: [3, 32, 32] }, "vgg-16: classes is missing; it must be an integer in [1, 16777216]"],
    [
      "vgg-16",
      mnist,
      'vgg-16: layer "features.30": the kernel [2, 2] is larger than the padded image [1, 1]; pool less before it, pad more, or give larger images',
    ],
    [
      "lenet-5",
      { input: [784], classes: 10 },
      "lenet-5: input must be an image's shape, [C, H, W], integers in [1, 16777216], got [784]",
    ],
    [
      "resnet-18",
      { ...cifar, stem: "imagnet" },
      'resnet-18: stem must be one of cifar, imagenet, got "imagnet". Did you mean imagenet?',
    ],
    [
      "wide-resnet",
      { ...cifar, depth: 18 },
      "wide-resnet: depth must be 6 n + 4, such as 10, 16, 22, 28 or 40, got 18",
    ],
    ["lenet-5", { ...cifar, dropout: 1 }, "lenet-5: dropout must be a number in [0, 1), got 1"],
    ["lenet-5", { ...cifar, width: -1 }, "lenet-5: width must be a number > 0, got -1"],
    ["simple-cnn", null, "simple-cnn: must be an object, got null"],
    ["constructor", cifar, 'architectureNamed: unknown architecture "constructor"'],
  ])("%s with %j", (name, options, message) => {
    expect(() => architectureNamed(name, options)).toThrow(InputError);
    expect(() => architectureNamed(name, options)).toThrow(message);
  });
});
