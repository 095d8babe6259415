/** Every optimizer against PyTorch 2.13 over 20 steps, dense and sparse; the state's size; the words of errors. */

import { describe, expect, test } from "vitest";
import { compile, createReference, Engine, Graph, openEngine } from "../tensor/index.ts";
import { caseName, fixture, trainCase, unpack, worstError } from "./fixtures/torch-training.ts";
import { defaultLearningRates, Optimizer, type OptimizerName, optimizerNames } from "./optimizer.ts";
import { type BaseName, baseNames } from "./zeroing/settings.ts";

const named = fixture.cases.map((of) => [caseName(of), of] as const);

function engine64(): Engine {
  return new Engine(createReference("float64"));
}

test("the fixture has every optimizer that PyTorch has, on a dense and on a sparse net", () => {
  for (const name of baseNames) {
    expect(fixture.cases.some((of) => of.optimizer === name && of.net === "tanh")).toBe(true);
    expect(fixture.cases.some((of) => of.optimizer === name && of.net === "masked")).toBe(true);
  }
});

describe("20 steps in float64 end where PyTorch's do, to 1e-12 of each weight (of 1e-3 where smaller):", () => {
  test.each(named)("%s", (_, of) => {
    const { losses, weights } = trainCase(engine64(), of);
    for (const step of ["1", "5", "20"] as const) {
      expect(worstError(weights[Number(step) - 1], unpack(of.weights[step]), 1e-3), `step ${step}`).toBeLessThan(1e-12);
    }
    expect(worstError(losses, unpack(of.losses), 1e-3)).toBeLessThan(1e-13);
  });
});

/**
 * In float32 a stored weight of size up to 4 is off by 2^-23 per step at worst, 20 steps by 2.4e-6, were all errors of one
 * sign; what the gradient's own rounding adds is multiplied by the rate and stays below. 3e-6 for both together.
 */
const singleTolerance = 3e-6;
const wasm = openEngine();

describe("20 steps in float32 stay within 3e-6 of PyTorch's float64 weights, in WebAssembly and in the reference:", () => {
  test.each(named)("%s", async (_, of) => {
    for (const engine of [await wasm, new Engine(createReference("float32"))]) {
      const { losses, weights } = trainCase(engine, of);
      expect(worstError(weights[19], unpack(of.weights["20"]), 1)).toBeLessThan(singleTolerance);
      expect(worstError(losses, unpack(of.losses), 1)).toBeLessThan(singleTolerance);
    }
  });
});

const slots: Record<BaseName, number> = {
  sgd: 0,
  momentum: 1,
  nesterov: 1,
  adam: 2,
  adamw: 2,
  rmsprop: 1,
  adagrad: 1,
};

test.each(baseNames)("%s keeps its state for active weights only: sizes of the values, not of the matrix", (name) => {
  const of = fixture.cases.find((candidate) => candidate.optimizer === name && candidate.net === "masked")!;
  const { optimizer, sizes } = trainCase(engine64(), of);
  const actives = fixture.masks.map((mask) => mask.replaceAll("0", "").length);
  expect(actives.every((active, l) => active < fixture.widths[l] * fixture.widths[l + 1])).toBe(true);
  expect([1, 2, 3].map((l) => sizes[`layer${l}.weight`])).toEqual(actives);
  expect([...optimizer.state.keys()]).toEqual(Object.keys(sizes));
  for (const [parameter, state] of optimizer.state) {
    expect(state.map((variable) => variable.get().length)).toEqual(Array(slots[name]).fill(sizes[parameter]));
  }
});

test("clipping to a norm of 100, which is never reached, leaves every bit of the weights as without clipping", () => {
  const clipped = fixture.cases.find((of) => of.clip?.norm === 100)!;
  const { clip, ...plain } = clipped;
  expect(clip).toEqual({ norm: 100 });
  expect(trainCase(engine64(), clipped).weights[19]).toEqual(trainCase(engine64(), plain).weights[19]);
});

test("SGD with momentum 0.5 at rate 0.5 under a gradient of 1 goes 1, 0.5, -0.25, -1.125, by hand", () => {
  const engine = engine64();
  const graph = new Graph();
  const w = engine.variable("w", [1]);
  w.set([1]);
  const optimizer = new Optimizer(engine, "momentum", { momentum: 0.5 });
  const updates = optimizer.updates([{ variable: w, gradient: graph.full(graph.read(w), 1) }]);
  const program = compile(engine, { updates });
  // Velocities 1, 1.5, 1.75.
  const path = [0.5, -0.25, -1.125].map(() => {
    optimizer.prepareStep(0.5);
    program.run();
    return w.get()[0];
  });
  expect(path).toEqual([0.5, -0.25, -1.125]);
});

describe("settings are PyTorch's, and errors name the one that is wrong:", () => {
  test("defaults", () => {
    const settings = (name: OptimizerName) => new Optimizer(engine64(), name).settings;
    expect(settings("adam")).toMatchObject({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decoupledDecay: 0 });
    expect(settings("adamw").decoupledDecay).toBe(0.01);
    expect(settings("adagrad").epsilon).toBe(1e-10);
    expect(settings("rmsprop").alpha).toBe(0.99);
    expect(new Optimizer(engine64(), "adamw", { decoupledDecay: undefined }).settings.decoupledDecay).toBe(0.01);
    expect(Object.keys(defaultLearningRates)).toEqual([...optimizerNames]);
  });

  test("an unknown optimizer is told with the known ones, whatever JavaScript's objects inherit", () => {
    const known =
      "known: sgd, momentum, nesterov, adam, adamw, rmsprop, adagrad, prox-sg, rda, prox-svrg, obprox-sg, obprox-sg-plus, hspg, dhspg, hesso";
    const make = (name: string) => () => new Optimizer(engine64(), name as OptimizerName);
    expect(make("adma")).toThrow(`optimizer: unknown optimizer "adma"; ${known}. Did you mean adam?`);
    expect(make("constructor")).toThrow(`optimizer: unknown optimizer "constructor"; ${known}`);
  });

  test.each([
    ["adam", { beta1: 1 }, "optimizer adam: beta1 must be in [0, 1), got 1"],
    ["adam", { epsilon: 0 }, "optimizer adam: epsilon must be > 0, got 0"],
    ["sgd", { weightDecay: -1e-4 }, "optimizer sgd: weightDecay must be ≥ 0, got -0.0001"],
    ["momentum", { momentum: Number.NaN }, "optimizer momentum: momentum must be in [0, 1), got NaN"],
    ["momentum", { dampening: 1.5 }, "optimizer momentum: dampening must be in [0, 1], got 1.5"],
    [
      "nesterov",
      { dampening: 0.1 },
      "optimizer nesterov: Nesterov momentum needs momentum > 0 and dampening 0, got 0.9 and 0.1",
    ],
  ] as const)("%s with %o", (name, settings, message) => {
    expect(() => new Optimizer(engine64(), name, settings)).toThrow(message);
  });
});
