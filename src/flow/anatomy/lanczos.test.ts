import { expect, test } from "vitest";
import { Rng } from "../../base/index.ts";
import { lanczos, type SymmetricOperator, spectralDensity } from "./lanczos.ts";
import { symmetricEigen, tridiagonalEigen } from "./symmetric-eigen.ts";

/** A symmetric matrix with random numbers, and two eigenvalues that stand apart. */
function drawn(n: number): { matrix: Float64Array; operator: SymmetricOperator } {
  const rng = new Rng(5, "test");
  const matrix = new Float64Array(n * n);
  const spike = Float64Array.from({ length: n }, () => rng.normal());
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const value = rng.normal() / Math.sqrt(n) + (6 * spike[i] * spike[j]) / n;
      matrix[i * n + j] = value;
      matrix[j * n + i] = value;
    }
  }
  return { matrix, operator: operatorOf(matrix, n) };
}

function operatorOf(matrix: Float64Array, n: number): SymmetricOperator {
  return {
    size: n,
    apply: (v) =>
      Float64Array.from({ length: n }, (_, i) => {
        let total = 0;
        for (let j = 0; j < n; j++) total += matrix[i * n + j] * v[j];
        return total;
      }),
  };
}

const ones = (n: number) => new Float64Array(n).fill(1);

test("as many steps as rows give every eigenvalue of a 40 x 40 matrix to 1e-10, none twice", () => {
  const { matrix, operator } = drawn(40);
  const { diagonal, offDiagonal } = lanczos(operator, ones(40), { steps: 100 });
  const { values } = tridiagonalEigen(diagonal, offDiagonal);
  expect(values.length).toBe(40);
  const exact = symmetricEigen(matrix).values;
  values.forEach((value, i) => {
    expect(Math.abs(value - exact[i])).toBeLessThan(1e-10);
  });
});

test("30 steps find the ends of the spectrum of a 200 x 200 matrix to 1 %, the one that stands apart to 1e-10", () => {
  const { matrix, operator } = drawn(200);
  const { diagonal, offDiagonal } = lanczos(operator, ones(200), { steps: 30 });
  const { values } = tridiagonalEigen(diagonal, offDiagonal);
  const exact = symmetricEigen(matrix).values;
  expect(Math.abs(values[29] - exact[199])).toBeLessThan(1e-10);
  expect(Math.abs(values[0] / exact[0] - 1)).toBeLessThan(0.01);
  expect(values[0]).toBeGreaterThanOrEqual(exact[0] - 1e-12);
});

test("ends after 3 steps where 3 different eigenvalues are all there are", () => {
  const n = 30;
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) matrix[i * n + i] = i % 3;
  expect(lanczos(operatorOf(matrix, n), ones(n), { steps: 20 }).diagonal.length).toBe(3);
});

test("the density's weights add up to 1, and its first five moments are the mean of vᵀ Aᵏ v / n over its random signs v", () => {
  const n = 60;
  const { operator } = drawn(n);
  const { values, weights } = spectralDensity(operator, { probes: 3, steps: 6, seed: 1 });
  const moment = (k: number) => values.reduce((sum, value, i) => sum + weights[i] * value ** k, 0);
  expect(moment(0)).toBeCloseTo(1, 12);
  for (let k = 1; k <= 5; k++) {
    let wanted = 0;
    for (let probe = 0; probe < 3; probe++) {
      const rng = new Rng(1, "synthetic", probe, 1);
      const signs = Float64Array.from({ length: n }, () => (rng.uint32() % 2 === 0 ? 1 : -1));
      let vector: Float64Array = signs;
      for (let times = 0; times < k; times++) vector = operator.apply(vector);
      wanted += vector.reduce((sum, value, i) => sum + value * signs[i], 0) / n / 3;
    }
    expect(moment(k)).toBeCloseTo(wanted, 8);
  }
});

test("the share of eigenvalues below a value is the density's within 2 points", () => {
  const { matrix, operator } = drawn(300);
  const { values, weights } = spectralDensity(operator, { probes: 20, steps: 40, seed: 2 });
  const exact = symmetricEigen(matrix).values;
  for (const at of [-1.5, -0.7, 0, 0.7, 1.5, 4]) {
    const share = weights.reduce((sum, weight, i) => sum + (values[i] < at ? weight : 0), 0);
    expect(Math.abs(share - exact.filter((value) => value < at).length / 300)).toBeLessThan(0.02);
  }
});

test("a seed gives the same bits twice, another one others, and every step is told", () => {
  const { operator } = drawn(20);
  const told: string[] = [];
  const options = { probes: 2, steps: 3, seed: 9 };
  const first = spectralDensity(operator, { ...options, onStep: (done, total) => told.push(`${done}/${total}`) });
  expect(spectralDensity(operator, options)).toEqual(first);
  expect(spectralDensity(operator, { ...options, seed: 10 }).values[0]).not.toBe(first.values[0]);
  expect(told).toEqual(["1/6", "2/6", "3/6", "4/6", "5/6", "6/6", "6/6"]);
});

test("refuses a start of zeros, 0 probes, and products that are not finite", () => {
  const { operator } = drawn(4);
  expect(() => lanczos(operator, new Float64Array(4), { steps: 2 })).toThrow(
    "lanczos: the start must be 4 numbers, not all 0, got 4 of norm 0",
  );
  expect(() => spectralDensity(operator, { probes: 0 })).toThrow(
    "spectralDensity: probes must be an integer ≥ 1, got 0",
  );
  const broken = { size: 4, apply: () => new Float64Array(4).fill(Number.NaN) };
  expect(() => lanczos(broken, ones(4), { steps: 2 })).toThrow("product 1 is not finite");
});
