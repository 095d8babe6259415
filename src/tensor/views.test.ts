/** Views: another shape in the same place, which neither the plan, nor fusion, nor updates may trip over. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Rng } from "../base/index.ts";
import * as t from "./index.ts";

const engine64 = () => new t.Engine(t.createReference("float64"));

/** One tensor of twelve rows and what its numbers must be, row-major. */
interface Value {
  readonly tensor: t.Tensor;
  readonly numbers: readonly number[];
}

/** A random graph of elementwise operations, products that fuse with what follows, and views, evaluated beside it. */
function randomGraph(seed: number, engine: t.Engine, batch: number): Value[] {
  const rng = new Rng(seed, "test");
  const graph = new t.Graph();
  const shapes = [
    [12, batch],
    [3, 4, batch],
    [2, 3, 2, batch],
  ];
  const drawn = (name: string, shape: number[], batched: boolean): Value => {
    const variable = engine.variable(name, shape, { batched });
    variable.set(variable.get().map(() => rng.normal()));
    return { tensor: graph.read(variable), numbers: [...variable.get()] };
  };
  const weight = drawn("weight", [12, 12], false);
  const bias = drawn("bias", [12], false);
  const values = [drawn("x", shapes[2], true)];
  const product = (x: readonly number[]) =>
    x.map((_, i) => {
      let sum = 0;
      for (let k = 0; k < 12; k++) {
        sum += weight.numbers[Math.floor(i / batch) * 12 + k] * x[k * batch + (i % batch)];
      }
      return sum;
    });
  while (values.length < 30) {
    const [a, b] = [values[rng.integer(values.length)], values[rng.integer(values.length)]];
    const alike = t.reshape(b.tensor, a.tensor.shape);
    switch (rng.integer(5)) {
      case 0:
        values.push({ tensor: t.add(a.tensor, alike), numbers: a.numbers.map((x, i) => x + b.numbers[i]) });
        break;
      case 1:
        values.push({ tensor: t.scale(alike, 0.5), numbers: b.numbers.map((x) => x * 0.5) });
        break;
      case 2: {
        const z = t.linear(weight.tensor, a.tensor);
        const biased = t.addRows(z, bias.tensor);
        const sums = product(a.numbers).map((x, i) => x + bias.numbers[Math.floor(i / batch)]);
        values.push({ tensor: t.scale(t.relu(biased), 0.1), numbers: sums.map((x) => Math.max(x, 0) * 0.1) });
        break;
      }
      case 3:
        // The cotangent's way: a product, a view of it, a gate of the view's shape.
        values.push({
          tensor: t.relu(t.reshape(t.linear(weight.tensor, a.tensor), shapes[1 + rng.integer(2)])),
          numbers: product(a.numbers).map((x) => Math.max(x, 0)),
        });
        break;
      default:
        values.push({ tensor: t.reshape(a.tensor, shapes[rng.integer(3)]), numbers: a.numbers });
    }
  }
  return values;
}

describe("values of 150 random graphs with views are those of an evaluation without a plan:", () => {
  test.each([1, 5, 35])("batch %d", (batch) => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
        const engine = engine64();
        const values = randomGraph(seed, engine, batch);
        const rng = new Rng(seed, "split");
        const outputs = [rng.integer(30), rng.integer(30), 29];
        const program = t.compile(engine, { outputs: outputs.map((i) => values[i].tensor) });
        program.run();
        program.run();
        for (const i of outputs) {
          const { tensor, numbers } = values[i];
          const read = program.read(tensor);
          numbers.forEach((x, k) => {
            expect(Math.abs(read[k] - x)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(x)));
          });
        }
      }),
      { numRuns: 50 },
    );
  });
});

test("a view costs no call and no byte: flatten of an image adds neither to the program that reads it", () => {
  const engine = engine64();
  const graph = new t.Graph();
  const image = t.square(graph.read(engine.variable("x", [2, 3, 4, 5], { batched: true })));
  const plain = t.compile(engine, { outputs: [t.scale(image, 2)] });
  const viewed = t.compile(engine, { outputs: [t.scale(t.flatten(image), 2)] });
  expect(t.flatten(image).shape).toEqual([24, 5]);
  expect(viewed.calls.map(({ kernel }) => kernel)).toEqual(["square", "scale"]);
  expect(viewed.arenaBytes).toBe(plain.arenaBytes);
});

test("an elementwise operation takes the place of what only a view of it reads, and not while another view is to come", () => {
  const engine = engine64();
  const graph = new t.Graph();
  const x = engine.variable("x", [2, 1, 2, 1], { batched: true });
  x.set([1, 2, 3, 4]);
  const squares = t.square(graph.read(x));
  const doubled = t.scale(t.reshape(squares, [4, 1]), 2);
  const late = t.add(doubled, t.flatten(squares));
  const program = t.compile(engine, { outputs: [late] });
  program.run();
  expect([...program.read(late)]).toEqual([3, 12, 27, 48]);
  expect(t.compile(engine, { outputs: [doubled] }).arenaBytes).toBe(
    t.compile(engine, { outputs: [squares] }).arenaBytes,
  );
});

test("a bias per channel of a view of a product is no bias of the product: two calls, and 10 on the first two of four rows", () => {
  const engine = engine64();
  const graph = new t.Graph();
  const [weight, bias] = [engine.variable("weight", [4, 1]), engine.variable("bias", [2])];
  weight.set([1, 2, 3, 4]);
  bias.set([10, 20]);
  const x = engine.variable("x", [1, 3], { batched: true });
  x.set([1, 0, -1]);
  const product = t.reshape(t.linear(graph.read(weight), graph.read(x)), [2, 1, 2, 3]);
  const y = t.addRows(product, graph.read(bias));
  const program = t.compile(engine, { outputs: [y] });
  program.run();
  expect(program.calls.map(({ kernel }) => kernel)).toEqual(["gemm", "addRows"]);
  expect([...program.read(y)]).toEqual([11, 10, 9, 12, 10, 8, 23, 20, 17, 24, 20, 16]);
});

test("there and back again is the same node, and views of views are views of what lies beneath", () => {
  const graph = new t.Graph();
  const x = graph.read(engine64().variable("x", [2, 3, 4, 5], { batched: true }));
  expect(t.reshape(t.flatten(x), x.shape)).toBe(x);
  expect(t.flatten(t.reshape(x, [6, 4, 5]))).toBe(t.flatten(x));
});

test("updates see what a view of a variable showed before the step", () => {
  const engine = engine64();
  const graph = new t.Graph();
  const [a, b] = [engine.variable("a", [2, 2]), engine.variable("b", [4])];
  a.set([1, 2, 3, 4]);
  b.set([5, 6, 7, 8]);
  const views = [t.assign(a, t.reshape(graph.read(b), [2, 2])), t.assign(b, t.reshape(graph.read(a), [4]))];
  t.compile(engine, { updates: views }).run();
  expect([[...a.get()], [...b.get()]]).toEqual([
    [5, 6, 7, 8],
    [1, 2, 3, 4],
  ]);
});

test("a shape of other elements, or that moves the batch, is refused with both shapes", () => {
  const graph = new t.Graph();
  const x = graph.read(engine64().variable("x", [2, 3, 5], { batched: true }));
  expect(() => t.reshape(x, [7, 5])).toThrow("reshape: [7, 5] has 35 elements, read[2, 3, 5] over the batch has 30");
  expect(() => t.reshape(x, [5, 6])).toThrow(
    "reshape: the last length must stay the batch of 5, got [5, 6] for read[2, 3, 5] over the batch",
  );
  expect(() => t.reshape(x, [-6, -5])).toThrow("reshape: every length must be an integer ≥ 0, got [-6, -5]");
});
