/**
 * Nodes of the surface that may slide: in their plane, or along their edge; the directions are those of the input.
 *
 * A node is of the surface if the normals of the boundary faces around it are within an angle of each other, of an edge if
 * they fall into two such groups, and a corner, which stays, if into more.
 */

import { InputError } from "../base/index.ts";
import type { Faces } from "./faces.ts";

export interface Sliding {
  /** [points]: 0 = moves freely or not at all, 1 = in the plane of `direction`, 2 = along `direction`. */
  readonly how: Uint8Array;
  /** [3 points]: unit normal of the plane, or unit tangent of the edge; 0 elsewhere. */
  readonly direction: Float64Array;
}

/** No node slides. */
export function noSliding(pointCount: number): Sliding {
  return { how: new Uint8Array(pointCount), direction: new Float64Array(3 * pointCount) };
}

/** Replaces the vector at v[at] by the part of it that the node may move by. */
export function slide(sliding: Sliding, node: number, v: Float64Array, at: number): void {
  const how = sliding.how[node];
  if (how === 0) return;
  const { direction } = sliding;
  const x = direction[3 * node];
  const y = direction[3 * node + 1];
  const z = direction[3 * node + 2];
  const along = v[at] * x + v[at + 1] * y + v[at + 2] * z;
  if (how === 1) {
    v[at] -= along * x;
    v[at + 1] -= along * y;
    v[at + 2] -= along * z;
  } else {
    v[at] = along * x;
    v[at + 1] = along * y;
    v[at + 2] = along * z;
  }
}

/**
 * How each node of the boundary may slide.
 *
 * @param points         [3 n]
 * @param cosineOfAngle  cosine of the largest angle between normals of one smooth patch, in (0, 1); √3/2 for 30 degrees
 * @returns              sliding nodes; corners of the boundary have how = 0, and so must be fixed by the caller's mask
 */
export function slidingOf(faces: Faces, points: Float64Array, cosineOfAngle: number): Sliding {
  if (!(cosineOfAngle > 0 && cosineOfAngle < 1)) {
    throw new InputError(`slidingOf: the cosine of the angle must be in (0, 1), got ${cosineOfAngle}`);
  }
  const pointCount = points.length / 3;
  const sliding = noSliding(pointCount);
  const normalsAt = new Map<number, number[][]>();
  for (let f = 0; f < faces.count; f++) {
    if (faces.start[f + 1] - faces.start[f] !== 1) continue;
    const nodes = [...faces.nodes.subarray(4 * f, 4 * f + 4)].filter((node) => node >= 0);
    const normal = areaVector(points, nodes);
    for (const node of nodes) {
      const list = normalsAt.get(node);
      if (list === undefined) normalsAt.set(node, [normal]);
      else list.push(normal);
    }
  }
  for (const [node, normals] of normalsAt) {
    const groups = grouped(normals, cosineOfAngle);
    let direction: number[] | undefined;
    if (groups?.length === 1) {
      direction = unit(groups[0]);
      sliding.how[node] = 1;
    } else if (groups?.length === 2) {
      direction = unit(cross(unit(groups[0]), unit(groups[1])));
      sliding.how[node] = 2;
    }
    if (direction?.every(Number.isFinite)) sliding.direction.set(direction, 3 * node);
    else sliding.how[node] = 0;
  }
  return sliding;
}

/** Sums of the normals of each group, or undefined for more than two: each joins the first group it is near to. */
function grouped(normals: readonly number[][], cosine: number): number[][] | undefined {
  const groups: number[][] = [];
  const first: number[][] = [];
  for (const normal of normals) {
    const direction = unit(normal);
    const at = first.findIndex((one) => dot(one, direction) >= cosine);
    if (at >= 0) groups[at] = groups[at].map((x, k) => x + normal[k]);
    else if (groups.length === 2) return undefined;
    else {
      groups.push(normal);
      first.push(direction);
    }
  }
  return groups;
}

/** Area vector of a triangle or quad: half the cross product of its diagonals, or of two sides. */
function areaVector(points: Float64Array, nodes: readonly number[]): number[] {
  const p = nodes.map((node) => [points[3 * node], points[3 * node + 1], points[3 * node + 2]]);
  const [u, v] = p.length === 3 ? [minus(p[1], p[0]), minus(p[2], p[0])] : [minus(p[2], p[0]), minus(p[3], p[1])];
  return cross(u, v).map((x) => x / 2);
}

function minus(a: readonly number[], b: readonly number[]): number[] {
  return a.map((x, k) => x - b[k]);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: readonly number[], b: readonly number[]): number[] {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function unit(a: readonly number[]): number[] {
  const length = Math.sqrt(dot(a, a));
  return a.map((x) => x / length);
}
