/** Operations on a batch of three blocks of lanes, the last one narrow, against the same operations on one example. */

import { describe, expect, test } from "vitest";
import { Rng } from "../base/index.ts";
import * as t from "./index.ts";

const batch = 70;
const features = 5;
const classes = 3;

type Build = (x: t.Tensor, v: t.Tensor, labels: t.Tensor, engine: t.Engine) => t.Tensor;

const rng = new Rng(5, "test");
const values = Array.from({ length: features * batch }, () => rng.normal());
const others = Array.from({ length: batch }, () => rng.normal());
const labelValues = Array.from({ length: batch }, () => rng.integer(classes));
const weights = Array.from({ length: classes * features }, () => rng.normal());
const perRow = Array.from({ length: features }, () => rng.normal());

/** What `build` makes of some of the examples; padded lanes of x hold NaN. */
function compute(engine: t.Engine, examples: readonly number[], build: Build): Float64Array {
  const graph = new t.Graph();
  const count = examples.length;
  const x = engine.variable("x", [features, count], { batched: true });
  x.fill(Number.NaN);
  const view = x.view();
  for (let f = 0; f < features; f++) {
    examples.forEach((b, i) => {
      view[t.lanePlace(features, count, f, i)] = values[f * batch + b];
    });
  }
  const v = engine.variable("v", [count], { batched: true });
  v.set(examples.map((b) => others[b]));
  const labels = engine.variable("labels", [count], { batched: true, type: "int32" });
  labels.set(examples.map((b) => labelValues[b]));
  const input = graph.read(x);
  const result = build(input, graph.read(v), graph.read(labels), engine);
  const program = t.compile(engine, { outputs: [result] });
  program.run();
  return program.read(result);
}

const read = (engine: t.Engine, graph: t.Graph, name: string, shape: number[], numbers: readonly number[]) => {
  const variable = engine.variable(name, shape);
  variable.set(numbers);
  return graph.read(variable);
};
const matrix = (x: t.Tensor, engine: t.Engine) => read(engine, x.graph, "w", [classes, features], weights);
const row = (x: t.Tensor, engine: t.Engine) => read(engine, x.graph, "row", [features], perRow);
const pattern = (engine: t.Engine) =>
  t.sparsePattern(engine, {
    fanOut: classes,
    fanIn: features,
    rowPointers: Int32Array.of(0, 5, 7, 8),
    columnIndices: Int32Array.of(0, 1, 2, 3, 4, 0, 3, 2),
  });
const active = (x: t.Tensor, engine: t.Engine) => read(engine, x.graph, "active", [8], weights.slice(0, 8));
const logits: Build = (x, _, __, engine) =>
  t.addRows(t.linear(matrix(x, engine), x), read(engine, x.graph, "b", [3], [1, 2, 3]));

const perExample: [string, Build][] = [
  ["linear, bias and relu in one call", (...all) => t.relu(logits(...all))],
  ["linearTransposed", (...all) => t.linearTransposed(matrix(all[0], all[3]), logits(...all))],
  ["sparseLinear", (x, _, __, e) => t.sparseLinear(pattern(e), active(x, e), x)],
  ["sparseLinearTransposed", (x, v, l, e) => t.sparseLinearTransposed(pattern(e), active(x, e), logits(x, v, l, e))],
  ["addRows", (x, _, __, e) => t.addRows(x, row(x, e))],
  ["scaleRows", (x, _, __, e) => t.scaleRows(x, row(x, e))],
  ["affineRows", (x, _, __, e) => t.affineRows(x, row(x, e), row(x, e))],
  ["broadcastRows", (x, _, __, e) => t.add(x, t.broadcastRows(row(x, e), x.shape))],
  ["columnSum", (x) => t.columnSum(x)],
  ["broadcastColumns", (x, v) => t.add(x, t.broadcastColumns(v, x.shape))],
  ["scaleColumns", (x, v) => t.scaleColumns(x, v)],
  ["softmax", (...all) => t.softmax(logits(...all))],
  ["crossEntropy", (x, v, l, e) => t.crossEntropyPerExample(logits(x, v, l, e), l)],
  ["correct", (x, v, l, e) => t.correct(logits(x, v, l, e), l)],
];

/** Sums over the examples, each linear in what an example brings. */
const overBatch: [string, Build][] = [
  ["rowSum", (x) => t.rowSum(x)],
  ["rowDot", (x, v) => t.rowDot(x, t.scaleColumns(x, v))],
  ["outer", (...all) => t.outer(logits(...all), all[0])],
  ["sparseOuter", (...all) => t.sparseOuter(pattern(all[3]), logits(...all), all[0])],
];

const engines = [
  ["the reference", () => new t.Engine(t.createReference("float64")), 1e-12],
  ["WebAssembly", await t.openEngine().then((engine) => () => engine), 1e-4],
] as const;
const all = Array.from({ length: batch }, (_, b) => b);

describe.each(engines)("on %s, 70 examples at once give", (_, open, tolerance) => {
  test.each(perExample)("each what it gives alone: %s", (__, build) => {
    const engine = open();
    const numbers = compute(engine, all, build);
    for (const b of all) {
      const alone = compute(engine, [b], build);
      alone.forEach((expected, r) => {
        expect(Math.abs(numbers[r * batch + b] - expected)).toBeLessThan(tolerance);
      });
    }
  });

  test.each(overBatch)("the sum of what each gives alone: %s", (__, build) => {
    const engine = open();
    const numbers = compute(engine, all, build);
    const sums = new Float64Array(numbers.length);
    for (const b of all)
      compute(engine, [b], build).forEach((x, i) => {
        sums[i] += x;
      });
    numbers.forEach((x, i) => {
      expect(Math.abs(x - sums[i])).toBeLessThan(tolerance * 10);
    });
  });
});

test("standardisation over 70 examples has the derivatives that central differences give it", () => {
  const errors = t.gradcheck([{ shape: [2, batch], batched: true }], ([x]) => t.standardize(x));
  expect(Math.max(errors.gradient, errors.jvp)).toBeLessThan(1e-7);
});

test("the norms of a product over 70 examples, formed in blocks of rows, are those of the product", () => {
  const engine = new t.Engine(t.createReference("float64"));
  const norm = (order: 1 | 2) =>
    compute(engine, all, (...inputs) => t.outerNorm(logits(...inputs), inputs[0], order))[0];
  const whole = compute(engine, all, (...inputs) => t.outer(logits(...inputs), inputs[0]));
  expect(norm(1)).toBeCloseTo(
    whole.reduce((sum, x) => sum + Math.abs(x), 0),
    9,
  );
  expect(norm(2)).toBeCloseTo(Math.sqrt(whole.reduce((sum, x) => sum + x * x, 0)), 9);
});

test("a range over 70 examples finds the extremes wherever they stand: lanes 0, 31, 32, 63, 64 and 69", () => {
  for (const engine of [new t.Engine(t.createReference("float64")), engines[1][1]()]) {
    for (const b of [0, 31, 32, 63, 64, 69]) {
      const x = engine.variable("x", [2, batch], { batched: true });
      x.set(Array.from({ length: 2 * batch }, (_, i) => (i % batch === b ? (i < batch ? 7 : -7) : 0)));
      const [low, high] = [engine.variable("low", [2]), engine.variable("high", [2])];
      t.compile(engine, { updates: [t.widenRange(low, high, new t.Graph().read(x))] }).run();
      expect([...low.get(), ...high.get()]).toEqual([0, -7, 7, 0]);
    }
  }
});
