/** Faces of the solids of a mesh, each with the elements that use it: sorted by their nodes, without hashing. */

import { topologies } from "./elements.ts";
import type { Solids } from "./solids.ts";

export interface Faces {
  readonly count: number;
  /** [4 count]: nodes of each face in the order of its first element, seen from outside; -1 in the last place for triangles. */
  readonly nodes: Int32Array;
  /** [count + 1]: where a face's uses begin in `elements` and `sides`. */
  readonly start: Int32Array;
  /** Elements that use a face, in rising order. */
  readonly elements: Int32Array;
  /** 1 where the element sees the face turned as the first one does, so that both lie on the same side of it. */
  readonly sameSide: Uint8Array;
}

/** All faces, in the order of their lowest nodes. */
export function facesOf(solids: Solids): Faces {
  const { uses, elements, keys, rings } = collect(solids);
  const order = sortedBy(keys, uses, solids.pointCount);
  const nodes = new Int32Array(4 * uses);
  const start = new Int32Array(uses + 1);
  const users = new Int32Array(uses);
  const sameSide = new Uint8Array(uses);
  let count = 0;
  let first = -1;
  for (let i = 0; i < uses; i++) {
    const use = order[i];
    if (first < 0 || !sameNodes(keys, first, use)) {
      first = use;
      nodes.set(rings.subarray(4 * use, 4 * use + 4), 4 * count);
      start[count++] = i;
    }
    users[i] = elements[use];
    sameSide[i] = first === use || sameTurn(rings, first, use) ? 1 : 0;
  }
  start[count] = uses;
  return { count, nodes: nodes.slice(0, 4 * count), start: start.slice(0, count + 1), elements: users, sameSide };
}

/** Every use of a face: its nodes in order of the element (rings) and sorted (keys), -1 for a missing fourth node. */
function collect(solids: Solids): { uses: number; elements: Int32Array; keys: Int32Array; rings: Int32Array } {
  let uses = 0;
  for (let e = 0; e < solids.count; e++) uses += topologies[solids.kind[e]].faces.length;
  const elements = new Int32Array(uses);
  const keys = new Int32Array(4 * uses);
  const rings = new Int32Array(4 * uses).fill(-1);
  let use = 0;
  for (let e = 0; e < solids.count; e++) {
    for (const face of topologies[solids.kind[e]].faces) {
      elements[use] = e;
      for (let i = 0; i < face.length; i++) rings[4 * use + i] = solids.nodes[solids.start[e] + face[i]];
      const key = keys.subarray(4 * use, 4 * use + 4);
      key.set(rings.subarray(4 * use, 4 * use + 4));
      // Sorting a triangle's -1 to the front keeps triangles and quads apart.
      key.sort();
      use++;
    }
  }
  return { uses, elements, keys, rings };
}

/** Uses in the order of their sorted nodes, then of their number: four stable counting passes, last node first. */
function sortedBy(keys: Int32Array, uses: number, pointCount: number): Int32Array {
  let order = Int32Array.from({ length: uses }, (_, i) => i);
  let next = new Int32Array(uses);
  for (let place = 3; place >= 0; place--) {
    const begin = new Int32Array(pointCount + 2);
    for (let i = 0; i < uses; i++) begin[keys[4 * i + place] + 2]++;
    for (let i = 0; i < pointCount; i++) begin[i + 1] += begin[i];
    for (let i = 0; i < uses; i++) next[begin[keys[4 * order[i] + place] + 1]++] = order[i];
    [order, next] = [next, order];
  }
  return order;
}

function sameNodes(keys: Int32Array, one: number, other: number): boolean {
  for (let i = 0; i < 4; i++) if (keys[4 * one + i] !== keys[4 * other + i]) return false;
  return true;
}

/** Whether two rings of the same nodes run the same way round: the node after the first ring's first is the same. */
function sameTurn(rings: Int32Array, one: number, other: number): boolean {
  const size = rings[4 * one + 3] < 0 ? 3 : 4;
  const begin = rings.indexOf(rings[4 * one], 4 * other) - 4 * other;
  return rings[4 * other + ((begin + 1) % size)] === rings[4 * one + 1];
}
