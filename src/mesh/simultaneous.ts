/**
 * GETMe's simultaneous smoothing: every element takes a step of its flow from the same positions, and each free node goes
 * to the weighted mean of where its elements want it.
 *
 * Vartziotis, Wipper and Papadrakakis 2013; weights (1 - q)^η, relaxation ρ and the guard as in the GETMe framework.
 */

import { InputError, sum } from "../base/index.ts";
import type { ScaleRule } from "./element-flow.ts";
import { stepInPlace } from "./element-flow.ts";
import { topologies } from "./elements.ts";
import { gradientInto } from "./mean-volume.ts";
import { noSliding, type Sliding, slide } from "./sliding.ts";
import { movableElements, type Solids } from "./solids.ts";
import { meanRatiosInto } from "./statistics.ts";

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
  /** Called after each iteration; false stops. */
  readonly onIteration?: (progress: StageProgress) => boolean | undefined;
}

/** Where a stage stands. Elements without a free node do not count in `minFree`, but do in the mean. */
export interface StageProgress {
  readonly iteration: number;
  readonly mean: number;
  readonly minFree: number;
  readonly invalid: number;
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

/** One iteration without guard: positions after it into `next`. `quality` is read where η is not 0. */
export function simultaneousStep(
  solids: Solids,
  points: Float64Array,
  free: Uint8Array,
  movable: Int32Array,
  quality: Float64Array,
  next: Float64Array,
  weight: Float64Array,
  options: { stepFraction: number; weightExponent: number; relaxation: number; scale: ScaleRule; sliding: Sliding },
): void {
  const { stepFraction, weightExponent, relaxation, scale, sliding } = options;
  const { kind, nodes, start } = solids;
  const steps = topologies.map((one) => one.bestStep * stepFraction);
  next.fill(0);
  weight.fill(0);
  for (let i = 0; i < movable.length; i++) {
    const e = movable[i];
    const from = start[e];
    const size = start[e + 1] - from;
    for (let j = 0; j < size; j++) {
      const p = 3 * nodes[from + j];
      local[3 * j] = points[p];
      local[3 * j + 1] = points[p + 1];
      local[3 * j + 2] = points[p + 2];
    }
    if (scale === "radius") radiusStep(kind[e], size, steps[kind[e]]);
    else stepInPlace(kind[e], local, steps[kind[e]], scale);
    let w = 1;
    if (weightExponent !== 0) {
      w = Math.max(1 - quality[e], 1e-12);
      if (weightExponent === 0.5) w = Math.sqrt(w);
    }
    for (let j = 0; j < size; j++) {
      const node = nodes[from + j];
      weight[node] += w;
      next[3 * node] += w * local[3 * j];
      next[3 * node + 1] += w * local[3 * j + 1];
      next[3 * node + 2] += w * local[3 * j + 2];
    }
  }
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

const local = new Float64Array(24);
const gradient = new Float64Array(24);
const move = new Float64Array(3);

/** `stepInPlace` with scale `radius` on `local`, without its other rules: the loop that all of the time goes to. */
function radiusStep(kind: number, size: number, step: number): void {
  const length = 3 * size;
  let cx = 0;
  let cy = 0;
  let cz = 0;
  for (let i = 0; i < length; i += 3) {
    cx += local[i];
    cy += local[i + 1];
    cz += local[i + 2];
  }
  cx /= size;
  cy /= size;
  cz /= size;
  let r2 = 0;
  for (let i = 0; i < length; i += 3) {
    const x = (local[i] -= cx);
    const y = (local[i + 1] -= cy);
    const z = (local[i + 2] -= cz);
    r2 += x * x + y * y + z * z;
  }
  gradientInto(kind, local, gradient);
  let g2 = 0;
  for (let i = 0; i < length; i++) g2 += gradient[i] * gradient[i];
  let t = 0;
  let s = 1;
  if (g2 > 1e-60 * r2 * r2) {
    t = step * Math.sqrt(r2 / g2);
    let y2 = 0;
    for (let i = 0; i < length; i++) {
      const y = local[i] + t * gradient[i];
      local[i] = y;
      y2 += y * y;
    }
    s = Math.sqrt(r2 / y2);
  }
  for (let i = 0; i < length; i += 3) {
    local[i] = cx + s * local[i];
    local[i + 1] = cy + s * local[i + 1];
    local[i + 2] = cz + s * local[i + 2];
  }
}

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
  const { sliding = noSliding(solids.pointCount) } = options;
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
  let now = points.slice();
  let next = new Float64Array(points.length);
  const weight = new Float64Array(solids.pointCount);
  let quality = measure.start.slice();
  let after = quality.slice();
  let last = measure.of(0, quality);
  const bestPoints = now.slice();
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
    simultaneousStep(solids, now, free, movable, quality, next, weight, {
      stepFraction,
      weightExponent,
      relaxation,
      scale,
      sliding,
    });
    meanRatiosInto(solids, next, movable, after);
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
