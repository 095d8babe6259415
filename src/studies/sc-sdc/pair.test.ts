/** The architectures that settings ask for: widths by default and in proportion, options of some models only, data that do not fit. */

import { describe, expect, test } from "vitest";
import { architectureNames, countsOf, matchArchitectures, weightLayers } from "../../nn/index.ts";
import { capacityOf } from "./model.ts";
import { architecturePair, nominalWidth, widthsOf } from "./pair.ts";
import { type ScSdcSettings, scSdcSettings } from "./settings.ts";

const settingsOf = (some: Partial<ScSdcSettings>) => scSdcSettings.parse(some);
const fashion = { features: 784, featureShape: [1, 28, 28], classes: 10 };
const cifar = { features: 3072, featureShape: [3, 32, 32], classes: 100 };
const table = { features: 20, featureShape: [20], classes: 3 };

describe("widths:", () => {
  test("of an mlp 64 and 256 where none are given, of other models their own and four times as much", () => {
    expect(widthsOf(settingsOf({}))).toEqual({ dense_width: 64, sparse_width: 256 });
    expect(widthsOf(settingsOf({ model: "simple-cnn" }))).toEqual({ dense_width: 32, sparse_width: 128 });
    expect(widthsOf(settingsOf({ model: "lenet-5", dense_width: 3 }))).toEqual({ dense_width: 3, sparse_width: 12 });
    expect(widthsOf(settingsOf({ dense_width: 9, sparse_width: 10 }))).toEqual({ dense_width: 9, sparse_width: 10 });
  });

  test.each(architectureNames.filter((name) => name !== "mlp"))("%s at its own width is the published one", (model) => {
    const { dense } = architecturePair(settingsOf({ model }), cifar);
    expect(weightLayers(dense)[0].shape[0]).toBe(nominalWidth(model));
  });

  test("simple-cnn at 8 and 16: 8-16-16-32-32 and 16-32-32-64-64 channels, the same number of weights in each of 9 layers", () => {
    const { dense, sparse } = architecturePair(
      settingsOf({ model: "simple-cnn", dense_width: 8, sparse_width: 16 }),
      fashion,
    );
    const channels = (of: typeof dense) =>
      weightLayers(of)
        .filter(({ name }) => name.startsWith("conv"))
        .map(({ shape }) => shape[0]);
    expect(channels(dense)).toEqual([8, 16, 16, 32, 32]);
    expect(channels(sparse)).toEqual([16, 32, 32, 64, 64]);
    const { layers } = matchArchitectures(dense, sparse);
    expect(layers).toHaveLength(9);
    expect(layers[0]).toMatchObject({ name: "skip1", active: 8, density: 0.5 });
    expect(layers.find(({ name }) => name === "conv2")).toMatchObject({ active: 16 * 8 * 9, density: 0.25 });
  });
});

describe("a density of its own:", () => {
  const lenet = { model: "lenet-5", density: 0.05 } as const;
  test("LeNet-5 at 5 % by ERK has .3464, .0408, .0374, .0619 and .3421 of its layers' weights, 2,210 in all, at its own width", () => {
    const { layers, activeWeights } = capacityOf(settingsOf(lenet), fashion);
    expect(layers.map(({ density }) => density)).toEqual(
      [0.3464, 0.0408, 0.0374, 0.0619, 0.3421].map((share) => expect.closeTo(share, 2)),
    );
    // Rounded up layer by layer: ceil(7.5) + 120 + 1536 + 504 + 42.
    expect(activeWeights).toBe(2210);
    expect(widthsOf(settingsOf(lenet))).toEqual({ dense_width: 6, sparse_width: 6 });
  });

  test("uniform: 5 % of every layer", () => {
    const { layers } = capacityOf(settingsOf({ ...lenet, allocation: "uniform" }), fashion);
    expect(layers.map(({ active }) => active)).toEqual([8, 120, 1536, 504, 42]);
  });
});

test("WRN-16-2 by default has 17 weight layers, WRN-10-1 by depth and widening 10", () => {
  const counted = (some: Partial<ScSdcSettings>) =>
    weightLayers(architecturePair(settingsOf({ model: "wide-resnet", ...some }), cifar).dense).length;
  expect(counted({})).toBe(1 + 6 * 2 + 3 + 1);
  expect(counted({ depth: 10, widening: 1 })).toBe(1 + 3 * 2 + 2 + 1);
});

test("skips of simple-cnn are its own unless a setting leaves them out", () => {
  const total = (some: Partial<ScSdcSettings>) =>
    countsOf(architecturePair(settingsOf({ model: "simple-cnn", ...some }), cifar).dense).total.weights;
  expect(total({})).toBe(total({ skip_connections: true }));
  // Bare 1 x 1 convolutions where channels change: 3 to 32, 32 to 64, 64 to 128.
  expect(total({}) - total({ skip_connections: false })).toBe(3 * 32 + 32 * 64 + 64 * 128);
});

describe("refused:", () => {
  test.each<[Partial<ScSdcSettings>, typeof table, string]>([
    [
      { model: "lenet-5" },
      table,
      "model: lenet-5 reads images [C, H, W], the data have 20 features without such a shape",
    ],
    [{ model: "lenet-5", skip_connections: true }, fashion, 'lenet-5: unknown option "skipConnections"'],
    [{ model: "wide-resnet", bias: false }, cifar, 'wide-resnet: unknown option "bias"'],
  ])("%o", (some, data, message) => {
    expect(() => architecturePair(settingsOf(some), data)).toThrow(message);
  });
});
