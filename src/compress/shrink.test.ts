/** Small networks out of zero groups: worked by hand, at the edges, and on every known architecture. */

import { describe, expect, test } from "vitest";
import { type Architecture, architectureNamed, architectureNames } from "../nn/index.ts";
import { openEngine } from "../tensor/index.ts";
import { type NetworkValues, networkFromValues, networkValues } from "../train/index.ts";
import { compareNetworks, outputsOf } from "./compare.ts";
import {
  convolution,
  drawnValues,
  float64,
  formulaOf,
  linear,
  valuesOf,
  widthOf,
  worked,
  workedInput,
} from "./fixtures/worked.ts";
import { pruningGroups } from "./pruning-groups.ts";
import { shrinkNetwork } from "./shrink.ts";
import { drawGroups, groupNorms, groupSparsity, setGroupsToZero, zeroGroups } from "./zero-groups.ts";

/** Float32, as networks are trained and shipped. */
const wasm = await openEngine();

const outputs = (values: NetworkValues) => [...outputsOf(float64, values, workedInput)];
const expectOutputs = (values: NetworkValues, expected: readonly number[]) => {
  outputs(values).forEach((value, at) => {
    expect(value).toBeCloseTo(expected[at], 10);
  });
};

describe("the network worked by hand", () => {
  test("has norms 2.828427124746, 0, 2.291287847478 in conv1 and 10.404326023342, 8.426149773176 in conv2", () => {
    const bare = { ...worked(), tensors: new Map(worked().tensors) };
    // The vector's norms are those of the filter and its scale and shift are left out of conv1's.
    const { blocks } = pruningGroups(bare.architecture);
    const convolutions = blocks.map((block) => ({
      ...block,
      members: block.members.filter(({ parameter }) => parameter.startsWith("conv")),
    }));
    const norms = groupNorms(bare, convolutions);
    expect(norms[0][1]).toBe(0);
    expect(norms[1][0]).toBeCloseTo(10.404326023342, 11);
    expect(norms[1][1]).toBeCloseTo(8.426149773176, 11);
    const whole = groupNorms(bare, blocks)[0];
    expect(whole[0]).toBeCloseTo(2.828427124746, 11);
    expect(whole[2]).toBeCloseTo(2.291287847478, 11);
  });

  test("gives (21.75, 7.5), with channel 1 or without it: 65 parameters become 50, 220 MACs 152", () => {
    const { network, removed } = shrinkNetwork(worked());
    expectOutputs(worked(), [21.75, 7.5]);
    expectOutputs(network, [21.75, 7.5]);
    expect([formulaOf(worked()), formulaOf(network)]).toEqual([
      [65, 220],
      [50, 152],
    ]);
    expect(removed).toEqual([{ layers: ["conv1"], before: 3, after: 2, reasons: { zero: 1, constant: 0, unread: 0 } }]);
  });

  const conv2 = worked().tensors.get("conv2.weight")?.values ?? [];
  test("without conv2's filter 1 gives (9.25, 12.5) by head columns 0 to 3: 33 parameters, 112 MACs", () => {
    const { network } = shrinkNetwork(
      worked({ "conv2.weight": [...conv2.slice(0, 12), ...new Array(12).fill(0)], "conv2.bias": [0.5, 0] }),
    );
    expectOutputs(network, [9.25, 12.5]);
    expect(formulaOf(network)).toEqual([33, 112]);
    expect([...(network.tensors.get("fc.weight")?.values ?? [])]).toEqual([1, -1, 2, 0, 0, 2, -1, 1]);
  });

  test("without conv2's filter 0 gives (12.75, -5.5) by head columns 4 to 7", () => {
    const { network } = shrinkNetwork(
      worked({ "conv2.weight": [...new Array(12).fill(0), ...conv2.slice(12)], "conv2.bias": [0, -1] }),
    );
    expectOutputs(network, [12.75, -5.5]);
    expect([...(network.tensors.get("fc.weight")?.values ?? [])]).toEqual([-1, 1, 0, 3, 1, -2, 1, 0]);
  });

  test("with a shift of 0.5 in the dead channel folds it into conv2's biases, (10.5, 2.5), exactly", () => {
    const dead = worked({ "norm.bias": [1, 0.5, 0.5] });
    const { network, removed } = shrinkNetwork(dead);
    expectOutputs(dead, [52.25, 27.5]);
    expectOutputs(network, [52.25, 27.5]);
    expect([...(network.tensors.get("conv2.bias")?.values ?? [])]).toEqual([10.5, 2.5]);
    expect(removed[0].reasons).toEqual({ zero: 0, constant: 1, unread: 0 });
    const [first] = zeroGroups(dead, pruningGroups(dead.architecture).blocks);
    expect(first).toEqual([false, false, false]);
  });

  test("with all of conv1 zero is a constant, (1.25, 0.5), and not 0", () => {
    const { blocks } = pruningGroups(worked().architecture);
    const dead = setGroupsToZero(worked(), blocks, [
      [true, true, true],
      [false, false],
    ]);
    const { network } = shrinkNetwork(dead);
    expectOutputs(dead, [1.25, 0.5]);
    expectOutputs(network, [1.25, 0.5]);
    expect([widthOf(network, "conv1"), widthOf(network, "conv2")]).toEqual([1, 1]);
  });

  test("keeps the weights of a layer's only survivor", () => {
    const { blocks } = pruningGroups(worked().architecture);
    const one = setGroupsToZero(worked(), blocks, [
      [true, true, false],
      [false, false],
    ]);
    const { network } = shrinkNetwork(one);
    expect(widthOf(network, "conv1")).toBe(1);
    expect([...(network.tensors.get("conv1.weight")?.values ?? [])]).toEqual([0, 1, 1, 1]);
    expectOutputs(network, outputs(one));
  });
});

test("rows that are zero in one branch of an addition, A's 1 and B's 2, are no zero groups of both", () => {
  const architecture: Architecture = {
    name: "tied",
    input: [2],
    layers: [
      linear("a", ["input"], 3),
      linear("b", ["input"], 3),
      { kind: "add", name: "sum", inputs: ["a", "b"] },
      linear("head", ["sum"], 2),
    ],
  };
  const tied = valuesOf(architecture, {
    "a.weight": [1, 2, 0, 0, 3, -1],
    "a.bias": [0, 0, 1],
    "b.weight": [0, 1, 1, 0, 0, 0],
    "b.bias": [1, 0, 0],
  });
  const { blocks } = pruningGroups(architecture);
  const norms = groupNorms(tied, blocks).flat();
  [2.645751311065, 1, 3.316624790355].forEach((norm, k) => {
    expect(norms[k]).toBeCloseTo(norm, 11);
  });
  expect(zeroGroups(tied, blocks)).toEqual([[false, false, false]]);
  expect(shrinkNetwork(tied).network).toBe(tied);
});

/** Two convolutions padded by 1 and a linear layer. */
const padded: Architecture = {
  name: "padded",
  input: [1, 4, 4],
  layers: [
    convolution("conv1", ["input"], 3, { kernel: [3, 3], padding: [1, 1] }),
    { kind: "activation", name: "relu1", inputs: ["conv1"], function: "relu" },
    convolution("conv2", ["relu1"], 2, { kernel: [3, 3], padding: [1, 1] }),
    { kind: "flatten", name: "flatten", inputs: ["conv2"] },
    linear("fc", ["flatten"], 2),
  ],
};

describe("constants", () => {
  const withBias = (bias: number) => {
    const values = drawnValues(padded);
    const weight = values.tensors.get("conv1.weight")?.values ?? expect.fail("no weight");
    weight.fill(0, 9, 18);
    (values.tensors.get("conv1.bias")?.values ?? expect.fail("no bias"))[1] = bias;
    return values;
  };

  test("other than 0 are not folded into a padded convolution, which sees 0 at the border", () => {
    expect(widthOf(shrinkNetwork(withBias(0.5)).network, "conv1")).toBe(3);
  });

  test("below 0 are 0 after ReLU and go", () => {
    const { network, removed } = shrinkNetwork(withBias(-0.5));
    expect(removed[0]).toEqual({
      layers: ["conv1"],
      before: 3,
      after: 2,
      reasons: { zero: 1, constant: 0, unread: 0 },
    });
    expect(compareNetworks(float64, withBias(-0.5), network).agrees).toBe(true);
  });

  test("give a convolution without a bias one", () => {
    const layers = padded.layers.map((layer) =>
      layer.kind === "convolution" && layer.name === "conv2"
        ? { ...layer, padding: [0, 0] as const, bias: false }
        : layer,
    );
    const values = drawnValues({ ...padded, layers });
    (values.tensors.get("conv1.weight")?.values ?? expect.fail("no weight")).fill(0, 0, 9);
    (values.tensors.get("conv1.bias")?.values ?? expect.fail("no bias"))[0] = 0.25;
    const { network, removed } = shrinkNetwork(values);
    expect(removed[0].reasons.constant).toBe(1);
    expect(network.tensors.has("conv2.bias")).toBe(true);
    expect(compareNetworks(float64, values, network).agrees).toBe(true);
  });
});

describe("residual branches", () => {
  const resnet = architectureNamed("resnet-18", { input: [3, 4, 4], classes: 4, width: 1 / 16 });
  const values = drawnValues(resnet);

  test("that add 0 are dropped with all their layers", () => {
    const tensors = new Map(values.tensors);
    for (const part of ["weight", "bias"]) {
      const { shape, values: numbers } = tensors.get(`layer1.0.bn2.${part}`) ?? expect.fail("no norm");
      tensors.set(`layer1.0.bn2.${part}`, { shape, values: numbers.map(() => 0) });
    }
    const dead = { ...values, tensors };
    const { network, dropped } = shrinkNetwork(dead);
    expect(dropped).toEqual([
      "layer1.0.conv1",
      "layer1.0.bn1",
      "layer1.0.relu1",
      "layer1.0.conv2",
      "layer1.0.bn2",
      "layer1.0.add",
    ]);
    expect(network.tensors.has("layer1.0.conv1.weight")).toBe(false);
    expect(compareNetworks(float64, dead, network, { examples: 1 }).agrees).toBe(true);
  });

  test("whose inside is zero stay as the constant that they are", () => {
    const { blocks } = pruningGroups(resnet);
    const dead = setGroupsToZero(
      values,
      blocks,
      blocks.map(({ name, count }) => new Array(count).fill(name === "layer1.0.conv1")),
    );
    const { network, dropped } = shrinkNetwork(dead);
    expect([widthOf(network, "layer1.0.conv1"), dropped]).toEqual([1, []]);
    expect(compareNetworks(float64, dead, network, { examples: 1 }).agrees).toBe(true);
  });

  test("that end in zeros take the channels inside with them", () => {
    const tensors = new Map(values.tensors);
    const { shape, values: numbers } = tensors.get("layer1.0.conv2.weight") ?? expect.fail("no weight");
    tensors.set("layer1.0.conv2.weight", { shape, values: numbers.map(() => 0) });
    const { network, removed } = shrinkNetwork({ ...values, tensors });
    expect(removed[0]).toEqual({
      layers: ["layer1.0.conv1"],
      before: 4,
      after: 1,
      reasons: { zero: 0, constant: 0, unread: 3 },
    });
    expect(compareNetworks(float64, { ...values, tensors }, network, { examples: 1 }).agrees).toBe(true);
  });
});

/** Every known architecture, narrow: on the smallest images it takes. */
const zoo = architectureNames.flatMap((name): [string, Architecture][] => {
  const input = name === "vgg-16" ? [3, 32, 32] : name.startsWith("vgg") ? [3, 8, 8] : [1, 16, 16];
  const width = /resnet-\d|vgg|simple|saliency/.test(name) ? 1 / 8 : 1;
  const options = name === "mlp" ? { input: [12], hidden: [8, 8], skipConnections: true } : { input, width };
  const norms = /lenet|vgg|cnn|mlp/.test(name) ? [true, false] : [true];
  return norms.map((batchNorm) => {
    return [
      `${name}${batchNorm ? ", batch norm" : ""}`,
      architectureNamed(name, { classes: 5, batchNorm, ...options }),
    ];
  });
});

describe("a third of the groups zero in", () => {
  test.each(zoo)(
    "%s: full and small agree to 1e-5 in float32, and the small one shrinks no further",
    (_, architecture) => {
      const { blocks } = pruningGroups(architecture);
      expect(blocks.length).toBeGreaterThan(0);
      const zero = drawGroups(blocks, 1 / 3, 7);
      const full = setGroupsToZero(drawnValues(architecture, wasm), blocks, zero);
      expect(groupSparsity(zeroGroups(full, blocks))).toBe(groupSparsity(zero));
      const { network } = shrinkNetwork(full);
      expect(compareNetworks(wasm, full, network, { examples: 3 })).toMatchObject({ agrees: true });
      expect(formulaOf(network)[1]).toBeLessThan(formulaOf(full)[1]);
      expect(shrinkNetwork(network).network).toBe(network);
      using __ = wasm.scope();
      expect(networkValues(networkFromValues(wasm, network))).toEqual(network);
    },
  );
});
