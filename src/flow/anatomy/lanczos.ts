/**
 * Lanczos iteration with full reorthogonalisation, and the density of a spectrum by stochastic Lanczos quadrature: what is
 * known of a symmetric matrix from products with it alone.
 *
 * @see Golub and Welsch 1969 (nodes and weights of a quadrature from a tridiagonal matrix); Ubaru, Chen and Saad 2017, "Fast
 *      estimation of tr(f(A)) via stochastic Lanczos quadrature"; Ghorbani, Krishnan and Xiao 2019, arXiv:1901.10159
 */

import { InputError, Rng } from "../../base/index.ts";
import { tridiagonalEigen } from "./symmetric-eigen.ts";

/** A symmetric matrix known by its products. */
export interface SymmetricOperator {
  readonly size: number;
  /** @param vector  [size], which must stay as it is. @returns [size] */
  apply(vector: Float64Array): Float64Array;
}

/** A symmetric tridiagonal matrix of k rows. */
export interface Tridiagonal {
  /** [k] */
  readonly diagonal: Float64Array;
  /** [k - 1] */
  readonly offDiagonal: Float64Array;
}

export interface LanczosOptions {
  /** Products at most, ≥ 1; never more than the size. */
  readonly steps: number;
  readonly onStep?: (done: number) => void;
}

/**
 * The matrix in the Krylov space of a vector. Each vector is made orthogonal to all before it, twice, so that no eigenvalue
 * comes back as a ghost; that keeps steps x size numbers. Ends early where the space is invariant.
 */
export function lanczos(operator: SymmetricOperator, start: Float64Array, options: LanczosOptions): Tridiagonal {
  const { size } = operator;
  const steps = Math.min(options.steps, size);
  const first = norm(start);
  if (start.length !== size || !(first > 0)) {
    throw new InputError(
      `lanczos: the start must be ${size} numbers, not all 0, got ${start.length} of norm ${first}; give another`,
    );
  }
  const diagonal: number[] = [];
  const offDiagonal: number[] = [];
  const basis: Float64Array[] = [];
  let vector = start.map((value) => value / first);
  let largest = 0;
  for (let k = 0; k < steps; k++) {
    basis.push(vector);
    const next = operator.apply(vector).slice();
    const along = dot(next, vector);
    if (!Number.isFinite(along)) {
      throw new InputError(`lanczos: product ${k + 1} is not finite; the network has diverged: take an earlier one`);
    }
    diagonal.push(along);
    for (let pass = 0; pass < 2; pass++) for (const known of basis) addScaled(next, known, -dot(next, known));
    const rest = norm(next);
    options.onStep?.(k + 1);
    largest = Math.max(largest, Math.abs(along), rest);
    // What is left of an invariant space is rounding, and would only be orthogonal noise.
    if (k + 1 === steps || rest <= 1e-12 * largest) break;
    offDiagonal.push(rest);
    vector = next.map((value) => value / rest);
  }
  return { diagonal: Float64Array.from(diagonal), offDiagonal: Float64Array.from(offDiagonal) };
}

export interface DensityOptions {
  /** Random vectors to average over. Default 4. */
  readonly probes?: number;
  /** Products per vector: nodes of the quadrature. Default 80. */
  readonly steps?: number;
  readonly seed?: number;
  readonly onStep?: (done: number, total: number) => void;
}

/** A spectrum as atoms: the share of eigenvalues at each value. The weights add up to 1. */
export interface Atoms {
  /** [k], ascending. */
  readonly values: Float64Array;
  /** [k], ≥ 0. */
  readonly weights: Float64Array;
}

/**
 * The density of a spectrum: for random vectors of signs v, Ritz values θ_i with the squares of the first components of their
 * vectors as weights, averaged over v. Moments up to 2 steps - 1 are those of the matrix, in the mean over v.
 *
 *     (1 / n) Σ_j δ(t - λ_j)  ≈  (1 / probes) Σ_v Σ_i τ_i² δ(t - θ_i)
 */
export function spectralDensity(operator: SymmetricOperator, options: DensityOptions = {}): Atoms {
  const { probes = 4, steps = 80, seed = 0, onStep } = options;
  for (const [name, count] of Object.entries({ probes, steps })) {
    if (!Number.isInteger(count) || count < 1) {
      throw new InputError(`spectralDensity: ${name} must be an integer ≥ 1, got ${count}`);
    }
  }
  const perProbe = Math.min(steps, operator.size);
  const atoms: { value: number; weight: number }[] = [];
  for (let probe = 0; probe < probes; probe++) {
    const rng = new Rng(seed, "synthetic", probe, 1);
    const start = Float64Array.from({ length: operator.size }, () => (rng.uint32() % 2 === 0 ? 1 : -1));
    const { diagonal, offDiagonal } = lanczos(operator, start, {
      steps,
      onStep: (done) => onStep?.(probe * perProbe + done, probes * perProbe),
    });
    const basis = new Float64Array(diagonal.length);
    basis[0] = 1;
    const { values, vectors } = tridiagonalEigen(diagonal, offDiagonal, basis);
    values.forEach((value, i) => {
      atoms.push({ value, weight: (vectors[i] * vectors[i]) / probes });
    });
  }
  onStep?.(probes * perProbe, probes * perProbe);
  atoms.sort((a, b) => a.value - b.value);
  return {
    values: Float64Array.from(atoms, ({ value }) => value),
    weights: Float64Array.from(atoms, ({ weight }) => weight),
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

function addScaled(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] += factor * b[i];
}
