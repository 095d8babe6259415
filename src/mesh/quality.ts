/**
 * Qualities of one element from its corners: mean ratio, shape and scaled Jacobian. 1 = ideal.
 *
 * With A the corner's three edges, W those of the ideal corner and S = A W⁻¹, a corner's mean ratio is
 * 3 det(S)^(2/3) / ‖S‖². An element with a corner of det A ≤ 0 is invalid: its mean ratio and shape are 0.
 */

import { cubeRoot } from "./cube-root.ts";
import { checkElement } from "./element.ts";
import { type SolidKind, topologies } from "./elements.ts";
import { volumeQualityOf } from "./mean-volume.ts";

/** Corners by kind, as nodes k, a, b, c. */
const corners = topologies.map((one) => Uint8Array.from(one.corners.flat()));
const metrics = topologies.map((one) => Float64Array.from(one.inverseMetric));
const inverseDeterminants = Float64Array.from(topologies, (one) => 1 / one.idealDeterminant);
const jacobianScales = Float64Array.from(topologies, (one) => one.jacobianScale);

/**
 * Mean ratio of the element whose nodes start at nodes[start]: the mean over corners, 0 if any corner is not positive.
 *
 * @param least  true for the minimum over corners instead: the shape
 */
export function meanRatioAt(
  kind: number,
  points: Float64Array,
  nodes: Int32Array,
  start: number,
  least: boolean,
): number {
  const table = corners[kind];
  const metric = metrics[kind];
  const m11 = metric[0];
  const m22 = metric[1];
  const m33 = metric[2];
  const m12 = metric[3];
  const m13 = metric[4];
  const m23 = metric[5];
  const scale = inverseDeterminants[kind];
  let total = 0;
  let lowest = 1;
  for (let i = 0; i < table.length; i += 4) {
    const k = 3 * nodes[start + table[i]];
    const a = 3 * nodes[start + table[i + 1]];
    const b = 3 * nodes[start + table[i + 2]];
    const c = 3 * nodes[start + table[i + 3]];
    const x = points[k];
    const y = points[k + 1];
    const z = points[k + 2];
    const ax = points[a] - x;
    const ay = points[a + 1] - y;
    const az = points[a + 2] - z;
    const bx = points[b] - x;
    const by = points[b + 1] - y;
    const bz = points[b + 2] - z;
    const cx = points[c] - x;
    const cy = points[c + 1] - y;
    const cz = points[c + 2] - z;
    const det = (ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)) * scale;
    if (!(det > 0)) return 0;
    const norm =
      m11 * (ax * ax + ay * ay + az * az) +
      m22 * (bx * bx + by * by + bz * bz) +
      m33 * (cx * cx + cy * cy + cz * cz) +
      m12 * (ax * bx + ay * by + az * bz) +
      m13 * (ax * cx + ay * cy + az * cz) +
      m23 * (bx * cx + by * cy + bz * cz);
    const ratio = (3 * cubeRoot(det * det)) / norm;
    total += ratio;
    if (ratio < lowest) lowest = ratio;
  }
  return least ? lowest : (total * 4) / table.length;
}

/** Least scaled Jacobian of the element whose nodes start at nodes[start]; see `scaledJacobian`. */
export function scaledJacobianAt(kind: number, points: Float64Array, nodes: Int32Array, start: number): number {
  let least = Number.POSITIVE_INFINITY;
  // A tetrahedron has one determinant but four products of edges.
  const table = kind === 0 ? tetrahedronCorners : corners[kind];
  for (let i = 0; i < table.length; i += 4) {
    const det = determinantAt(points, nodes, start, table, i);
    const k = 3 * nodes[start + table[i]];
    let squares = 1;
    for (let j = 1; j < 4; j++) {
      const p = 3 * nodes[start + table[i + j]];
      const dx = points[p] - points[k];
      const dy = points[p + 1] - points[k + 1];
      const dz = points[p + 2] - points[k + 2];
      squares *= dx * dx + dy * dy + dz * dz;
    }
    const scaled = squares > 0 ? det / Math.sqrt(squares) : 0;
    if (scaled < least) least = scaled;
  }
  const scaled = least * jacobianScales[kind];
  return Math.min(scaled, 1);
}

const tetrahedronCorners = Uint8Array.of(0, 1, 2, 3, 1, 2, 0, 3, 2, 0, 1, 3, 3, 0, 2, 1);

/** Least corner determinant of the element whose nodes start at nodes[start]: the Jacobian, in cubic units. */
export function jacobianAt(kind: number, points: Float64Array, nodes: Int32Array, start: number): number {
  const table = corners[kind];
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < table.length; i += 4) {
    least = Math.min(least, determinantAt(points, nodes, start, table, i));
  }
  return least;
}

/** det [pa - pk, pb - pk, pc - pk] of the corner at table[i]. */
export function determinantAt(
  points: Float64Array,
  nodes: Int32Array,
  start: number,
  table: Uint8Array,
  i: number,
): number {
  const k = 3 * nodes[start + table[i]];
  const a = 3 * nodes[start + table[i + 1]];
  const b = 3 * nodes[start + table[i + 2]];
  const c = 3 * nodes[start + table[i + 3]];
  const x = points[k];
  const y = points[k + 1];
  const z = points[k + 2];
  const bx = points[b] - x;
  const by = points[b + 1] - y;
  const bz = points[b + 2] - z;
  const cx = points[c] - x;
  const cy = points[c + 1] - y;
  const cz = points[c + 2] - z;
  return (
    (points[a] - x) * (by * cz - bz * cy) +
    (points[a + 1] - y) * (bz * cx - bx * cz) +
    (points[a + 2] - z) * (bx * cy - by * cx)
  );
}

/** Corners by kind, four nodes each: for the parts that work on determinants. */
export function cornerTable(kind: number): Uint8Array {
  return corners[kind];
}

const inOrder = Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7);

/**
 * Mean ratio in [0, 1]: the mean over corners of 3 det(S)^(2/3) / ‖S‖², 0 if invalid. This is what the smoothers raise and
 * what they stop by. The mean hides one bad corner; `shape` shows it.
 *
 * @param points  [3 size], in the order of nodes of `elements.ts`
 * @throws InputError  if the number of coordinates is not 3 size
 * @see Knupp 2001, "Algebraic mesh quality metrics", SIAM J. Sci. Comput. 23. Verdict's TetShape for tetrahedra.
 */
export function meanRatio(kind: SolidKind, points: ArrayLike<number>): number {
  const { number, x } = checkElement("meanRatio", kind, points);
  return meanRatioAt(number, x, inOrder, 0, false);
}

/** Least mean ratio over corners, in [0, 1]; Verdict's TetShape and HexShape. */
export function shape(kind: SolidKind, points: ArrayLike<number>): number {
  const { number, x } = checkElement("shape", kind, points);
  return meanRatioAt(number, x, inOrder, 0, true);
}

/**
 * Scaled Jacobian: the least over corners of det A / (product of edge lengths), relative to the ideal corner, ≤ 1; negative
 * for inverted corners, below -1 for tetrahedra and wedges turned inside out. Verdict's for tetrahedra and wedges.
 */
export function scaledJacobian(kind: SolidKind, points: ArrayLike<number>): number {
  const { number, x } = checkElement("scaledJacobian", kind, points);
  return scaledJacobianAt(number, x, inOrder, 0);
}

/** A quality of the element whose nodes start at nodes[start]. */
type Measure = (kind: number, points: Float64Array, nodes: Int32Array, start: number) => number;

const local = new Float64Array(24);

/** Coordinates of an element's nodes, beside each other, into x. */
export function gather(points: Float64Array, nodes: Int32Array, start: number, size: number, x: Float64Array): void {
  for (let i = 0; i < size; i++) {
    const p = 3 * nodes[start + i];
    x[3 * i] = points[p];
    x[3 * i + 1] = points[p + 1];
    x[3 * i + 2] = points[p + 2];
  }
}

/** Every quality by name; all but `jacobian` (cubic units) and `edgeRatio` are at most 1, and 1 is best. */
export const qualities = {
  meanRatio: (kind, points, nodes, start) => meanRatioAt(kind, points, nodes, start, false),
  shape: (kind, points, nodes, start) => meanRatioAt(kind, points, nodes, start, true),
  scaledJacobian: scaledJacobianAt,
  jacobian: jacobianAt,
  meanVolume: (kind, points, nodes, start) => {
    gather(points, nodes, start, topologies[kind].size, local);
    return volumeQualityOf(kind, local);
  },
  edgeRatio: (kind, points, nodes, start) => {
    let shortest = Number.POSITIVE_INFINITY;
    let longest = 0;
    for (const [i, j] of topologies[kind].edges) {
      const a = 3 * nodes[start + i];
      const b = 3 * nodes[start + j];
      const dx = points[a] - points[b];
      const dy = points[a + 1] - points[b + 1];
      const dz = points[a + 2] - points[b + 2];
      const squares = dx * dx + dy * dy + dz * dz;
      if (squares < shortest) shortest = squares;
      if (squares > longest) longest = squares;
    }
    return longest > 0 ? Math.sqrt(shortest / longest) : 0;
  },
} satisfies Record<string, Measure>;

export type QualityName = keyof typeof qualities;
