/** What fits a network and what does not: names, shapes, prefixes, masks; and a refusal changes nothing. */

import { describe, expect, test } from "vitest";
import { type Architecture, buildNetwork, mlp } from "../../nn/index.ts";
import { createReference, Engine, openEngine } from "../../tensor/index.ts";
import { networkTensors } from "../checkpoint/network-tensors.ts";
import { logitsOf, torchNetwork } from "../fixtures/torch-weights.ts";
import { loadWeights } from "./load-weights.ts";
import { masksFromWeights } from "./masks-from-weights.ts";
import type { GivenTensor } from "./named-weights.ts";
import { weightTensors } from "./weight-places.ts";

const engine = await openEngine();
const lenet = torchNetwork("lenet-5");

/** LeNet-5's arrays with some under other names, left out (undefined) or others. */
function changed(by: Record<string, GivenTensor | undefined>, rename = (name: string) => name) {
  const all = new Map<string, GivenTensor>([...lenet.tensors].map(([name, tensor]) => [rename(name), tensor]));
  for (const [name, tensor] of Object.entries(by)) {
    if (tensor === undefined) all.delete(name);
    else all.set(name, tensor);
  }
  return all;
}
const tensorOf = (name: string) => lenet.tensors.get(name) as GivenTensor;
const floats = (shape: readonly number[], ...values: number[]): GivenTensor => ({
  shape,
  values: Float64Array.from(values),
});

describe("weights are refused by name, and the network left as it was, where", () => {
  test.each<[string, ReadonlyMap<string, GivenTensor>, string | RegExp]>([
    [
      "one is missing and another unknown, with the name that was meant",
      changed({ "fc2.weight": undefined, "fc_2.weight": tensorOf("fc2.weight") }),
      "net.safetensors: must be weights of lenet-5, but there is missing: fc2.weight [28, 40] (is it fc_2.weight?); " +
        "unknown to the network: fc_2.weight. Build the network that they were saved from, or take what fits: strict: false",
    ],
    [
      "classes are others",
      changed({ "fc3.weight": floats([1, 28], ...new Array(28).fill(1)) }),
      /but there is of another shape: fc3\.weight is \[1, 28\], the network's \[10, 28\]\. Build the network that they were saved from$/,
    ],
    [
      "a kernel is laid out as a row",
      changed({ "conv1.weight": { ...tensorOf("conv1.weight"), shape: [2, 25] } }),
      "of another shape: conv1.weight is [2, 25], the network's [2, 1, 5, 5]",
    ],
    [
      "names have the prefix of DataParallel",
      changed({}, (name) => `module.${name}`),
      /unknown to the network: module\.conv1\.bias, .*, and 2 more\. Give the prefix that its names have: "module\."$/,
    ],
    [
      "PyTorch's pruning is not permanent",
      changed({
        "fc1.weight": undefined,
        "fc1.weight_orig": tensorOf("fc1.weight"),
        "fc1.weight_mask": tensorOf("fc1.weight"),
      }),
      /missing: fc1\.weight \[40, 80\] \(is it fc1\.weight_orig\?\); .* Make its pruning permanent before it is saved: torch\.nn\.utils\.prune\.remove$/,
    ],
    [
      "batches are counted where there is no batch norm",
      changed({ "conv1.num_batches_tracked": floats([], 1) }),
      "unknown to the network: conv1.num_batches_tracked",
    ],
    [
      "an array is of bytes",
      changed({ "fc3.bias": { shape: [10], values: new Uint8Array(10) } }),
      "net.safetensors: fc3.bias: weights must be floating-point numbers, got Uint8Array; convert them first: tensor.float()",
    ],
    [
      "an array was one of 64-bit integers",
      changed({ "fc3.bias": { ...floats([10], ...new Array(10).fill(1)), dtype: "I64" } }),
      "net.safetensors: fc3.bias: weights must be floating-point numbers, got I64",
    ],
    [
      "an array has fewer numbers than its shape",
      changed({ "fc3.bias": floats([10], 1, 2) }),
      "net.safetensors: fc3.bias: [10] takes 10 values, got 2",
    ],
    [
      "a float64 number is beyond float32",
      changed({ "fc3.bias": floats([10], 0, 1e39, 0, 0, 0, 0, 0, 0, 0, 0) }),
      "net.safetensors: fc3.bias: numbers must be finite in float32, got 1e+39 at place 1",
    ],
    [
      "a number is NaN",
      changed({ "fc3.bias": floats([10], Number.NaN, 0, 0, 0, 0, 0, 0, 0, 0, 0) }),
      "fc3.bias: numbers must be finite in float32, got NaN at place 0",
    ],
  ])("%s", (_, tensors, message) => {
    using __ = engine.scope();
    const network = buildNetwork(engine, lenet.made, { seed: 1 });
    const before = networkTensors(network);
    expect(() => loadWeights(network, tensors, { source: "net.safetensors" })).toThrow(message);
    expect(networkTensors(network)).toEqual(before);
  });

  test("hostile names are cut in messages, and of 100000 unknown ones 8 are named", () => {
    using _ = engine.scope();
    const network = buildNetwork(engine, lenet.made, { seed: 1 });
    const many = Array.from({ length: 100_000 }, (__, k) => [`x${k}`.padEnd(5000, "y"), floats([1], 1)] as const);
    const load = () => loadWeights(network, new Map(many));
    expect(load).toThrow(/x7y{98}\.\.\., and 99992 more/);
    expect(load).toThrow(/^.{1,1500}$/);
  });
});

describe("options", () => {
  test("a prefix is taken off, and names without it are unknown", () => {
    using _ = engine.scope();
    const network = buildNetwork(engine, lenet.made, { seed: 1 });
    const tensors = changed({}, (name) => `model.${name}`);
    loadWeights(network, tensors, { prefix: "model." });
    expect(weightTensors(network).get("fc3.bias")?.values).toEqual(tensorOf("fc3.bias").values);
    tensors.set("loss.weight", floats([1], 1));
    expect(() => loadWeights(network, tensors, { prefix: "model." })).toThrow(
      'but there is without the prefix "model.": loss.weight. Build',
    );
    expect(() => loadWeights(network, tensors, { prefix: "module." })).toThrow(
      'Give the prefix that its names have: "model."',
    );
  });

  test("strict: false fills what is there and tells the rest, but still wants the shapes to agree", () => {
    using _ = engine.scope();
    const network = buildNetwork(engine, lenet.made, { seed: 1 });
    const before = networkTensors(network).get("fc3.bias");
    const head = {
      "net.fc3.bias": undefined,
      "net.head.bias": floats([10], ...new Array(10).fill(0)),
      other: floats([1], 1),
    };
    const tensors = changed(head, (name) => `net.${name}`);
    expect(loadWeights(network, tensors, { strict: false, prefix: "net." })).toEqual({
      missing: ["fc3.bias"],
      unknown: ["net.head.bias", "other"],
    });
    expect(networkTensors(network).get("fc3.bias")).toEqual(before);
    expect(networkTensors(network).get("fc3.weight")?.values).toEqual(tensorOf("fc3.weight").values);
    tensors.set("net.fc3.bias", floats([2], 1, 1));
    expect(() => loadWeights(network, tensors, { strict: false, prefix: "net." })).toThrow(
      /^weights: must be weights of lenet-5, but there is of another shape: fc3\.bias is \[2\], the network's \[10\]\. Build/,
    );
  });
});

describe("sparse networks", () => {
  /** ResNet-18 with every third weight of its weight layers 0, but for conv1, which stays dense. */
  function pruned() {
    const { made, tensors } = torchNetwork("resnet-18");
    const all = new Map<string, GivenTensor>(tensors);
    for (const [name, { shape, values }] of tensors) {
      if (shape.length < 2 || name === "conv1.weight") continue;
      all.set(name, { shape, values: Float32Array.from(values, (value, at) => (at % 3 === 0 ? 0 : value)) });
    }
    return { made, tensors: all };
  }

  test("masks of a pruned ResNet-18 are of the weights that are not 0, and it computes what it computes dense, to 1e-5", () => {
    using _ = engine.scope();
    const { made, tensors } = pruned();
    const masks = masksFromWeights(made, tensors);
    expect(masks.length).toBe(21);
    expect(masks[0]).toBeUndefined();
    // layer1.0.conv1 is [2, 2, 3, 3]: 36 weights, of which every third is 0.
    expect([masks[1]?.fanOut, masks[1]?.fanIn, ...(masks[1]?.rowPointers ?? [])]).toEqual([2, 18, 0, 12, 24]);
    const sparse = buildNetwork(engine, made, { seed: 1, masks });
    const dense = buildNetwork(engine, made, { seed: 2 });
    for (const network of [sparse, dense]) loadWeights(network, tensors);
    const [ones, others] = [logitsOf(engine, sparse), logitsOf(engine, dense)];
    expect(Math.max(...ones.map((one, at) => Math.abs(one - others[at])))).toBeLessThan(1e-5);
    expect(weightTensors(sparse)).toEqual(weightTensors(dense));
  });

  test("weights outside a mask are refused, or left out when asked", () => {
    using _ = engine.scope();
    const mask = { fanOut: 2, fanIn: 3, rowPointers: Int32Array.of(0, 1, 3), columnIndices: Int32Array.of(2, 0, 1) };
    const network = mlp(engine, { inputs: 3, hidden: [], outputs: 2, seed: 1, masks: [mask], bias: false });
    const load = (values: number[], options = {}) => {
      loadWeights(network, new Map([["layer1.weight", floats([2, 3], ...values)]]), options);
      return [...network.parameters[0].variable.get()];
    };
    expect(load([0, -0, 5, 6, 7, 0])).toEqual([5, 6, 7]);
    expect(() => load([1, 2, 3, 4, 5, 6])).toThrow(
      "weights: layer1.weight: must be 0 outside the mask, but 3 of 3 weights there are not, the first 1 at place 0; " +
        'build the network with masksFromWeights, or prune them: outsideMask: "drop"',
    );
    expect(() => load([0, 2, 3, 4, 5, 0])).toThrow("1 of 3 weights there are not, the first 2 at place 1");
    expect(load([1, 2, 3, 4, 5, 6], { outsideMask: "drop" })).toEqual([3, 4, 5]);
  });

  test("masksFromWeights knows no mask where no weight is 0, and an empty one where all are", () => {
    const { made, tensors } = torchNetwork("lenet-5");
    expect(masksFromWeights(made, tensors)).toEqual(new Array(5).fill(undefined));
    const zero = changed({ "fc2.weight": { shape: [28, 40], values: new Float32Array(1120).fill(-0) } });
    expect(masksFromWeights(made, zero)[3]?.columnIndices.length).toBe(0);
    expect(() =>
      masksFromWeights(
        made,
        changed({}, (name) => `module.${name}`),
        { source: "f" },
      ),
    ).toThrow(
      /^f: must be weights of lenet-5, but there is missing: conv1\.weight .*fc3\.weight \[10, 28\].* Give the prefix that its names have: "module\."$/,
    );
    expect(
      masksFromWeights(
        made,
        changed({}, (name) => `module.${name}`),
        { prefix: "module." },
      ),
    ).toHaveLength(5);
  });
});

test("the slope of a PReLU, [], is PyTorch's weight, [1], both ways; a layer named like it is left alone", () => {
  const reference = new Engine(createReference("float64"));
  const architecture: Architecture = {
    name: "slopes",
    input: [2],
    layers: [
      { kind: "activation", name: "a", inputs: ["input"], function: "prelu" },
      { kind: "linear", name: "slope", inputs: ["a"], outFeatures: 1, bias: false },
    ],
  };
  const network = buildNetwork(reference, architecture, { seed: 1 });
  const tensors = new Map([
    ["a.weight", floats([1], 0.125)],
    ["slope.weight", floats([1, 2], 3, 4)],
  ]);
  loadWeights(network, tensors);
  expect(weightTensors(network)).toEqual(tensors);
  expect([...networkTensors(network).keys()]).toEqual(["a.slope", "slope.weight"]);
});
