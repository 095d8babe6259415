/** Every operation against central differences: gradient, jvp and Hessian-vector product, in float64. */

import { describe, expect, test } from "vitest";
import type { Engine, GradcheckInput, Graph, Tensor } from "../index.ts";
import * as t from "../index.ts";

const batch = { shape: [3, 5], batched: true } as const;
const perRow = { shape: [3], batched: false } as const;
const perColumn = { shape: [5], batched: true } as const;
const matrix = { shape: [4, 3], batched: false } as const;
const out = { shape: [4, 5], batched: true } as const;
const scalar = { shape: [], batched: false } as const;
/** Values away from the kinks at 0 and 1, of both signs. */
const apart = {
  ...batch,
  values: [1.3, -0.4, 0.7, -1.9, 0.25, -0.33, 2.1, -0.85, 0.6, -1.2, 0.45, -2.2, 1.7, 0.9, -0.55],
};
const positive = { ...batch, values: apart.values.map(Math.abs) };

/** A 4 x 3 pattern with an empty row, a full row and an empty column 1 outside it. */
function pattern(engine: Engine) {
  return t.sparsePattern(engine, {
    fanOut: 4,
    fanIn: 3,
    rowPointers: Int32Array.of(0, 2, 2, 5, 6),
    columnIndices: Int32Array.of(0, 2, 0, 1, 2, 2),
  });
}
const active = { shape: [6], batched: false } as const;

function labels(engine: Engine, graph: Graph): Tensor {
  const variable = engine.variable("labels", [5], { batched: true, type: "int32" });
  variable.set([0, 2, 1, 1, 0]);
  return graph.read(variable);
}

type Case = [string, readonly GradcheckInput[], (inputs: readonly Tensor[], engine: Engine, graph: Graph) => Tensor];

const cases: Case[] = [
  ["add", [batch, batch], ([a, b]) => t.multiply(t.add(a, b), a)],
  ["subtract", [batch, batch], ([a, b]) => t.multiply(t.subtract(a, b), b)],
  ["multiply", [batch, batch], ([a, b]) => t.multiply(a, b)],
  ["divide", [batch, positive], ([a, b]) => t.divide(a, b)],
  ["negate", [batch], ([a]) => t.square(t.negate(a))],
  ["exponential", [batch], ([a]) => t.exponential(a)],
  ["logarithm", [positive], ([a]) => t.logarithm(a)],
  ["squareRoot", [positive], ([a]) => t.squareRoot(a)],
  ["reciprocal", [positive], ([a]) => t.reciprocal(a)],
  ["square", [batch], ([a]) => t.square(a)],
  ["absolute", [apart], ([a]) => t.square(t.absolute(a))],
  ["sign and step, whose derivative is zero", [apart], ([a]) => t.multiply(t.add(t.sign(a), t.step(a)), t.square(a))],
  ["scale and shift", [batch], ([a]) => t.square(t.shift(t.scale(a, -1.5), 0.3))],
  ["clamp and inside", [apart], ([a]) => t.square(t.clamp(a, { low: -1, high: 1 }))],
  ["relu", [apart], ([a]) => t.square(t.relu(a))],
  ["sigmoid", [batch], ([a]) => t.sigmoid(a)],
  ["tanh", [batch], ([a]) => t.tanh(a)],
  ["swish", [batch], ([a]) => t.swish(a)],
  ["elu", [apart], ([a]) => t.elu(a, { alpha: 0.7 })],
  ["prelu", [apart, perRow], ([a, slope]) => t.square(t.prelu(a, slope))],
  [
    "srelu",
    [apart, { ...perRow, values: [0.4, 0.5, 0.3] }, perRow, { ...perRow, values: [-0.45, -0.6, -0.7] }, perRow],
    ([a, upperThreshold, upperSlope, lowerThreshold, lowerSlope]) =>
      t.square(t.srelu(a, { upperThreshold, upperSlope, lowerThreshold, lowerSlope })),
  ],
  ["broadcastRows", [perRow], ([v]) => t.square(t.broadcastRows(v, [3, 5]))],
  ["rowSum", [batch], ([x]) => t.square(t.rowSum(x))],
  ["rowDot", [batch, batch], ([a, b]) => t.square(t.rowDot(a, b))],
  ["addRows", [batch, perRow], ([x, v]) => t.square(t.addRows(x, v))],
  ["scaleRows", [batch, perRow], ([x, v]) => t.square(t.scaleRows(x, v))],
  ["affineRows", [batch, perRow, perRow], ([x, a, b]) => t.square(t.affineRows(x, a, b))],
  ["columnSum", [batch], ([x]) => t.square(t.columnSum(x))],
  ["broadcastColumns", [perColumn], ([v]) => t.square(t.broadcastColumns(v, [3, 5]))],
  ["scaleColumns", [batch, perColumn], ([x, v]) => t.square(t.scaleColumns(x, v))],
  ["linear", [matrix, batch], ([w, x]) => t.tanh(t.linear(w, x))],
  ["linearTransposed", [matrix, out], ([w, y]) => t.tanh(t.linearTransposed(w, y))],
  ["outer", [out, batch], ([y, x]) => t.tanh(t.outer(y, x))],
  ["sparseLinear", [active, batch], ([w, x], engine) => t.tanh(t.sparseLinear(pattern(engine), w, x))],
  [
    "sparseLinearTransposed",
    [active, out],
    ([w, y], engine) => t.tanh(t.sparseLinearTransposed(pattern(engine), w, y)),
  ],
  ["sparseOuter", [out, batch], ([y, x], engine) => t.tanh(t.sparseOuter(pattern(engine), y, x))],
  ["sum", [batch], ([x]) => t.square(t.sum(x))],
  ["dot", [matrix, matrix], ([a, b]) => t.square(t.dot(a, b))],
  ["norm1", [{ ...perRow, values: [1, -2, 0.5] }], ([x]) => t.square(t.norm1(x))],
  ["norm2", [matrix], ([x]) => t.exponential(t.norm2(x))],
  ["sumSquares", [matrix], ([x]) => t.square(t.sumSquares(x))],
  ["batchMean", [perColumn], ([x]) => t.square(t.batchMean(x))],
  ["scaleBy", [batch, scalar], ([x, s]) => t.square(t.scaleBy(x, s))],
  ["scaleBy on a matrix", [matrix, scalar], ([x, s]) => t.square(t.scaleBy(x, s))],
  ["fillFrom", [scalar], ([s]) => t.square(t.fillFrom(s, batch))],
  ["standardize", [batch], ([x]) => t.square(t.standardize(x, { epsilon: 1e-2 }))],
  ["standardize, cubed", [batch], ([x]) => t.tanh(t.standardize(x))],
  ["softmax", [batch], ([x]) => t.square(t.softmax(x))],
  [
    "crossEntropy per example",
    [batch],
    ([x], engine, graph) => t.square(t.crossEntropyPerExample(x, labels(engine, graph))),
  ],
  ["crossEntropy", [batch], ([x], engine, graph) => t.crossEntropy(x, labels(engine, graph))],
];

describe("derivatives agree with central differences to 1e-7 (first order) and 2e-6 (second order)", () => {
  test.each(cases)("%s", (_, inputs, f) => {
    const report = t.gradcheck(inputs, f);
    expect(report.gradient).toBeLessThan(1e-7);
    expect(report.jvp).toBeLessThan(1e-7);
    expect(report.hessian).toBeLessThan(2e-6);
  });
});

test("the gradient of a gradient's norm, three products deep, agrees with central differences", () => {
  const report = t.gradcheck([matrix, batch], ([w, x]) => {
    const loss = t.sum(t.swish(t.linear(w, x)));
    const [dw] = t.gradient(loss, [w]);
    return t.sumSquares(dw);
  });
  expect(report.gradient).toBeLessThan(1e-6);
  expect(report.hessian).toBeLessThan(1e-5);
});

test("gradcheck catches a wrong rule: ReLU's passed off as the square's", () => {
  const engine = new t.Engine(t.createReference("float64"));
  const graph = new t.Graph();
  const x = engine.variable("x", [2]);
  x.set([3, -1]);
  const node = graph.read(x);
  const loss = t.sum(t.square(node));
  const [own] = t.gradient(loss, [node]);
  const [swapped] = t.gradient(loss, [node], { rules: { square: (_, c) => [c] } });
  const program = t.compile(engine, { outputs: [own, swapped] });
  program.run();
  expect([...program.read(own)]).toEqual([6, -2]);
  expect([...program.read(swapped)]).toEqual([1, 1]);
});

test("a tensor the output does not depend on is an error that names it, and zero only when asked", () => {
  const engine = new t.Engine(t.createReference("float64"));
  const graph = new t.Graph();
  const x = graph.read(engine.variable("x", [2]));
  const y = graph.read(engine.variable("y", [3]));
  const loss = t.sum(x);
  expect(() => t.gradient(loss, [x, y])).toThrow(/does not depend on tensor 1 of 2, read\[3\]/);
  const [, zero] = t.gradient(loss, [x, y], { disconnected: "zero" });
  const program = t.compile(engine, { outputs: [zero] });
  program.run();
  expect([...program.read(zero)]).toEqual([0, 0, 0]);
});

test("products refuse shapes that do not fit, in brackets and by name", () => {
  const engine = new t.Engine(t.createReference("float64"));
  const graph = new t.Graph();
  const w = graph.read(engine.variable("w", [4, 3]));
  const x = graph.read(engine.variable("x", [4, 5], { batched: true }));
  expect(() => t.linear(w, x)).toThrow(
    "linear: weights are [fanOut, fanIn] and the input [fanIn, batch], got read[4, 3] and read[4, 5] over the batch",
  );
  expect(() => t.add(w, x)).toThrow(/add: both inputs must have one shape/);
});
