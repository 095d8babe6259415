/**
 * The final stage: maximises the mean quality together with the least, by climbing, from a valid mesh.
 *
 * With q_e the mean ratio of each of the N elements and λ what the least is worth against the mean,
 *
 *     maximise  Σ q_e + λ N t + μ Σ log(q_e - t)   over positions and t,   μ → 0
 *
 * t is a lower bound of all qualities, so for small μ this is N (mean + λ least): the logarithm hands the weight λ N of the
 * least to the few elements that are worst. For given positions t is found by Newton's method, so that a function of the
 * positions is left, smooth wherever all elements are valid. λ walks along the front between best mean and best least
 * quality. Own method; the barrier is Frisch's and the climbing by L-BFGS.
 */

import { InputError, log, sum } from "../base/index.ts";
import { climb } from "./ascent.ts";
import { type ElementKernels, elementKernels } from "./element-kernels.ts";
import type { StageProgress, StageResult } from "./simultaneous.ts";
import { noSliding, type Sliding, slide } from "./sliding.ts";
import { movableElements, type Solids } from "./solids.ts";
import { meanRatiosInto } from "./statistics.ts";
import type { ElementTeam } from "./team.ts";

export interface OptimizeOptions {
  /** λ ≥ 0: how much mean one unit of the least quality is worth; default 0.06. 0 climbs the mean alone, 1 nearly the least alone. */
  readonly leastWeight?: number;
  /** A bound that the least quality must not fall below; the mean is then maximised under it and `leastWeight` is not used. */
  readonly floor?: number;
  /** Bound below which no barrier's walk may end: the way back is taken instead. Default: none, λ alone decides. */
  readonly keep?: number;
  /** Steps at most for each of the 6 values of μ; default 300. */
  readonly maxSteps?: number;
  /** A value of μ is done when a step gains no more than this times N; default 1e-8. At 3e-7 it takes a third of the time, and comes within 0.001 of mean + λ least. */
  readonly gain?: number;
  /** Nodes among the free ones that only slide. */
  readonly sliding?: Sliding;
  /** Threads to share the work with. */
  readonly team?: ElementTeam;
  /** Called after each step; false stops. */
  readonly onIteration?: (progress: StageProgress) => boolean | undefined;
}

/** μ, largest first: each within reach of the one before, the last moving the mean by less than 1e-4. */
const barriers = [0.1, 0.03, 0.01, 0.003, 0.001, 0.0003];

/**
 * Raises mean and least quality of a valid mesh together. Elements without a free node do not count in the least.
 *
 * @param points  [3 n], unchanged; all elements with a free node valid
 * @param free    [n], 1 = may move
 * @returns       the best positions, by mean + λ least, never below the input's; with a floor, all qualities are above it unless the stop is "floor not reached"
 * @throws InputError  for an invalid element with a free node, a weight below 0, or a floor outside [0, 1)
 */
export function optimizeQuality(
  solids: Solids,
  points: Float64Array,
  free: Uint8Array,
  options: OptimizeOptions = {},
): StageResult {
  const { leastWeight = 0.06, floor, keep = 0, maxSteps = 300, gain = 1e-8, onIteration } = options;
  if (!(leastWeight >= 0 && Number.isFinite(leastWeight))) {
    throw new InputError(`optimizeQuality: leastWeight must be at least 0, got ${leastWeight}`);
  }
  if (floor !== undefined && !(floor >= 0 && floor < 1)) {
    throw new InputError(`optimizeQuality: floor must be in [0, 1), got ${floor}`);
  }
  const objective = new Objective(solids, points, free, options.sliding ?? noSliding(solids.pointCount), options.team);
  const history = [objective.start];
  if (objective.movable.length === 0) {
    return { points: points.slice(), iterations: 0, best: 0, stop: "no free nodes", history };
  }
  if (!(objective.start.minFree > 0)) {
    const e = objective.movable.find((one) => !(objective.first[one] > 0)) ?? 0;
    throw new InputError(
      `optimizeQuality: every element that can move must be valid, element ${e} (cell ${solids.cell[e]}) is not; untangle first`,
    );
  }
  const x = objective.variables();
  let best = { x: x.slice(), progress: objective.start };
  let stop: StageResult["stop"] = "converged";
  /** One walk through the barriers; ends early once the least quality is above `until`. */
  const run = (weight: number, hold: number | undefined, until: number): void => {
    objective.weight = weight * solids.count;
    objective.floor = hold;
    const score = ({ mean, minFree }: StageProgress) => mean + weight * minFree;
    const walk = weight === 0 && hold === undefined ? [0] : barriers;
    for (const [index, barrier] of walk.entries()) {
      objective.barrier = barrier;
      const from = history.length;
      climb(objective.value, x, {
        memory: 8,
        maxSteps,
        gain: gain * solids.count,
        firstStep: objective.size * 0.01,
        onStep: () => {
          const progress = objective.progress(history.length);
          history.push(progress);
          const done = (index + (history.length - from) / maxSteps) / walk.length;
          if (onIteration?.({ ...progress, done }) === false) stop = "stopped by caller";
          // A walk that has lost half of what it must keep will be taken back: it need not be walked to its end.
          const lost = history.length - from > 50 && progress.minFree < keep / 2;
          return stop !== "stopped by caller" && !lost;
        },
      });
      // A large barrier blurs the least quality and may lead away from a good start, into a worse valley: the way back is kept.
      const progress = history[history.length - 1];
      const kept = progress.minFree >= Math.min(keep, best.progress.minFree);
      if (kept && score(progress) >= score(best.progress)) best = { x: x.slice(), progress };
      else x.set(best.x);
      if (stop === "stopped by caller" || best.progress.minFree > until) return;
    }
  };
  if (floor === undefined) run(leastWeight, undefined, 1);
  else {
    // The barrier at the floor needs all elements above it; where the input is below, the least is raised first.
    if (!(objective.start.minFree > floor)) run(1, undefined, floor * (1 + 1e-3));
    if (best.progress.minFree > floor) run(0, floor, 1);
    else if (stop === "converged") stop = "floor not reached";
  }
  return {
    points: objective.place(best.x).slice(),
    iterations: history.length - 1,
    best: best.progress.iteration,
    stop,
    history,
  };
}

/** The function that is climbed, over the coordinates of free nodes that have elements. */
class Objective {
  readonly movable: Int32Array;
  /** Mean ratios at the start, by element. */
  readonly first: Float64Array;
  readonly start: StageProgress;
  /** Mean edge of the movable part, times the root of the number of variables: the length of a vector of such moves. */
  readonly size: number;
  weight = 0;
  barrier = 0;
  floor: number | undefined;
  private readonly solids: Solids;
  private readonly loops: ElementKernels;
  private readonly points: Float64Array;
  private readonly sliding: Sliding;
  /** Free nodes with elements, and the place of each point among them, or -1. */
  private readonly nodes: Int32Array;
  private readonly variable: Int32Array;
  private readonly quality: Float64Array;
  /** Gradients of all movable elements; element i's begin at 3 · begin[i]. */
  private readonly slopes: Float64Array;
  private readonly begin: Int32Array;
  private readonly stillSum: number;
  private readonly stillInvalid: number;
  private gap = 1;

  constructor(solids: Solids, points: Float64Array, free: Uint8Array, sliding: Sliding, team?: ElementTeam) {
    this.sliding = sliding;
    this.solids = solids;
    this.movable = movableElements(solids, free);
    const all = Int32Array.from({ length: solids.count }, (_, e) => e);
    this.first = new Float64Array(solids.count);
    meanRatiosInto(solids, points, all, this.first);
    const still = this.first.slice();
    this.begin = new Int32Array(this.movable.length + 1);
    this.movable.forEach((e, i) => {
      still[e] = 0;
      this.begin[i + 1] = this.begin[i] + solids.start[e + 1] - solids.start[e];
    });
    const slopes = 3 * this.begin[this.movable.length];
    this.loops = elementKernels(solids, this.movable, points.length + this.movable.length + slopes, { team });
    this.points = this.loops.array(points.length);
    this.points.set(points);
    this.quality = this.loops.array(this.movable.length);
    this.movable.forEach((e, i) => {
      this.quality[i] = this.first[e];
    });
    this.slopes = this.loops.array(slopes);
    this.stillSum = sum(still);
    const moves = new Set(this.movable);
    this.stillInvalid = all.reduce((n, e) => (this.first[e] > 0 || moves.has(e) ? n : n + 1), 0);
    this.nodes = freeNodes(solids, free);
    this.variable = new Int32Array(solids.pointCount).fill(-1);
    this.nodes.forEach((node, i) => {
      this.variable[node] = i;
    });
    this.size = meanEdge(solids, points, this.movable) * Math.sqrt(3 * this.nodes.length);
    this.start = this.progress(0);
  }

  variables(): Float64Array {
    const x = new Float64Array(3 * this.nodes.length);
    this.nodes.forEach((node, i) => {
      x.set(this.points.subarray(3 * node, 3 * node + 3), 3 * i);
    });
    return x;
  }

  /** All points, with the variables in their places. The array is reused. */
  place(x: Float64Array): Float64Array {
    const { nodes, points } = this;
    for (let i = 0; i < nodes.length; i++) {
      const p = 3 * nodes[i];
      points[p] = x[3 * i];
      points[p + 1] = x[3 * i + 1];
      points[p + 2] = x[3 * i + 2];
    }
    return points;
  }

  /** At the positions of the last value. */
  progress(iteration: number): StageProgress {
    let minFree = Number.POSITIVE_INFINITY;
    let invalid = this.stillInvalid;
    for (const q of this.quality) {
      if (q < minFree) minFree = q;
      if (!(q > 0)) invalid++;
    }
    return { iteration, mean: (this.stillSum + sum(this.quality)) / this.solids.count, minFree, invalid };
  }

  readonly value = (x: Float64Array, g: Float64Array): number => {
    const { movable, quality, barrier } = this;
    const { start } = this.solids;
    if (this.loops.meanRatioGradients(this.place(x), quality, this.slopes) > 0) return Number.NEGATIVE_INFINITY;
    let least = 1;
    for (let i = 0; i < movable.length; i++) if (quality[i] < least) least = quality[i];
    let bound = 0;
    if (barrier > 0) {
      bound = this.floor ?? least - this.gapBelow(least);
      if (!(least > bound)) return Number.NEGATIVE_INFINITY;
    }
    g.fill(0);
    let value = this.floor === undefined ? this.weight * bound : 0;
    let logs = 0;
    let product = 1;
    for (let i = 0; i < movable.length; i++) {
      value += quality[i];
      let w = 1;
      if (barrier > 0) {
        const above = quality[i] - bound;
        w += barrier / above;
        product *= above;
        // One logarithm for many factors: each is in (0, 2), and the product is kept from underflow.
        if (product < 1e-200 || product > 1e200) {
          logs += log(product);
          product = 1;
        }
      }
      this.addSlope(i, start[movable[i]], w, g);
    }
    // Planes and lines do not turn, so projecting the gradient keeps every later step on them.
    for (let v = 0; v < this.nodes.length; v++) slide(this.sliding, this.nodes[v], g, 3 * v);
    return barrier > 0 ? value + barrier * (logs + log(product)) : value;
  };

  private addSlope(i: number, from: number, w: number, g: Float64Array): void {
    const { slopes, begin, variable } = this;
    const { nodes } = this.solids;
    const size = begin[i + 1] - begin[i];
    for (let j = 0; j < size; j++) {
      const v = 3 * variable[nodes[from + j]];
      if (v < 0) continue;
      const s = 3 * (begin[i] + j);
      g[v] += w * slopes[s];
      g[v + 1] += w * slopes[s + 1];
      g[v + 2] += w * slopes[s + 2];
    }
  }

  /**
   * How far the best t lies below the least quality: the root u of Σ 1 / (q - least + u) = weight / barrier, by Newton's method
   * on the reciprocal, which is nearly linear, within the bracket that one and all elements give.
   */
  private gapBelow(least: number): number {
    const { quality } = this;
    const target = this.weight / this.barrier;
    let low = 1 / target;
    let high = quality.length / target;
    let u = Math.min(high, Math.max(low, this.gap));
    for (let step = 0; step < 50; step++) {
      let a = 0;
      let b = 0;
      for (let i = 0; i < quality.length; i++) {
        const r = 1 / (quality[i] - least + u);
        a += r;
        b += r * r;
      }
      if (Math.abs(a - target) <= 1e-10 * target) break;
      if (a > target) low = u;
      else high = u;
      const next = u + (a * (a - target)) / (target * b);
      u = next > low && next < high ? next : (low + high) / 2;
    }
    this.gap = u;
    return u;
  }
}

function freeNodes(solids: Solids, free: Uint8Array): Int32Array {
  const found: number[] = [];
  for (let node = 0; node < solids.pointCount; node++) {
    if (free[node] !== 0 && solids.aroundStart[node + 1] > solids.aroundStart[node]) found.push(node);
  }
  return Int32Array.from(found);
}

/** Mean distance of consecutive nodes of the elements: a length to scale first steps by. */
function meanEdge(solids: Solids, points: Float64Array, elements: Int32Array): number {
  let total = 0;
  let count = 0;
  for (const e of elements) {
    for (let i = solids.start[e] + 1; i < solids.start[e + 1]; i++) {
      const a = 3 * solids.nodes[i - 1];
      const b = 3 * solids.nodes[i];
      const dx = points[a] - points[b];
      const dy = points[a + 1] - points[b + 1];
      const dz = points[a + 2] - points[b + 2];
      total += Math.sqrt(dx * dx + dy * dy + dz * dz);
      count++;
    }
  }
  return count > 0 ? total / count : 0;
}
