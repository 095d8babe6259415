/** Folding: worked by hand, and where it is not exact it is not done. */

import { describe, expect, test } from "vitest";
import { InputError } from "../base/index.ts";
import type { Architecture, Layer } from "../nn/index.ts";
import { openEngine } from "../tensor/index.ts";
import type { NetworkValues, ValueTensor } from "../train/index.ts";
import { differenceOf, drawnInputs, networkOutputs } from "./agreement.ts";
import { drawnNetwork, everyKind, zoo } from "./fixtures/drawn-networks.ts";
import { inferenceNetwork } from "./inference-network.ts";

const engine = await openEngine();

const floats = (shape: readonly number[], ...values: number[]): ValueTensor => ({
  shape,
  values: Float64Array.from(values),
});
const norm = { kind: "batchNorm", name: "norm", inputs: ["fc"] } as const;
const linear = (bias: boolean): Layer => ({ kind: "linear", name: "fc", inputs: ["input"], outFeatures: 2, bias });

/** fc, without bias, then norm; running variances are 4 and 9 after epsilon. */
function worked(layers: readonly Layer[], variance = [4 - 1e-5, 9 - 1e-5]): NetworkValues {
  return {
    architecture: { name: "worked", input: [2], layers },
    tensors: new Map([
      ["fc.weight", floats([2, 2], 1, 2, 3, -6)],
      ["norm.weight", floats([2], 4, 3)],
      ["norm.bias", floats([2], 0.5, -1)],
      ["norm.running_mean", floats([2], 1, -2)],
      ["norm.running_var", floats([2], ...variance)],
    ]),
    masks: new Map(),
  };
}

test("a batch norm of scale (4, 3), deviation (2, 3), mean (1, -2) and shift (0.5, -1) makes [[1, 2], [3, -6]] to [[2, 4], [3, -6]] and (-1.5, 1)", () => {
  const given = worked([linear(false), norm]);
  const { architecture, tensors } = inferenceNetwork(given);
  expect(architecture.layers).toEqual([linear(true)]);
  expect([...tensors.keys()]).toEqual(["fc.weight", "fc.bias"]);
  expect([...(tensors.get("fc.weight")?.values ?? [])]).toEqual([2, 4, 3, -6]);
  // 4 / 2 (0 - 1) + 0.5 and 3 / 3 (0 + 2) - 1.
  expect([...(tensors.get("fc.bias")?.values ?? [])]).toEqual([-1.5, 1]);
  expect(given.tensors.get("fc.weight")?.values[0]).toBe(1);
});

test("a sparse weight is scaled row by row at its active places, and its mask stays", () => {
  const given = worked([linear(false), norm]);
  const mask = { fanOut: 2, fanIn: 2, rowPointers: Int32Array.of(0, 1, 3), columnIndices: Int32Array.of(1, 0, 1) };
  const sparse = { ...given, masks: new Map([["fc", mask]]) };
  const tensors = new Map(given.tensors).set("fc.weight", floats([3], 2, 3, -6));
  const folded = inferenceNetwork({ ...sparse, tensors });
  expect([...(folded.tensors.get("fc.weight")?.values ?? [])]).toEqual([4, 3, -6]);
  expect(folded.masks.get("fc")).toBe(mask);
});

describe("a batch norm stays", () => {
  const names = (values: NetworkValues, options = {}) =>
    inferenceNetwork(values, options).architecture.layers.map(({ name }) => name);

  test("where folding is not asked for", () => {
    expect(names(worked([linear(false), norm]), { fold: false })).toEqual(["fc", "norm"]);
  });

  test("where another layer, or the same sum twice, reads the weight layer too", () => {
    const sum: Layer = { kind: "add", name: "sum", inputs: ["norm", "fc"] };
    expect(names(worked([linear(false), norm, sum]))).toEqual(["fc", "norm", "sum"]);
    expect(names(worked([linear(false), norm, { ...sum, inputs: ["norm", "norm"] }]))).toEqual(["fc", "sum"]);
  });

  test("where it reads no weight layer", () => {
    expect(
      names(
        worked([
          linear(false),
          { kind: "activation", name: "f", inputs: ["fc"], function: "relu" },
          { ...norm, inputs: ["f"] },
        ]),
      ),
    ).toEqual(["fc", "f", "norm"]);
  });
});

test("dropout is left out, batch norms behind it folded; a network of dropout alone keeps its last", () => {
  const drop = (name: string, read: string): Layer => ({ kind: "dropout", name, inputs: [read], rate: 0.5 });
  const behind = worked([linear(false), drop("drop", "fc"), { ...norm, inputs: ["drop"] }, drop("last", "norm")]);
  expect(inferenceNetwork(behind).architecture.layers.map(({ name }) => name)).toEqual(["fc"]);
  const alone = { ...behind, architecture: { name: "none", input: [2], layers: [drop("a", "input"), drop("b", "a")] } };
  expect(inferenceNetwork(alone).architecture.layers).toEqual([drop("b", "input")]);
});

test("a running variance of -1 is refused with its layer and row", () => {
  const wrong = worked([linear(false), norm], [1, -1]);
  expect(() => inferenceNetwork(wrong)).toThrow(InputError);
  expect(() => inferenceNetwork(wrong)).toThrow(
    'worked: layer "norm": cannot be folded, since row 1 of fc would not be finite: its running variance is -1; ' +
      "export without folding, or train on",
  );
});

/** Batch norms that read what another layer reads too, or no weight layer: before the activation of pre-activation blocks. */
const kept: Readonly<Record<string, number>> = { "every-kind": 1, "wrn-10-1": 4 };
const networks: readonly [string, Architecture][] = [...Object.entries(zoo), ["every kind of layer", everyKind]];

test.each(networks)(
  "%s computes the same without its training parts, dense and at density 0.2, to 1e-5",
  (_, architecture) => {
    for (const density of [undefined, 0.2]) {
      const values = drawnNetwork(engine, architecture, density);
      const folded = inferenceNetwork(values);
      const inputs = drawnInputs(architecture, 3);
      const [got, want] = [folded, values].map((one) => networkOutputs(engine, one, inputs, 3));
      expect(differenceOf(got, want).relative).toBeLessThan(1e-5);
      const norms = folded.architecture.layers.filter(({ kind }) => kind === "batchNorm");
      expect(norms.length).toBe(kept[architecture.name] ?? 0);
    }
  },
);
