/**
 * The loss along the straight line between two solutions, and the barrier on it.
 *
 *     θ(α) = (1 - α) θ_start + α θ_end
 *     barrier = max over α in [0, 1] of L(θ(α)) - max(L(θ(0)), L(θ(1)))
 *
 * All points of the line share one mask. Batch norm's learned scales and shifts are trained, and move along the line; its
 * running statistics are not, and are put on a line of their own, which is exact at both ends. In between they are not those
 * that the network would gather there, so that with batch norm a barrier is mostly too high.
 *
 * @see Evci et al. 2022, arXiv:2010.03533; Frankle et al. 2020, arXiv:1912.05671
 */

import { InputError } from "../../base/index.ts";
import { buildNetwork, type Mask, type Network } from "../../nn/index.ts";
import { maskUnion } from "../../sparsity/index.ts";
import type { Engine } from "../../tensor/index.ts";
import { type Examples, type LossAndAccuracy, LossSurface } from "./loss-surface.ts";
import { checkSameArchitecture, maskOfTensor, type Solution, type SolutionTensor, valuesAt } from "./solution.ts";

/** The mask of all points of a line. The paper's is that of the start; the union leaves both ends what they are. */
export type LineMask = "union" | "start" | "end";

export interface InterpolationOptions {
  /** Default -0.2, -0.15, ..., 1.2: the paper's 29. */
  readonly alphas?: readonly number[];
  /** Default "union". */
  readonly mask?: LineMask;
  readonly onPoint?: (done: number, total: number) => void;
}

export interface LinePoint extends LossAndAccuracy {
  readonly alpha: number;
}

export interface Interpolation {
  readonly start: string;
  readonly end: string;
  readonly mask: LineMask;
  readonly points: readonly LinePoint[];
  /** ≥ 0; NaN where the alphas lack 0 or 1. */
  readonly barrier: number;
}

/** -0.2 to 1.2 in steps of 0.05. */
export const paperAlphas: readonly number[] = Array.from({ length: 29 }, (_, i) => (i - 4) / 20);

/**
 * Walks the line. Takes memory on the engine for one network, and gives it back.
 *
 * @throws InputError  where the solutions are of different architectures
 */
export function interpolate(
  engine: Engine,
  [start, end]: readonly [Solution, Solution],
  examples: Examples,
  options: InterpolationOptions = {},
): Interpolation {
  const { alphas = paperAlphas, mask = "union", onPoint } = options;
  checkSameArchitecture("interpolate", start, end);
  const wrong = alphas.find((alpha) => !Number.isFinite(alpha));
  if (wrong !== undefined) throw new InputError(`interpolate: alphas must be finite numbers, got ${wrong}`);
  using _ = engine.scope();
  const masks = lineMasks(start, end, mask);
  const network = buildNetwork(engine, start.architecture, { seed: 0, masks: weightMasks(start, masks) });
  const ends = start.tensors.map((tensor, i) => {
    const shared = masks.get(tensor.name);
    return [valuesAt(tensor, shared), valuesAt(end.tensors[i], shared)] as const;
  });
  const surface = new LossSurface(engine, network, examples);
  const points = alphas.map((alpha, index): LinePoint => {
    placeAt(network, ends, alpha);
    const point = { alpha, ...surface.evaluate() };
    onPoint?.(index + 1, alphas.length);
    return point;
  });
  return { start: start.name, end: end.name, mask, points, barrier: barrierOf(points) };
}

/** max L - max(L(0), L(1)) over the points with α in [0, 1]; NaN where 0 or 1 is missing. */
export function barrierOf(points: readonly Pick<LinePoint, "alpha" | "loss">[]): number {
  const lossAt = (alpha: number) => points.find((point) => point.alpha === alpha)?.loss ?? Number.NaN;
  const between = points.filter(({ alpha }) => alpha >= 0 && alpha <= 1).map(({ loss }) => loss);
  return Math.max(...between) - Math.max(lossAt(0), lossAt(1));
}

/** Masks by array; none for one that is dense all along the line. */
function lineMasks(start: Solution, end: Solution, rule: LineMask): Map<string, Mask> {
  const masks = new Map<string, Mask>();
  start.tensors.forEach((tensor, i) => {
    const mask = lineMask(tensor, end.tensors[i], rule);
    if (mask !== undefined) masks.set(tensor.name, mask);
  });
  return masks;
}

function lineMask(start: SolutionTensor, end: SolutionTensor, rule: LineMask): Mask | undefined {
  switch (rule) {
    case "start":
      return start.mask;
    case "end":
      return end.mask;
    case "union": {
      if (start.mask === undefined || end.mask === undefined) return undefined;
      return maskUnion(maskOfTensor(start), maskOfTensor(end));
    }
    default:
      return rule satisfies never;
  }
}

/** One per weight layer, in order. */
function weightMasks({ tensors }: Solution, masks: ReadonlyMap<string, Mask>): (Mask | undefined)[] {
  return tensors.filter(({ role }) => role === "weight").map(({ name }) => masks.get(name));
}

function placeAt(network: Network, ends: readonly (readonly [Float64Array, Float64Array])[], alpha: number): void {
  const variables = [...network.parameters.map(({ variable }) => variable), ...network.buffers];
  variables.forEach((variable, i) => {
    const [a, b] = ends[i];
    // Both ends come out to the bit.
    variable.set(a.map((value, k) => (1 - alpha) * value + alpha * b[k]));
  });
}
