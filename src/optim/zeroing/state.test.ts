/** Optimizers that set groups to zero, stopped after every step and taken up again: the bits of one that never stopped. */

import { describe, expect, test } from "vitest";
import { createReference, Engine, openEngine } from "../../tensor/index.ts";
import type { OptimizerName, OptimizerSettings } from "../optimizer.ts";
import { smallNet } from "./fixtures/torch-training.ts";

const wasm = await openEngine();
const steps = 14;

const cases: [OptimizerName, OptimizerSettings][] = [
  ["prox-sg", { lambda: 0.3 }],
  ["rda", { lambda: 0.1 }],
  ["obprox-sg", { lambda: 0.1, proxSteps: 3, orthantSteps: 2 }],
  ["obprox-sg-plus", { lambda: 0.1, startStep: 6 }],
  ["hspg", { lambda: 0.3, startStep: 5, halfSpace: 0.8 }],
  ["hspg", { lambda: 0.05, startStep: 4, initialStage: "sgd", adaptEvery: 2, cap: 0.5, halfSpace: 0.5 }],
  ["dhspg", { lambda: 0.3, startStep: 5, halfSpace: 0.9, targetSparsity: 0.4 }],
  ["dhspg", { startStep: 3, halfSpace: 0.95, base: "adam" }],
  ["hesso", { startStep: 3, periods: 2, periodSteps: 4 }],
  ["hesso", { startStep: 1, periods: 3, periodSteps: 3, base: "adamw", weightDecay: 0.01 }],
];

describe.each([
  ["WebAssembly", wasm],
  ["the reference in float64", new Engine(createReference("float64"))],
] as const)("stopped after 0, 1, ... 14 steps and gone on with the state, in %s:", (_, engine) => {
  test.each(cases)("%s with %o", (name, settings) => {
    using __ = engine.scope();
    const start = () => smallNet(engine, name, settings);
    const whole = start();
    const states = Array.from({ length: steps + 1 }, (_, k) => {
      if (k > 0) whole.step(k - 1, 0.1 / k);
      return { state: whole.optimizer.save(), values: whole.parameters.map((variable) => variable.get()) };
    });
    for (let stop = 0; stop <= steps; stop++) {
      using ___ = engine.scope();
      const second = start();
      second.parameters.forEach((variable, i) => {
        variable.set(states[stop].values[i]);
      });
      second.optimizer.restore(states[stop].state, second.parameters);
      for (let k = stop; k < steps; k++) second.step(k, 0.1 / (k + 1));
      expect(second.weights(), `stopped after ${stop}`).toEqual(whole.weights());
      expect(second.optimizer.save()).toEqual(whole.optimizer.save());
    }
  });
});

test("without the groups that HESSO has chosen, or DHSPG penalises, a training would end otherwise", () => {
  for (const [name, settings] of [
    ["hesso", { startStep: 1, periods: 1, periodSteps: 10 }],
    ["dhspg", { lambda: 0.5, startStep: 3, halfSpace: 0.9 }],
  ] as [OptimizerName, OptimizerSettings][]) {
    using _ = wasm.scope();
    const start = () => smallNet(wasm, name, settings);
    const whole = start();
    for (let k = 0; k < 7; k++) whole.step(k, 0.1);
    const state = whole.optimizer.save();
    const numbers = Object.fromEntries(
      Object.entries(state.numbers ?? {}).map(([key, list]) => [key, list.map(() => 0)]),
    );
    const second = start();
    second.parameters.forEach((variable, i) => {
      variable.set(whole.parameters[i].get());
    });
    second.optimizer.restore({ ...state, numbers }, second.parameters);
    for (let k = 7; k < 14; k++) {
      whole.step(k, 0.1);
      second.step(k, 0.1);
    }
    expect(second.weights()).not.toEqual(whole.weights());
  }
});

test("a state of other groups is refused, and nothing changed", () => {
  using _ = wasm.scope();
  const { optimizer, step, parameters } = smallNet(wasm, "hesso", { startStep: 1, periodSteps: 1 });
  for (let k = 0; k < 3; k++) step(k, 0.1);
  const state = optimizer.save();
  expect(() => optimizer.restore({ ...state, numbers: { groupStates: [0, 1] } }, parameters)).toThrow(
    "optimizer hesso: restore: groupStates must be 16 numbers, one for each of the same groups, got 2; give the groups that it was saved with",
  );
  expect(() => optimizer.restore({ ...state, numbers: { ...state.numbers, more: [1] } }, parameters)).toThrow(
    "more must be 0 numbers",
  );
  expect(optimizer.save()).toEqual(state);
});

test("a step that was not finished is told of", () => {
  using _ = wasm.scope();
  const { optimizer } = smallNet(wasm, "prox-sg", {});
  optimizer.prepareStep(0.1);
  expect(() => optimizer.prepareStep(0.1)).toThrow("internal: step 0 was not finished");
});
