/**
 * The surface of a mesh as formats of surfaces have it: faces of solids that one element uses, seen from outside; of a mesh
 * without solids, its own triangles and quadrilaterals.
 */

import { InputError } from "../../base/index.ts";
import { facesOf } from "../faces.ts";
import { dimensionOf, type Mesh } from "../mesh.ts";
import { solidsOf } from "../solids.ts";

export interface Surface {
  /** [3 n]: the points that faces use, in the order of the mesh. */
  readonly points: Float64Array;
  /** [4 faces]: points of each face; -1 in the last place for triangles. */
  readonly faces: Int32Array;
}

/** @throws InputError  for a mesh without solids and faces */
export function surfaceOf(where: string, mesh: Mesh): Surface {
  const faces = mesh.cells.some(({ kind }) => dimensionOf[kind] === 3) ? outerFaces(where, mesh) : ownFaces(mesh);
  if (faces.length === 0) {
    throw new InputError(`${where}: the mesh must have solids, triangles or quadrilaterals, it has none`);
  }
  const place = new Int32Array(mesh.points.length / 3).fill(-1);
  for (const node of faces) if (node >= 0) place[node] = 0;
  const points: number[] = [];
  for (let i = 0; i < place.length; i++) {
    if (place[i] < 0) continue;
    place[i] = points.length / 3;
    for (let axis = 0; axis < 3; axis++) points.push(mesh.points[3 * i + axis]);
  }
  return { points: Float64Array.from(points), faces: Int32Array.from(faces, (node) => (node < 0 ? -1 : place[node])) };
}

function outerFaces(where: string, mesh: Mesh): number[] {
  const faces = facesOf(solidsOf(mesh, where));
  const outer: number[] = [];
  for (let f = 0; f < faces.count; f++) {
    if (faces.start[f + 1] - faces.start[f] !== 1) continue;
    for (let i = 4 * f; i < 4 * f + 4; i++) outer.push(faces.nodes[i]);
  }
  return outer;
}

function ownFaces(mesh: Mesh): number[] {
  const own: number[] = [];
  for (const { kind, nodes } of mesh.cells) {
    if (kind !== "triangle" && kind !== "quadrilateral") continue;
    const size = kind === "triangle" ? 3 : 4;
    for (let at = 0; at < nodes.length; at += size) {
      for (let i = 0; i < 4; i++) own.push(i < size ? nodes[at + i] : -1);
    }
  }
  return own;
}

/** The faces as triangles, [3 triangles]: a quadrilateral is cut along its shorter diagonal, the first one on a tie. */
export function trianglesOf({ points, faces }: Surface): Int32Array {
  const triangles: number[] = [];
  const squared = (i: number, j: number) => {
    let sum = 0;
    for (let axis = 0; axis < 3; axis++) {
      const difference = points[3 * i + axis] - points[3 * j + axis];
      sum += difference * difference;
    }
    return sum;
  };
  for (let at = 0; at < faces.length; at += 4) {
    const [a, b, c, d] = faces.subarray(at, at + 4);
    if (d < 0) triangles.push(a, b, c);
    else if (squared(a, c) <= squared(b, d)) triangles.push(a, b, c, a, c, d);
    else triangles.push(a, b, d, b, c, d);
  }
  return Int32Array.from(triangles);
}
