/** Convolutions against PyTorch, central differences, and themselves on the other back end, with fewer weights, in groups. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Rng } from "../../base/index.ts";
import * as t from "../index.ts";

interface TorchCase {
  readonly name: string;
  readonly image: t.Pair;
  readonly kernel: t.Pair;
  readonly stride: t.Pair;
  readonly padding: t.Pair;
  readonly groups: number;
  readonly batch: number;
  readonly channels: number;
  readonly filters: number;
  readonly x: number[];
  readonly weight: number[];
  readonly y: number[];
  readonly cotangent: number[];
  readonly xGradient: number[];
  readonly weightGradient: number[];
}

const fixture = new URL("fixtures/torch-convolutions.json", import.meta.url);
const torchCases = (JSON.parse(readFileSync(fixture, "utf8")) as { cases: TorchCase[] }).cases;

/** The largest difference, relative to the larger of 1 and the largest number. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let [difference, size] = [0, 1];
  for (let i = 0; i < a.length; i++) {
    difference = Math.max(difference, Math.abs(a[i] - b[i]));
    size = Math.max(size, Math.abs(b[i]));
  }
  return difference / size;
}

/** A pattern over [O, taps] that keeps the weights that are not 0, and their values. */
function patternOf(engine: t.Engine, weight: readonly number[], fanOut: number) {
  const fanIn = weight.length / fanOut;
  const rowPointers = new Int32Array(fanOut + 1);
  const columns: number[] = [];
  for (let o = 0; o < fanOut; o++) {
    for (let k = 0; k < fanIn; k++) if (weight[o * fanIn + k] !== 0) columns.push(k);
    rowPointers[o + 1] = columns.length;
  }
  const columnIndices = Int32Array.from(columns);
  const pattern = t.sparsePattern(engine, { fanOut, fanIn, rowPointers, columnIndices });
  return { pattern, values: weight.filter((w) => w !== 0) };
}

/** y, and the gradients of sum(y * cotangent), dense or with a pattern of the weights that are not 0. */
function runCase(engine: t.Engine, c: TorchCase, sparse: boolean) {
  const graph = new t.Graph();
  const read = (name: string, shape: readonly number[], values: ArrayLike<number>, batched: boolean) => {
    const variable = engine.variable(name, shape, { batched });
    variable.set(values);
    return graph.read(variable);
  };
  const { pattern, values } = patternOf(engine, c.weight, c.filters);
  const x = read("x", [c.channels, ...c.image, c.batch], c.x, true);
  const weight = sparse
    ? read("values", [values.length], values, false)
    : read("weight", [c.filters, c.channels / c.groups, ...c.kernel], c.weight, false);
  const y = sparse ? t.sparseConvolution(pattern, weight, x, c) : t.convolution(weight, x, c);
  const cotangent = read("cotangent", y.shape, c.cotangent, true);
  const [dWeight, dx] = t.gradient(t.sum(t.multiply(y, cotangent)), [weight, x]);
  const program = t.compile(engine, { outputs: [y, dWeight, dx] });
  program.run();
  return { y: program.read(y), dWeight: program.read(dWeight), dx: program.read(dx) };
}

describe("forward and both gradients agree with PyTorch to 1e-13 in float64", () => {
  test.each(torchCases)("$name", (c) => {
    const got = runCase(new t.Engine(t.createReference("float64")), c, false);
    expect(distance(got.y, c.y)).toBeLessThan(1e-13);
    expect(distance(got.dWeight, c.weightGradient)).toBeLessThan(1e-13);
    expect(distance(got.dx, c.xGradient)).toBeLessThan(1e-13);
  });
});

describe("a sparse convolution is the dense one with zeros, its weight gradient that at the active weights", () => {
  test.each(torchCases)("$name", (c) => {
    const rng = new Rng(1, "test");
    const weight = c.weight.map((w) => (rng.uniform() < 0.4 ? w || 0.25 : 0));
    const masked = { ...c, weight };
    const dense = runCase(new t.Engine(t.createReference("float64")), masked, false);
    const sparse = runCase(new t.Engine(t.createReference("float64")), masked, true);
    expect(distance(sparse.y, dense.y)).toBeLessThan(1e-13);
    expect(distance(sparse.dx, dense.dx)).toBeLessThan(1e-13);
    const active = dense.dWeight.filter((_, k) => weight[k] !== 0);
    expect(distance(sparse.dWeight, active)).toBeLessThan(1e-13);
  });
});

describe("WebAssembly in float32 agrees with float64 to 2e-5, at batches of 1, 17, 48 and 128 and odd sizes", () => {
  const rng = new Rng(2, "test");
  const normals = (count: number) => Array.from({ length: count }, () => Math.fround(rng.normal()));
  const sizes: [batch: number, channels: number, filters: number, image: t.Pair, kernel: t.Pair, step: number][] = [
    [1, 3, 5, [6, 7], [3, 3], 1],
    [17, 2, 4, [5, 5], [3, 3], 2],
    [48, 5, 9, [3, 4], [2, 2], 1],
    [128, 6, 3, [4, 3], [1, 3], 1],
  ];
  test.each(sizes)("batch %i, %i to %i channels, image %o, kernel %o, stride %i", async (...size) => {
    const [batch, channels, filters, image, kernel, step] = size;
    const outImage = t.outputImage({ image, kernel, stride: [step, step], padding: [1, 1] });
    const c: TorchCase = {
      ...{ name: "", image, kernel, stride: [step, step], padding: [1, 1], groups: 1, batch, channels, filters },
      x: normals(channels * image[0] * image[1] * batch),
      weight: normals(filters * channels * kernel[0] * kernel[1]).map((w) => (Math.abs(w) < 0.5 ? 0 : w)),
      cotangent: normals(filters * outImage[0] * outImage[1] * batch),
      ...{ y: [], xGradient: [], weightGradient: [] },
    };
    const engine = await t.openEngine();
    for (const sparse of [false, true]) {
      const got = runCase(engine, c, sparse);
      const exact = runCase(new t.Engine(t.createReference("float64")), c, sparse);
      expect(distance(got.y, exact.y)).toBeLessThan(2e-5);
      expect(distance(got.dx, exact.dx)).toBeLessThan(2e-5);
      expect(distance(got.dWeight, exact.dWeight)).toBeLessThan(2e-5);
    }
  });
});

test("by hand: [1 2; 3 4] with the kernel [1 10] and stride 1 is [21; 43], and its gradient to the image [1 10; 1 10]", () => {
  const c = {
    ...{ name: "", image: [2, 2], kernel: [1, 2], stride: [1, 1], padding: [0, 0], groups: 1 },
    ...{ batch: 1, channels: 1, filters: 1, x: [1, 2, 3, 4], weight: [1, 10], cotangent: [1, 1] },
    ...{ y: [], xGradient: [], weightGradient: [] },
  } as unknown as TorchCase;
  const got = runCase(new t.Engine(t.createReference("float64")), c, false);
  expect([...got.y]).toEqual([21, 43]);
  expect([...got.dx]).toEqual([1, 10, 1, 10]);
  expect([...got.dWeight]).toEqual([4, 6]);
});

describe("derivatives agree with central differences to 1e-7 (first order) and 2e-6 (second order)", () => {
  const weight = { shape: [3, 2, 2, 3], batched: false } as const;
  const images = { shape: [2, 4, 3, 2], batched: true } as const;
  const options = { stride: [2, 1], padding: [1, 1] } as const;
  const sparse = (engine: t.Engine) =>
    t.sparsePattern(engine, {
      fanOut: 3,
      fanIn: 12,
      rowPointers: Int32Array.of(0, 3, 3, 5),
      columnIndices: Int32Array.of(0, 4, 11, 6, 7),
    });
  const cases: [string, readonly t.GradcheckInput[], Parameters<typeof t.gradcheck>[1]][] = [
    ["dense, strided, padded", [weight, images], ([w, x]) => t.tanh(t.convolution(w, x, options))],
    [
      "sparse, strided, padded",
      [{ shape: [5], batched: false }, images],
      ([w, x], engine) => t.tanh(t.sparseConvolution(sparse(engine), w, x, { kernel: [2, 3], ...options })),
    ],
    [
      "depthwise",
      [{ shape: [2, 1, 3, 3], batched: false }, images],
      ([w, x]) => t.tanh(t.convolution(w, x, { groups: 2, padding: [1, 1] })),
    ],
    [
      "the norm of the weights' gradient, three products deep",
      [weight, images],
      ([w, x]) => t.sumSquares(t.gradient(t.sum(t.swish(t.convolution(w, x, options))), [w])[0]),
    ],
  ];
  test.each(cases)("%s", (_, inputs, f) => {
    const report = t.gradcheck(inputs, f);
    expect(report.gradient).toBeLessThan(1e-7);
    expect(report.jvp).toBeLessThan(1e-7);
    expect(report.hessian).toBeLessThan(2e-6);
  });
});

test("numbers that do not fit are refused by name, with the cure where there is one", () => {
  const engine = new t.Engine(t.createReference("float64"));
  const graph = new t.Graph();
  const w = graph.read(engine.variable("w", [4, 3, 5, 5]));
  const x = graph.read(engine.variable("x", [3, 4, 4, 2], { batched: true }));
  expect(() => t.convolution(w, x)).toThrow(
    "convolution: the kernel, 5 x 5, is larger than the image, 4 x 4 with padding 0 x 0; pad more",
  );
  expect(() => t.convolution(w, x, { padding: [1, 1], groups: 2 })).toThrow(
    "groups must divide both numbers of channels, got 2 groups of 3 and 4 channels",
  );
  expect(() => t.convolution(w, x, { padding: [1, 1], stride: [0, 1] })).toThrow(
    "stride must be two integers ≥ 1, got 0 x 1",
  );
  expect(() => t.convolution(w, x, { padding: [1.5, 1] })).toThrow("padding must be two integers ≥ 0, got 1.5 x 1");
  const flat = graph.read(engine.variable("flat", [48, 2], { batched: true }));
  expect(() => t.convolution(w, flat)).toThrow("and the input [I, H, W, batch], got read[4, 3, 5, 5] and read[48, 2]");
});
