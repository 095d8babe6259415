/** Bundles of networks: what is folded, in which form weights are, and which numbers stand there. */

import { describe, expect, test } from "vitest";
import { encodeBundle, loadModel, type OperationOf, type Weight } from "../infer/index.ts";
import type { Architecture, Layer, Mask } from "../nn/index.ts";
import { openEngine } from "../tensor/index.ts";
import type { NetworkValues } from "../train/index.ts";
import { differenceOf, drawnInputs, networkOutputs } from "./agreement.ts";
import { drawnNetwork, everyKind, zoo } from "./fixtures/drawn-networks.ts";
import { networkBundle } from "./network-bundle.ts";

const engine = await openEngine();

/** One linear layer without bias. */
function single(inputs: number, outputs: number, values: Float32Array | Float64Array, mask?: Mask): NetworkValues {
  const layers: Layer[] = [{ kind: "linear", name: "fc", inputs: ["input"], outFeatures: outputs, bias: false }];
  return {
    architecture: { name: "single", input: [inputs], layers },
    tensors: new Map([["fc.weight", { shape: mask === undefined ? [outputs, inputs] : [values.length], values }]]),
    masks: new Map(mask === undefined ? [] : [["fc", mask]]),
  };
}
const weightOf = (values: NetworkValues, options = {}): Weight => {
  return (networkBundle(values, options).operations[0] as OperationOf<"linear">).weight;
};

describe("a weight is compressed sparse rows where they take fewer bytes", () => {
  // Rows of 10: 6 bytes an active weight with its 16-bit column, 4 a row pointer, 4 a dense weight.
  const rows = (active: number) => Float32Array.from({ length: 20 }, (_, at) => (at % 10 < active ? at + 1 : 0));

  test("2 × 5 of 20 weights take 72 bytes sparse, 80 dense; 2 × 6 take 84", () => {
    expect(weightOf(single(10, 2, rows(5)))).toEqual({
      kind: "sparse",
      shape: [2, 10],
      rowPointers: Uint32Array.of(0, 5, 10),
      columns: Uint16Array.of(0, 1, 2, 3, 4, 0, 1, 2, 3, 4),
      values: Float32Array.of(1, 2, 3, 4, 5, 11, 12, 13, 14, 15),
    });
    expect(weightOf(single(10, 2, rows(6)))).toEqual({ kind: "dense", shape: [2, 10], values: rows(6) });
    expect(weightOf(single(10, 2, rows(5)), { weights: "dense" }).kind).toBe("dense");
  });

  test("of a masked layer, whose active weights that are 0 are left out, and which is written in full where it is nearly full", () => {
    const mask = { fanOut: 2, fanIn: 4, rowPointers: Int32Array.of(0, 2, 3), columnIndices: Int32Array.of(1, 3, 2) };
    expect(weightOf(single(4, 2, Float64Array.of(5, 0, 0.1), mask))).toEqual({
      kind: "sparse",
      shape: [2, 4],
      rowPointers: Uint32Array.of(0, 1, 2),
      columns: Uint16Array.of(1, 2),
      values: Float32Array.of(5, 0.1),
    });
    const all = { fanOut: 1, fanIn: 3, rowPointers: Int32Array.of(0, 3), columnIndices: Int32Array.of(0, 1, 2) };
    expect(weightOf(single(3, 1, Float32Array.of(1, 2, 3), all)).kind).toBe("dense");
  });

  test("columns beyond 65536 take 32 bits", () => {
    const mask = { fanOut: 1, fanIn: 65_537, rowPointers: Int32Array.of(0, 1), columnIndices: Int32Array.of(65_536) };
    expect(weightOf(single(65_537, 1, Float32Array.of(2), mask))).toMatchObject({ columns: Uint32Array.of(65_536) });
    const narrow = { ...mask, fanIn: 65_536, columnIndices: Int32Array.of(65_535) };
    expect(weightOf(single(65_536, 1, Float32Array.of(2), narrow))).toMatchObject({ columns: Uint16Array.of(65_535) });
  });
});

test("batch norm that cannot be folded is γ / √(v + 1e-5) x + β - m γ / √(v + 1e-5)", () => {
  const architecture: Architecture = {
    name: "norm",
    input: [1],
    layers: [{ kind: "batchNorm", name: "n", inputs: ["input"] }],
  };
  const number = (value: number) => ({ shape: [1], values: Float64Array.of(value) });
  const { operations } = networkBundle({
    architecture,
    tensors: new Map([
      ["n.weight", number(6)],
      ["n.bias", number(1)],
      ["n.running_mean", number(0.5)],
      ["n.running_var", number(4 - 1e-5)],
    ]),
    masks: new Map(),
  });
  expect(operations).toEqual([
    { kind: "scaleShift", name: "n", inputs: ["input"], scale: Float32Array.of(3), shift: Float32Array.of(-0.5) },
  ]);
});

test("of every kind of layer and activation, 3 of 4 batch norms are folded and dropout is gone", () => {
  const { operations } = networkBundle(drawnNetwork(engine, everyKind), { metadata: { a: "b" }, classNames: ["x"] });
  const kinds = operations.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === "scaleShift").length).toBe(1);
  expect(operations.length).toBe(everyKind.layers.length - 3 - 1);
  expect(networkBundle(drawnNetwork(engine, everyKind), { fold: false }).operations.length).toBe(
    everyKind.layers.length - 1,
  );
});

const networks: readonly [string, Architecture][] = [...Object.entries(zoo), ["every kind of layer", everyKind]];

test.each(networks)(
  "gradientflow/infer gives the logits of %s, dense and at density 0.2, folded or not, to 1e-5",
  async (_, architecture) => {
    const inputs = drawnInputs(architecture, 3);
    for (const density of [undefined, 0.2]) {
      const values = drawnNetwork(engine, architecture, density);
      const want = networkOutputs(engine, values, inputs, 3);
      for (const fold of [true, false]) {
        const model = await loadModel(encodeBundle(networkBundle(values, { fold })));
        expect(differenceOf(model.run(inputs), want).relative).toBeLessThan(1e-5);
      }
    }
  },
);

test("a number beyond float32 is refused with its place", () => {
  expect(() => networkBundle(single(1, 2, Float64Array.of(0, -1e39)))).toThrow(
    "fc.weight: numbers must be finite in float32, got -1e+39 at place 1; export weights of a step before it",
  );
});
