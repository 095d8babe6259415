/**
 * Laplacian smoothing, plain and smart: the baselines that other smoothers are measured against.
 *
 * Plain: every free node goes to the mean of its neighbours by edges, all at once; it can invert elements. Smart: one node
 * after the other, and a move is kept only if the sum of the mean ratios around the node rises.
 */

import { InputError } from "../base/index.ts";
import { topologies } from "./elements.ts";
import { meanRatioAt } from "./quality.ts";
import { noSliding, type Sliding, slide } from "./sliding.ts";
import type { Solids } from "./solids.ts";

export interface LaplacianOptions {
  /** Sweeps; default 20. */
  readonly iterations?: number;
  /** In (0, 1]: how far a node goes towards the mean; default 1. */
  readonly relaxation?: number;
  readonly sliding?: Sliding;
}

/** Neighbours by edges of each point, in the order in which its elements name them. */
function neighbours(solids: Solids): { begin: Int32Array; nodes: Int32Array } {
  const begin = new Int32Array(solids.pointCount + 1);
  const found: number[] = [];
  const seen = new Int32Array(solids.pointCount).fill(-1);
  for (let node = 0; node < solids.pointCount; node++) {
    for (let i = solids.aroundStart[node]; i < solids.aroundStart[node + 1]; i++) {
      const e = solids.around[i];
      for (const [j, k] of topologies[solids.kind[e]].edges) {
        const a = solids.nodes[solids.start[e] + j];
        const b = solids.nodes[solids.start[e] + k];
        const other = a === node ? b : b === node ? a : -1;
        if (other < 0 || seen[other] === node) continue;
        seen[other] = node;
        found.push(other);
      }
    }
    begin[node + 1] = found.length;
  }
  return { begin, nodes: Int32Array.from(found) };
}

function check(where: string, iterations: number, relaxation: number): void {
  if (!(Number.isInteger(iterations) && iterations >= 0)) {
    throw new InputError(`${where}: iterations must be an integer at least 0, got ${iterations}`);
  }
  if (!(relaxation > 0 && relaxation <= 1)) {
    throw new InputError(`${where}: relaxation must be in (0, 1], got ${relaxation}`);
  }
}

/** Where a node goes from `points`, into move as a difference. */
function towardsMean(
  points: Float64Array,
  near: { begin: Int32Array; nodes: Int32Array },
  node: number,
  relaxation: number,
  move: Float64Array,
): void {
  const from = near.begin[node];
  const to = near.begin[node + 1];
  move.fill(0);
  for (let i = from; i < to; i++) for (let k = 0; k < 3; k++) move[k] += points[3 * near.nodes[i] + k];
  for (let k = 0; k < 3; k++) move[k] = relaxation * (move[k] / (to - from) - points[3 * node + k]);
}

/**
 * Plain Laplacian smoothing.
 *
 * @param points  [3 n], unchanged
 * @param free    [n], 1 = may move
 * @returns       [3 n]
 */
export function laplacian(
  solids: Solids,
  points: Float64Array,
  free: Uint8Array,
  options: LaplacianOptions = {},
): Float64Array {
  const { iterations = 20, relaxation = 1, sliding = noSliding(solids.pointCount) } = options;
  check("laplacian", iterations, relaxation);
  const near = neighbours(solids);
  const move = new Float64Array(3);
  let now = points.slice();
  let next = points.slice();
  for (let iteration = 0; iteration < iterations; iteration++) {
    for (let node = 0; node < solids.pointCount; node++) {
      if (free[node] === 0 || near.begin[node] === near.begin[node + 1]) continue;
      towardsMean(now, near, node, relaxation, move);
      slide(sliding, node, move, 0);
      for (let k = 0; k < 3; k++) next[3 * node + k] = now[3 * node + k] + move[k];
    }
    [now, next] = [next, now];
  }
  return now;
}

/** Smart Laplacian smoothing: stops early when a sweep keeps no move. Arguments as `laplacian`. */
export function smartLaplacian(
  solids: Solids,
  points: Float64Array,
  free: Uint8Array,
  options: LaplacianOptions = {},
): Float64Array {
  const { iterations = 20, relaxation = 1, sliding = noSliding(solids.pointCount) } = options;
  check("smartLaplacian", iterations, relaxation);
  const near = neighbours(solids);
  const move = new Float64Array(3);
  const now = points.slice();
  const around = (node: number): number => {
    let total = 0;
    for (let i = solids.aroundStart[node]; i < solids.aroundStart[node + 1]; i++) {
      const e = solids.around[i];
      total += meanRatioAt(solids.kind[e], now, solids.nodes, solids.start[e], false);
    }
    return total;
  };
  for (let iteration = 0, kept = 1; iteration < iterations && kept > 0; iteration++) {
    kept = 0;
    for (let node = 0; node < solids.pointCount; node++) {
      if (free[node] === 0 || near.begin[node] === near.begin[node + 1]) continue;
      const before = around(node);
      const old = now.slice(3 * node, 3 * node + 3);
      towardsMean(now, near, node, relaxation, move);
      slide(sliding, node, move, 0);
      for (let k = 0; k < 3; k++) now[3 * node + k] += move[k];
      if (around(node) > before) kept++;
      else now.set(old, 3 * node);
    }
  }
  return now;
}
