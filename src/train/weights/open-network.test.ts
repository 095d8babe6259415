/** Networks out of files: what was saved comes back with its masks and bits, and damaged files are refused. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../base/index.ts";
import { parseSafetensors, type WritableTensor, writeSafetensors } from "../../data/index.ts";
import { architectureNamed, buildNetwork, type Network } from "../../nn/index.ts";
import { createReference, Engine, openEngine } from "../../tensor/index.ts";
import { networkMasks, takeCheckpoint } from "../checkpoint/checkpoint.ts";
import { encodeCheckpoint } from "../checkpoint/encoding.ts";
import { networkTensors } from "../checkpoint/network-tensors.ts";
import { smallTraining, takeSteps } from "../fixtures/small-training.ts";
import { logitsOf, torchNetwork } from "../fixtures/torch-weights.ts";
import { loadWeights } from "./load-weights.ts";
import { loadNetwork, openNetwork } from "./open-network.ts";
import { encodeWeights, saveWeights } from "./weights-file.ts";

const engine = await openEngine();

function sparseTraining() {
  const { network, trainer } = smallTraining(engine, { sparse: true, convolutional: true });
  takeSteps(trainer, 5);
  // Active weights that are 0, as those just grown are.
  const { variable } = network.parameters[0];
  variable.set(variable.get().map((value, at) => (at % 4 === 1 ? 0 : value)));
  return { network, trainer };
}

function expectSame(one: Network, other: Network) {
  expect(one.architecture).toEqual(other.architecture);
  expect(networkMasks(one)).toEqual(networkMasks(other));
  expect(networkTensors(one, { sparse: "active" })).toEqual(networkTensors(other, { sparse: "active" }));
}

describe("a sparse convolutional network with active weights that are 0 comes back whole", () => {
  test("from its weights, which say the same bytes again", () => {
    using _ = engine.scope();
    const { network } = sparseTraining();
    const bytes = encodeWeights(network, { model: { classes: 3 }, notes: "β", writtenBy: "test 1" });
    const { metadata, tensors } = parseSafetensors(bytes, "f");
    expect(JSON.parse(metadata.get("sparse") ?? "")["conv.weight"]).toHaveLength(3); // of 12: 1, 5 and 9
    expect(tensors.get("conv.weight")?.shape).toEqual([4, 1, 3, 3]);
    const opened = openNetwork(engine, bytes, "f");
    expectSame(opened.network, network);
    expect(opened.metadata).toEqual({ model: { classes: 3 }, notes: "β", writtenBy: "test 1" });
    expect(opened.checkpoint).toBeUndefined();
    expect(encodeWeights(opened.network, opened.metadata)).toEqual(bytes);
  });

  test("from a checkpoint, which comes along", () => {
    using _ = engine.scope();
    const { network, trainer } = sparseTraining();
    const opened = openNetwork(engine, encodeCheckpoint(takeCheckpoint(trainer, { model: "m" })), "f");
    expectSame(opened.network, network);
    expect([opened.metadata.model, opened.checkpoint?.position.step]).toEqual(["m", 5]);
  });

  test("from a path", async () => {
    using _ = engine.scope();
    const { network } = sparseTraining();
    const folder = mkdtempSync(join(tmpdir(), "weights-"));
    try {
      await saveWeights(join(folder, "net.safetensors"), network);
      expectSame((await loadNetwork(engine, join(folder, "net.safetensors"))).network, network);
      await expect(loadNetwork(engine, join(folder, "other"))).rejects.toThrow(/other: there is no such file/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test("LeNet-5 of PyTorch, saved and opened, gives the same logits to the last bit; in float64 it is written as F64", () => {
  const reference = new Engine(createReference("float64"));
  for (const on of [engine, reference]) {
    using _ = on.scope();
    const { made, tensors } = torchNetwork("lenet-5");
    const network = buildNetwork(on, made, { seed: 1 });
    loadWeights(network, tensors);
    const bytes = encodeWeights(network);
    expect(parseSafetensors(bytes, "f").tensors.get("fc1.weight")?.dtype).toBe(on === engine ? "F32" : "F64");
    expect(logitsOf(on, openNetwork(on, bytes, "f").network)).toEqual(logitsOf(on, network));
  }
});

test("weights that are not finite are not saved", () => {
  using _ = engine.scope();
  const network = buildNetwork(engine, architectureNamed("mlp", { input: [2], hidden: [], classes: 2 }), { seed: 1 });
  network.parameters[1].variable.set([0, Number.NaN]);
  expect(() => encodeWeights(network)).toThrow(
    "encodeWeights: layer1.bias: numbers must be finite, got NaN at place 1",
  );
});

const [goodWeights, goodCheckpoint] = (() => {
  const { network, trainer } = sparseTraining();
  return [encodeWeights(network), encodeCheckpoint(takeCheckpoint(trainer))];
})();

describe("a file is refused where", () => {
  function changed(good: Uint8Array, texts: Record<string, string | undefined>, drop: readonly string[] = []) {
    const { metadata, tensors } = parseSafetensors(good, "f");
    const all = new Map([...metadata, ...Object.entries(texts)].filter(([, text]) => text !== undefined)) as Map<
      string,
      string
    >;
    for (const [key, text] of Object.entries(texts)) if (text === undefined) all.delete(key);
    const kept = [...tensors].filter(([name]) => !drop.includes(name)) as [string, WritableTensor][];
    return writeSafetensors(new Map(kept), all);
  }
  const wide = (key: string) =>
    JSON.stringify({
      name: "wide",
      input: [16_000_000],
      layers: [{ kind: "linear", name: key, inputs: ["input"], outFeatures: 16_000_000, bias: false }],
    });

  test.each<[string, Uint8Array, string | RegExp]>([
    [
      "it does not say what network it is of",
      torchNetwork("lenet-5").bytes,
      "f: must be a checkpoint or weights of gradientflow, got a safetensors file that does not say what network it is of; " +
        "build the network and fill it: loadWeights",
    ],
    [
      "its version is 2",
      changed(goodWeights, { "gradientflow.weights": "2" }),
      "f: weights of version 1 are read, got version 2 written by gradientflow; use that program",
    ],
    [
      "there is no architecture",
      changed(goodWeights, { architecture: undefined }),
      'f: metadata "architecture": must be there',
    ],
    [
      "a place is outside the weight",
      changed(goodWeights, { sparse: '{"conv.weight":[36]}' }),
      'f: metadata "sparse": conv.weight must be a list of places in [0, 36), got [36]; the file is damaged',
    ],
    [
      "an unknown weight is sparse",
      changed(goodWeights, { sparse: '{"conv.weight":[],"convolution.weight":[]}' }),
      'f: metadata "sparse": must name weights of the architecture, got convolution.weight',
    ],
    [
      "a weight is missing",
      changed(goodWeights, {}, ["conv.weight"]),
      "f: must be weights of small, but there is missing: conv.weight [4, 1, 3, 3]. Build the network",
    ],
    [
      "running statistics are missing",
      changed(goodWeights, {}, ["norm.running_var"]),
      "f: must be weights of small, but there is missing: norm.running_var [4]. Build the network",
    ],
    [
      "weights claim an architecture of 10^14 weights: before memory is taken for it",
      changed(goodWeights, { architecture: wide("conv") }),
      "of another shape: conv.weight is [4, 1, 3, 3], the network's [16000000, 16000000]",
    ],
    [
      "a checkpoint does",
      changed(goodCheckpoint, { architecture: wide("classifier"), weights: "[]" }),
      "f: classifier.weight: the architecture and its mask take 256000000000000 numbers, got 72; use another checkpoint",
    ],
  ])("%s", (_, bytes, message) => {
    using __ = engine.scope();
    expect(() => openNetwork(engine, bytes, "f")).toThrow(message);
    expect(() => openNetwork(engine, bytes, "f")).toThrow(InputError);
  });

  test.each([
    ["weights", goodWeights],
    ["a checkpoint", goodCheckpoint],
  ])("%s with up to 6 changed bytes, or cut, is opened or refused", (_, good) => {
    const header = 8 + Number(new DataView(good.buffer, good.byteOffset).getBigUint64(0, true));
    const place = fc.oneof(fc.nat({ max: header }), fc.nat({ max: good.length - 1 }));
    const digit = fc.constantFrom(...Buffer.from('0129-"[]{},:.e'));
    const change = fc.tuple(place, fc.oneof(digit, fc.nat({ max: 255 })));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), fc.option(fc.nat({ max: good.length })), (changes, cut) => {
        using __ = engine.scope();
        const bytes = Uint8Array.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          openNetwork(engine, bytes.subarray(0, cut ?? good.length), "f");
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
