/** ONNX files, held to onnxruntime-web, and their bytes to what onnx.proto3 says. */

import { PbfReader } from "pbf";
import { describe, expect, test } from "vitest";
import { InputError } from "../../base/index.ts";
import type { Architecture } from "../../nn/index.ts";
import { openEngine } from "../../tensor/index.ts";
import type { NetworkValues } from "../../train/index.ts";
import { differenceOf, drawnInputs, networkOutputs } from "../agreement.ts";
import { drawnNetwork, everyKind, zoo } from "../fixtures/drawn-networks.ts";
import { runOnnx } from "../fixtures/onnxruntime.ts";
import { encodeOnnx, onnxModel } from "./write-onnx.ts";

const engine = await openEngine();
const networks: readonly [string, Architecture][] = [...Object.entries(zoo), ["every kind of layer", everyKind]];

describe("onnxruntime gives the logits of the network to 1e-5 of the greatest", () => {
  test.each(networks)(
    "%s, dense and at density 0.2, folded or not, sparse initializers or not",
    async (_, architecture) => {
      const inputs = drawnInputs(architecture, 3);
      for (const density of [undefined, 0.2]) {
        const values = drawnNetwork(engine, architecture, density);
        const want = networkOutputs(engine, values, inputs, 3);
        const options = density === undefined ? [{}, { fold: false }] : [{}, { sparseInitializers: true }];
        for (const one of options) {
          const { values: got, shape } = await runOnnx(encodeOnnx(values, one), inputs, [3, ...architecture.input]);
          expect(shape).toEqual([3, want.length / 3]);
          expect(differenceOf(got, want).relative).toBeLessThan(1e-5);
        }
      }
    },
  );

  test("of a network that ends in an image, as an image, and of one example", async () => {
    const layers: Architecture["layers"] = [{ kind: "upsample", name: "output", inputs: ["input"], factor: [2, 1] }];
    const values: NetworkValues = {
      architecture: { name: "up", input: [1, 1, 2], layers },
      tensors: new Map(),
      masks: new Map(),
    };
    const { values: got, shape } = await runOnnx(encodeOnnx(values), Float32Array.of(3, 4), [1, 1, 1, 2]);
    expect([[...got], shape]).toEqual([
      [3, 4, 3, 4],
      [1, 1, 2, 2],
    ]);
  });

  test("of pixels in 0 to 255, where mean and deviation of the training are part of the file", async () => {
    const architecture = zoo["simple-cnn"];
    const values = drawnNetwork(engine, architecture);
    const [mean, deviation] = [
      [110, 120, 130],
      [50, 60, 70],
    ];
    const inputs = drawnInputs(architecture, 2);
    const pixels = inputs.map((value, at) => {
      const channel = Math.floor(at / 1024) % 3;
      return value * deviation[channel] + mean[channel];
    });
    const bytes = encodeOnnx(values, { normalisation: { mean, deviation } });
    const { values: got } = await runOnnx(bytes, pixels, [2, 3, 32, 32]);
    expect(differenceOf(got, networkOutputs(engine, values, inputs, 2)).relative).toBeLessThan(1e-5);
  });

  test("of dropout alone, which gives what it reads", async () => {
    const layers: Architecture["layers"] = [{ kind: "dropout", name: "drop", inputs: ["input"], rate: 0.5 }];
    const architecture = { name: "nothing", input: [2], layers };
    const { values: got } = await runOnnx(
      encodeOnnx({ architecture, tensors: new Map(), masks: new Map() }),
      Float32Array.of(1, -2),
      [1, 2],
    );
    expect([...got]).toEqual([1, -2]);
  });
});

test("parameters have PyTorch's names and shapes, values the layers', and inputs any batch", () => {
  const { inputs, outputs, nodes, tensors, metadata } = onnxModel(drawnNetwork(engine, zoo["lenet-5"] as Architecture));
  expect(inputs).toEqual([{ name: "input", shape: ["batch", 1, 28, 28] }]);
  expect(outputs).toEqual([{ name: "output", shape: ["batch", 10] }]);
  expect(tensors.map(({ name, shape }) => [name, shape])).toEqual([
    ["conv1.weight", [6, 1, 5, 5]],
    ["conv1.bias", [6]],
    ["conv2.weight", [16, 6, 5, 5]],
    ["conv2.bias", [16]],
    ["fc1.weight", [120, 256]],
    ["fc1.bias", [120]],
    ["fc2.weight", [84, 120]],
    ["fc2.bias", [84]],
    ["fc3.weight", [10, 84]],
    ["fc3.bias", [10]],
  ]);
  expect(nodes.map(({ operator }) => operator).join(" ")).toBe(
    "Conv Relu MaxPool Conv Relu MaxPool Flatten Gemm Relu Gemm Relu Gemm",
  );
  expect(nodes[3]).toMatchObject({
    name: "conv2",
    output: "conv2",
    inputs: [nodes[2].output, "conv2.weight", "conv2.bias"],
  });
  expect(JSON.parse(metadata.get("architecture") ?? "").name).toBe("lenet-5");
});

test("values keep out of the way of parameters: a layer called fc.weight, and one called output that is not the last", () => {
  const layers: Architecture["layers"] = [
    { kind: "linear", name: "fc", inputs: ["input"], outFeatures: 2, bias: false },
    { kind: "activation", name: "fc.weight", inputs: ["fc"], function: "swish" },
    { kind: "activation", name: "output", inputs: ["fc.weight"], function: "relu" },
    { kind: "flatten", name: "flat", inputs: ["output"] },
  ];
  const model = onnxModel({
    architecture: { name: "clash", input: [1], layers },
    tensors: new Map([["fc.weight", { shape: [2, 1], values: Float32Array.of(1, 2) }]]),
    masks: new Map(),
  });
  const made = [...model.tensors.map(({ name }) => name), ...model.nodes.map(({ output }) => output)];
  expect(made).toEqual(["fc.weight", "fc", "fc.weight/sigmoid", "fc.weight_1", "output_1", "output"]);
});

test("a sparse initializer holds 12 bytes an active weight: its value and its place as int64", () => {
  const mask = { fanOut: 2, fanIn: 3, rowPointers: Int32Array.of(0, 1, 3), columnIndices: Int32Array.of(2, 0, 1) };
  const { sparseTensors, tensors } = onnxModel(
    {
      architecture: {
        name: "small",
        input: [3],
        layers: [{ kind: "linear", name: "fc", inputs: ["input"], outFeatures: 2, bias: false }],
      },
      tensors: new Map([["fc.weight", { shape: [3], values: Float64Array.of(5, 0, 7) }]]),
      masks: new Map([["fc", mask]]),
    },
    { sparseInitializers: true },
  );
  expect(tensors).toEqual([]);
  expect(sparseTensors).toEqual([
    { name: "fc.weight", shape: [2, 3], values: Float32Array.of(5, 0, 7), places: BigInt64Array.of(2n, 3n, 4n) },
  ]);
});

test("a file says IR version 8, opset 17, its producer, and 4 floats as 16 raw bytes", () => {
  const architecture: Architecture = {
    name: "a",
    input: [2],
    layers: [{ kind: "linear", name: "f", inputs: ["input"], outFeatures: 2, bias: false }],
  };
  const bytes = encodeOnnx(
    {
      architecture,
      tensors: new Map([["f.weight", { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) }]]),
      masks: new Map(),
    },
    { producer: { name: "test", version: "3" }, metadata: { accuracy: "0.5" } },
  );
  const seen: Record<string, unknown> = {};
  new PbfReader(bytes).readFields((tag, _, pbf) => {
    if (tag === 1) seen.ir = pbf.readVarint();
    if (tag === 2) seen.producer = pbf.readString();
    if (tag === 3) seen.version = pbf.readString();
    if (tag === 8) seen.opset = [...pbf.readBytes()];
    if (tag === 14) seen[`pair ${Object.keys(seen).length}`] = new TextDecoder().decode(pbf.readBytes().subarray(-3));
  }, undefined);
  expect(seen).toMatchObject({ ir: 8, producer: "test", version: "3", opset: [2 << 3, 17], "pair 5": "0.5" });
  // TensorProto: dims, type, name, then raw_data, field 9, of 16 bytes.
  const numbers = [(9 << 3) | 2, 16, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40];
  expect(Buffer.from(bytes).includes(Buffer.from(numbers))).toBe(true);
});

describe("what no ONNX file can hold is refused before memory is taken", () => {
  const wide: Architecture = {
    name: "wide",
    input: [60_000],
    layers: [{ kind: "linear", name: "fc", inputs: ["input"], outFeatures: 10_000, bias: false }],
  };
  const mask = { fanOut: 10_000, fanIn: 60_000, rowPointers: new Int32Array(10_001), columnIndices: new Int32Array(0) };
  const values = {
    architecture: wide,
    tensors: new Map([["fc.weight", { shape: [0], values: new Float32Array(0) }]]),
    masks: new Map([["fc", mask]]),
  };

  test("600 million weights in full, of which none is active", () => {
    expect(() => encodeOnnx(values)).toThrow(InputError);
    expect(() => encodeOnnx(values)).toThrow(
      "encodeOnnx: wide: an ONNX file holds 2 GiB at most, its numbers take 2400000000 bytes; write sparse initializers, or a bundle",
    );
    expect(encodeOnnx(values, { sparseInitializers: true }).length).toBeLessThan(1000);
  });

  test("a number beyond float32", () => {
    const tensors = new Map([["fc.weight", { shape: [1, 1], values: Float64Array.of(1e39) }]]);
    const architecture = { name: "one", input: [1], layers: [{ ...wide.layers[0], outFeatures: 1 }] } as Architecture;
    expect(() => encodeOnnx({ architecture, tensors, masks: new Map() })).toThrow(
      "fc.weight: numbers must be finite in float32, got 1e+39 at place 0; export weights of a step before it",
    );
  });
});
