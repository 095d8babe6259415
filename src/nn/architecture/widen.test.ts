/** Other widths: what is scaled, what follows, what stays, and what is refused. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../base/index.ts";
import { countsOf } from "./counts.ts";
import type { Architecture, Layer } from "./layers.ts";
import { outputShape } from "./shapes.ts";
import { weightLayers } from "./weight-layers.ts";
import { widen } from "./widen.ts";
import { architectureNamed, architectureNames, architectures } from "./zoo/architectures.ts";

const cifar = { input: [3, 32, 32], classes: 10 };
const outs = (architecture: Architecture) => weightLayers(architecture).map(({ shape }) => shape[0]);

test("every known architecture widened by 1 is itself, and by any factor from 0.01 to 2 fits together, data's widths unchanged", () => {
  const factors = fc.double({ min: 0.01, max: 2, noNaN: true });
  for (const name of architectureNames) {
    const more = name === "mlp" ? { hidden: [20, 20, 20], skipConnections: true } : {};
    const architecture = architectureNamed(name, { ...cifar, ...more });
    expect(widen(architecture, 1)).toEqual(architecture);
    const check = (factor: number) => {
      const widened = widen(architecture, factor);
      expect(outputShape(widened)).toEqual([10]);
      const [before, after] = [outs(architecture), outs(widened)];
      const scaled = before.map((width) => Math.max(1, Math.round(factor * width)));
      expect(after).toEqual([...scaled.slice(0, -1), 10]);
    };
    fc.assert(fc.property(factors, check), { numRuns: 10 });
  }
});

test("LeNet-5 doubled has 12 and 32 channels, 240 and 168 units; halved and a half, 1.5, 9, 24, 180 and 126", () => {
  const lenet = architectures["lenet-5"](cifar);
  expect(outs(widen(lenet, 2))).toEqual([12, 32, 240, 168, 10]);
  expect(outs(widen(lenet, 1.5))).toEqual([9, 24, 180, 126, 10]);
});

test("the architecture that is widened stays as it is", () => {
  const lenet = architectures["lenet-5"](cifar);
  const before = JSON.stringify(lenet);
  widen(lenet, 3);
  expect(JSON.stringify(lenet)).toBe(before);
});

test("a ResNet-18 widened to 4 times has 16 times the weights of its inner convolutions", () => {
  const resnet = architectures["resnet-18"](cifar);
  const wide = countsOf(widen(resnet, 4)).layers;
  for (const [index, { name, kind, weights }] of countsOf(resnet).layers.entries()) {
    if (kind === "convolution" && name !== "conv1") expect(wide[index].weights, name).toBe(16 * weights);
  }
});

test("one named convolution takes those it is added to along, and no others", () => {
  const resnet = architectures["resnet-18"](cifar);
  const changed = widen(resnet, { "layer2.1.conv2": 100 });
  const before = weightLayers(resnet);
  const differing = weightLayers(changed).filter(({ shape }, index) => shape[0] !== before[index].shape[0]);
  expect(differing.map(({ name, shape }) => [name, shape[0]])).toEqual([
    ["layer2.0.conv2", 100],
    ["layer2.0.downsample.0", 100],
    ["layer2.1.conv2", 100],
  ]);
});

describe("grouped convolutions", () => {
  const square = [3, 3] as const;
  const conv = (name: string, input: string, outChannels: number, groups: number): Layer => ({
    ...{ kind: "convolution", name, inputs: [input], outChannels, kernel: square, stride: [1, 1], padding: [1, 1] },
    ...{ groups, bias: false },
  });
  const tail: Layer[] = [
    { kind: "globalAveragePool", name: "pool", inputs: ["last"] },
    { kind: "flatten", name: "flatten", inputs: ["pool"] },
    { kind: "linear", name: "fc", inputs: ["flatten"], outFeatures: 2, bias: true },
  ];
  const net = (...layers: Layer[]): Architecture => ({ name: "net", input: [3, 8, 8], layers: [...layers, ...tail] });

  test("a depthwise one of 10 channels with multiplier 2, by 1.5: 15 groups, 30 channels out", () => {
    const widened = widen(net(conv("a", "input", 10, 1), conv("last", "a", 20, 10)), 1.5);
    expect(widened.layers[0]).toMatchObject({ outChannels: 15, groups: 1 });
    expect(widened.layers[1]).toMatchObject({ outChannels: 30, groups: 15 });
  });

  test("12 channels in 4 groups by 1.2 are 16, the nearest multiple of 4 to 14.4 above 12", () => {
    const widened = widen(net(conv("a", "input", 12, 1), conv("last", "a", 12, 4)), 1.2);
    expect(outs(widened)).toEqual([16, 16, 2]);
    expect(outs(widen(net(conv("a", "input", 12, 1), conv("last", "a", 12, 4)), 0.1))).toEqual([4, 4, 2]);
  });

  test("a named width that is no multiple of the groups is refused", () => {
    expect(() => widen(net(conv("a", "input", 12, 1), conv("last", "a", 12, 4)), { a: 14 })).toThrow(
      new InputError('widen: net: the width of "a" must be a multiple of 4, for the groups of a convolution, got 14'),
    );
  });
});

describe("refused, with the rule:", () => {
  const resnet = architectures["resnet-18"](cifar);
  test.each([
    [0, "widen: resnet-18: the factor must be a number > 0, got 0"],
    [Number.NaN, "widen: resnet-18: the factor must be a number > 0, got NaN"],
    [1e9, "widen: resnet-18: 64 channels times 1000000000 are more than 16777216; take a smaller factor"],
    [{ fc: 11 }, 'widen: resnet-18: the width of "fc" is that of the network\'s input or output, 10, and cannot be 11'],
    [{ conv1: 1.5 }, 'widen: resnet-18: the width of "conv1" must be an integer in [1, 16777216], got 1.5'],
    [{ bn1: 8 }, 'widen: resnet-18: "bn1" has the width of what it reads; set that of a layer before it'],
    [
      { "layer1.0.conv2": 8, "layer1.1.conv2": 9 },
      'widen: resnet-18: "layer1.0.conv2" and "layer1.1.conv2" are added together and must be equally wide, got 8 and 9',
    ],
  ])("%j", (to, message) => {
    expect(() => widen(resnet, to as number)).toThrow(new InputError(message));
  });
  test("an unknown name, with the nearest", () => {
    expect(() => widen(architectures["lenet-5"](cifar), { conv3: 1 })).toThrow(
      new InputError(
        'widen: lenet-5: unknown weight layer "conv3"; known: conv1, conv2, fc1, fc2, fc3. Did you mean conv1?',
      ),
    );
  });
});
