/**
 * Classical multidimensional scaling: points in few dimensions whose distances are those given, as far as they can be.
 *
 *     B = -1/2 J D² J,  J = I - 1/n 1 1ᵀ        x_k = sqrt(λ_k) v_k for the largest eigenvalues of B
 *
 * @see Torgerson 1952, "Multidimensional scaling: I. Theory and method"
 */

import { InputError } from "../../base/index.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

export interface Scaling {
  /** n points, each of `dimensions` numbers, centred; in each dimension the number largest in size is positive. */
  readonly points: readonly (readonly number[])[];
  /** All n eigenvalues of B, descending. Negative ones say that no points have these distances. */
  readonly eigenvalues: readonly number[];
  /** The share of the positive eigenvalues that the dimensions shown take, in [0, 1]; 1 where all distances are 0. */
  readonly explained: number;
}

/**
 * @param distances  n rows of n numbers ≥ 0, symmetric, 0 on the diagonal
 * @throws InputError  for a table that is none of distances
 */
export function classicalScaling(
  distances: readonly (readonly number[])[],
  { dimensions = 2 }: { readonly dimensions?: number } = {},
): Scaling {
  checkDistances(distances);
  const n = distances.length;
  const squares = distances.map((row) => row.map((d) => d * d));
  const means = squares.map((row) => row.reduce((total, s) => total + s, 0) / n);
  const grand = means.reduce((total, m) => total + m, 0) / n;
  const inner = squares.flatMap((row, i) => row.map((s, j) => -(s - means[i] - means[j] + grand) / 2));
  const { values, vectors } = symmetricEigen(inner, { vectors: true });
  const descending = Array.from(values, (_, i) => n - 1 - i);
  const eigenvalues = descending.map((i) => values[i]);
  const positive = eigenvalues.map((value) => Math.max(0, value));
  const total = positive.reduce((sum, value) => sum + value, 0);
  const shown = positive.slice(0, dimensions).reduce((sum, value) => sum + value, 0);
  const points = distances.map((_, p) =>
    Array.from({ length: dimensions }, (__, k) =>
      k < n && positive[k] > 0 ? Math.sqrt(positive[k]) * vectors[descending[k] * n + p] : 0,
    ),
  );
  return { points, eigenvalues, explained: total > 0 ? shown / total : 1 };
}

function checkDistances(distances: readonly (readonly number[])[]): void {
  const where = "classicalScaling";
  const n = distances.length;
  if (n === 0) throw new InputError(`${where}: expected at least one point, got none`);
  distances.forEach((row, i) => {
    if (row.length !== n) throw new InputError(`${where}: row ${i} must have ${n} numbers, got ${row.length}`);
    row.forEach((d, j) => {
      const rule = i === j ? d === 0 : d >= 0 && Number.isFinite(d) && d === distances[j][i];
      if (rule) return;
      throw new InputError(
        `${where}: distances must be finite, ≥ 0, symmetric and 0 on the diagonal, got ${d} at [${i}, ${j}] ` +
          `and ${distances[j]?.[i]} at [${j}, ${i}]`,
      );
    });
  });
}
