/** Networks as plain numbers: the same whichever way they come, and back onto an engine with every bit. */

import { describe, expect, test } from "vitest";
import { type WritableTensor, writeSafetensors } from "../../data/index.ts";
import { architectureNamed, buildNetwork } from "../../nn/index.ts";
import { openEngine } from "../../tensor/index.ts";
import { takeCheckpoint } from "../checkpoint/checkpoint.ts";
import { encodeCheckpoint } from "../checkpoint/encoding.ts";
import { smallTraining, takeSteps } from "../fixtures/small-training.ts";
import { denseWeight, networkFromValues, networkValues, readNetworkValues } from "./network-values.ts";
import { encodeWeights } from "./weights-file.ts";

const engine = await openEngine();

function sparseTraining() {
  const { network, trainer } = smallTraining(engine, { sparse: true, convolutional: true });
  takeSteps(trainer, 5);
  const { variable } = network.parameters[0];
  variable.set(variable.get().map((value, at) => (at % 4 === 1 ? 0 : value)));
  return { network, trainer };
}

describe("a sparse network with active weights that are 0 is the same numbers", () => {
  test("from the engine, from a checkpoint and from saved weights", () => {
    using _ = engine.scope();
    const { network, trainer } = sparseTraining();
    const values = networkValues(network);
    expect(values.masks.has("conv")).toBe(true);
    expect(values.tensors.get("conv.weight")?.shape).toEqual([values.masks.get("conv")?.columnIndices.length]);
    expect(readNetworkValues(encodeCheckpoint(takeCheckpoint(trainer)), "f")).toEqual(values);
    expect(readNetworkValues(encodeWeights(network), "f")).toEqual(values);
  });

  test("after it was built again", () => {
    using _ = engine.scope();
    const values = networkValues(sparseTraining().network);
    expect(networkValues(networkFromValues(engine, values))).toEqual(values);
  });

  test("in full, with zeros where it is masked", () => {
    using _ = engine.scope();
    const values = networkValues(sparseTraining().network);
    const { shape, values: dense } = denseWeight(values, "conv");
    const { rowPointers, columnIndices } = values.masks.get("conv") ?? expect.fail("no mask");
    expect(shape).toEqual([4, 1, 3, 3]);
    expect(dense[columnIndices[0]]).toBe(values.tensors.get("conv.weight")?.values[0]);
    expect(dense.filter((value: number) => value !== 0).length).toBeLessThanOrEqual(rowPointers[4]);
    expect(() => denseWeight(values, "conw")).toThrow('denseWeight: must name a weight layer of small, got "conw"');
  });
});

test("numbers have PyTorch's names, those of every kind of layer among them", () => {
  using _ = engine.scope();
  const make = (activation: string) =>
    networkValues(
      buildNetwork(
        engine,
        architectureNamed("mlp", { input: [4], hidden: [3], classes: 2, activation, batchNorm: true }),
        { seed: 1 },
      ),
    );
  const prelu = make("prelu");
  expect([...prelu.tensors].map(([name, { shape }]) => `${name} ${shape}`)).toEqual([
    "layer1.weight 3,4",
    "layer1.bias 3",
    "layer1.batchNorm.weight 3",
    "layer1.batchNorm.bias 3",
    "layer1.batchNorm.running_mean 3",
    "layer1.batchNorm.running_var 3",
    "layer1.activation.weight 1",
    "layer2.weight 2,3",
    "layer2.bias 2",
  ]);
  expect([...make("srelu").tensors.keys()].filter((name) => name.includes("Threshold"))).toHaveLength(2);
});

describe("refuses", () => {
  const refusal = (change: (tensors: Map<string, WritableTensor>) => void) => {
    using _ = engine.scope();
    const network = buildNetwork(engine, architectureNamed("mlp", { input: [2], hidden: [], classes: 2 }), { seed: 1 });
    const values = networkValues(network);
    const tensors = new Map<string, WritableTensor>(values.tensors);
    change(tensors);
    const metadata = new Map([
      ["gradientflow.weights", "1"],
      ["writtenBy", "test"],
      ["architecture", JSON.stringify(values.architecture)],
      ["sparse", "{}"],
      ["model", "null"],
      ["notes", "null"],
    ]);
    try {
      readNetworkValues(writeSafetensors(tensors, metadata), "a.safetensors");
    } catch (error) {
      return (error as Error).message;
    }
    return expect.fail("read it");
  };

  test("a file without a bias", () => {
    expect(refusal((tensors) => tensors.delete("layer1.bias"))).toBe(
      "a.safetensors: layer1.bias: mlp has numbers of this name, the file has none; use another file",
    );
  });

  test("a bias that is not finite, and one of another shape", () => {
    const bias = (values: Float32Array) => (tensors: Map<string, WritableTensor>) =>
      tensors.set("layer1.bias", { shape: [values.length], values });
    expect(refusal(bias(Float32Array.of(1, Number.NaN)))).toBe(
      "a.safetensors: layer1.bias: numbers must be finite, got NaN at place 1; use another file",
    );
    expect(refusal(bias(new Float32Array(3)))).toBe(
      "a.safetensors: layer1.bias: must be [2] of F32 or F64, got [3]; use another file",
    );
  });

  test("a safetensors file of something else", () => {
    expect(() => readNetworkValues(writeSafetensors(new Map(), new Map()), "b")).toThrow(
      "b: must be a checkpoint or weights of gradientflow, got a safetensors file that does not say what network it is of",
    );
  });
});
