/**
 * Maps out of one layer's activations A, [C, h, w], and the gradient g of the logit with respect to them. Most give every
 * channel one weight; the rest weigh element by element. All are signed: whoever wants a ReLU applies it.
 *
 * @see Selvaraju et al. 2017, arXiv:1610.02391; Chattopadhay et al. 2018, arXiv:1710.11063; Lerma and Lucas 2022,
 *      arXiv:2205.10838; Draelos and Carin 2020, arXiv:2011.08891; Jiang et al. 2021 (Layer-CAM); Fu et al. 2020, arXiv:2008.02312
 */

import type { Planes } from "./planes.ts";

/** The weight of a channel from its activations and gradients. */
type ChannelWeight = (activations: Float64Array, gradients: Float64Array) => number;
/** What one element adds to the map. */
type Element = (activation: number, gradient: number) => number;

const total = (values: Float64Array, of: (value: number, place: number) => number): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += of(values[i], i);
  return sum;
};

/** Weights of channels. */
export const channelWeights = {
  "grad-cam": (_, g) => total(g, (value) => value) / g.length,
  "grad-cam-plus": (_, g) => total(g, (value) => Math.max(value, 0)) / g.length,
  "grad-cam-absolute": (_, g) => total(g, Math.abs) / g.length,
  "grad-cam-plus-plus": (a, g) => {
    const activity = total(a, (value) => value);
    return total(g, (value) => {
      if (value <= 0) return 0;
      const squared = value * value;
      return (squared / (2 * squared + activity * squared * value + 1e-6)) * value;
    });
  },
  "x-grad-cam": (a, g) => total(g, (value, i) => value * a[i]) / (total(a, (value) => value) + 1e-7),
} as const satisfies Record<string, ChannelWeight>;

/** Maps without weights of channels. */
export const elements = {
  "hires-cam": (a, g) => a * g,
  "element-wise-cam": (a, g) => Math.max(a * g, 0),
  "layer-cam": (a, g) => a * Math.max(g, 0),
} as const satisfies Record<string, Element>;

export type ChannelWeightName = keyof typeof channelWeights;
export type ElementName = keyof typeof elements;

/** The channel weights of every example, [B, C]. */
export function weightsOfChannels(name: ChannelWeightName, activations: Planes, gradients: Planes): Float64Array {
  const { count, channels, height, width } = activations;
  const pixels = height * width;
  return Float64Array.from({ length: count * channels }, (_, plane) => {
    const [begin, end] = [plane * pixels, (plane + 1) * pixels];
    return channelWeights[name](activations.values.subarray(begin, end), gradients.values.subarray(begin, end));
  });
}

/**
 * The map at the layer's own size, one channel, signed.
 *
 * @param activations  A, [B, C, h, w]
 * @param gradients    of the same extent
 * @param rectified    whether max(A, 0) is weighed in place of A, for layers in front of a ReLU. Default false
 */
export function classActivation(
  name: ChannelWeightName | ElementName,
  activations: Planes,
  gradients: Planes,
  rectified = false,
): Planes {
  const { count, channels, height, width } = activations;
  const pixels = height * width;
  const values = new Float64Array(count * pixels);
  const weights =
    name in channelWeights ? weightsOfChannels(name as ChannelWeightName, activations, gradients) : undefined;
  const element = elements[name as ElementName] as Element | undefined;
  for (let plane = 0; plane < count * channels; plane++) {
    const to = Math.floor(plane / channels) * pixels;
    for (let p = 0; p < pixels; p++) {
      const at = plane * pixels + p;
      const a = rectified ? Math.max(activations.values[at], 0) : activations.values[at];
      values[to + p] += weights === undefined ? (element as Element)(a, gradients.values[at]) : weights[plane] * a;
    }
  }
  return { count, channels: 1, height, width, values };
}
