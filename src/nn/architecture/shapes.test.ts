/** Shapes against PyTorch's, and the mistakes of graphs in words. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { InputError, ShapeError } from "../../base/index.ts";
import type { Architecture, Layer } from "./layers.ts";
import { outputShape, shapesOf } from "./shapes.ts";
import { weightLayers } from "./weight-layers.ts";

const fixture = JSON.parse(readFileSync(new URL("./fixtures/torch.json", import.meta.url), "utf8"));

const net = (input: readonly number[], ...layers: Layer[]): Architecture => ({ name: "net", input, layers });
const square = (side: number) => [side, side] as const;
const convolution = (name: string, inputs: string[], outChannels: number, more: object = {}): Layer => ({
  ...{ kind: "convolution", name, inputs, outChannels, kernel: square(3), stride: square(1), padding: square(1) },
  ...{ groups: 1, bias: false },
  ...more,
});
const relu = (name: string, ...inputs: string[]): Layer => ({ kind: "activation", name, inputs, function: "relu" });
const add = (name: string, ...inputs: string[]): Layer => ({ kind: "add", name, inputs });

test("60 convolutions and pools of random kernels, strides, paddings and groups give PyTorch's shapes, and its fans", () => {
  expect(fixture.windows).toHaveLength(60);
  for (const { input, output, fans, groups = 1, ...window } of fixture.windows) {
    const more = window.kind === "convolution" ? { outChannels: 12, groups, bias: true } : {};
    const architecture = net(input, { ...window, ...more, name: "one", inputs: ["input"] });
    expect(outputShape(architecture), JSON.stringify(window)).toEqual(output);
    expect(weightLayers(architecture).map(({ fanIn, fanOut }) => [fanIn, fanOut])).toEqual(fans ? [fans] : []);
  }
});

test("each other kind, on 3 channels of 4 × 5: pads to 7 × 9, doubles to 8 × 15, concatenates to 6, averages to 1 × 1, flattens to 60", () => {
  const shapeOf = (kind: string, fields: object, ...inputs: string[]) => {
    const layers = [relu("a", "input"), { kind, name: "b", inputs, ...fields } as Layer];
    return outputShape(net([3, 4, 5], ...layers));
  };
  expect(shapeOf("zeroPad", { padding: [1, 1, 2, 3] }, "a")).toEqual([3, 7, 9]);
  expect(shapeOf("upsample", { factor: [2, 3] }, "a")).toEqual([3, 8, 15]);
  expect(shapeOf("concatenate", {}, "a", "input")).toEqual([6, 4, 5]);
  expect(shapeOf("globalAveragePool", {}, "a")).toEqual([3, 1, 1]);
  expect(shapeOf("flatten", {}, "a")).toEqual([60]);
  expect(shapeOf("dropout", { rate: 0.5 }, "a")).toEqual([3, 4, 5]);
  expect(shapeOf("batchNorm", {}, "a")).toEqual([3, 4, 5]);
});

test("shapes come by name, the input's among them", () => {
  const shapes = shapesOf(
    net([2, 5, 5], convolution("conv", ["input"], 4, { stride: square(2) }), relu("act", "conv")),
  );
  expect([...shapes]).toEqual([
    ["input", [2, 5, 5]],
    ["conv", [4, 3, 3]],
    ["act", [4, 3, 3]],
  ]);
});

describe("layers that do not fit are named, with what they read:", () => {
  const pool = (kernel: number, padding: number): Layer => ({
    ...{ kind: "maxPool", name: "pool", inputs: ["input"] },
    ...{ kernel: square(kernel), stride: square(1), padding: square(padding) },
  });
  test.each([
    [
      "a kernel larger than the padded image",
      net([1, 3, 9], convolution("conv", ["input"], 2, { kernel: square(7) })),
      'net: layer "conv": the kernel [7, 7] is larger than the padded image [5, 11]; pool less before it, pad more, or give larger images',
    ],
    [
      "groups that do not divide the channels in",
      net([3, 8, 8], convolution("conv", ["input"], 4, { groups: 2 })),
      'net: layer "conv": groups must divide the channels in and out, got 2 groups for 3 in and 4 out; a depthwise convolution ' +
        "has as many groups as channels in",
    ],
    [
      "an addition of different shapes",
      net([3, 8, 8], convolution("conv", ["input"], 4), add("add", "input", "conv")),
      'net: layer "add": adds shapes that differ, [3, 8, 8] of "input" and [4, 8, 8] of "conv"; bring one to the other\'s shape, ' +
        "by a 1 × 1 convolution say",
    ],
    [
      "a concatenation of different sizes",
      net([3, 8, 8], convolution("c", ["input"], 4, { stride: square(2) }), {
        kind: "concatenate",
        name: "cat",
        inputs: ["input", "c"],
      }),
      'net: layer "cat": concatenates channels of images that differ in size, [3, 8, 8] of "input" and [4, 4, 4] of "c"',
    ],
    [
      "a convolution of features",
      net([9], convolution("conv", ["input"], 2)),
      'net: layer "conv": must read an image [C, H, W], got [9]',
    ],
    [
      "a pool padded by more than half its kernel",
      net([1, 8, 8], pool(3, 2)),
      'net: layer "pool": padding must be at most half the kernel, got padding [2, 2] and kernel [3, 3]',
    ],
    [
      "an output beyond 2^40 numbers",
      net([1, 4096, 4096], convolution("conv", ["input"], 2 ** 20)),
      'net: layer "conv": an output [1048576, 4096, 4096] is too large; the most is 2^40 numbers',
    ],
  ])("%s", (_, architecture, message) => {
    expect(() => shapesOf(architecture)).toThrow(message);
    expect(() => shapesOf(architecture)).toThrow(InputError);
  });
  test("shapes that differ are a ShapeError", () => {
    expect(() => shapesOf(net([3, 8, 8], convolution("c", ["input"], 4), add("add", "input", "c")))).toThrow(
      ShapeError,
    );
  });
});

describe("graphs that are none are refused:", () => {
  test.each([
    [
      "an unknown name, with the nearest",
      net([4], relu("layer1", "input"), relu("layer2", "layr1")),
      'net: layer "layer2": unknown input "layr1"; an input is "input" or the name of an earlier layer. Did you mean layer1?',
    ],
    [
      "a name that comes later",
      net([4], relu("a", "b"), relu("b", "input")),
      'net: layer "a": reads "b", which does not come before it; layers stand in topological order and form no cycle',
    ],
    [
      "a cycle of one",
      net([4], add("a", "input", "a")),
      'net: layer "a": reads "a", which does not come before it; layers stand in topological order and form no cycle',
    ],
    [
      "a name given twice",
      net([4], relu("a", "input"), relu("a", "a")),
      'net: layer "a": there are two layers of this name; rename one',
    ],
    [
      "a layer called input",
      net([4], relu("input", "input")),
      'net: layer "input": "input" names the network\'s input; rename the layer',
    ],
    [
      "a layer that nobody reads",
      net([4], relu("a", "input"), relu("b", "input"), relu("c", "a")),
      'net: layer "b": no later layer reads it; remove it, or name it among their inputs',
    ],
    ["an addition of one", net([4], add("a", "input")), 'net: layer "a": kind add reads 2 to 1024 inputs, got 1'],
    ["no layers", net([4]), "net: must have at least one layer, got none"],
  ])("%s", (_, architecture, message) => {
    expect(() => shapesOf(architecture)).toThrow(new InputError(message));
  });
});
