/**
 * FullGrad: the logit of a piecewise linear network as a sum over its input and its biases, and maps made of the terms.
 *
 *     S = Σ x ∂S/∂x + Σ_layers Σ b ∂S/∂z
 *
 * @see Srinivas and Fleuret 2019, arXiv:1905.00780; the rescaling is that of their code, idiap/fullgrad-saliency
 */

import type { Planes } from "./planes.ts";
import { example, mapPlanes, reduceChannels, sizeOfOne } from "./planes.ts";
import { type Upsampling, upsample } from "./upsample.ts";

/** How a term becomes part of the map: its magnitude rescaled to [0, 1], its positive part so, or as it is. */
export const termForms = ["absolute", "positive", "signed"] as const;
export type TermForm = (typeof termForms)[number];

/** |m|, or max(m, 0), minus its minimum over all channels of an example, over its range there plus 1e-6. */
function rescaled(term: Planes, form: "absolute" | "positive"): Planes {
  const magnitude = mapPlanes(term, form === "absolute" ? Math.abs : (value) => Math.max(value, 0));
  for (let b = 0; b < term.count; b++) {
    const values = example(magnitude, b);
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
    for (let i = 0; i < values.length; i++) values[i] = (values[i] - low) / (high - low + 1e-6);
  }
  return magnitude;
}

/** One term at the size of the input, its channels summed. */
export function termMap(term: Planes, size: readonly [number, number], form: TermForm, how: Upsampling): Planes {
  const shown = form === "signed" ? term : rescaled(term, form);
  // Resizing is linear and the same for each channel: the sum first is the same and cheaper.
  return upsample(reduceChannels(shown, "sum"), size, how);
}

/** b_c ∂S/∂z_c. @param bias  [C]; for features [F], one number each */
export function biasTerm(signal: Planes, bias: Float64Array): Planes {
  const group = sizeOfOne(signal) / bias.length;
  const values = signal.values.slice();
  // A number per channel: a loop for each, since FullGrad over noise spends most of its time here.
  for (let begin = 0, channel = 0; begin < values.length; begin += group, channel++) {
    const b = bias[channel % bias.length];
    for (let i = begin; i < begin + group; i++) values[i] *= b;
  }
  return { ...signal, values };
}
