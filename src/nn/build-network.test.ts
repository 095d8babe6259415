/** Networks built from architectures: every known one runs, learns and agrees with itself when its masks are full. */

import { describe, expect, test } from "vitest";
import { Rng } from "../base/index.ts";
import * as t from "../tensor/index.ts";
import { type Architecture, architectureNamed, architectureNames, weightLayers } from "./architecture/index.ts";
import { type BuildOptions, buildNetwork } from "./build-network.ts";
import { countParameters } from "./parameter.ts";
import type { Mask } from "./weight-layer.ts";

/** A small form of a known architecture, on images that are large enough for it. */
function small(name: string): Architecture {
  const side = name.startsWith("vgg-16") ? 32 : 28;
  const input = name === "lenet-300-100" ? [64] : [1, side, side];
  const narrow = name === "mlp" ? { hidden: [5, 4] } : { width: 1 / 16 };
  return architectureNamed(name, { input, classes: 3, ...narrow });
}

function fullMask({ shape: [fanOut, ...rest] }: { readonly shape: readonly number[] }): Mask {
  const fanIn = rest.reduce((a, b) => a * b, 1);
  return {
    fanOut,
    fanIn,
    rowPointers: Int32Array.from({ length: fanOut + 1 }, (_, o) => o * fanIn),
    columnIndices: Int32Array.from({ length: fanOut * fanIn }, (_, k) => k % fanIn),
  };
}

/** Logits of four random examples and the gradients of their loss. */
function run(engine: t.Engine, architecture: Architecture, options: Partial<BuildOptions> = {}) {
  const network = buildNetwork(engine, architecture, { seed: 3, ...options });
  const graph = new t.Graph();
  const rng = new Rng(5, "test");
  const batch = 4;
  const x = engine.variable("x", [network.inputs, batch], { batched: true });
  x.set(Float64Array.from({ length: network.inputs * batch }, () => Math.fround(rng.normal())));
  const labels = engine.variable("labels", [batch], { batched: true, type: "int32" });
  labels.set([0, 2, 1, 1]);
  const { logits, updates } = network.forward(graph, graph.read(x), { mode: "train" });
  const loss = t.crossEntropy(logits, graph.read(labels));
  const weights = network.parameters.map(({ variable }) => graph.read(variable));
  const gradients = t.gradient(loss, weights);
  const program = t.compile(engine, { outputs: [logits, ...gradients], updates });
  program.run();
  return { network, logits: program.read(logits), gradients: gradients.map((g) => [...program.read(g)]) };
}

function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let [difference, size] = [0, 1e-30];
  for (let i = 0; i < a.length; i++) {
    difference = Math.max(difference, Math.abs(a[i] - b[i]));
    size = Math.max(size, Math.abs(b[i]));
  }
  return difference / size;
}

describe("every known architecture, narrowed:", () => {
  test.each(architectureNames)("%s gives finite logits, and a gradient to each of its parameters", async (name) => {
    const { network, logits, gradients } = run(await t.openEngine(), small(name));
    expect(logits).toHaveLength(3 * 4);
    expect(logits.every(Number.isFinite)).toBe(true);
    for (const [i, gradient] of gradients.entries()) {
      const { name: parameter } = network.parameters[i];
      expect(gradient.every(Number.isFinite), parameter).toBe(true);
      expect(
        gradient.some((value) => value !== 0),
        parameter,
      ).toBe(true);
    }
  });

  test.each(architectureNames)(
    "%s with full masks computes what it computes dense, to 2e-4 in float32",
    async (name) => {
      const engine = await t.openEngine();
      const architecture = small(name);
      const dense = run(engine, architecture);
      const masked = run(engine, architecture, { masks: weightLayers(architecture).map(fullMask) });
      expect(masked.network.parameters.filter(({ pattern }) => pattern !== undefined)).not.toHaveLength(0);
      expect(farthest(masked.logits, dense.logits)).toBeLessThan(2e-4);
      dense.gradients.forEach((gradient, i) => {
        expect(farthest(masked.gradients[i], gradient), dense.network.parameters[i].name).toBeLessThan(2e-3);
      });
    },
  );
});

test("a sparse convolution holds its active weights only: 54 of 432, and no array of the dense size", () => {
  const engine = new t.Engine(t.createReference("float64"));
  const architecture: Architecture = {
    name: "one",
    input: [16, 4, 4],
    layers: [
      {
        ...{ kind: "convolution", name: "conv", inputs: ["input"], outChannels: 3, groups: 1, bias: true },
        ...{ kernel: [3, 3], stride: [1, 1], padding: [1, 1] },
      },
      { kind: "globalAveragePool", name: "pool", inputs: ["conv"] },
    ],
  };
  const mask: Mask = {
    fanOut: 3,
    fanIn: 144,
    rowPointers: Int32Array.of(0, 18, 36, 54),
    columnIndices: Int32Array.from({ length: 54 }, (_, k) => 8 * (k % 18)),
  };
  const { network, gradients, logits } = run(engine, architecture, { masks: [mask] });
  expect(network.parameters.map(({ variable }) => variable.shape)).toEqual([[54], [3]]);
  expect(gradients[0]).toHaveLength(54);
  expect(logits).toHaveLength(12);
  expect(countParameters(network.parameters).weight).toBe(54);
});

test("names are the architecture's, PyTorch's where it has them: weight, bias, running_mean, running_var", () => {
  const engine = new t.Engine(t.createReference("float64"));
  const resnet = architectureNamed("resnet-18", { input: [3, 32, 32], classes: 10, width: 1 / 16 });
  const { parameters, buffers } = buildNetwork(engine, resnet, { seed: 1 });
  expect(parameters.slice(0, 4).map(({ name }) => name)).toEqual([
    "conv1.weight",
    "bn1.weight",
    "bn1.bias",
    "layer1.0.conv1.weight",
  ]);
  expect(buffers.slice(0, 2).map(({ name }) => name)).toEqual(["bn1.running_mean", "bn1.running_var"]);
  expect(parameters.at(-1)?.name).toBe("fc.bias");
});

test("masks that do not fit and lists of another length are refused by the layer's name and the count", () => {
  const engine = new t.Engine(t.createReference("float64"));
  const lenet = architectureNamed("lenet-5", { input: [1, 28, 28], classes: 10 });
  const wrong = [fullMask({ shape: [6, 24] }), undefined, undefined, undefined, undefined];
  expect(() => buildNetwork(engine, lenet, { seed: 1, masks: wrong })).toThrow(
    'layer "conv1": the mask is [6, 24], the weight [6, 25]; weights are [outputs, inputs of one output]',
  );
  expect(() => buildNetwork(engine, lenet, { seed: 1, masks: [] })).toThrow(
    "masks must have one entry per weight layer, 5, got 0",
  );
});
