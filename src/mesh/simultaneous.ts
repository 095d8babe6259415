/**
 * GETMe's simultaneous smoothing: every element takes a step of its flow from the same positions, and each free node goes
 * to the weighted mean of where its elements want it.
 *
 * Vartziotis, Wipper and Papadrakakis 2013; weights (1 - q)^η, relaxation ρ and the guard as in the GETMe framework.
 */

import { InputError, sum } from "../base/index.ts";
import type { ScaleRule } from "./element-flow.ts";
import { type ElementKernels, elementKernels } from "./element-kernels.ts";
import { topologies } from "./elements.ts";
import { noSliding, type Sliding, slide } from "./sliding.ts";
import { movableElements, type Solids } from "./solids.ts";
import { meanRatiosInto } from "./statistics.ts";
import type { ElementTeam } from "./team.ts";

export interface SimultaneousOptions {
  /** Fraction of each kind's best step; default 0.5. */
  readonly stepFraction?: number;
  /** η: elements weigh max(1 - q, 1e-12)^η in the mean of a node; 0, 0.5 or 1. Default 0.5. */
  readonly weightExponent?: 0 | 0.5 | 1;
  /** ρ in (0, 1]: how far a node goes towards the mean; default 1. */
  readonly relaxation?: number;
  readonly scale?: ScaleRule;
  /** Take back the moves that make a valid element invalid; default true. */
  readonly guard?: boolean;
  /** Stop when the mean quality rises by no more than this; default 1e-4. */
  readonly gain?: number;
  /** Iterations at most; default 10,000. */
  readonly maxIterations?: number;
  /** Nodes among the free ones that only slide. */
  readonly sliding?: Sliding;
  /** Stop as soon as no element is invalid. */
  readonly untilValid?: boolean;
  /** Threads to share the work with. */
  readonly team?: ElementTeam;
  /** Called after each iteration; false stops. */
  readonly onIteration?: (progress: StageProgress) => boolean | undefined;
}

/** Where a stage stands. Elements without a free node do not count in `minFree`, but do in the mean. */
export interface StageProgress {
  readonly iteration: number;
  readonly mean: number;
  readonly minFree: number;
  readonly invalid: number;
  /** Share of the stage's work that is done, in [0, 1], where the stage can tell. */
  readonly done?: number;
}

export interface StageResult {
  /** [3 points]: the best positions seen: fewest invalid elements, then by what the stage aims at. */
  readonly points: Float64Array;
  readonly iterations: number;
  /** The iteration the positions are from; 0 for the input. */
  readonly best: number;
  readonly stop: "converged" | "valid" | "max iterations" | "stopped by caller" | "no free nodes" | "floor not reached";
  readonly history: readonly StageProgress[];
}

/** From sums and weights to positions, in place: the mean relaxed by ρ for free nodes, the old position for others. */
function settle(
  points: Float64Array,
  free: Uint8Array,
  next: Float64Array,
  weight: Float64Array,
  relaxation: number,
  sliding: Sliding,
): void {
  for (let node = 0; node < free.length; node++) {
    const moves = free[node] !== 0 && weight[node] > 0;
    for (let p = 3 * node; p < 3 * node + 3; p++) {
      next[p] = moves ? (1 - relaxation) * points[p] + (relaxation * next[p]) / weight[node] : points[p];
    }
    if (moves && sliding.how[node] !== 0) {
      for (let k = 0; k < 3; k++) move[k] = next[3 * node + k] - points[3 * node + k];
      slide(sliding, node, move, 0);
      for (let k = 0; k < 3; k++) next[3 * node + k] = points[3 * node + k] + move[k];
    }
  }
}

const move = new Float64Array(3);

/**
 * Smooths all free nodes together until the mean ratio's mean stops rising, and returns the best positions seen.
 *
 * It never stops by the mean alone while invalid elements are still getting fewer.
 *
 * @param points  [3 n], unchanged
 * @param free    [n], 1 = may move
 * @throws InputError  for an option out of its range
 */
export function simultaneous(
  solids: Solids,
  points: Float64Array,
  free: Uint8Array,
  options: SimultaneousOptions = {},
): StageResult {
  const { stepFraction = 0.5, weightExponent = 0.5, relaxation = 1, scale = "radius", guard = true } = options;
  const { gain = 1e-4, maxIterations = 10_000, untilValid = false, onIteration } = options;
  const { sliding = noSliding(solids.pointCount), team } = options;
  if (!(stepFraction > 0)) throw new InputError(`simultaneous: stepFraction must be positive, got ${stepFraction}`);
  if (!(relaxation > 0 && relaxation <= 1)) {
    throw new InputError(`simultaneous: relaxation must be in (0, 1], got ${relaxation}`);
  }
  if (![0, 0.5, 1].includes(weightExponent)) {
    throw new InputError(`simultaneous: weightExponent must be 0, 0.5 or 1, got ${weightExponent}`);
  }
  const movable = movableElements(solids, free);
  const measure = new QualityMeasure(solids, points, movable);
  if (movable.length === 0) {
    return { points: points.slice(), iterations: 0, best: 0, stop: "no free nodes", history: [] };
  }
  const loops = elementKernels(solids, movable, 2 * points.length + solids.pointCount + 2 * solids.count, { team });
  let now = copied(loops, points);
  let next = loops.array(points.length);
  const weight = loops.array(solids.pointCount);
  let quality = copied(loops, measure.start);
  let after = copied(loops, measure.start);
  const flow = {
    steps: topologies.map((one) => one.bestStep * stepFraction),
    halves: 2 * weightExponent,
    scale,
  };
  let last = measure.of(0, quality);
  const bestPoints = points.slice();
  let best = last;
  const history: StageProgress[] = [last];
  const done = (stop: StageResult["stop"]): StageResult => ({
    points: bestPoints,
    iterations: history.length - 1,
    best: best.iteration,
    stop,
    history,
  });
  if (untilValid && last.invalid === 0) return done("valid");
  let fewest = last.invalid;
  let sinceFewest = 0;
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    next.fill(0);
    weight.fill(0);
    loops.flowSums(now, quality, next, weight, flow);
    settle(now, free, next, weight, relaxation, sliding);
    loops.meanRatios(next, after);
    if (guard) takeBack(solids, free, movable, now, next, quality, after);
    [now, next] = [next, now];
    [quality, after] = [after, quality];
    const progress = measure.of(iteration, quality);
    history.push(progress);
    if (progress.invalid < best.invalid || (progress.invalid === best.invalid && progress.mean > best.mean)) {
      best = progress;
      bestPoints.set(now);
    }
    if (onIteration?.(progress) === false) return done("stopped by caller");
    if (untilValid && progress.invalid === 0) return done("valid");
    if (progress.invalid < fewest) {
      fewest = progress.invalid;
      sinceFewest = 0;
    } else sinceFewest++;
    const falling = progress.invalid > 0 && sinceFewest < patience;
    if (!falling && progress.mean - last.mean <= gain) return done("converged");
    last = progress;
  }
  return done("max iterations");
}

/** An array of the kernels with the given numbers. */
function copied(loops: ElementKernels, values: Float64Array): Float64Array {
  const made = loops.array(values.length);
  made.set(values);
  return made;
}

/** Iterations that the number of invalid elements may stand still before the mean decides. */
const patience = 10;

/** Mean and least of the qualities; the sum over elements that cannot change is made once. */
class QualityMeasure {
  readonly start: Float64Array;
  private readonly movable: Int32Array;
  private readonly count: number;
  private readonly stillSum: number;
  private readonly stillInvalid: number;

  constructor(solids: Solids, points: Float64Array, movable: Int32Array) {
    const all = Int32Array.from({ length: solids.count }, (_, e) => e);
    this.start = new Float64Array(solids.count);
    meanRatiosInto(solids, points, all, this.start);
    const still = this.start.slice();
    const moves = new Uint8Array(solids.count);
    for (const e of movable) {
      still[e] = 0;
      moves[e] = 1;
    }
    this.stillSum = sum(still);
    this.stillInvalid = this.start.reduce((n, q, e) => (q > 0 || moves[e] === 1 ? n : n + 1), 0);
    this.movable = movable;
    this.count = solids.count;
  }

  of(iteration: number, quality: Float64Array): StageProgress {
    let total = 0;
    let minFree = Number.POSITIVE_INFINITY;
    let invalid = this.stillInvalid;
    for (const e of this.movable) {
      const q = quality[e];
      total += q;
      if (q < minFree) minFree = q;
      if (!(q > 0)) invalid++;
    }
    return { iteration, mean: (this.stillSum + total) / this.count, minFree, invalid };
  }
}

/**
 * Where moving from `before` to `after` made valid elements invalid, nodes go back, in `after`, until it made none.
 *
 * @param before  [3 points]
 * @param after   [3 points], changed in place
 */
export function takeBackInvalid(solids: Solids, free: Uint8Array, before: Float64Array, after: Float64Array): void {
  const movable = movableElements(solids, free);
  const [was, is] = [before, after].map((points) => {
    const quality = new Float64Array(solids.count);
    meanRatiosInto(solids, points, movable, quality);
    return quality;
  });
  takeBack(solids, free, movable, before, after, was, is);
}

/** The guard: nodes of newly invalid elements go back, until there is none. At worst all nodes do, so it ends. */
function takeBack(
  solids: Solids,
  free: Uint8Array,
  movable: Int32Array,
  now: Float64Array,
  next: Float64Array,
  before: Float64Array,
  after: Float64Array,
): void {
  let look = movable;
  for (;;) {
    const touched = new Set<number>();
    for (const e of look) {
      if (after[e] > 0 || !(before[e] > 0)) continue;
      for (let i = solids.start[e]; i < solids.start[e + 1]; i++) {
        const node = solids.nodes[i];
        if (free[node] === 0) continue;
        for (let p = 3 * node; p < 3 * node + 3; p++) next[p] = now[p];
        for (let j = solids.aroundStart[node]; j < solids.aroundStart[node + 1]; j++) touched.add(solids.around[j]);
      }
    }
    if (touched.size === 0) return;
    look = Int32Array.from(touched).sort();
    meanRatiosInto(solids, next, look, after);
  }
}
