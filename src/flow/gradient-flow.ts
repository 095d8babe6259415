/**
 * Gradient flow and effective gradient flow of given gradients: plain numbers in, one number out.
 *
 * The measures a training records are computed where the gradients are (measure.ts); these are the definitions, for any
 * gradients, and what the tests hold that against.
 */

import { formatShape, InputError, ShapeError, sameShape, sum } from "../base/index.ts";

/** A layer's gradient or mask: flat, or nested rows such as [[1, 2], [3, 4]]. */
export type LayerValues = ArrayLike<number> | readonly LayerValues[];

export interface GradientFlowOptions {
  /** Order of the norm, ≥ 1. Default 2. */
  readonly p?: number;
  /** One per gradient, of its shape, 1 = active: masked positions are left out. Without masks every position counts. */
  readonly masks?: readonly LayerValues[];
}

/**
 * Standard gradient flow: the p-norm of all layers' gradients concatenated into one vector.
 *
 *     gf_p = ‖ (g_1, ..., g_L) ‖_p
 *
 * @param gradients  L arrays of [O, I]: ∂loss/∂weight, before clipping
 * @returns          scalar ≥ 0; NaN where a counted gradient is NaN
 * @throws ShapeError  if a mask and its gradient differ in shape; the message names the layer, from 1
 * @see Tessera, Hooker and Rosman 2021, arXiv:2102.01670, §3
 */
export function gradientFlow(gradients: readonly LayerValues[], { p = 2, masks }: GradientFlowOptions = {}): number {
  const layers = prepare("gradientFlow", gradients, masks, p);
  return root(sum(layers.flatMap((layer) => powers(layer, p))), p);
}

/**
 * Effective gradient flow: the p-norm of each layer's gradient over its active weights, averaged over layers.
 *
 *     EGF_p = (1 / L) Σ_l ‖ g_l ⊙ m_l ‖_p
 *
 * @param gradients  L arrays of [O, I]: ∂loss/∂weight, before clipping
 * @param masks      L arrays of [O, I] in the same order, 1 = active
 * @param p          order of the norm, ≥ 1
 * @returns          scalar ≥ 0, in units of loss per unit of weight
 * @throws ShapeError  if a mask and its gradient differ in shape; the message names the layer
 * @see Tessera, Hooker and Rosman 2021, arXiv:2102.01670. A mean over layers, without division by the number of active
 *      weights: docs/decisions/0004-egf.md says why we read it so.
 */
export function effectiveGradientFlow(gradients: readonly LayerValues[], masks: readonly LayerValues[], p = 2): number {
  const layers = prepare("effectiveGradientFlow", gradients, masks, p);
  return sum(layers.map((layer) => root(sum(powers(layer, p)), p))) / layers.length;
}

/** The counted gradients of each layer, flat. A masked position is left out, whatever it holds, NaN included. */
function prepare(
  where: string,
  gradients: readonly LayerValues[],
  masks: readonly LayerValues[] | undefined,
  p: number,
): number[][] {
  if (!(p >= 1) || p === Number.POSITIVE_INFINITY) {
    throw new InputError(`${where}: the order p must be a finite number ≥ 1, got ${p}`);
  }
  if (gradients.length === 0) throw new InputError(`${where}: expected the gradient of at least one layer, got none`);
  if (masks !== undefined && masks.length !== gradients.length) {
    throw new ShapeError(
      `${where}: expected one mask per layer, got ${masks.length} for ${gradients.length} gradients`,
    );
  }
  return gradients.map((gradient, index) => {
    const layer = `layer ${index + 1}`;
    const shape = shapeOf(`${where}: the gradient of ${layer}`, gradient);
    const values = flatten(gradient);
    if (masks === undefined) return values;
    const maskShape = shapeOf(`${where}: the mask of ${layer}`, masks[index]);
    if (!sameShape(shape, maskShape)) {
      throw new ShapeError(
        `${where}: the mask of ${layer} has shape ${formatShape(maskShape)}, its gradient ${formatShape(shape)}; ` +
          "weights are [fanOut, fanIn]",
      );
    }
    const mask = flatten(masks[index]);
    const bad = mask.findIndex((m) => m !== 0 && m !== 1);
    if (bad >= 0) {
      throw new InputError(`${where}: the mask of ${layer} must hold 0 and 1 only, got ${mask[bad]} at ${bad}`);
    }
    return values.filter((_, i) => mask[i] === 1);
  });
}

function isNested(values: LayerValues): values is readonly LayerValues[] {
  return Array.isArray(values) && values.length > 0 && typeof values[0] === "object";
}

function flatten(values: LayerValues): number[] {
  return isNested(values) ? values.flatMap(flatten) : Array.from(values as ArrayLike<number>);
}

/** The shape of nested rows. @throws ShapeError where rows differ, as they could then be matched with the wrong mask */
function shapeOf(what: string, values: LayerValues): number[] {
  if (!isNested(values)) return [values.length];
  const [first, ...rest] = values.map((row) => shapeOf(what, row));
  const odd = rest.findIndex((shape) => !sameShape(shape, first));
  if (odd >= 0) {
    throw new ShapeError(
      `${what}: rows must have one shape, got ${formatShape(first)} in row 0 and ${formatShape(rest[odd])} in row ${odd + 1}`,
    );
  }
  return [values.length, ...first];
}

function powers(values: readonly number[], p: number): number[] {
  // p = 1 and 2 without any pow; other orders are for exploration and may differ in the last bit between engines.
  if (p === 1) return values.map(Math.abs);
  if (p === 2) return values.map((v) => v * v);
  return values.map((v) => Math.abs(v) ** p);
}

function root(total: number, p: number): number {
  if (p === 1) return total;
  if (p === 2) return Math.sqrt(total);
  return total ** (1 / p);
}
