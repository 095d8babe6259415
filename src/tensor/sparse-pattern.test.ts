/** Patterns whose weights move: compiled programs go on as if they had been compiled with the new places. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError, Rng } from "../base/index.ts";
import * as t from "./index.ts";

const engine = await t.openEngine();

/** A CSR index of so many weights at random places. */
function drawnIndex(fanOut: number, fanIn: number, active: number, seed: number): t.CsrIndex {
  const positions = new Rng(seed, "test").choose(fanOut * fanIn, active);
  const rowPointers = new Int32Array(fanOut + 1);
  const columnIndices = Int32Array.from(positions, (position) => position % fanIn);
  for (const position of positions) rowPointers[Math.floor(position / fanIn) + 1]++;
  for (let row = 0; row < fanOut; row++) rowPointers[row + 1] += rowPointers[row];
  return { rowPointers, columnIndices };
}

interface Case {
  readonly name: string;
  readonly fanOut: number;
  readonly fanIn: number;
  readonly active: number;
  readonly x: readonly number[];
  readonly product: (pattern: t.SparsePattern, values: t.Tensor, x: t.Tensor) => t.Tensor;
}

const kernel = { kernel: [3, 3] } as const;
const cases: readonly Case[] = [
  { name: "linear", fanOut: 9, fanIn: 20, active: 40, x: [20, 70], product: t.sparseLinear },
  { name: "nearly dense", fanOut: 9, fanIn: 20, active: 150, x: [20, 70], product: t.sparseLinear },
  {
    ...{ name: "convolution", fanOut: 6, fanIn: 36, active: 60, x: [4, 6, 6, 20] },
    product: (pattern, values, x) => t.sparseConvolution(pattern, values, x, { ...kernel, padding: [1, 1] }),
  },
  {
    ...{ name: "convolution of stride 2 in 2 groups", fanOut: 6, fanIn: 18, active: 30, x: [4, 7, 7, 20] },
    product: (pattern, values, x) => t.sparseConvolution(pattern, values, x, { ...kernel, stride: [2, 2], groups: 2 }),
  },
];

/** A program of the product and both gradients, and what it gives. */
function compiled({ product, x: shape }: Case, pattern: t.SparsePattern) {
  const graph = new t.Graph();
  const rng = new Rng(7, "test");
  const drawn = (name: string, lengths: readonly number[], batched: boolean) => {
    const variable = engine.variable(name, lengths, { batched });
    variable.set(Float64Array.from({ length: lengths.reduce((a, b) => a * b) }, () => rng.normal()));
    return graph.read(variable);
  };
  const x = drawn("x", shape, true);
  const values = drawn("values", [pattern.active], false);
  const y = product(pattern, values, x);
  const gradients = t.gradient(t.sum(t.square(y)), [values, x]);
  const outputs = [y, ...gradients];
  const program = t.compile(engine, { outputs });
  return () => {
    program.run();
    return outputs.map((output) => [...program.read(output)]);
  };
}

describe.each(cases)("$name:", (of) => {
  const index = (seed: number) => drawnIndex(of.fanOut, of.fanIn, of.active, seed);

  test("after a move product and gradients have the bits of a program compiled with the new pattern, and back again", () => {
    using _ = engine.scope();
    const pattern = t.sparsePattern(engine, { ...of, ...index(1) });
    const run = compiled(of, pattern);
    const before = run();
    expect(pattern.move(index(2))).toBe(true);
    expect(pattern.csr).toEqual(index(2));
    expect(run()).toEqual(compiled(of, t.sparsePattern(engine, { ...of, ...index(2) }))());
    expect(run()).not.toEqual(before);
    expect(pattern.move(index(1))).toBe(true);
    expect(run()).toEqual(before);
  });

  test("500 moves take no memory of the engine", () => {
    using _ = engine.scope();
    const pattern = t.sparsePattern(engine, { ...of, ...index(1) });
    const run = compiled(of, pattern);
    run();
    const { usedBytes } = engine.backend.memory;
    for (let seed = 2; seed < 502; seed++) pattern.move(index(seed));
    expect(engine.backend.memory.usedBytes).toBe(usedBytes);
  });

  test("another number of weights, or an index out of order, changes nothing", () => {
    using _ = engine.scope();
    const pattern = t.sparsePattern(engine, { ...of, ...index(1) });
    const run = compiled(of, pattern);
    const before = run();
    expect(pattern.move(drawnIndex(of.fanOut, of.fanIn, of.active - 1, 3))).toBe(false);
    const wrong = index(2);
    wrong.columnIndices.reverse();
    expect(() => pattern.move(wrong)).toThrow(
      /^sparsePattern: columns of row \d+ must increase within \[0, \d+\), got/,
    );
    expect(pattern.csr).toEqual(index(1));
    expect(run()).toEqual(before);
  });
});

test("where taps reach no pixel a move either has the bits of a new pattern or is refused, and both happen", () => {
  // With steps of 3 over 2 x 2 pixels and a border, the kernel's first row and column read the border alone.
  const of: Case = {
    ...{ name: "", fanOut: 3, fanIn: 9, active: 8, x: [1, 2, 2, 5] },
    product: (pattern, values, x) =>
      t.sparseConvolution(pattern, values, x, { ...kernel, stride: [3, 3], padding: [1, 1] }),
  };
  const outcomes = new Set<boolean>();
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(1000), (one, other) => {
      using _ = engine.scope();
      const [first, second] = [one, other].map((seed) => drawnIndex(3, 9, 8, seed));
      const pattern = t.sparsePattern(engine, { ...of, ...first });
      const run = compiled(of, pattern);
      run();
      const moved = pattern.move(second);
      outcomes.add(moved);
      const expected = moved ? second : first;
      expect(run()).toEqual(compiled(of, t.sparsePattern(engine, { ...of, ...expected }))());
    }),
    { numRuns: 60, seed: 1 },
  );
  expect(outcomes.size).toBe(2);
});

test("an index of 3 rows and 2 weights is refused by its pointers", () => {
  const index = { rowPointers: Int32Array.of(0, 2, 1, 2), columnIndices: Int32Array.of(0, 1) };
  expect(() => t.sparsePattern(engine, { fanOut: 3, fanIn: 4, ...index })).toThrow(InputError);
});
