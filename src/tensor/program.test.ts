/** Programs: lifetimes in the arena, updates after all reads, one arena for programs of several sizes. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Rng } from "../base/index.ts";
import * as t from "./index.ts";

function engine64() {
  return new t.Engine(t.createReference("float64"));
}

test("a value that is needed late survives 200 random graphs of shared and dying results", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
      const rng = new Rng(seed, "test");
      const engine = engine64();
      const graph = new t.Graph();
      const source = engine.variable("x", [7]);
      source.set(Array.from({ length: 7 }, () => rng.normal()));
      const tensors: t.Tensor[] = [graph.read(source)];
      const values: number[][] = [[...source.get()]];
      for (let n = 0; n < 30; n++) {
        const [i, j] = [rng.integer(tensors.length), rng.integer(tensors.length)];
        switch (rng.integer(3)) {
          case 0:
            tensors.push(t.add(tensors[i], tensors[j]));
            values.push(values[i].map((v, k) => v + values[j][k]));
            break;
          case 1:
            tensors.push(t.scale(tensors[i], 0.5));
            values.push(values[i].map((v) => v * 0.5));
            break;
          default:
            tensors.push(t.subtract(tensors[i], tensors[j]));
            values.push(values[i].map((v, k) => v - values[j][k]));
        }
      }
      const outputs = [rng.integer(31), rng.integer(31), 30];
      const program = t.compile(engine, { outputs: outputs.map((i) => tensors[i]) });
      program.run();
      program.run();
      for (const i of outputs) expect([...program.read(tensors[i])]).toEqual(values[i]);
    }),
    { numRuns: 200 },
  );
});

test("updates see the values from before the step, whatever their order", () => {
  const engine = engine64();
  const graph = new t.Graph();
  const a = engine.variable("a", [1]);
  const b = engine.variable("b", [1]);
  a.set([1]);
  b.set([10]);
  const swapped = [t.assign(a, t.shift(graph.read(b), 0)), t.assign(b, t.shift(graph.read(a), 0))];
  const program = t.compile(engine, { updates: swapped });
  program.run();
  expect([a.get()[0], b.get()[0]]).toEqual([10, 1]);
});

test("a small program still runs right after a larger one has moved the arena", () => {
  const engine = engine64();
  const graph = new t.Graph();
  const x = engine.variable("x", [3]);
  x.set([1, 2, 3]);
  const doubled = t.scale(graph.read(x), 2);
  const small = t.compile(engine, { outputs: [doubled] });
  small.run();
  const big = engine.variable("big", [200_000]);
  t.compile(engine, { outputs: [t.square(graph.read(big))] }).run();
  small.run();
  expect([...small.read(doubled)]).toEqual([2, 4, 6]);
});

test("equal nodes are one node, and batch sizes keep them apart", () => {
  const engine = engine64();
  const graph = new t.Graph();
  const v = graph.read(engine.variable("v", [3]));
  expect(t.broadcastRows(v, [3, 4])).toBe(t.broadcastRows(v, [3, 4]));
  expect(t.broadcastRows(v, [3, 4])).not.toBe(t.broadcastRows(v, [3, 5]));
  expect(t.scale(v, 2)).toBe(t.scale(v, 2));
});

test("a run allocates no JavaScript memory: 2,000 runs leave the calls and the arena where they were", () => {
  const engine = engine64();
  const graph = new t.Graph();
  const x = engine.variable("x", [4]);
  const program = t.compile(engine, { outputs: [t.sum(t.square(graph.read(x)))] });
  program.run();
  const before = engine.backend.memory.usedBytes;
  const calls = program.calls;
  for (let i = 0; i < 2000; i++) program.run();
  expect(program.calls).toBe(calls);
  expect(engine.backend.memory.usedBytes).toBe(before);
});

test("a table is made once per key, outlives the scope it was made in, and keeps int32 and float apart", () => {
  const engine = engine64();
  let made = 0;
  const ask = () =>
    engine.table("a", () => {
      made += 1;
      return Int32Array.of(3, 1, 2);
    });
  const scope = engine.scope();
  const address = ask();
  scope[Symbol.dispose]();
  engine.variable("over it, were it free", [64]).fill(7);
  expect([ask(), made]).toEqual([address, 1]);
  expect([...engine.backend.memory.int32(address, 3)]).toEqual([3, 1, 2]);
  const floats = engine.table("b", () => Float64Array.of(0.5, 0.25));
  expect([...engine.backend.memory.floats(floats, 2)]).toEqual([0.5, 0.25]);
});
