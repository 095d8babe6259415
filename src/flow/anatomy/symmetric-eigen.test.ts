import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Rng } from "../../base/index.ts";
import { symmetricEigen, tridiagonalEigen } from "./symmetric-eigen.ts";

interface Case {
  readonly name: string;
  readonly matrix: number[][];
  readonly values: number[];
}
const { eigen } = JSON.parse(readFileSync(new URL("fixtures/numpy.json", import.meta.url), "utf8")) as {
  eigen: Case[];
};

describe.each(eigen)("$name", ({ matrix, values }) => {
  const n = matrix.length;
  const largest = Math.max(...values.map(Math.abs));
  const found = symmetricEigen(matrix.flat(), { vectors: true });

  test("has NumPy's eigenvalues to 1e-14 of the largest, with vectors and without", () => {
    for (const { values: ours } of [found, symmetricEigen(matrix.flat())]) {
      const worst = Math.max(...values.map((value, i) => Math.abs(ours[i] - value)));
      expect(worst / largest).toBeLessThan(1e-14 * Math.sqrt(n));
    }
  });

  test("has vectors of length 1, at right angles, that the matrix stretches by the values", () => {
    const vector = (i: number) => found.vectors.subarray(i * n, (i + 1) * n);
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, x, k) => sum + x * b[k], 0);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) expect(dot(vector(i), vector(j))).toBeCloseTo(i === j ? 1 : 0, 12);
      for (let row = 0; row < n; row++) {
        const error = dot(matrix[row], vector(i)) - found.values[i] * vector(i)[row];
        expect(Math.abs(error) / largest).toBeLessThan(1e-13);
      }
      const sizes = Array.from(vector(i), Math.abs);
      expect(vector(i)[sizes.indexOf(Math.max(...sizes))]).toBeGreaterThan(0);
    }
  });
});

test("keeps trace and sum of squares of a random 150 x 150 matrix to 1e-12", () => {
  const n = 150;
  const rng = new Rng(3, "test");
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) matrix[i * n + j] = matrix[j * n + i] = rng.normal();
  const { values } = symmetricEigen(matrix);
  const trace = values.reduce((sum, value) => sum + value, 0);
  const squares = values.reduce((sum, value) => sum + value * value, 0);
  const wanted = matrix.reduce((sum, value) => sum + value * value, 0);
  expect(trace).toBeCloseTo(
    Array.from({ length: n }, (_, i) => matrix[i * n + i]).reduce((a, b) => a + b, 0),
    10,
  );
  expect(Math.abs(squares / wanted - 1)).toBeLessThan(1e-12);
});

test("reads the part below the diagonal alone", () => {
  expect([...symmetricEigen([2, 99, 1, 2]).values].map((value) => Math.round(value * 1e12) / 1e12)).toEqual([1, 3]);
});

test("the second difference of 5 points has eigenvalues 2 - 2 cos(k π / 6), and first components whose squares add up to 1", () => {
  const { values, vectors } = tridiagonalEigen([2, 2, 2, 2, 2], [-1, -1, -1, -1], [1, 0, 0, 0, 0]);
  [2 - Math.sqrt(3), 1, 2, 3, 2 + Math.sqrt(3)].forEach((value, i) => {
    expect(values[i]).toBeCloseTo(value, 13);
  });
  expect(vectors.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 13);
});

test("refuses a matrix that is not square, and one with NaN, and says where", () => {
  expect(() => symmetricEigen([1, 2, 3])).toThrow(
    "symmetricEigen: the matrix must be square, got 3 numbers; give n² of them",
  );
  expect(() => symmetricEigen([1, 2, Number.NaN, 3])).toThrow("numbers must be finite, got NaN at [1, 0]");
});
