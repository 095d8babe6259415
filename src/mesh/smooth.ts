/**
 * The default smoother, a composition: untangle, smooth all nodes together, then climb mean and least quality.
 *
 * 1. While elements are invalid: up to 3 rounds of the unguarded simultaneous flow (η 0), then of the hinge untangler.
 * 2. Guarded simultaneous smoothing, η 0.5, half of the best step.
 * 3. `optimize` (default), GETMe's `sequential`, or `none`.
 *
 * By default the least quality over elements that can move is never made worse: where it would be, the last stage holds it,
 * and where even that fails, the input comes back.
 */

import { InputError, unknownName } from "../base/index.ts";
import { type FreeOptions, freeOf } from "./boundary.ts";
import { facesOf } from "./faces.ts";
import { type Mesh, withPoints } from "./mesh.ts";
import { type OptimizeOptions, optimizeQuality } from "./optimize-quality.ts";
import { sequential } from "./sequential.ts";
import { type StageProgress, type StageResult, simultaneous, takeBackInvalid } from "./simultaneous.ts";
import { noSliding, type Sliding, slidingOf } from "./sliding.ts";
import { type Solids, solidsOf } from "./solids.ts";
import { type QualitySummary, qualityOf, summarize } from "./statistics.ts";
import { Surface } from "./surface.ts";
import type { ElementTeam } from "./team.ts";
import { untangle } from "./untangle.ts";
import { volumeSum } from "./validity.ts";

export const finishes = ["optimize", "sequential", "none"] as const;
export type Finish = (typeof finishes)[number];

export interface SmoothOptions extends FreeOptions {
  /** What the surface does: stays (default), or its points slide on it and along its edges, corners fixed. */
  readonly boundary?: "fix" | "slide";
  /** Last stage; default `optimize`. `sequential` is GETMe's own and knows no weight. */
  readonly finish?: Finish;
  /** What one unit of the least quality is worth in mean quality; see `optimizeQuality`. Default 0.06. */
  readonly leastWeight?: number;
  /** Bound that the least quality must keep; see `optimizeQuality`. */
  readonly floor?: number;
  /** Iterations at most, of each stage, and of the climb for each of its 6 barriers. Default: what the stages have. */
  readonly maxIterations?: number;
  /** Return the input where the result has a lower least quality, or more invalid elements; default true. */
  readonly neverWorse?: boolean;
  /** Threads to share the work with (`startElementTeam`); the result is the same with any number of them. */
  readonly team?: ElementTeam;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SmoothProgress) => void;
}

export type StageName = "untangle by flow" | "untangle by hinges" | "simultaneous" | Exclude<Finish, "none">;

export interface SmoothProgress extends StageProgress {
  readonly stage: StageName;
}

export interface StageReport {
  readonly stage: StageName;
  readonly stop: string;
  readonly iterations: number;
  readonly mean: number;
  readonly minFree: number;
  readonly invalid: number;
}

export interface SmoothResult {
  /** The smoothed mesh; the input itself where nothing better was found. Cells and fields are shared with the input. */
  readonly mesh: Mesh;
  readonly free: Uint8Array;
  readonly before: QualitySummary;
  readonly after: QualitySummary;
  readonly stages: readonly StageReport[];
  /** `kept input`: its least quality was higher than all that was found. */
  readonly stop: "done" | "stopped by caller" | "kept input" | "nothing to move" | "invalid elements left";
  /** Volume after less before: rounding alone while the surface stays, and what sliding cut or added where it does not. */
  readonly volumeChange: number;
}

/** 30 degrees between the normals of a smooth patch. */
const cosineOfFeature = Math.sqrt(3) / 2;

/**
 * Smooths a mesh of solid elements; the mesh given is not changed.
 *
 * @throws InputError  for a mesh without solids, or options that do not fit it
 */
export function smooth(mesh: Mesh, options: SmoothOptions = {}): SmoothResult {
  const { boundary = "fix", finish = "optimize", maxIterations, team } = options;
  if (maxIterations !== undefined && !(Number.isInteger(maxIterations) && maxIterations >= 1)) {
    throw new InputError(`smooth: maxIterations must be an integer at least 1, got ${maxIterations}`);
  }
  if (!finishes.includes(finish)) throw unknownName("smooth", "finish", finish, finishes);
  if (boundary !== "fix" && boundary !== "slide") {
    throw unknownName("smooth", "boundary", boundary, ["fix", "slide"]);
  }
  const solids = solidsOf(mesh, "smooth");
  const faces = facesOf(solids);
  const free = freeOf(mesh, solids, faces, options);
  let sliding = noSliding(solids.pointCount);
  let surface: Surface | undefined;
  if (boundary === "slide") {
    sliding = slidingOf(faces, mesh.points, cosineOfFeature);
    releaseSliding(mesh, solids, free, sliding, options);
    surface = new Surface(faces, mesh.points, cosineOfFeature);
  }
  const run = new Run(mesh, solids, free, { sliding, surface }, options);
  run.untangleAll();
  run.stage("simultaneous", (points, onIteration) =>
    simultaneous(solids, points, free, { sliding, maxIterations, team, onIteration }),
  );
  run.finish(finish);
  return run.result();
}

/** Frees the surface's nodes that slide, unless an interface or the caller holds them. */
function releaseSliding(mesh: Mesh, solids: Solids, free: Uint8Array, sliding: Sliding, options: FreeOptions): void {
  const held = freeOf(mesh, solids, boundaryless(facesOf(solids)), options);
  sliding.how.forEach((how, node) => {
    if (how !== 0 && held[node] !== 0) free[node] = 1;
  });
}

/** The faces between two elements alone. */
function boundaryless(faces: ReturnType<typeof facesOf>): ReturnType<typeof facesOf> {
  const inner: number[] = [];
  for (let f = 0; f < faces.count; f++) if (faces.start[f + 1] - faces.start[f] > 1) inner.push(f);
  const start = new Int32Array(inner.length + 1);
  inner.forEach((f, i) => {
    start[i + 1] = start[i] + faces.start[f + 1] - faces.start[f];
  });
  return {
    count: inner.length,
    nodes: Int32Array.from(inner.flatMap((f) => [...faces.nodes.subarray(4 * f, 4 * f + 4)])),
    start,
    elements: Int32Array.from(inner.flatMap((f) => [...faces.elements.subarray(faces.start[f], faces.start[f + 1])])),
    sameSide: Uint8Array.from(inner.flatMap((f) => [...faces.sameSide.subarray(faces.start[f], faces.start[f + 1])])),
  };
}

/** One run: the positions, and what the stages said. */
class Run {
  private readonly mesh: Mesh;
  private readonly solids: Solids;
  private readonly free: Uint8Array;
  private readonly sliding: Sliding;
  private readonly surface: Surface | undefined;
  private readonly options: SmoothOptions;
  private readonly before: QualitySummary;
  private readonly stages: StageReport[] = [];
  private points: Float64Array;
  private stopped = false;
  private keptInput = false;

  constructor(
    mesh: Mesh,
    solids: Solids,
    free: Uint8Array,
    { sliding, surface }: { readonly sliding: Sliding; readonly surface: Surface | undefined },
    options: SmoothOptions,
  ) {
    this.mesh = mesh;
    this.solids = solids;
    this.free = free;
    this.sliding = sliding;
    this.surface = surface;
    this.options = options;
    this.points = mesh.points;
    this.before = this.summary(mesh.points);
  }

  private summary(points: Float64Array): QualitySummary {
    return summarize(this.solids, points, qualityOf(this.solids, points), { free: this.free });
  }

  /** Invalid elements among those that can move. */
  private get tangled(): boolean {
    const { minFree } = this.summary(this.points);
    return !(minFree > 0);
  }

  stage(
    stage: StageName,
    work: (points: Float64Array, onIteration: (progress: StageProgress) => boolean) => StageResult,
  ): void {
    if (this.stopped) return;
    const { signal, onProgress } = this.options;
    const ended = work(this.points, (progress) => {
      onProgress?.({ stage, ...progress });
      return signal?.aborted !== true;
    });
    if (ended.stop !== "no free nodes") this.points = this.onSurface(ended.points);
    this.stopped = ended.stop === "stopped by caller";
    this.report(stage, ended.stop, ended.iterations);
  }

  /** Sliding nodes put back onto the surface, but for those that would spoil an element by it. */
  private onSurface(points: Float64Array): Float64Array {
    const { surface, sliding, free } = this;
    if (surface === undefined) return points;
    const projected = points.slice();
    for (let node = 0; node < free.length; node++) {
      if (free[node] !== 0 && sliding.how[node] !== 0) surface.project(sliding, node, projected);
    }
    takeBackInvalid(this.solids, free, points, projected);
    return projected;
  }

  private report(stage: StageName, stop: string, iterations: number): void {
    const { mean, minFree, invalid } = this.summary(this.points);
    this.stages.push({ stage, stop, iterations, mean, minFree, invalid });
  }

  untangleAll(): void {
    const { solids, free, sliding } = this;
    for (let round = 0; round < 3 && this.tangled && !this.stopped; round++) {
      this.stage("untangle by flow", (points, onIteration) =>
        simultaneous(solids, points, free, {
          weightExponent: 0,
          guard: false,
          untilValid: true,
          maxIterations: 30,
          sliding,
          team: this.options.team,
          onIteration,
        }),
      );
      if (!this.tangled || this.stopped) return;
      const { points, sweeps } = untangle(solids, this.points, interiorOf(free, sliding));
      this.points = points;
      this.report("untangle by hinges", this.tangled ? "max iterations" : "valid", sweeps);
    }
  }

  finish(finish: Finish): void {
    const { solids, free, sliding } = this;
    const { leastWeight, floor, maxIterations, team, neverWorse = true } = this.options;
    if (finish === "none" || this.stopped) return;
    // Climbing starts from valid meshes only; the sequential flow takes any.
    if (finish === "sequential" || this.tangled) {
      this.stage("sequential", (points, onIteration) =>
        sequential(solids, points, free, { sliding, maxIterations, onIteration }),
      );
      return;
    }
    const climb = (given: OptimizeOptions) =>
      this.stage("optimize", (points, onIteration) =>
        optimizeQuality(solids, points, free, { ...given, maxSteps: maxIterations, sliding, team, onIteration }),
      );
    const given = this.summary(this.points).minFree;
    // Who says a weight wants that trade; without one, what the stage before had reached is kept too.
    const reached = leastWeight === undefined ? given : 0;
    climb({ leastWeight, floor, keep: neverWorse ? Math.max(reached, this.before.minFree) : 0 });
    // Where the weight traded the input's least quality away, the best mean that keeps it.
    const { minFree } = this.before;
    if (neverWorse && this.summary(this.points).minFree < minFree && minFree < 1) climb({ floor: minFree });
  }

  result(): SmoothResult {
    let after = this.summary(this.points);
    const { neverWorse = true } = this.options;
    const worse =
      after.invalid > this.before.invalid ||
      (after.invalid === this.before.invalid && after.minFree < this.before.minFree);
    if (neverWorse && worse) {
      this.points = this.mesh.points;
      this.keptInput = true;
      after = this.before;
    }
    const { solids, mesh, points } = this;
    return {
      mesh: points === mesh.points ? mesh : withPoints(mesh, points),
      free: this.free,
      before: this.before,
      after,
      stages: this.stages,
      stop: this.stopReason(after),
      volumeChange: volumeSum(solids, points) - volumeSum(solids, mesh.points),
    };
  }

  private stopReason(after: QualitySummary): SmoothResult["stop"] {
    if (!this.free.includes(1)) return "nothing to move";
    if (this.stopped) return "stopped by caller";
    if (this.keptInput) return "kept input";
    return after.invalid > 0 ? "invalid elements left" : "done";
  }
}

/** The free nodes that do not slide. */
function interiorOf(free: Uint8Array, sliding: Sliding): Uint8Array {
  return free.map((one, node) => (sliding.how[node] === 0 ? one : 0));
}
