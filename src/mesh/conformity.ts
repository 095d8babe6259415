/**
 * Whether elements fit together: faces shared by at most two, seen from opposite sides, whole by whole; no stray points.
 *
 * A mesh of positive elements may still overlap: two that lie on the same side of a shared face fill the same space. Some
 * mesh generators return such meshes as valid.
 */

import { type Faces, facesOf } from "./faces.ts";
import type { Mesh } from "./mesh.ts";
import { type Solids, solidsOf } from "./solids.ts";

export interface Conformity {
  /** Faces used by more than two elements, and the cells that use them. */
  readonly overused: readonly { readonly nodes: readonly number[]; readonly cells: readonly number[] }[];
  /** Pairs of cells on the same side of a shared face: they overlap, or one of them is turned round. */
  readonly overlaps: readonly { readonly nodes: readonly number[]; readonly cells: readonly [number, number] }[];
  /** Quads used once, whose half is a triangle used once: a pyramid is missing between their cells. */
  readonly mismatched: readonly { readonly quad: readonly number[]; readonly triangle: readonly number[] }[];
  /** Pairs of cells with the same nodes. */
  readonly duplicates: readonly (readonly [number, number])[];
  /** Points of no cell of any dimension. */
  readonly unusedPoints: Int32Array;
  /** Pairs of points with equal coordinates: seams that were not sewn together. The second is the higher. */
  readonly coincidentPoints: readonly (readonly [number, number])[];
  /** Faces used by exactly one element. */
  readonly boundaryFaces: number;
  readonly conforming: boolean;
}

/** Checks how the solid elements fit together. @throws InputError  for a mesh without solids */
export function checkConformity(mesh: Mesh): Conformity {
  const solids = solidsOf(mesh, "checkConformity");
  const faces = facesOf(solids);
  const overused: { nodes: number[]; cells: number[] }[] = [];
  const overlaps: { nodes: number[]; cells: [number, number] }[] = [];
  let boundaryFaces = 0;
  for (let f = 0; f < faces.count; f++) {
    const from = faces.start[f];
    const uses = faces.start[f + 1] - from;
    if (uses === 1) boundaryFaces++;
    else if (uses > 2) {
      const cells = [...faces.elements.subarray(from, from + uses)].map((e) => solids.cell[e]);
      overused.push({ nodes: nodesOf(faces, f), cells });
    } else if (faces.sameSide[from + 1] === 1) {
      const [a, b] = [solids.cell[faces.elements[from]], solids.cell[faces.elements[from + 1]]];
      overlaps.push({ nodes: nodesOf(faces, f), cells: [a, b] });
    }
  }
  const mismatched = mismatches(faces);
  const duplicates = duplicateCells(solids);
  const unusedPoints = unused(mesh);
  const coincidentPoints = coincident(mesh.points);
  const wrong = overused.length + overlaps.length + mismatched.length + duplicates.length;
  return {
    overused,
    overlaps,
    mismatched,
    duplicates,
    unusedPoints,
    coincidentPoints,
    boundaryFaces,
    conforming: wrong === 0,
  };
}

function nodesOf(faces: Faces, f: number): number[] {
  return [...faces.nodes.subarray(4 * f, 4 * f + 4)].filter((node) => node >= 0);
}

/** Single triangles inside single quads, found through the quads around the triangle's first node. */
function mismatches(faces: Faces): { quad: number[]; triangle: number[] }[] {
  const quadsAt = new Map<number, number[][]>();
  const triangles: number[][] = [];
  for (let f = 0; f < faces.count; f++) {
    if (faces.start[f + 1] - faces.start[f] !== 1) continue;
    const nodes = nodesOf(faces, f);
    if (nodes.length === 3) triangles.push(nodes);
    else {
      for (const node of nodes) {
        const list = quadsAt.get(node);
        if (list === undefined) quadsAt.set(node, [nodes]);
        else list.push(nodes);
      }
    }
  }
  return triangles.flatMap((triangle) => {
    const quad = quadsAt.get(triangle[0])?.find((one) => triangle.every((node) => one.includes(node)));
    return quad === undefined ? [] : [{ quad, triangle }];
  });
}

/** Elements with the same set of nodes: compared only where they share the first node and it is lowest. */
function duplicateCells(solids: Solids): [number, number][] {
  const found: [number, number][] = [];
  const seen = new Map<string, number>();
  for (let e = 0; e < solids.count; e++) {
    const key = solids.nodes
      .slice(solids.start[e], solids.start[e + 1])
      .sort()
      .join();
    const other = seen.get(key);
    if (other === undefined) seen.set(key, e);
    else found.push([solids.cell[other], solids.cell[e]]);
  }
  return found;
}

function unused(mesh: Mesh): Int32Array {
  const used = new Uint8Array(mesh.points.length / 3);
  for (const { nodes } of mesh.cells) for (const node of nodes) used[node] = 1;
  const found: number[] = [];
  used.forEach((one, node) => {
    if (one === 0) found.push(node);
  });
  return Int32Array.from(found);
}

/** Points equal in all coordinates: neighbours when sorted by x, y, z. */
function coincident(points: Float64Array): [number, number][] {
  const order = Array.from({ length: points.length / 3 }, (_, i) => i);
  const compare = (a: number, b: number): number =>
    points[3 * a] - points[3 * b] || points[3 * a + 1] - points[3 * b + 1] || points[3 * a + 2] - points[3 * b + 2];
  order.sort((a, b) => compare(a, b) || a - b);
  const found: [number, number][] = [];
  for (let i = 1; i < order.length; i++) {
    if (compare(order[i - 1], order[i]) === 0) found.push([order[i - 1], order[i]]);
  }
  return found;
}
