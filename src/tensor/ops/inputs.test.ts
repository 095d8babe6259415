/** Where numbers come from: gathered examples by hand, and dropout masks from Philox words. */

import { expect, test } from "vitest";
import { philox4x32, streamKey } from "../../base/index.ts";
import * as t from "../index.ts";

const engines = async () => [
  new t.Engine(t.createReference("float64")),
  new t.Engine(t.createReference("float32")),
  await t.openEngine(),
];

/** A tensor's numbers, row-major. */
function run(engine: t.Engine, tensor: t.Tensor): number[] {
  const program = t.compile(engine, { outputs: [tensor] });
  program.run();
  return [...program.read(tensor)];
}

test("examples 2, 0, 2 of three by two features come features first: bytes · scale + shift, and so do floats", async () => {
  for (const engine of await engines()) {
    const indices = engine.variable("indices", [3], { batched: true, type: "int32" });
    indices.set([2, 0, 2]);
    const scale = engine.resident(Float64Array.of(0.5, 2));
    const shift = engine.resident(Float64Array.of(0, -1));
    const values = [10, 20, 30, 40, 250, 60];
    for (const data of [engine.resident(Uint8Array.from(values)), engine.resident(Float32Array.from(values))]) {
      const x = t.gather(new t.Graph(), { data, indices, features: 2, scale, shift });
      expect(x.shape).toEqual([2, 3]);
      expect(run(engine, x)).toEqual([125, 5, 125, 119, 39, 119]);
    }
  }
});

test("example b of 70 is the b-th, 2 b + 1 times 10, over all blocks of lanes", async () => {
  for (const engine of await engines()) {
    const indices = engine.variable("indices", [70], { batched: true, type: "int32" });
    indices.set(Array.from({ length: 70 }, (_, b) => b));
    const values = Uint8Array.from({ length: 140 }, (_, i) => i);
    const [scale, shift] = [engine.resident(Float64Array.of(10, 10)), engine.resident(new Float64Array(2))];
    for (const data of [engine.resident(values), engine.resident(Float32Array.from(values))]) {
      const x = run(engine, t.gather(new t.Graph(), { data, indices, features: 2, scale, shift }));
      expect(x.slice(70)).toEqual(Array.from({ length: 70 }, (_, b) => 10 * (2 * b + 1)));
    }
  }
});

test("labels follow the same indices, and the loss takes them", async () => {
  for (const engine of await engines()) {
    const indices = engine.variable("indices", [2], { batched: true, type: "int32" });
    indices.set([3, 1]);
    const graph = new t.Graph();
    const labels = t.gatherLabels(graph, { data: engine.resident(Int32Array.of(0, 2, 0, 1)), indices });
    const logits = engine.variable("logits", [3, 2], { batched: true });
    logits.set([0, 0, 9, 0, 0, 9]);
    expect(run(engine, t.correct(graph.read(logits), labels))).toEqual([1, 1]);
  }
});

test("a dropout mask is Philox's words against rate · 2^32: word b mod 4 of counter (b / 4, row, layer, step)", async () => {
  const [rate, seed, layer] = [0.25, 2 ** 40 + 3, 6];
  const expected: number[] = [];
  const words = new Uint32Array(4);
  for (let row = 0; row < 3; row++) {
    for (let b = 0; b < 70; b++) {
      philox4x32([b >> 2, row, layer, 11], streamKey(seed, "dropout"), words);
      expected.push(words[b % 4] < rate * 2 ** 32 ? 0 : 1);
    }
  }
  for (const engine of await engines()) {
    const step = engine.variable("step", [], { type: "int32" });
    step.set([11]);
    const like = new t.Graph().read(engine.variable("x", [3, 70], { batched: true }));
    const mask = run(engine, t.dropoutMask(like, { rate, seed, layer, step }));
    expect(mask.map((m) => (m === 0 ? 0 : 1))).toEqual(expected);
    for (const m of mask) expect(Math.abs(m * (m * 0.75 - 1))).toBeLessThan(1e-7);
  }
});

test("a rate of 1 - 1e-12 drops all of 1,000 outputs; a rate of 0 none; a rate of 1 is refused", async () => {
  for (const engine of await engines()) {
    const step = engine.variable("step", [], { type: "int32" });
    const like = new t.Graph().read(engine.variable("x", [10, 100], { batched: true }));
    const kept = (rate: number) => run(engine, t.dropoutMask(like, { rate, seed: 1, layer: 1, step })).filter(Boolean);
    expect(kept(1 - 1e-12).length).toBe(0);
    expect(kept(0)).toEqual(Array(1000).fill(1));
    expect(() => kept(1)).toThrow("dropout: the rate must be in [0, 1), got 1");
  }
});

test("scales and shifts that miss the features, or a ragged data set, are refused with the counts", () => {
  const engine = new t.Engine(t.createReference("float64"));
  const indices = engine.variable("indices", [2], { batched: true, type: "int32" });
  const [two, three] = [engine.resident(new Float64Array(2)), engine.resident(new Float64Array(3))];
  const data = engine.resident(new Uint8Array(7));
  expect(() => t.gather(new t.Graph(), { data, indices, features: 2, scale: two, shift: three })).toThrow(
    "gather: 2 features need as many scales and shifts and a multiple of values, got 2, 3 and 7",
  );
});
