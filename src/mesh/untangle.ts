/**
 * Untangles by hinges: each node of an inverted corner goes where the corners around it are positive by a margin.
 *
 * A corner's determinant is affine in the position of one node, so the sum over corners of max(0, β - d) is convex in it;
 * Polyak's step with its known least value 0 finds the minimum. Own method; it keeps neither quality nor shape.
 */

import { topologies } from "./elements.ts";
import { cornerTable, determinantAt, jacobianAt } from "./quality.ts";
import type { Solids } from "./solids.ts";

export interface UntangleOptions {
  /** β as a fraction of the mean |determinant| around the node; default 0.1. */
  readonly margin?: number;
  /** Sweeps at most; default 10. */
  readonly maxSweeps?: number;
}

export interface Untangled {
  readonly points: Float64Array;
  readonly sweeps: number;
  /** Invalid elements left. */
  readonly invalid: number;
}

/**
 * Moves free nodes of invalid elements until all corners are positive, or `maxSweeps` have passed.
 *
 * @param points  [3 n], unchanged
 * @param free    [n], 1 = may move
 */
export function untangle(
  solids: Solids,
  points: Float64Array,
  free: Uint8Array,
  options: UntangleOptions = {},
): Untangled {
  const { margin = 0.1, maxSweeps = 10 } = options;
  const now = points.slice();
  for (let sweeps = 0; ; sweeps++) {
    const bad = badNodes(solids, now);
    if (bad.invalid === 0 || sweeps === maxSweeps) return { points: now, sweeps, invalid: bad.invalid };
    for (const node of bad.nodes) if (free[node] !== 0) settle(solids, now, node, margin);
  }
}

/** Nodes of corners that are not positive, in rising order, and the number of invalid elements. */
function badNodes(solids: Solids, points: Float64Array): { nodes: Int32Array; invalid: number } {
  const found = new Set<number>();
  let invalid = 0;
  for (let e = 0; e < solids.count; e++) {
    const from = solids.start[e];
    if (jacobianAt(solids.kind[e], points, solids.nodes, from) > 0) continue;
    invalid++;
    const table = cornerTable(solids.kind[e]);
    for (let i = 0; i < table.length; i += 4) {
      if (determinantAt(points, solids.nodes, from, table, i) > 0) continue;
      for (let j = 0; j < 4; j++) found.add(solids.nodes[from + table[i + j]]);
    }
  }
  return { nodes: Int32Array.from(found).sort(), invalid };
}

/** The corners that touch a node, each as a plane: d(x) = d0 + g · (x - x0). */
function planes(solids: Solids, points: Float64Array, node: number): { g: number[]; d: number[] } {
  const g: number[] = [];
  const d: number[] = [];
  for (let i = solids.aroundStart[node]; i < solids.aroundStart[node + 1]; i++) {
    const e = solids.around[i];
    const { corners } = topologies[solids.kind[e]];
    const table = cornerTable(solids.kind[e]);
    const from = solids.start[e];
    for (let corner = 0; corner < corners.length; corner++) {
      const nodes = corners[corner].map((j) => solids.nodes[from + j]);
      const place = nodes.indexOf(node);
      if (place < 0) continue;
      d.push(determinantAt(points, solids.nodes, from, table, 4 * corner));
      g.push(...normalAt(points, nodes, place));
    }
  }
  return { g, d };
}

/** Gradient of det [a - k, b - k, c - k] with respect to the node at `place`: the opposite triangle's normal. */
function normalAt(points: Float64Array, nodes: readonly number[], place: number): [number, number, number] {
  // The triangle opposite k, a, b, c, turned so that its normal points to the node.
  const [p, q, r] = [
    [1, 3, 2],
    [0, 2, 3],
    [0, 3, 1],
    [0, 1, 2],
  ][place].map((j) => 3 * nodes[j]);
  const ux = points[q] - points[p];
  const uy = points[q + 1] - points[p + 1];
  const uz = points[q + 2] - points[p + 2];
  const vx = points[r] - points[p];
  const vy = points[r + 1] - points[p + 1];
  const vz = points[r + 2] - points[p + 2];
  return [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
}

/** Polyak's descent of the hinge sum for one node. */
function settle(solids: Solids, points: Float64Array, node: number, margin: number): void {
  const { g, d } = planes(solids, points, node);
  const beta = (margin * d.reduce((total, one) => total + Math.abs(one), 0)) / d.length;
  const origin = points.slice(3 * node, 3 * node + 3);
  const x = origin.slice();
  const value = (at: Float64Array): number => {
    let f = 0;
    for (let i = 0; i < d.length; i++) f += Math.max(0, beta - distance(i, at));
    return f;
  };
  const distance = (i: number, at: Float64Array): number =>
    d[i] + g[3 * i] * (at[0] - origin[0]) + g[3 * i + 1] * (at[1] - origin[1]) + g[3 * i + 2] * (at[2] - origin[2]);
  let f = value(x);
  for (let step = 0; step < 30 && f > 0; step++) {
    const slope = [0, 0, 0];
    for (let i = 0; i < d.length; i++) {
      if (distance(i, x) < beta) for (let k = 0; k < 3; k++) slope[k] += g[3 * i + k];
    }
    const squares = slope[0] * slope[0] + slope[1] * slope[1] + slope[2] * slope[2];
    if (!(squares > 0)) break;
    let t = f / squares;
    let lower = false;
    for (let halving = 0; halving <= 8 && !lower; halving++, t /= 2) {
      const trial = Float64Array.from(x, (one, k) => one + t * slope[k]);
      const at = value(trial);
      if (at < f) {
        f = at;
        x.set(trial);
        lower = true;
      }
    }
    if (!lower) break;
  }
  points.set(x, 3 * node);
}
