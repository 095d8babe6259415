/** Changes of variables: what they read is from before the step, and what does not fit is refused. */

import { describe, expect, test } from "vitest";
import * as t from "./index.ts";

function setUp() {
  const engine = new t.Engine(t.createReference("float64"));
  const graph = new t.Graph();
  const variable = (name: string, values: readonly number[]) => {
    const made = engine.variable(name, [values.length]);
    made.set(values);
    return made;
  };
  const run = (...updates: t.Update[]) => t.compile(engine, { updates }).run();
  return { engine, graph, variable, run };
}

test("two variables assigned to each other swap, though nothing is computed in between", () => {
  const { graph, variable, run } = setUp();
  const [a, b] = [variable("a", [1, 2]), variable("b", [10, -0])];
  run(t.assign(a, graph.read(b)), t.assign(b, graph.read(a)));
  expect([...a.get()]).toEqual([10, -0]);
  expect([...b.get()]).toEqual([1, 2]);
});

test("a moving average of a variable that is assigned first sees its old value: 0.75 · 4 + 0.25 · 3 · 8 = 9", () => {
  const { graph, variable, run } = setUp();
  const [running, source] = [variable("running", [4]), variable("source", [0, 8])];
  run(
    t.assign(source, graph.full(graph.read(source), 99)),
    t.movingAverage(running, graph.read(source), { rate: 0.25, factor: 3, offset: 1 }),
  );
  expect([...running.get()]).toEqual([9]);
  expect([...source.get()]).toEqual([99, 99]);
});

test("an optimizer step whose gradient is another parameter takes it from before that parameter's step", () => {
  const { engine, graph, variable, run } = setUp();
  const [a, b, hyper] = [variable("a", [1]), variable("b", [2]), engine.variable("hyper", [t.hyperLength])];
  hyper.view()[t.hyperSlots.learningRate] = 0.5;
  run(
    t.optimizerUpdate("sgdUpdate", a, graph.read(b), [], hyper),
    t.optimizerUpdate("sgdUpdate", b, graph.read(a), [], hyper),
  );
  expect([a.get()[0], b.get()[0]]).toEqual([0, 1.5]);
});

test("a range widens by row over the batch: (1, 5, -2) takes [0, 3] to [-2, 5], and never shrinks", () => {
  const { engine, graph, variable, run } = setUp();
  const [low, high] = [variable("low", [0, -9]), variable("high", [3, 9])];
  const x = engine.variable("x", [2, 3], { batched: true });
  x.set([1, 5, -2, 0, 0, 0]);
  run(t.widenRange(low, high, graph.read(x)));
  expect([...low.get(), ...high.get()]).toEqual([-2, -9, 5, 9]);
});

describe("refused, with both shapes:", () => {
  const { engine, graph, variable } = setUp();
  const two = variable("two", [1, 2]);
  const wide = graph.read(engine.variable("wide", [2, 3], { batched: true }));
  const three = graph.read(engine.variable("three", [3]));
  test.each<[string, () => t.Update, string]>([
    [
      "assigning what is longer",
      () => t.assign(two, three),
      'assign: variable "two" takes a float tensor [2], got read[3]',
    ],
    [
      "assigning a batch",
      () => t.assign(two, wide),
      'assign: variable "two" takes a float tensor [2], got read[2, 3] over the batch',
    ],
    [
      "averaging beyond the end",
      () => t.movingAverage(two, three, { rate: 0.1, offset: 2 }),
      'movingAverage: "two" takes 2 numbers from element 2 on, got read[3]',
    ],
    [
      "a gradient of another size",
      () => t.optimizerUpdate("sgdUpdate", two, three, [], two),
      'sgdUpdate: the gradient must have the shape of parameter "two", got read[3]',
    ],
    ["a range of another height", () => t.widenRange(two, two, three), "widenRange: expected [2, batch], got read[3]"],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(message);
  });
});
