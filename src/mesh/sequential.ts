/**
 * GETMe's sequential smoothing: the worst element steps, again and again, and its neighbours put up with it.
 *
 * It raises the least quality; the mean may fall a little. Penalties keep a hopeless element from blocking the queue.
 */

import { InputError } from "../base/index.ts";
import { stepInPlace } from "./element-flow.ts";
import { topologies } from "./elements.ts";
import { MinTree } from "./min-tree.ts";
import { gather, meanRatioAt } from "./quality.ts";
import type { StageProgress, StageResult } from "./simultaneous.ts";
import { noSliding, type Sliding, slide } from "./sliding.ts";
import { movableElements, type Solids } from "./solids.ts";
import { meanRatiosInto } from "./statistics.ts";

export interface SequentialOptions {
  /** ρ in (0, 1]: how far nodes go towards the stepped element; default 0.01. */
  readonly relaxation?: number;
  /** Fraction of each kind's best step; default 1. */
  readonly stepFraction?: number;
  /** Steps between two looks at the least quality; default 100. */
  readonly period?: number;
  /** Looks without gain before it stops; default 20. */
  readonly patience?: number;
  /** Steps at most; default 1,000,000. */
  readonly maxIterations?: number;
  /** Nodes among the free ones that only slide. */
  readonly sliding?: Sliding;
  /** Called at each look; false stops. */
  readonly onIteration?: (progress: StageProgress) => boolean | undefined;
}

/** Penalties on the key q: same element again, step refused, and what an accepted step gives back. GETMe's defaults. */
const againPenalty = 1e-5;
const refusedPenalty = 1e-4;
const acceptedBonus = 1e-3;

/**
 * Steps the worst element until the least quality over elements with a free node stops rising, and returns the best
 * positions seen. A step that makes an element around it invalid is taken back.
 *
 * @param points  [3 n], unchanged
 * @param free    [n], 1 = may move
 * @throws InputError  for an option out of its range
 */
export function sequential(
  solids: Solids,
  points: Float64Array,
  free: Uint8Array,
  options: SequentialOptions = {},
): StageResult {
  const { relaxation = 0.01, stepFraction = 1, period = 100, patience = 20, maxIterations = 1_000_000 } = options;
  if (!(relaxation > 0 && relaxation <= 1)) {
    throw new InputError(`sequential: relaxation must be in (0, 1], got ${relaxation}`);
  }
  if (!(stepFraction > 0)) throw new InputError(`sequential: stepFraction must be positive, got ${stepFraction}`);
  const movable = movableElements(solids, free);
  if (movable.length === 0) {
    return { points: points.slice(), iterations: 0, best: 0, stop: "no free nodes", history: [] };
  }
  const queue = new Queue(solids, points, free, movable, options.sliding ?? noSliding(solids.pointCount));
  const saved = new Saved(points, solids.pointCount);
  let best = queue.progress(0);
  const history = [best];
  const done = (stop: StageResult["stop"], iterations: number): StageResult => ({
    points: saved.points,
    iterations,
    best: best.iteration,
    stop,
    history,
  });
  let looks = 0;
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    queue.step(relaxation, stepFraction, saved);
    if (iteration % period !== 0) continue;
    const progress = queue.progress(iteration);
    history.push(progress);
    looks++;
    if (progress.invalid < best.invalid || (progress.invalid === best.invalid && progress.minFree > best.minFree)) {
      best = progress;
      saved.save(queue.points);
      looks = 0;
    }
    if (options.onIteration?.(progress) === false) return done("stopped by caller", iteration);
    if (looks >= patience) return done("converged", iteration);
  }
  return done("max iterations", maxIterations);
}

/** The best positions, brought up to date where nodes have moved since. */
class Saved {
  readonly points: Float64Array;
  private readonly moved: Uint8Array;
  private readonly list: Int32Array;
  private count = 0;

  constructor(points: Float64Array, pointCount: number) {
    this.points = points.slice();
    this.moved = new Uint8Array(pointCount);
    this.list = new Int32Array(pointCount);
  }

  note(node: number): void {
    if (this.moved[node] === 1) return;
    this.moved[node] = 1;
    this.list[this.count++] = node;
  }

  save(points: Float64Array): void {
    for (let i = 0; i < this.count; i++) {
      const node = this.list[i];
      this.moved[node] = 0;
      for (let p = 3 * node; p < 3 * node + 3; p++) this.points[p] = points[p];
    }
    this.count = 0;
  }
}

/** Elements by quality and penalty, and by quality alone. */
class Queue {
  readonly points: Float64Array;
  private readonly solids: Solids;
  private readonly free: Uint8Array;
  private readonly sliding: Sliding;
  private readonly movable: Int32Array;
  /** Position of an element in `movable`, or -1. */
  private readonly place: Int32Array;
  private readonly quality: Float64Array;
  private readonly penalty: Float64Array;
  private readonly byKey: MinTree;
  private readonly least: MinTree;
  private readonly seen: Int32Array;
  private readonly touched: Int32Array;
  private readonly fresh: Float64Array;
  private readonly before = new Float64Array(24);
  private readonly local = new Float64Array(24);
  private readonly move = new Float64Array(3);
  private round = 0;
  private last = -1;
  private total = 0;
  private invalid = 0;
  private readonly stillSum: number;

  constructor(solids: Solids, points: Float64Array, free: Uint8Array, movable: Int32Array, sliding: Sliding) {
    this.sliding = sliding;
    this.solids = solids;
    this.points = points.slice();
    this.free = free;
    this.movable = movable;
    this.place = new Int32Array(solids.count).fill(-1);
    movable.forEach((e, i) => {
      this.place[e] = i;
    });
    const all = new Float64Array(solids.count);
    meanRatiosInto(
      solids,
      points,
      Int32Array.from({ length: solids.count }, (_, e) => e),
      all,
    );
    let still = 0;
    for (let e = 0; e < solids.count; e++) {
      if (this.place[e] < 0) still += all[e];
      if (!(all[e] > 0)) this.invalid++;
    }
    this.stillSum = still;
    this.quality = Float64Array.from(movable, (e) => all[e]);
    for (const q of this.quality) this.total += q;
    this.penalty = new Float64Array(movable.length);
    this.byKey = new MinTree(this.quality.slice());
    this.least = new MinTree(this.quality);
    this.seen = new Int32Array(solids.count);
    this.touched = new Int32Array(solids.count);
    this.fresh = new Float64Array(solids.count);
  }

  progress(iteration: number): StageProgress {
    return {
      iteration,
      mean: (this.stillSum + this.total) / this.solids.count,
      minFree: this.quality[this.least.top()],
      invalid: this.invalid,
    };
  }

  /** One step of the element on top. */
  step(relaxation: number, stepFraction: number, saved: Saved): void {
    const { solids, points, free } = this;
    const top = this.byKey.top();
    const e = this.movable[top];
    if (top === this.last) this.penalty[top] += againPenalty;
    this.last = top;
    const from = solids.start[e];
    const size = solids.start[e + 1] - from;
    gather(points, solids.nodes, from, size, this.before);
    this.local.set(this.before);
    stepInPlace(solids.kind[e], this.local, topologies[solids.kind[e]].bestStep * stepFraction, "radius");
    for (let j = 0; j < size; j++) {
      const node = solids.nodes[from + j];
      if (free[node] === 0) continue;
      for (let k = 0; k < 3; k++) this.move[k] = relaxation * (this.local[3 * j + k] - this.before[3 * j + k]);
      slide(this.sliding, node, this.move, 0);
      for (let k = 0; k < 3; k++) points[3 * node + k] = this.before[3 * j + k] + this.move[k];
    }
    const count = this.measureAround(e);
    if (count >= 0) this.accept(e, top, count, saved);
    else {
      for (let j = 0; j < size; j++) points.set(this.before.subarray(3 * j, 3 * j + 3), 3 * solids.nodes[from + j]);
      this.penalty[top] += refusedPenalty;
      this.byKey.set(top, this.quality[top] + this.penalty[top]);
    }
  }

  /** Qualities of all elements around the free nodes of e; their number, or -1 if one has become invalid. */
  private measureAround(e: number): number {
    const { solids, points, free } = this;
    const round = ++this.round;
    let count = 0;
    for (let i = solids.start[e]; i < solids.start[e + 1]; i++) {
      const node = solids.nodes[i];
      if (free[node] === 0) continue;
      for (let j = solids.aroundStart[node]; j < solids.aroundStart[node + 1]; j++) {
        const other = solids.around[j];
        if (this.seen[other] === round) continue;
        this.seen[other] = round;
        const q = meanRatioAt(solids.kind[other], points, solids.nodes, solids.start[other], false);
        if (!(q > 0) && this.quality[this.place[other]] > 0) return -1;
        this.touched[count] = other;
        this.fresh[count++] = q;
      }
    }
    return count;
  }

  private accept(e: number, top: number, count: number, saved: Saved): void {
    const { solids, quality, penalty } = this;
    for (let i = solids.start[e]; i < solids.start[e + 1]; i++) {
      if (this.free[solids.nodes[i]] !== 0) saved.note(solids.nodes[i]);
    }
    penalty[top] = Math.max(0, penalty[top] - acceptedBonus);
    for (let i = 0; i < count; i++) {
      const at = this.place[this.touched[i]];
      const q = this.fresh[i];
      this.total += q - quality[at];
      if (q > 0 && !(quality[at] > 0)) this.invalid--;
      this.least.set(at, q);
      this.byKey.set(at, q + penalty[at]);
    }
  }
}
