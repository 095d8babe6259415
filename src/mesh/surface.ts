/**
 * The surface of a mesh as it was given: sliding points are put back onto it, and their planes and tangents follow where they
 * have come to.
 *
 * Sliding moves a point within a plane or along a line; where the surface is curved that leaves it by about h² / 2R, for edges
 * of length h on a radius R. Putting it back keeps volume and shape.
 */

import type { Faces } from "./faces.ts";
import { type Nearest, NearestPieces } from "./nearest.ts";
import type { Sliding } from "./sliding.ts";

/** Triangles and feature edges of a surface. Quadrilaterals count as two triangles. */
export class Surface {
  readonly #triangles: NearestPieces;
  /** [3 triangles]: unit normals. */
  readonly #normals: Float64Array;
  readonly #edges: NearestPieces;
  /** [3 edges]: unit tangents. */
  readonly #tangents: Float64Array;

  /**
   * @param points         [3 n]: positions that the surface is taken from
   * @param cosineOfAngle  cosine of the angle between neighbouring faces above which their common side is an edge
   */
  constructor(faces: Faces, points: Float64Array, cosineOfAngle: number) {
    const triangles: number[] = [];
    for (let f = 0; f < faces.count; f++) {
      if (faces.start[f + 1] - faces.start[f] !== 1) continue;
      const [a, b, c, d] = faces.nodes.subarray(4 * f, 4 * f + 4);
      triangles.push(a, b, c);
      if (d >= 0) triangles.push(a, c, d);
    }
    this.#normals = normalsOf(triangles, points);
    this.#triangles = new NearestPieces(placed(triangles, points), 3);
    const edges = featureEdges(triangles, this.#normals, cosineOfAngle);
    const corners = placed(edges, points);
    this.#edges = new NearestPieces(corners, 2);
    this.#tangents = new Float64Array(corners.length / 2);
    for (let i = 0; i < corners.length / 6; i++) {
      const [x, y, z] = [0, 1, 2].map((k) => corners[6 * i + 3 + k] - corners[6 * i + k]);
      const length = Math.sqrt(x * x + y * y + z * z);
      this.#tangents.set([x / length, y / length, z / length], 3 * i);
    }
  }

  /**
   * Puts a sliding node at points[3 node] onto the surface, or onto an edge of it, and turns its plane or tangent accordingly.
   * Only faces that look within 60 degrees of where its own plane looks are asked, so that a thin wall is not crossed.
   */
  project(sliding: Sliding, node: number, points: Float64Array): void {
    const how = sliding.how[node];
    const [pieces, directions] = how === 1 ? [this.#triangles, this.#normals] : [this.#edges, this.#tangents];
    const own = sliding.direction.subarray(3 * node, 3 * node + 3);
    const cosine = (piece: number) =>
      own[0] * directions[3 * piece] + own[1] * directions[3 * piece + 1] + own[2] * directions[3 * piece + 2];
    const allowed = (piece: number) => (how === 1 ? cosine(piece) > 0.5 : Math.abs(cosine(piece)) > 0.5);
    const { piece, x, y, z } = pieces.find(points, 3 * node, allowed, found);
    if (piece < 0) return;
    points.set([x, y, z], 3 * node);
    const side = how === 2 && cosine(piece) < 0 ? -1 : 1;
    own.set(directions.subarray(3 * piece, 3 * piece + 3).map((value) => side * value));
  }
}

const found: Nearest = { piece: -1, x: 0, y: 0, z: 0 };

/** Coordinates of nodes, one behind the other. */
function placed(nodes: readonly number[], points: Float64Array): Float64Array {
  const made = new Float64Array(3 * nodes.length);
  nodes.forEach((node, i) => {
    made.set(points.subarray(3 * node, 3 * node + 3), 3 * i);
  });
  return made;
}

function normalsOf(triangles: readonly number[], points: Float64Array): Float64Array {
  const normals = new Float64Array(triangles.length);
  for (let i = 0; i < triangles.length; i += 3) {
    const [a, b, c] = [triangles[i], triangles[i + 1], triangles[i + 2]].map((node) => 3 * node);
    const [ux, uy, uz] = [0, 1, 2].map((k) => points[b + k] - points[a + k]);
    const [vx, vy, vz] = [0, 1, 2].map((k) => points[c + k] - points[a + k]);
    const [x, y, z] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
    const length = Math.sqrt(x * x + y * y + z * z);
    // A flat triangle looks nowhere: its zeros let it through no test of direction.
    if (length > 0) normals.set([x / length, y / length, z / length], i);
  }
  return normals;
}

/** Pairs of nodes that are sides of triangles at an angle, or of one triangle alone, or of more than two. */
function featureEdges(triangles: readonly number[], normals: Float64Array, cosineOfAngle: number): number[] {
  const most = triangles.reduce((a, b) => Math.max(a, b), 0) + 1;
  const users = new Map<number, number[]>();
  for (let i = 0; i < triangles.length; i++) {
    const [a, b] = [triangles[i], triangles[i - (i % 3) + ((i + 1) % 3)]];
    const key = Math.min(a, b) * most + Math.max(a, b);
    const list = users.get(key);
    if (list === undefined) users.set(key, [i - (i % 3)]);
    else list.push(i - (i % 3));
  }
  const edges: number[] = [];
  for (const [key, [one, other, ...more]] of users) {
    const dot = other === undefined ? -1 : [0, 1, 2].reduce((sum, k) => sum + normals[one + k] * normals[other + k], 0);
    if (more.length > 0 || dot < cosineOfAngle) edges.push(Math.floor(key / most), key % most);
  }
  return edges;
}
