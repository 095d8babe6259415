/** Groups found from an architecture: what belongs together, and in words what stays whole. */

import { describe, expect, test } from "vitest";
import { type Architecture, architectureNamed, buildNetwork, countsOf, type Layer } from "../nn/index.ts";
import { placeGroups } from "../optim/index.ts";
import { compareNetworks } from "./compare.ts";
import { convolution, drawnValues, float64, linear, widthOf } from "./fixtures/worked.ts";
import { pruningGroups } from "./pruning-groups.ts";
import { shrinkNetwork } from "./shrink.ts";
import { drawGroups, setGroupsToZero } from "./zero-groups.ts";

const flatten: Layer = { kind: "flatten", name: "flatten", inputs: ["top"] };
const relu = (name: string, read: string): Layer => ({ kind: "activation", name, inputs: [read], function: "relu" });
const norm = (name: string, read: string): Layer => ({ kind: "batchNorm", name, inputs: [read] });
const network = (...layers: Layer[]): Architecture => ({ name: "net", input: [2, 4, 4], layers });

/** Whether a third of its groups, set to zero, can be removed with the same outputs. */
function expectExact(architecture: Architecture) {
  const { blocks } = pruningGroups(architecture);
  const full = setGroupsToZero(drawnValues(architecture), blocks, drawGroups(blocks, 0.4, 3));
  const { network: small } = shrinkNetwork(full);
  expect(compareNetworks(float64, full, small)).toMatchObject({ agrees: true });
  expect(countsOf(small.architecture).total.macs).toBeLessThan(countsOf(architecture).total.macs);
  return small;
}

describe("a group is", () => {
  test("a filter, its bias, and the scale and shift of its norm; the output layer has none", () => {
    const { blocks, unprunable, layers } = pruningGroups(
      architectureNamed("vgg-small", { input: [1, 8, 8], classes: 3, batchNorm: true, width: 1 / 8 }),
    );
    expect(blocks[0]).toEqual({
      name: "features.0",
      count: 4,
      members: [
        { parameter: "features.0.weight", length: 9 },
        { parameter: "features.0.bias", length: 1 },
        { parameter: "features.1.weight", length: 1 },
        { parameter: "features.1.bias", length: 1 },
      ],
    });
    expect([blocks.length, layers[0], unprunable]).toEqual([
      7,
      ["features.0"],
      [{ layer: "classifier.3", reason: "its channels are the network's output" }],
    ]);
  });

  test("in a ResNet that of every layer whose channels are added, under a name of its own", () => {
    const { blocks } = pruningGroups(architectureNamed("resnet-50", { input: [3, 8, 8], classes: 3, width: 1 / 16 }));
    const stage = blocks.find(({ name }) => name.startsWith("layer1.0.conv3"));
    expect(stage?.name).toBe("layer1.0.conv3 and 3 tied");
    expect(stage?.members.map(({ parameter }) => parameter)).toEqual([
      ...["layer1.0.conv3.weight", "layer1.0.bn3.weight", "layer1.0.bn3.bias"],
      ...["layer1.0.downsample.0.weight", "layer1.0.downsample.1.weight", "layer1.0.downsample.1.bias"],
      ...["layer1.1.conv3.weight", "layer1.1.bn3.weight", "layer1.1.bn3.bias"],
      ...["layer1.2.conv3.weight", "layer1.2.bn3.weight", "layer1.2.bn3.bias"],
    ]);
  });

  test("after a concatenation found again at its offset, in the norm too", () => {
    const architecture = network(
      convolution("a", ["input"], 3),
      convolution("b", ["input"], 4),
      { kind: "concatenate", name: "both", inputs: ["a", "b"] },
      norm("norm", "both"),
      relu("relu", "norm"),
      convolution("top", ["relu"], 3),
      flatten,
      linear("fc", ["flatten"], 2),
    );
    const [, b] = pruningGroups(architecture).blocks;
    expect(b.members).toEqual([
      { parameter: "b.weight", length: 8 },
      { parameter: "b.bias", length: 1 },
      { parameter: "norm.weight", start: 3, length: 1 },
      { parameter: "norm.bias", start: 3, length: 1 },
    ]);
    const small = expectExact(architecture);
    expect(widthOf(small, "both")).toBe(2 + 2);
  });

  test("with a depthwise convolution of two copies its two rows, and their share of a linear layer's columns", () => {
    const architecture = network(
      convolution("a", ["input"], 5, { kernel: [1, 1], bias: false }),
      convolution("depthwise", ["a"], 10, { groups: 5 }),
      norm("norm", "depthwise"),
      relu("top", "norm"),
      flatten,
      linear("fc", ["flatten"], 2),
    );
    const { blocks, layers } = pruningGroups(architecture);
    expect(blocks[0].members).toEqual([
      { parameter: "a.weight", length: 2 },
      { parameter: "depthwise.weight", length: 8 },
      { parameter: "depthwise.bias", length: 2 },
      { parameter: "norm.weight", length: 2 },
      { parameter: "norm.bias", length: 2 },
    ]);
    expect(layers[0]).toEqual(["a", "depthwise"]);
    const small = expectExact(architecture);
    expect(small.architecture.layers[1]).toMatchObject({ groups: 3, outChannels: 6 });
  });

  test("of disjoint elements of the network's parameters, on every architecture that optimizers are given", () => {
    using _ = float64.scope();
    for (const name of ["resnet-18", "wide-resnet", "simple-cnn"]) {
      const architecture = architectureNamed(name, { input: [1, 8, 8], classes: 2, width: 1 / 8 });
      const { blocks } = pruningGroups(architecture);
      const { parameters } = buildNetwork(float64, architecture, { seed: 1 });
      expect(placeGroups(blocks, parameters)).toHaveLength(blocks.length);
    }
  });
});

describe("is named as unprunable", () => {
  const reasons = (architecture: Architecture, keep?: string[]) =>
    Object.fromEntries(pruningGroups(architecture, { keep }).unprunable.map(({ layer, reason }) => [layer, reason]));

  test("a layer before a sigmoid or a learned activation", () => {
    const through = (f: "sigmoid" | "srelu") =>
      reasons(
        network(
          convolution("a", ["input"], 3),
          { kind: "activation", name: "top", inputs: ["a"], function: f },
          flatten,
          linear("fc", ["flatten"], 2),
        ),
      ).a;
    expect(through("sigmoid")).toBe("its channels pass top, sigmoid, which gives 0.5 for 0");
    expect(through("srelu")).toBe("its channels pass top, srelu, which learns what it gives for 0");
  });

  test("a grouped convolution and what it reads", () => {
    const grouped = network(
      convolution("a", ["input"], 4),
      convolution("b", ["a"], 4, { groups: 2 }),
      convolution("top", ["b"], 4),
      flatten,
      linear("fc", ["flatten"], 2),
    );
    expect(reasons(grouped)).toEqual({
      a: "it is read by b, a convolution of 2 groups, which stays whole",
      b: "it is a convolution of 2 groups, which stays whole",
      fc: "its channels are the network's output",
    });
    expectExact(grouped);
  });

  test("a layer that is marked, and those tied to it", () => {
    const architecture = architectureNamed("mlp", { input: [3], hidden: [4, 4], classes: 2, skipConnections: true });
    expect(reasons(architecture, ["layer2"])).toEqual({
      layer1: "its channels are those of layer2, which is marked to be kept",
      layer2: "it is marked to be kept",
      layer3: "its channels are the network's output",
    });
    expect(() => pruningGroups(architecture, { keep: ["layr2"] })).toThrow(
      'pruningGroups: unknown weight layer "layr2"; known: layer1, layer2, layer3. Did you mean layer2?',
    );
  });

  test("a layer whose channels are added to the image itself", () => {
    const added = network(
      convolution("a", ["input"], 2, { kernel: [3, 3], padding: [1, 1] }),
      { kind: "add", name: "top", inputs: ["a", "input"] },
      flatten,
      linear("fc", ["flatten"], 2),
    );
    expect(reasons(added).a).toBe("its channels are the network's input");
  });
});

test("widths come in multiples where that is asked for: 3 of 8 channels needed are 4 with multipleOf 4", () => {
  const architecture = architectureNamed("mlp", { input: [3], hidden: [8], classes: 2 });
  const { blocks } = pruningGroups(architecture, { multipleOf: 4 });
  expect(blocks[0].multipleOf).toBe(4);
  const zero = [[true, true, false, true, true, false, false, true]];
  const full = setGroupsToZero(drawnValues(architecture), blocks, zero);
  const { network: small } = shrinkNetwork(full, { multipleOf: 4 });
  expect(widthOf(small, "layer1")).toBe(4);
  expect(compareNetworks(float64, full, small).agrees).toBe(true);
  expect(shrinkNetwork(small, { multipleOf: 4 }).network).toBe(small);
  expect(() => pruningGroups(architecture, { multipleOf: 0 })).toThrow("multipleOf must be an integer ≥ 1, got 0");
});

test("a sparse network loses its dead units too, and stays sparse", () => {
  const architecture = architectureNamed("mlp", { input: [4], hidden: [4], classes: 2 });
  const dense = drawnValues(architecture);
  // Unit 1 has no weights and no bias, unit 2 is read by none.
  const mask = (rows: number[][], fanIn: number) => ({
    fanOut: rows.length,
    fanIn,
    rowPointers: Int32Array.from([0, ...rows.map((_, i) => rows.slice(0, i + 1).flat().length)]),
    columnIndices: Int32Array.from(rows.flat()),
  });
  const masks = new Map([
    ["layer1", mask([[0, 2], [], [1], [3]], 4)],
    [
      "layer2",
      mask(
        [
          [0, 1],
          [0, 3],
        ],
        4,
      ),
    ],
  ]);
  const tensors = new Map(dense.tensors);
  tensors.set("layer1.weight", { shape: [4], values: Float64Array.of(1, 2, 3, 4) });
  tensors.set("layer2.weight", { shape: [4], values: Float64Array.of(1, -2, 3, -4) });
  tensors.set("layer1.bias", { shape: [4], values: Float64Array.of(0.1, 0, 0.2, 0.3) });
  const sparse = { architecture, tensors, masks };
  const { network: small, removed } = shrinkNetwork(sparse);
  expect(removed[0].reasons).toEqual({ zero: 1, constant: 0, unread: 1 });
  expect(small.masks.get("layer1")).toEqual(mask([[0, 2], [3]], 4));
  expect(small.masks.get("layer2")).toEqual(mask([[0], [0, 1]], 2));
  expect(compareNetworks(float64, sparse, small).agrees).toBe(true);
});
