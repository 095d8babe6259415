/** Optimizers stopped and taken up again: the bits of one that never stopped; states that do not fit. */

import { describe, expect, test } from "vitest";
import { Rng } from "../base/index.ts";
import {
  compile,
  createReference,
  crossEntropy,
  Engine,
  Graph,
  gradient,
  linear,
  openEngine,
} from "../tensor/index.ts";
import { Optimizer, type OptimizerName, type OptimizerSettings } from "./optimizer.ts";
import type { OptimizerState } from "./optimizer-state.ts";
import { baseNames } from "./zeroing/settings.ts";

const wasm = await openEngine();

/** A linear classifier of 6 inputs and 4 classes on 16 examples; the rate falls from step to step. */
function start(engine: Engine, name: OptimizerName, settings?: OptimizerSettings) {
  const rng = new Rng(3, "test");
  const graph = new Graph();
  const w = engine.variable("layer1.weight", [4, 6]);
  const x = engine.variable("x", [6, 16], { batched: true });
  const y = engine.variable("y", [16], { batched: true, type: "int32" });
  for (const variable of [w, x]) variable.set(Array.from({ length: variable === w ? 24 : 96 }, () => rng.normal()));
  y.set(Array.from({ length: 16 }, () => rng.integer(4)));
  const loss = crossEntropy(linear(graph.read(w), graph.read(x)), graph.read(y));
  const optimizer = new Optimizer(engine, name, settings);
  const [of] = gradient(loss, [graph.read(w)]);
  const program = compile(engine, { updates: optimizer.updates([{ variable: w, gradient: of }]) });
  const take = (from: number, to: number) => {
    for (let step = from; step < to; step++) {
      optimizer.prepareStep(0.1 / (step + 1));
      program.run();
    }
  };
  return { w, optimizer, take };
}

const cases: [string, OptimizerName, OptimizerSettings][] = [
  ...baseNames.map((name): [string, OptimizerName, OptimizerSettings] => [name, name, { weightDecay: 0.01 }]),
  // The first step takes the whole gradient: a restored one must not.
  ["momentum with dampening 0.5", "momentum", { dampening: 0.5 }],
];

describe.each([
  ["WebAssembly", wasm],
  ["the reference in float64", new Engine(createReference("float64"))],
] as const)("10 steps, then 10 of a new optimizer with the state, end with the bits of 20, in %s:", (_, engine) => {
  test.each(cases)("%s", (__, name, settings) => {
    using ___ = engine.scope();
    const whole = start(engine, name, settings);
    whole.take(0, 20);

    const first = start(engine, name, settings);
    first.take(0, 10);
    const state = first.optimizer.save();
    expect(state.steps).toBe(10);
    const kept = first.w.get();
    // The state is a copy: what follows does not reach it.
    first.take(10, 12);

    const second = start(engine, name, settings);
    second.w.set(kept);
    second.optimizer.restore(state, [second.w]);
    second.take(10, 20);
    expect(second.w.get()).toEqual(whole.w.get());
    expect(second.optimizer.save()).toEqual(whole.optimizer.save());

    const without = start(engine, name, settings);
    without.w.set(kept);
    without.take(10, 20);
    // Plain SGD has nothing to remember.
    if (name === "sgd") expect(without.w.get()).toEqual(whole.w.get());
    else expect(without.w.get()).not.toEqual(whole.w.get());
  });
});

test("Adam's powers after 10 steps are the products 0.9^10 and 0.999^10, multiplied one by one", () => {
  using _ = wasm.scope();
  const { optimizer, take } = start(wasm, "adam");
  take(0, 10);
  const product = (factor: number) => new Array(10).fill(factor).reduce((a, b) => a * b, 1);
  expect(optimizer.save().powers).toEqual([product(0.9), product(0.999)]);
});

test("a state from before the first step clears what a later one left", () => {
  using _ = wasm.scope();
  const fresh = new Optimizer(wasm, "adam").save();
  expect(fresh).toEqual({ name: "adam", steps: 0, powers: [1, 1], slots: new Map() });
  const one = start(wasm, "adam");
  const initial = one.w.get();
  one.take(0, 5);
  const after = one.w.get();
  one.w.set(initial);
  one.optimizer.restore(fresh, [one.w]);
  one.take(0, 5);
  expect(one.w.get()).toEqual(after);
});

describe("a state is refused, and nothing changed, where it is", () => {
  const slots = (parameter: string, of: Record<string, number>) =>
    new Map([[parameter, new Map(Object.entries(of).map(([slot, n]) => [slot, new Float64Array(n).fill(1)]))]]);
  const good: OptimizerState = {
    name: "adam",
    steps: 3,
    powers: [0.5, 0.5],
    slots: slots("layer1.weight", { mean: 24, square: 24 }),
  };

  test.each<[string, Partial<OptimizerState>, string]>([
    ["another optimizer's", { name: "adamw" }, 'optimizer adam: restore: the state is that of "adamw"; make the'],
    ["of -1 steps", { steps: -1 }, "steps must be an integer ≥ 0 and powers lie in [0, 1], got -1 and 0.5, 0.5"],
    ["of a power of NaN", { powers: [Number.NaN, 1] }, "got 3 and NaN, 1; take another state"],
    [
      "without slots",
      { slots: new Map() },
      "but layer1.weight.mean has no numbers instead of 24, layer1.weight.square",
    ],
    [
      "of another size",
      { slots: slots("layer1.weight", { mean: 24, square: 20 }) },
      "the state must be of the same parameters, but layer1.weight.square has 20 numbers instead of 24; build the network",
    ],
    [
      "of other slots",
      { slots: slots("layer1.weight", { mean: 24, square: 24, sum: 24 }) },
      "but layer1.weight.sum is no slot;",
    ],
    [
      "of another parameter",
      { slots: new Map([...good.slots, ...slots("layer2.weight", { mean: 2 })]) },
      "but layer2.weight is no parameter;",
    ],
  ])("%s", (_, change, message) => {
    using __ = wasm.scope();
    const { optimizer, take, w } = start(wasm, "adam");
    take(0, 2);
    const before = optimizer.save();
    expect(() => optimizer.restore({ ...good, ...change }, [w])).toThrow(message);
    expect(optimizer.save()).toEqual(before);
    optimizer.restore(good, [w]);
    expect(optimizer.save()).toEqual(good);
  });
});
