/** Every activation: PyTorch's values and slopes, and SReLU, ELU and PReLU by hand. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../tensor/index.ts";
import * as t from "../tensor/index.ts";
import { type ActivationName, activationLayer, activationNames } from "./activation-layer.ts";

const { activations: torch } = JSON.parse(readFileSync(new URL("./fixtures/torch.json", import.meta.url), "utf8"));

/** Values and slopes of an activation at points, and the gradients of its own parameters, all examples of one feature. */
function evaluate(engine: t.Engine, name: ActivationName, points: readonly number[]) {
  const layer = activationLayer(engine, { function: name, name: "act", features: 1, layer: 1 });
  const graph = new t.Graph();
  const x = engine.variable("x", [1, points.length], { batched: true });
  x.set(points);
  const y: Tensor = layer.apply(graph, graph.read(x));
  const wrt = [graph.read(x), ...layer.parameters.map(({ variable }) => graph.read(variable))];
  const gradients = t.gradient(t.sum(y), wrt);
  const program = t.compile(engine, { outputs: [y, ...gradients] });
  program.run();
  const [slopes, ...own] = gradients.map((g) => [...program.read(g)]);
  return { values: [...program.read(y)], slopes, own, layer };
}

const engine64 = () => new t.Engine(t.createReference("float64"));

/** Largest |value - expected|, relative above 1. */
function worst(values: readonly number[], expected: readonly number[]): number {
  expect(values.length).toBe(expected.length);
  const errors = expected.map((e, i) => Math.abs(values[i] - e) / Math.max(1, Math.abs(e)));
  return errors.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...errors);
}

test("there are seven activations", () => {
  expect(activationNames).toEqual(["relu", "prelu", "elu", "srelu", "swish", "sigmoid", "tanh"]);
});

describe("at 33 points from -40 to 40, 0 among them, value and slope are PyTorch's", () => {
  const others = activationNames.filter((name) => name !== "srelu");
  test.each(others)("%s: to 1e-15 in float64", (name) => {
    const { values, slopes } = evaluate(engine64(), name, torch.x);
    expect(worst(values, torch[name].y)).toBeLessThan(1e-15);
    expect(worst(slopes, torch[name].gradient)).toBeLessThan(1e-15);
  });

  test.each(others)("%s: to 3e-7 in float32, in WebAssembly", async (name) => {
    const { values, slopes } = evaluate(await t.openEngine(), name, torch.x);
    expect(worst(values, torch[name].y)).toBeLessThan(3e-7);
    expect(worst(slopes, torch[name].gradient)).toBeLessThan(3e-7);
  });

  test("prelu: the gradient of its slope is the sum of the negative inputs, as PyTorch's", () => {
    const { own } = evaluate(engine64(), "prelu", torch.x);
    expect(worst(own[0], [torch.prelu.slopeGradient])).toBeLessThan(1e-14);
  });
});

test("prelu by hand: one slope of 0.25 per layer, shared by its features; at 0 its derivative is the slope", () => {
  const { values, slopes, own, layer } = evaluate(engine64(), "prelu", [-4, 0, 3]);
  expect(values).toEqual([-1, 0, 3]);
  expect(slopes).toEqual([0.25, 0.25, 1]);
  expect(own).toEqual([[-4]]);
  const wide = activationLayer(engine64(), { function: "prelu", name: "block2.act", features: 300, layer: 2 });
  expect(wide.parameters.map(({ name, variable }) => [name, variable.shape])).toEqual([["block2.act.slope", []]]);
  expect(layer.parameters[0].role).toBe("activation");
});

test("elu by hand: e^x - 1 below 0, whose slope is e^x; 0 at 0 with slope 1", () => {
  const { values, slopes } = evaluate(engine64(), "elu", [-1, 0, 2]);
  expect(worst(values, [1 / Math.E - 1, 0, 2])).toBeLessThan(1e-15);
  expect(worst(slopes, [1 / Math.E, 1, 1])).toBeLessThan(1e-15);
});

test("srelu by hand: slope 0.4 below -0.4, 1 between, 2 above 0.4, and continuous", () => {
  const points = [-2.4, -0.4, 0.1, 0.4, 1.4];
  const { values, slopes, own, layer } = evaluate(engine64(), "srelu", points);
  // -0.4 + 0.4 (-2.4 + 0.4), itself, itself, itself, 0.4 + 2 (1.4 - 0.4)
  expect(worst(values, [-1.2, -0.4, 0.1, 0.4, 2.4])).toBeLessThan(1e-15);
  expect(slopes).toEqual([0.4, 1, 1, 1, 2]);
  expect(layer.parameters.map(({ name }) => name)).toEqual([
    "act.upperThreshold",
    "act.upperSlope",
    "act.lowerThreshold",
    "act.lowerSlope",
  ]);
  // d/dt = 1 - slope outside, d/da = distance beyond the threshold: one point lies beyond each.
  expect(worst(own.flat(), [1 - 2, 1.4 - 0.4, 1 - 0.4, -2.4 + 0.4])).toBeLessThan(1e-15);
});

test("an unknown activation is told with the seven, whatever JavaScript's objects inherit", () => {
  const known = "known: relu, prelu, elu, srelu, swish, sigmoid, tanh";
  const make = (name: string) => () =>
    activationLayer(engine64(), { function: name as ActivationName, name: "act3", features: 1, layer: 3 });
  expect(make("rely")).toThrow(`layer "act3": unknown activation "rely"; ${known}. Did you mean relu?`);
  expect(make("toString")).toThrow(`layer "act3": unknown activation "toString"; ${known}`);
});
