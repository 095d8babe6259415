import { describe, expect, test } from "vitest";
import { Rng } from "../../base/index.ts";
import * as t from "../index.ts";

const [fanOut, fanIn] = [19, 23];
const rng = new Rng(5, "test");

/** Seeded rows of columns, each active with the given probability. */
function randomCsr(density: number): { rowPointers: Int32Array; columnIndices: Int32Array } {
  const rows = [0];
  const columns: number[] = [];
  for (let r = 0; r < fanOut; r++) {
    for (let c = 0; c < fanIn; c++) if (rng.uniform() < density) columns.push(c);
    rows.push(columns.length);
  }
  return { rowPointers: Int32Array.from(rows), columnIndices: Int32Array.from(columns) };
}

const normals = (count: number) => Float32Array.from({ length: count }, () => rng.normal());
const csr = randomCsr(0.8);
const active = csr.columnIndices.length;
const weights = normals(active);
const largest = 100;
const inputs = normals(fanIn * largest);
const errors = normals(fanOut * largest);

/** Forward, input gradient and weight gradient of the first `batch` examples, and the kernels that made them. */
function products(engine: t.Engine, batch: number) {
  const graph = new t.Graph();
  const pattern = t.sparsePattern(engine, { fanOut, fanIn, ...csr });
  const values = engine.variable("values", [active]);
  values.set(weights);
  const batched = (rows: number, from: Float32Array) => {
    const variable = engine.variable("x", [rows, batch], { batched: true });
    variable.set(
      Float32Array.from({ length: rows * batch }, (_, i) => from[Math.floor(i / batch) * largest + (i % batch)]),
    );
    return graph.read(variable);
  };
  const [w, x, y] = [graph.read(values), batched(fanIn, inputs), batched(fanOut, errors)];
  const outputs = [
    t.sparseLinear(pattern, w, x),
    t.sparseLinearTransposed(pattern, w, y),
    t.sparseOuter(pattern, y, x),
  ];
  const program = t.compile(engine, { outputs });
  program.run();
  return { results: outputs.map((node) => program.read(node)), kernels: program.calls.map(({ kernel }) => kernel) };
}

describe("a sparse layer of 80 % density", () => {
  test("goes through dense products from 64 examples on, and through sparse ones below", async () => {
    const engine = await t.openEngine();
    expect(products(engine, 64).kernels).toContain("gemm");
    expect(products(engine, 64).kernels).not.toContain("sparseProduct");
    expect(products(engine, 63).kernels).not.toContain("gemm");
  });

  test("has the same bits either way in its output and in the gradient of its input", async () => {
    const engine = await t.openEngine();
    const [few, many] = [products(engine, 63).results, products(engine, 100).results];
    for (const [which, rows] of [fanOut, fanIn].entries()) {
      for (let r = 0; r < rows; r++) {
        expect([...many[which].subarray(r * 100, r * 100 + 63)]).toEqual([...few[which].subarray(r * 63, r * 63 + 63)]);
      }
    }
  });

  test("has the gradient Σ_b y[r, b] x[c, b] at its active weights and nowhere else", async () => {
    const engine = await t.openEngine();
    const [, , gradient] = products(engine, largest).results;
    expect(gradient).toHaveLength(active);
    for (let r = 0; r < fanOut; r++) {
      for (let k = csr.rowPointers[r]; k < csr.rowPointers[r + 1]; k++) {
        let sum = 0;
        for (let b = 0; b < largest; b++) sum += errors[r * largest + b] * inputs[csr.columnIndices[k] * largest + b];
        expect(Math.abs(gradient[k] - sum)).toBeLessThan(2e-5);
      }
    }
  });
});
