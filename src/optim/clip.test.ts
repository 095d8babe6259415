/** Clipping by hand; against PyTorch it is part of the trainings in optimizer.test.ts. */

import { expect, test } from "vitest";
import { compile, createReference, Engine, Graph } from "../tensor/index.ts";
import { type ClipOptions, clipGradients } from "./clip.ts";

/** Two gradients, of 2 and of 1 element, after clipping. */
function clipped(gradients: readonly (readonly number[])[], options: ClipOptions): number[][] {
  const engine = new Engine(createReference("float64"));
  const graph = new Graph();
  const tensors = gradients.map((values, i) => {
    const variable = engine.variable(`g${i}`, [values.length]);
    variable.set(values);
    return graph.read(variable);
  });
  const outputs = clipGradients(tensors, options);
  const program = compile(engine, { outputs });
  program.run();
  return outputs.map((output) => [...program.read(output)]);
}

test("by value: each element to ± 2, both ends reached, the inside untouched", () => {
  expect(clipped([[-7, 1.5], [2.5]], { value: 2 })).toEqual([[-2, 1.5], [2]]);
});

test("by norm: (2, 3) and 6 have the joint norm 7, and shrink by 3.5 / (7 + 1e-6)", () => {
  const factor = 3.5 / (7 + 1e-6);
  const [[a, b], [c]] = clipped([[2, 3], [6]], { norm: 3.5 });
  for (const [value, start] of [
    [a, 2],
    [b, 3],
    [c, 6],
  ]) {
    expect(Math.abs(value / (factor * start) - 1)).toBeLessThan(1e-15);
  }
});

test("by norm: a joint norm below the limit, or of zero, changes no bit", () => {
  expect(clipped([[0.1, -0.2], [0.3]], { norm: 1 })).toEqual([[0.1, -0.2], [0.3]]);
  expect(clipped([[0, 0], [0]], { norm: 1 })).toEqual([[0, 0], [0]]);
});

test("by both: the value first, then the norm of what it leaves", () => {
  // (30, 4) and 7 are clamped to 3 each, of norm sqrt(27).
  const [[a, b], [c]] = clipped([[30, 4], [7]], { value: 3, norm: 1 });
  expect(a).toBe(b);
  expect(b).toBe(c);
  expect(a).toBeCloseTo(3 / (Math.sqrt(27) + 1e-6), 14);
});

test("by neither: the gradients themselves", () => {
  expect(clipped([[5, -5], [1]], {})).toEqual([[5, -5], [1]]);
});

test("NaN is not clipped away", () => {
  expect(clipped([[Number.NaN, 9], [1]], { value: 2 })).toEqual([[Number.NaN, 2], [1]]);
  expect(clipped([[Number.NaN, 9], [1]], { norm: 2 })[1][0]).toBeNaN();
});

test.each([0, -1, Number.NaN])("a limit of %d is refused", (limit) => {
  expect(() => clipped([[1]], { value: limit })).toThrow(`clip: the value must be > 0, got ${limit}`);
  expect(() => clipped([[1]], { norm: limit })).toThrow(`clip: the norm must be > 0, got ${limit}`);
});
