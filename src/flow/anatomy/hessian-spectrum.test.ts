import { describe, expect, test } from "vitest";
import { mean } from "../../base/index.ts";
import { compile, crossEntropyPerExample, Graph } from "../../tensor/index.ts";
import { doubleEngine, drawnExamples, everyNth, smallNetwork } from "./fixtures/drawn-examples.ts";
import { exactHessian, hessianSpectrum, spectrumHistogram } from "./hessian-spectrum.ts";
import { LossSurface } from "./loss-surface.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

/** 300 examples: a chunk of 256 and one of 44. */
function surfaceOf(masks?: Parameters<typeof smallNetwork>[1], count = 300): LossSurface {
  const engine = doubleEngine();
  return new LossSurface(engine, smallNetwork(engine, masks), drawnExamples(engine, count));
}

describe("LossSurface", () => {
  test("has central differences of its loss as gradient to 1e-8, at each of 43 numbers", () => {
    using surface = surfaceOf();
    expect(surface.size).toBe(43);
    const start = surface.get();
    const { gradient, loss } = surface.gradient();
    expect(surface.evaluate().loss).toBeCloseTo(loss, 14);
    const at = (k: number, step: number) => {
      const moved = start.slice();
      moved[k] += step;
      surface.set(moved);
      return surface.evaluate().loss;
    };
    start.forEach((_, k) => {
      expect(Math.abs((at(k, 1e-5) - at(k, -1e-5)) / 2e-5 - gradient[k])).toBeLessThan(1e-8);
    });
  });

  test("over 300 examples, in chunks of 256 and 44, it is the mean of the losses of the 300 one by one", () => {
    using all = surfaceOf();
    const engine = doubleEngine();
    const examples = drawnExamples(engine, 300);
    const network = smallNetwork(engine);
    const graph = new Graph();
    const indices = engine.variable("indices", [300], { batched: true, type: "int32" });
    indices.set(Array.from({ length: 300 }, (_, i) => i));
    const { x, labels } = examples.nodes(graph, indices);
    const each = crossEntropyPerExample(network.forward(graph, x, { mode: "eval" }).logits, labels);
    const program = compile(engine, { outputs: [each] });
    program.run();
    expect(all.evaluate().loss).toBeCloseTo(mean(program.read(each)), 13);
    expect(all.evaluate().accuracy * 300).toBeCloseTo(Math.round(all.evaluate().accuracy * 300), 9);
  });

  test("refuses a point of another length, and no examples", () => {
    using surface = surfaceOf();
    expect(() => surface.set(new Float64Array(42))).toThrow(
      "LossSurface.set: the network has 43 trained numbers, got [42]",
    );
    const engine = doubleEngine();
    expect(() => new LossSurface(engine, smallNetwork(engine), { ...drawnExamples(engine, 1), count: 0 })).toThrow(
      "LossSurface: needs at least one example, got 0",
    );
  });
});

describe("exactHessian", () => {
  test("has central differences of the gradient as columns to 1e-7, and is symmetric to 1e-14", () => {
    using surface = surfaceOf();
    const start = surface.get();
    const { matrix, asymmetry } = exactHessian(surface);
    expect(asymmetry).toBeLessThan(1e-14);
    const at = (k: number, step: number) => {
      const moved = start.slice();
      moved[k] += step;
      surface.set(moved);
      return surface.gradient().gradient;
    };
    let worst = 0;
    for (let k = 0; k < 43; k++) {
      const [up, down] = [at(k, 1e-5), at(k, -1e-5)];
      for (let i = 0; i < 43; i++) worst = Math.max(worst, Math.abs((up[i] - down[i]) / 2e-5 - matrix[k * 43 + i]));
    }
    expect(worst).toBeLessThan(1e-7);
    expect(worst).toBeGreaterThan(0);
  });

  test("of a sparse network is the part of the dense one's that its 10 of 20 and 5 of 15 weights, and all biases, have", () => {
    const masks = [everyNth(5, 4, 2), everyNth(3, 5, 3)];
    const engine = doubleEngine();
    const examples = drawnExamples(engine, 60);
    const sparse = smallNetwork(engine, { masks });
    const dense = smallNetwork(engine);
    // The dense one has the sparse one's weights, and 0 elsewhere.
    const places: number[] = [];
    let offset = 0;
    sparse.parameters.forEach((parameter, index) => {
      const all = dense.parameters[index].variable;
      const size = all.get().length;
      const values = parameter.variable.get();
      const { csr, fanIn } = parameter.pattern ?? {};
      const own: number[] = [];
      if (csr === undefined) own.push(...values.keys());
      else {
        for (let row = 0; row + 1 < csr.rowPointers.length; row++) {
          for (let k = csr.rowPointers[row]; k < csr.rowPointers[row + 1]; k++) {
            own.push(row * (fanIn as number) + csr.columnIndices[k]);
          }
        }
      }
      const filled = new Float64Array(size);
      own.forEach((at, k) => {
        filled[at] = values[k];
      });
      all.set(filled);
      places.push(...own.map((at) => offset + at));
      offset += size;
    });
    using small = new LossSurface(engine, sparse, examples);
    using large = new LossSurface(engine, dense, examples);
    expect([small.size, large.size]).toEqual([23, 43]);
    const part = exactHessian(small).matrix;
    const whole = exactHessian(large).matrix;
    expect(small.evaluate().loss).toBeCloseTo(large.evaluate().loss, 14);
    places.forEach((row, i) => {
      places.forEach((column, j) => {
        expect(part[i * 23 + j]).toBeCloseTo(whole[row * 43 + column], 13);
      });
    });
  });
});

describe("hessianSpectrum", () => {
  test("43 numbers are done exactly: the eigenvalues of the Hessian, whose sum is its trace", () => {
    using surface = surfaceOf();
    const told: number[] = [];
    const spectrum = hessianSpectrum(surface, { onProduct: (done) => told.push(done) });
    const { matrix } = exactHessian(surface);
    expect(spectrum.method).toBe("exact");
    expect(told).toEqual(Array.from({ length: 43 }, (_, i) => i + 1));
    expect([...spectrum.values]).toEqual([...symmetricEigen(matrix).values]);
    const trace = Array.from({ length: 43 }, (_, i) => matrix[i * 44]).reduce((a, b) => a + b, 0);
    expect(spectrum.trace).toBeCloseTo(trace, 12);
    const negative = spectrum.values.filter((value) => value < -1e-5 * spectrum.highest).length;
    expect(negative).toBeGreaterThan(0);
    expect(spectrum.negativeShare).toBeCloseTo(negative / 43, 12);
  });

  test("Lanczos with 43 steps finds the lowest and the highest to 1e-10, with 12 the highest to 1 %", () => {
    using surface = surfaceOf();
    const exact = hessianSpectrum(surface, { method: "exact" });
    const all = hessianSpectrum(surface, { method: "lanczos", probes: 1, steps: 43 });
    expect(all.method).toBe("lanczos");
    expect(all.negativeShare).toBeNaN();
    expect(all.lowest).toBeCloseTo(exact.lowest, 10);
    expect(all.highest).toBeCloseTo(exact.highest, 10);
    const few = hessianSpectrum(surface, { method: "lanczos", probes: 2, steps: 12 });
    expect(Math.abs(few.highest / exact.highest - 1)).toBeLessThan(0.01);
    expect(few.weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  });

  test("a histogram of 10 bins holds all 43 eigenvalues, also where they are estimates", () => {
    using surface = surfaceOf();
    for (const method of ["exact", "lanczos"] as const) {
      const spectrum = hessianSpectrum(surface, { method, steps: 10 });
      const bins = spectrumHistogram(spectrum, 10);
      expect([10, 11]).toContain(bins.length);
      expect(bins.reduce((total, { count }) => total + count, 0)).toBeCloseTo(43, 10);
      expect(bins[0].low).toBeLessThanOrEqual(spectrum.lowest);
      expect(bins[bins.length - 1].high).toBeGreaterThanOrEqual(spectrum.highest);
      const middle = bins.find(({ low, high }) => low < 0 && high > 0);
      expect(middle?.low).toBe(-(middle?.high ?? Number.NaN));
    }
  });
});
