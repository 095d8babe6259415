/**
 * The normalised gradient flow of the mean volume for one element: inverted or flat, it becomes regular.
 *
 * One step, with X = p - centroid, r = ‖X‖ and G the gradient of the mean volume:
 *
 *     Y = X + τ r G / ‖G‖        p' = centroid + s Y
 *
 * Step and normalisation are our reading of Vartziotis and Himpel 2013, arXiv:1302.6066, whose text we did not have in full.
 */

import { InputError, unknownName } from "../base/index.ts";
import { cubeRoot } from "./cube-root.ts";
import { checkElement } from "./element.ts";
import { type SolidKind, type Topology, topologies, topology } from "./elements.ts";
import { centre, gradientInto, volumeOf, volumeQualityOf } from "./mean-volume.ts";

/**
 * What a step keeps, by the factor s:
 * - `radius`: r, the root of the sum of squared distances to the centroid. Works for inverted and flat elements.
 * - `edge`: the mean length of edges.
 * - `volume`: |V|, with s at most 3r / ‖Y‖, since flat elements would explode.
 * - `none`: nothing, s = 1.
 */
export const scaleRules = ["radius", "edge", "volume", "none"] as const;
export type ScaleRule = (typeof scaleRules)[number];

const centroid = new Float64Array(3);
const gradient = new Float64Array(24);

/**
 * Replaces the coordinates of one element by those after one step. Returns false, and leaves them, for a degenerate
 * element: one whose gradient is 0, such as all nodes on a line.
 */
export function stepInPlace(kind: number, x: Float64Array, step: number, scale: ScaleRule): boolean {
  const { size, edges } = topologies[kind];
  const length = 3 * size;
  const before = scale === "edge" ? meanEdge(edges, x) : 0;
  const r = centre(size, x, centroid);
  const volume = scale === "volume" ? volumeOf(kind, x) : 0;
  gradientInto(kind, x, gradient);
  let squares = 0;
  for (let i = 0; i < length; i++) squares += gradient[i] * gradient[i];
  // Below this the direction is rounding alone: G has the size of r² for any element that is not flat.
  const moves = squares > 1e-60 * r * r * r * r;
  if (moves) {
    const t = (step * r) / Math.sqrt(squares);
    let after = 0;
    for (let i = 0; i < length; i++) {
      x[i] += t * gradient[i];
      after += x[i] * x[i];
    }
    let s = r / Math.sqrt(after);
    if (scale === "none") s = 1;
    else if (scale === "edge") s = before / meanEdge(edges, x);
    else if (scale === "volume") s = Math.min(3 * s, cubeRoot(Math.abs(volume / volumeOf(kind, x))));
    for (let i = 0; i < length; i++) x[i] *= s;
  }
  for (let i = 0; i < length; i++) x[i] += centroid[i % 3];
  return moves;
}

function meanEdge(edges: Topology["edges"], x: Float64Array): number {
  let total = 0;
  for (const [i, j] of edges) {
    const dx = x[3 * i] - x[3 * j];
    const dy = x[3 * i + 1] - x[3 * j + 1];
    const dz = x[3 * i + 2] - x[3 * j + 2];
    total += Math.sqrt(dx * dx + dy * dy + dz * dz);
  }
  return total / edges.length;
}

export interface FlowStepOptions {
  /** τ > 0, dimensionless; default: the step of fastest convergence, 1 to 3 by kind. Inside meshes half of it is better. */
  readonly step?: number;
  readonly scale?: ScaleRule;
}

export interface FlowStep {
  /** [3 size]: the element after the step. */
  readonly points: Float64Array;
  /** The gradient was 0, as when all nodes lie on a line: nothing moved. */
  readonly degenerate: boolean;
}

/**
 * One step of the normalised flow of the mean volume. Commutes with translations, rotations and scaling.
 *
 * @param points  [3 size], in the order of nodes of `elements.ts`
 * @throws InputError  for a step that is not positive, an unknown scale or kind, a wrong number of coordinates
 */
export function flowStep(kind: SolidKind, points: ArrayLike<number>, options: FlowStepOptions = {}): FlowStep {
  const { number, x } = checkElement("flowStep", kind, points);
  const { step, scale } = checkStep("flowStep", kind, options);
  return { degenerate: !stepInPlace(number, x, step, scale), points: x };
}

function checkStep(where: string, kind: SolidKind, options: FlowStepOptions): Required<FlowStepOptions> {
  const { step = topology[kind].bestStep, scale = "radius" } = options;
  if (!(step > 0 && Number.isFinite(step))) throw new InputError(`${where}: step must be positive, got ${step}`);
  if (!scaleRules.includes(scale)) throw unknownName(where, "scale", scale, scaleRules);
  return { step, scale };
}

export interface RegularizeOptions extends FlowStepOptions {
  /** Stop when 1 - q is at most this; default 1e-12. */
  readonly tolerance?: number;
  /** Steps at most; default 1000. */
  readonly maxSteps?: number;
}

export interface Regularized {
  readonly points: Float64Array;
  readonly stop: "regular" | "max steps" | "degenerate";
  /** Mean volume quality at the start and after each step. */
  readonly history: readonly number[];
}

/**
 * Follows the flow until the element is regular: until its mean volume quality is 1 within the tolerance.
 *
 * @throws InputError  as `flowStep`, or for a tolerance or number of steps that is negative
 */
export function regularize(kind: SolidKind, points: ArrayLike<number>, options: RegularizeOptions = {}): Regularized {
  const { tolerance = 1e-12, maxSteps = 1000 } = options;
  const { number, x } = checkElement("regularize", kind, points);
  const { step, scale } = checkStep("regularize", kind, options);
  if (!(tolerance >= 0)) throw new InputError(`regularize: tolerance must be at least 0, got ${tolerance}`);
  if (!(Number.isInteger(maxSteps) && maxSteps >= 0)) {
    throw new InputError(`regularize: maxSteps must be an integer at least 0, got ${maxSteps}`);
  }
  const history: number[] = [];
  for (let steps = 0; ; steps++) {
    const quality = volumeQualityOf(number, x.slice());
    history.push(quality);
    if (1 - quality <= tolerance) return { points: x, stop: "regular", history };
    if (steps === maxSteps) return { points: x, stop: "max steps", history };
    if (!stepInPlace(number, x, step, scale)) return { points: x, stop: "degenerate", history };
  }
}
