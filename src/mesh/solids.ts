/**
 * The solid elements of a mesh as flat arrays, and which elements surround each point: what every stage works on.
 *
 * Elements are numbered through the blocks in order, leaving out cells that are not solids.
 */

import { InputError } from "../base/index.ts";
import { solidNumber } from "./elements.ts";
import { checkMesh, type Mesh, nodesPerElement } from "./mesh.ts";

export interface Solids {
  readonly count: number;
  readonly pointCount: number;
  /** [count]: number of the kind in `solidKinds`. */
  readonly kind: Uint8Array;
  /** [count + 1]: where an element's nodes begin in `nodes`. */
  readonly start: Int32Array;
  readonly nodes: Int32Array;
  /** [count]: the element's number among all cells of the mesh. */
  readonly cell: Int32Array;
  /** [pointCount + 1]: where a point's elements begin in `around`. */
  readonly aroundStart: Int32Array;
  /** Elements around each point, in rising order. */
  readonly around: Int32Array;
}

/**
 * The solids of a mesh.
 *
 * @throws InputError  for a mesh whose parts do not fit together, or that has no solid element
 */
export function solidsOf(mesh: Mesh, where = "solidsOf"): Solids {
  checkMesh(where, mesh);
  let count = 0;
  let length = 0;
  for (const { kind, nodes } of mesh.cells) {
    if (solidNumber(kind) < 0) continue;
    count += nodes.length / nodesPerElement[kind];
    length += nodes.length;
  }
  if (count === 0) {
    const kinds = [...new Set(mesh.cells.map(({ kind }) => kind))].join(", ") || "no cells";
    throw new InputError(`${where}: the mesh needs solid elements, it holds ${kinds}; surfaces cannot be smoothed`);
  }
  const kindOf = new Uint8Array(count);
  const start = new Int32Array(count + 1);
  const nodes = new Int32Array(length);
  const cell = new Int32Array(count);
  let element = 0;
  let cells = 0;
  let at = 0;
  for (const block of mesh.cells) {
    const size = nodesPerElement[block.kind];
    const number = solidNumber(block.kind);
    const inBlock = block.nodes.length / size;
    if (number >= 0) {
      nodes.set(block.nodes, at);
      for (let i = 0; i < inBlock; i++) {
        kindOf[element] = number;
        cell[element] = cells + i;
        at += size;
        start[++element] = at;
      }
    }
    cells += inBlock;
  }
  const pointCount = mesh.points.length / 3;
  return { count, pointCount, kind: kindOf, start, nodes, cell, ...incidence(pointCount, start, nodes) };
}

/** Elements around each point, by counting. */
function incidence(
  pointCount: number,
  start: Int32Array,
  nodes: Int32Array,
): { aroundStart: Int32Array; around: Int32Array } {
  const aroundStart = new Int32Array(pointCount + 1);
  for (let i = 0; i < nodes.length; i++) aroundStart[nodes[i] + 1]++;
  for (let i = 0; i < pointCount; i++) aroundStart[i + 1] += aroundStart[i];
  const next = aroundStart.slice(0, pointCount);
  const around = new Int32Array(nodes.length);
  for (let element = 0; element + 1 < start.length; element++) {
    for (let i = start[element]; i < start[element + 1]; i++) around[next[nodes[i]]++] = element;
  }
  return { aroundStart, around };
}

/** Elements with at least one free node: the only ones that smoothing can change, in rising order. */
export function movableElements(solids: Solids, free: Uint8Array): Int32Array {
  const found = new Int32Array(solids.count);
  let count = 0;
  for (let element = 0; element < solids.count; element++) {
    for (let i = solids.start[element]; i < solids.start[element + 1]; i++) {
      if (free[solids.nodes[i]] !== 0) {
        found[count++] = element;
        break;
      }
    }
  }
  return found.slice(0, count);
}
