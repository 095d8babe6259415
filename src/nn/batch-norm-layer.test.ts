/** Batch normalisation against PyTorch 2.13 (scripts/fixtures/nn.py, and torch_images.py for images). */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Engine, Variable } from "../tensor/index.ts";
import * as t from "../tensor/index.ts";
import { batchNormLayer } from "./batch-norm-layer.ts";

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8")).batchNorm;
const torch = fixture("torch");
const torchImages = fixture("torch-images");
const engine64 = () => new t.Engine(t.createReference("float64"));

/** Largest |value - expected| / max(|expected|, 1). */
function worst(values: ArrayLike<number>, expected: readonly number[]): number {
  expect(values.length).toBe(expected.length);
  const errors = expected.map((e, i) => Math.abs(values[i] - e) / Math.max(1, Math.abs(e)));
  return errors.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...errors);
}

/** A tensor over the batch whose padded lanes are NaN, which must reach no result. */
function poisoned(engine: Engine, shape: readonly number[], values: readonly number[]): Variable {
  const variable = engine.variable("x", shape, { batched: true });
  variable.fill(Number.NaN);
  const view = variable.view();
  const batch = shape[shape.length - 1];
  const rows = values.length / batch;
  for (let r = 0; r < rows; r++) {
    for (let b = 0; b < batch; b++) view[t.lanePlace(rows, batch, r, b)] = values[r * batch + b];
  }
  return variable;
}

/** A layer with the fixture's scale and shift, and its batches run in training mode. */
function trained(engine: Engine, expected = torch) {
  const layer = batchNormLayer(engine, { features: 3, name: "bn1", layer: 1 });
  const [gamma, beta] = layer.parameters;
  gamma.variable.set(expected.scale);
  beta.variable.set(expected.shift);
  const runs = expected.batches.map((of: (typeof expected.batches)[number]) => {
    const shape = of.shape ?? [3, of.batch];
    const graph = new t.Graph();
    const x = graph.read(poisoned(engine, shape, of.x));
    const cotangent = graph.read(poisoned(engine, shape, of.cotangent));
    const { value, updates } = layer.apply(graph, x, "train");
    const wrt = [x, graph.read(gamma.variable), graph.read(beta.variable)];
    const gradients = t.gradient(value, wrt, { cotangent });
    const program = t.compile(engine, { outputs: [value, ...gradients], updates });
    program.run();
    const [y, xGradient, scaleGradient, shiftGradient] = [value, ...gradients].map((tensor) => program.read(tensor));
    const [runningMean, runningVariance] = layer.buffers.map((buffer) => buffer.get());
    return { y, xGradient, scaleGradient, shiftGradient, runningMean, runningVariance };
  });
  return { layer, runs };
}

/**
 * The third feature lies 1e5 deviations from 0: the last digit of its mean, 1.4e-14, is 1.4e-11 of a deviation, and enters
 * all that is made of the standardised values.
 */
const tolerances: Readonly<Record<string, number>> = {
  y: 1e-10,
  xGradient: 1e-10,
  scaleGradient: 1e-10,
  shiftGradient: 1e-14,
  runningMean: 1e-14,
  runningVariance: 1e-14,
};

describe("training on batches of 17, 5 and 32, padded lanes full of NaN", () => {
  const { runs } = trained(engine64());
  test.each(Object.keys(tolerances))("%s is PyTorch's after each batch, in float64", (name) => {
    runs.forEach((run: (typeof runs)[number], i: number) => {
      expect(worst(run[name], torch.batches[i][name])).toBeLessThan(tolerances[name]);
    });
  });
});

describe("training on images, 17 of 3 x 5, 1 of 4 x 4, 32 of 2 x 2 and 2 of 1 x 1, padded lanes full of NaN", () => {
  const { runs } = trained(engine64(), torchImages);
  test.each(Object.keys(tolerances))("%s is PyTorch's after each batch, in float64", (name) => {
    runs.forEach((run: (typeof runs)[number], i: number) => {
      expect(worst(run[name], torchImages.batches[i][name])).toBeLessThan(tolerances[name]);
    });
  });

  test("in WebAssembly too, to 2e-5, but for the third channel, whose deviation of 0.01 beside 100 float32 knows to three digits only", async () => {
    const { runs: single } = trained(await t.openEngine(), torchImages);
    for (const name of ["y", "scaleGradient", "shiftGradient", "runningMean", "runningVariance"]) {
      single.forEach((run: (typeof runs)[number], i: number) => {
        const two = (values: ArrayLike<number>) => Array.from(values).slice(0, (2 * values.length) / 3);
        expect(worst(two(run[name]), two(torchImages.batches[i][name]))).toBeLessThan(2e-5);
      });
    }
  });
});

test("evaluation of images uses the running statistics of their channels, to 1e-13", () => {
  const engine = engine64();
  const { layer } = trained(engine, torchImages);
  const graph = new t.Graph();
  const { value } = layer.apply(
    graph,
    graph.read(poisoned(engine, torchImages.eval.shape, torchImages.eval.x)),
    "eval",
  );
  const program = t.compile(engine, { outputs: [value] });
  program.run();
  expect(worst(program.read(value), torchImages.eval.y)).toBeLessThan(1e-13);
});

test("evaluation uses the statistics after the three batches, also for a batch of 17, to 1e-13 (float32: 1e-6)", () => {
  for (const [engine, tolerance] of [
    [engine64(), 1e-13],
    [new t.Engine(t.createReference("float32")), 1e-6],
  ] as const) {
    const { layer } = trained(engine);
    const graph = new t.Graph();
    const x = graph.read(poisoned(engine, [3, 17], torch.eval.x));
    const { value, updates } = layer.apply(graph, x, "eval");
    expect(updates).toEqual([]);
    const program = t.compile(engine, { outputs: [value] });
    const before = layer.buffers.map((buffer) => [...buffer.get()]);
    program.run();
    expect(worst(program.read(value), torch.eval.y)).toBeLessThan(tolerance);
    expect(layer.buffers.map((buffer) => [...buffer.get()])).toEqual(before);
  }
});

test("starts as PyTorch's: scale 1, shift 0, running mean 0 and variance 1, so that it only shrinks by 1 / sqrt(1 + 1e-5)", () => {
  const engine = engine64();
  const layer = batchNormLayer(engine, { features: 2, name: "bn4", layer: 4 });
  const graph = new t.Graph();
  const x = engine.variable("x", [2, 1], { batched: true });
  x.set([3, -5]);
  const { value } = layer.apply(graph, graph.read(x), "eval");
  const program = t.compile(engine, { outputs: [value] });
  program.run();
  expect(worst(program.read(value), [3 / Math.sqrt(1 + 1e-5), -5 / Math.sqrt(1 + 1e-5)])).toBeLessThan(1e-15);
  expect(layer.parameters.map(({ name, role }) => [name, role])).toEqual([
    ["bn4.weight", "batch-norm"],
    ["bn4.bias", "batch-norm"],
  ]);
});

test("a batch of one has no variance: training refuses it and names the layer, evaluation does not", () => {
  const engine = engine64();
  const layer = batchNormLayer(engine, { features: 2, name: "bn4", layer: 4 });
  const graph = new t.Graph();
  const x = graph.read(engine.variable("x", [2, 1], { batched: true }));
  expect(() => layer.apply(graph, x, "train")).toThrow(
    'layer "bn4": batch norm in training needs at least 2 examples in a batch, got 1',
  );
  expect(() => layer.apply(graph, x, "eval")).not.toThrow();
  const image = graph.read(engine.variable("image", [2, 1, 2, 1], { batched: true }));
  expect(() => layer.apply(graph, image, "train")).not.toThrow();
});
