/**
 * Eigenvalues, and vectors where asked for, of symmetric matrices in float64: reflections to tridiagonal form, then QL with
 * implicit shifts. Additions, products and square roots in a fixed order alone: the same bits on every machine.
 *
 * @see Golub and Van Loan, Matrix Computations, §8.3; Martin and Wilkinson 1968, "The implicit QL algorithm"
 */

import { InputError } from "../../base/index.ts";

export interface Eigen {
  /** [n], ascending. */
  readonly values: Float64Array;
  /** [n, m], row i belongs to values[i]: the whole vector (m = n), or its first component (m = 1), as asked for. */
  readonly vectors: Float64Array;
}

/**
 * All eigenvalues of a symmetric matrix. Time O(n³).
 *
 * @param matrix   [n, n], row-major; the part below the diagonal is read
 * @param vectors  also the vectors, of length 1, each with its largest component (the first of equals) positive
 * @throws InputError  where the length is no square, or a number is not finite
 */
export function symmetricEigen(
  matrix: ArrayLike<number>,
  { vectors = false }: { readonly vectors?: boolean } = {},
): Eigen {
  const n = Math.round(Math.sqrt(matrix.length));
  if (n * n !== matrix.length) {
    throw new InputError(`symmetricEigen: the matrix must be square, got ${matrix.length} numbers; give n² of them`);
  }
  const work = Float64Array.from(matrix);
  const wrong = work.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new InputError(
      `symmetricEigen: numbers must be finite, got ${work[wrong]} at [${Math.floor(wrong / n)}, ${wrong % n}]; leave out what diverged`,
    );
  }
  const { diagonal, offDiagonal, scales } = tridiagonalise(work, n);
  const basis = vectors ? accumulate(work, scales, n) : new Float64Array(0);
  const eigen = tridiagonalEigen(diagonal, offDiagonal, basis);
  if (vectors) fixSigns(eigen.vectors, n);
  return eigen;
}

/**
 * All eigenvalues of a symmetric tridiagonal matrix T, and what becomes of a basis: with row i of `basis` for the i-th
 * coordinate, row i of the result is Σ_j (vector i)_j basis_j. The unit matrix gives the vectors; the column (1, 0, ..., 0) of
 * shape [n, 1] gives their first components.
 *
 * @param diagonal     [n]
 * @param offDiagonal  [n - 1]
 * @param basis        [n, m]; may be empty
 */
export function tridiagonalEigen(
  diagonal: ArrayLike<number>,
  offDiagonal: ArrayLike<number>,
  basis: ArrayLike<number> = [],
): Eigen {
  const n = diagonal.length;
  const d = Float64Array.from(diagonal);
  const e = new Float64Array(n);
  e.set(Array.from(offDiagonal).slice(0, Math.max(0, n - 1)));
  const rows = Float64Array.from(basis);
  const columns = n === 0 ? 0 : rows.length / n;
  // Off-diagonal elements below one rounding of the largest number are nothing: an error no larger than those made before.
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(d[i]) + Math.abs(e[i]));
  const nothing = Number.EPSILON * largest;
  for (let low = 0; low < n; low++) {
    for (let sweep = 0; ; sweep++) {
      let high = low;
      while (high < n - 1 && Math.abs(e[high]) > nothing) high++;
      if (high === low) break;
      if (sweep === 100) throw new Error("internal: an eigenvalue was not found in 100 sweeps");
      sweepUp(d, e, rows, { low, high, columns });
    }
  }
  return sorted(d, rows, columns);
}

/** One QL step on rows low to high, shifted by the eigenvalue of the upper 2 x 2 block that is nearer to d[low]. */
function sweepUp(
  d: Float64Array,
  e: Float64Array,
  rows: Float64Array,
  { low, high, columns }: { readonly low: number; readonly high: number; readonly columns: number },
): void {
  const half = (d[low + 1] - d[low]) / (2 * e[low]);
  const root = length(half, 1);
  let bulge = d[high] - d[low] + e[low] / (half + (half < 0 ? -root : root));
  let sine = 1;
  let cosine = 1;
  let shift = 0;
  for (let i = high - 1; i >= low; i--) {
    const above = sine * e[i];
    const beside = cosine * e[i];
    const r = length(above, bulge);
    e[i + 1] = r;
    if (r === 0) {
      // The matrix has fallen apart here: go on with its parts.
      d[i + 1] -= shift;
      e[high] = 0;
      return;
    }
    sine = above / r;
    cosine = bulge / r;
    const moved = d[i + 1] - shift;
    const change = (d[i] - moved) * sine + 2 * cosine * beside;
    shift = sine * change;
    d[i + 1] = moved + shift;
    bulge = cosine * change - beside;
    rotate(rows, i, columns, cosine, sine);
  }
  d[low] -= shift;
  e[low] = bulge;
  e[high] = 0;
}

/** Rows i and i + 1 turned in their plane. */
function rotate(rows: Float64Array, i: number, columns: number, cosine: number, sine: number): void {
  const first = i * columns;
  const second = first + columns;
  for (let k = 0; k < columns; k++) {
    const a = rows[first + k];
    const b = rows[second + k];
    rows[second + k] = sine * a + cosine * b;
    rows[first + k] = cosine * a - sine * b;
  }
}

/** sqrt(a² + b²) without overflow; Math.hypot is the engine's own. */
function length(a: number, b: number): number {
  const [large, small] = Math.abs(a) > Math.abs(b) ? [Math.abs(a), Math.abs(b)] : [Math.abs(b), Math.abs(a)];
  if (large === 0) return 0;
  const ratio = small / large;
  return large * Math.sqrt(1 + ratio * ratio);
}

/**
 * Reflections H_k = I - s v vᵀ, k = 0 to n - 3, that bring a matrix to tridiagonal form in place. Of `a` only the part below
 * the diagonal is read; each v stays in column k below the diagonal, its s in `scales`.
 */
function tridiagonalise(a: Float64Array, n: number) {
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(Math.max(0, n - 1));
  const scales = new Float64Array(n);
  const v = new Float64Array(n);
  const w = new Float64Array(n);
  for (let k = 0; k < n - 1; k++) {
    diagonal[k] = a[k * n + k];
    let largest = 0;
    for (let i = k + 1; i < n; i++) largest = Math.max(largest, Math.abs(a[i * n + k]));
    let below = 0;
    for (let i = k + 2; i < n; i++) below = Math.max(below, Math.abs(a[i * n + k]));
    if (below === 0) {
      offDiagonal[k] = a[(k + 1) * n + k];
      continue;
    }
    let squares = 0;
    for (let i = k + 1; i < n; i++) {
      v[i] = a[i * n + k] / largest;
      squares += v[i] * v[i];
    }
    const norm = Math.sqrt(squares);
    const reflected = v[k + 1] > 0 ? -norm : norm;
    offDiagonal[k] = reflected * largest;
    v[k + 1] -= reflected;
    // v · v = 2 norm (norm + |x_1|)
    const scale = 1 / (norm * Math.abs(v[k + 1]));
    scales[k] = scale;
    for (let i = k + 1; i < n; i++) a[i * n + k] = v[i];
    reflect(a, n, k, { v, w, scale });
  }
  if (n > 0) diagonal[n - 1] = a[n * n - 1];
  return { diagonal, offDiagonal, scales };
}

/** H A H for the rows and columns behind k, below the diagonal: A - v wᵀ - w vᵀ with w = s A v - (s² vᵀ A v / 2) v. */
function reflect(
  a: Float64Array,
  n: number,
  k: number,
  { v, w, scale }: { readonly v: Float64Array; readonly w: Float64Array; readonly scale: number },
): void {
  w.fill(0, k + 1);
  for (let i = k + 1; i < n; i++) {
    const row = i * n;
    const vi = v[i];
    let total = a[row + i] * vi;
    for (let j = k + 1; j < i; j++) {
      const value = a[row + j];
      total += value * v[j];
      w[j] += value * vi;
    }
    w[i] += total;
  }
  let along = 0;
  for (let i = k + 1; i < n; i++) {
    w[i] *= scale;
    along += w[i] * v[i];
  }
  const half = (along * scale) / 2;
  for (let i = k + 1; i < n; i++) w[i] -= half * v[i];
  for (let i = k + 1; i < n; i++) {
    const row = i * n;
    const vi = v[i];
    const wi = w[i];
    for (let j = k + 1; j <= i; j++) a[row + j] -= vi * w[j] + wi * v[j];
  }
}

/** The product of the reflections, transposed: row i is the i-th vector of the tridiagonal matrix's coordinates. */
function accumulate(a: Float64Array, scales: Float64Array, n: number): Float64Array {
  const q = new Float64Array(n * n);
  for (let i = 0; i < n; i++) q[i * n + i] = 1;
  for (let k = n - 3; k >= 0; k--) {
    if (scales[k] === 0) continue;
    for (let row = 0; row < n; row++) {
      let along = 0;
      for (let i = k + 1; i < n; i++) along += q[row * n + i] * a[i * n + k];
      along *= scales[k];
      for (let i = k + 1; i < n; i++) q[row * n + i] -= along * a[i * n + k];
    }
  }
  return q;
}

function sorted(d: Float64Array, rows: Float64Array, columns: number): Eigen {
  const order = Array.from(d, (_, i) => i).sort((i, j) => d[i] - d[j] || i - j);
  const vectors = new Float64Array(rows.length);
  order.forEach((from, to) => {
    vectors.set(rows.subarray(from * columns, (from + 1) * columns), to * columns);
  });
  return { values: Float64Array.from(order, (i) => d[i]), vectors };
}

function fixSigns(vectors: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const vector = vectors.subarray(i * n, (i + 1) * n);
    let at = 0;
    for (let k = 1; k < n; k++) if (Math.abs(vector[k]) > Math.abs(vector[at])) at = k;
    if (vector[at] < 0) for (let k = 0; k < n; k++) vector[k] = -vector[k];
  }
}
