/** The command as a process: a sparse network of digits trained for an epoch, exported, and run by others. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { PbfReader } from "pbf";
import { beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../base/index.ts";
import { loadDataset, normalisation, parseSafetensors } from "../data/index.ts";
import { differenceOf, drawnInputs, networkOutputs } from "../exchange/index.ts";
import { loadModel } from "../infer/index.ts";
import { openEngine } from "../tensor/index.ts";
import { loadNetworkValues } from "../train/index.ts";
import { type ExportNetworkOptions, writeNetwork } from "./export.ts";
import { runWith, temporaryFolder } from "./fixtures/run-command.ts";

const cwd = temporaryFolder();
const at = (name: string) => join(cwd, name);
const inFolder = (...words: string[]) => runWith({ cwd }, ...words);
const engine = await openEngine();

beforeAll(async () => {
  const train = ["train", "data=digits", "model=simple-cnn", "batch_norm=true", "epochs=1", "dense_width=8"];
  await inFolder(...train, "--kind", "sparse", "--checkpoint", "cnn.safetensors");
}, 60_000);

/** Exports in this process. */
const exported = (
  options: Partial<ExportNetworkOptions> & { readonly output: string },
  checkpoint = "cnn.safetensors",
) => writeNetwork(at(checkpoint), { precision: "float32", ...options, output: at(options.output) });

test("a module gives the checkpoint's outputs in this process, and the command says its size, counts and difference", async () => {
  const { code, stdout, stderr } = await inFolder("export", "cnn.safetensors", "--format", "module", "--json");
  expect([stderr, code]).toEqual(["", 0]);
  const about = JSON.parse(stdout);
  const bytes = readFileSync(at("cnn.js"));
  expect(about).toMatchObject({ file: "cnn.js", types: "cnn.d.ts", format: "module", bytes: bytes.length });
  expect(readFileSync(at("cnn.d.ts"), "utf8")).toContain("load(): Promise<Model>");
  expect(Math.abs(about.gzipBytes - gzipSync(bytes, { level: 9 }).length)).toBeLessThan(20);
  const values = await loadNetworkValues(at("cnn.safetensors"));
  expect(values.masks.size).toBeGreaterThan(0);
  const active = [...values.masks.values()].reduce((sum, { columnIndices }) => sum + columnIndices.length, 0);
  expect(about.activeParameters).toBeGreaterThanOrEqual(active);
  expect(about.activeParameters).toBeLessThan(about.parameters);
  expect(about.check).toMatchObject({ by: "the module" });
  expect(about.check.relativeDifference).toBeLessThan(1e-5);
  const { load } = await import(/* @vite-ignore */ pathToFileURL(at("cnn.js")).href);
  const inputs = drawnInputs(values.architecture, 3, 7);
  const outputs = (await load()).run(inputs);
  expect(differenceOf(outputs, networkOutputs(engine, values, inputs, 3)).relative).toBeLessThan(1e-5);
});

test("with --raw-inputs a bundle takes the digits as the data set has them, 0 to 16, and knows the names of its classes", async () => {
  await exported({ output: "raw.gfm", rawInputs: true });
  const values = await loadNetworkValues(at("cnn.safetensors"));
  const digits = await loadDataset("digits");
  const raw = Float32Array.from({ length: 5 * 64 }, (_, k) => digits.test.values[k]);
  expect(Math.max(...raw)).toBeGreaterThan(14);
  const { scale, shift } = normalisation(digits, "standard");
  const inputs = raw.map((value, k) => value * scale[k % 64] + shift[k % 64]);
  const model = await loadModel(new Uint8Array(readFileSync(at("raw.gfm"))));
  expect(differenceOf(model.run(raw), networkOutputs(engine, values, inputs, 5)).relative).toBeLessThan(1e-5);
  expect(model.classify(raw.subarray(0, 64))[0][0].className).toMatch(/^\d$/);
  expect(model.describe().metadata).toMatchObject({ inputs: "as the data set has them" });
});

test("float16 takes less than three quarters of the bytes of float32, places included, and stays within 2 % of the outputs", async () => {
  const whole = await exported({ output: "whole.gfm" });
  const half = await exported({ output: "half.gfm", precision: "float16" });
  expect(half.bytes).toBeLessThan(0.75 * whole.bytes);
  expect(half.check.relativeDifference).toBeGreaterThan(whole.check.relativeDifference ?? 1);
  expect(half.check.relativeDifference).toBeLessThan(0.02);
});

test("ONNX is run by onnxruntime-web, which is here, and says who wrote it; --no-fold keeps batch norms", async () => {
  const operators = (file: string): Set<string> => {
    const found = new Set<string>();
    new PbfReader(readFileSync(at(file))).readFields((tag, _, model) => {
      if (tag !== 7) return;
      model.readMessage((field, __, graph) => {
        if (field !== 1) return;
        graph.readMessage((one, ___, node) => {
          if (one === 4) found.add(node.readString());
        }, undefined);
      }, undefined);
    }, undefined);
    return found;
  };
  expect((await exported({ output: "cnn.onnx" })).check.by).toMatch(/^onnxruntime-/);
  await exported({ output: "kept.onnx", fold: false, sparseInitializers: true });
  expect(operators("cnn.onnx").has("BatchNormalization")).toBe(false);
  expect(operators("kept.onnx").has("BatchNormalization")).toBe(true);
  expect(readFileSync(at("kept.onnx")).length).toBeLessThan(readFileSync(at("cnn.onnx")).length);
});

test("safetensors keep batch norms for PyTorch unless --fold is given, and open again", async () => {
  const keys = (file: string) => [...parseSafetensors(readFileSync(at(file)), file).tensors.keys()];
  await exported({ output: "cnn.weights.safetensors" });
  await exported({ output: "folded.safetensors", fold: true });
  expect(keys("cnn.weights.safetensors").filter((name) => name.endsWith("running_mean")).length).toBe(5);
  expect(keys("folded.safetensors").filter((name) => name.endsWith("running_mean"))).toEqual([]);
  const [one, other] = await Promise.all(
    ["cnn.safetensors", "folded.safetensors"].map((file) => loadNetworkValues(at(file))),
  );
  const inputs = drawnInputs(one.architecture, 2);
  const [got, want] = [other, one].map((values) => networkOutputs(engine, values, inputs, 2));
  expect(differenceOf(got, want).relative).toBeLessThan(1e-5);
});

describe("refused, and nothing is written, where", () => {
  const refusal = (options: Partial<ExportNetworkOptions>, checkpoint = "cnn.safetensors") =>
    writeNetwork(at(checkpoint), { precision: "float32", ...options });
  const nothing = () => expect(["bad.onnx", "bad.gfm"].some((name) => existsSync(at(name)))).toBe(false);

  test.each<[string, Partial<ExportNetworkOptions>, string]>([
    ["no format is said", {}, "must be one of onnx, safetensors, module, gfm, and nothing says it; add --format"],
    ["the ending says none", { output: at("bad.tflite") }, "bad.tflite does not say it; add --format"],
    [
      "the format is unknown",
      { format: "onx" },
      'unknown format "onx"; known: onnx, safetensors, module, gfm. Did you mean onnx?',
    ],
    ["ending and format differ", { format: "gfm", output: at("bad.onnx") }, "writes files that end in .gfm, got -o"],
    [
      "it would replace the checkpoint",
      { output: at("cnn.safetensors") },
      "is the checkpoint itself; choose another name",
    ],
    ["the folder is not there", { output: at("no/bad.onnx") }, "its folder must be there, and is not; make it first"],
    [
      "ONNX is asked for in float16",
      { output: at("bad.onnx"), precision: "float16" },
      "--precision float16 is for module and gfm, got --format onnx; leave it out",
    ],
    ["the precision is unknown", { output: at("bad.gfm"), precision: "int8" }, "must be float32 or float16, got int8"],
    ["data are named for nothing", { output: at("bad.gfm"), data: "digits" }, "say what --raw-inputs are; add that"],
    [
      "data are others than it was trained on",
      { output: at("bad.gfm"), rawInputs: true, data: "spirals" },
      "has 2 features, the network reads 64; use the data it was trained on: --data",
    ],
  ])("%s", async (_, options, message) => {
    await expect(refusal(options)).rejects.toThrow(InputError);
    await expect(refusal(options)).rejects.toThrow(message);
    nothing();
  });

  test.each([
    [
      "a PyTorch file",
      [0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0],
      "got a zip archive, as PyTorch's .pt files are; save safetensors",
    ],
    ["a bundle", [0x89, 0x47, 0x46, 0x4d, 0x0d, 0x0a, 0x1a, 0x0a, 1], "got a .gfm bundle; export the checkpoint"],
    ["text", [...Buffer.from("hello there")], "the file is truncated or no safetensors file"],
    ["empty", [], "a safetensors file has at least 8 bytes, got 0"],
  ])("the file is %s", async (_, bytes, message) => {
    writeFileSync(at("other"), Uint8Array.from(bytes));
    await expect(refusal({ output: at("bad.onnx") }, "other")).rejects.toThrow(message);
    nothing();
  });

  test("at the terminal: exit code 2 and one line", async () => {
    const { code, stdout, stderr } = await inFolder("export", "other", "-o", "bad.onnx");
    expect([code, stdout, stderr.split("\n").length]).toEqual([2, "", 2]);
    nothing();
  });
});
