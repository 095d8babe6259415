/**
 * Rules that stand in for the backward pass of ReLU; R is the signal at its output, a its output.
 *
 *     gradient  R 1[a > 0]          deconvnet  max(R, 0)
 *     guided    max(R, 0) 1[a > 0]  rectified  R 1[a R > τ] 1[a > 0]
 *
 * Activations other than ReLU keep their own derivative, applied to max(R, 0) where ReLU's would be.
 *
 * @see Zeiler and Fergus 2014, arXiv:1311.2901; Springenberg et al. 2015, arXiv:1412.6806; Kim et al. 2019, arXiv:1902.04893
 */

import type { Activation, Layer } from "../../nn/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { averagePoolMap, crop, divide, mixPixels, multiply, relu, shift, step, zeroPad } from "../../tensor/index.ts";
import type { LayerRule, RuleChoice } from "./backward-pass.ts";
import { ordinary } from "./backward-pass.ts";

const activations =
  (rule: LayerRule): RuleChoice =>
  (layer) =>
    layer.kind === "activation" ? rule : ordinary;

/** The gradient itself. */
export const gradientRules: RuleChoice = () => ordinary;

/** Negative signals stop at every activation, whatever it passed forward. */
export const deconvnetRules = activations((site) => {
  const signal = relu(site.signal);
  return (site.layer as Activation).function === "relu" ? [signal] : ordinary({ ...site, signal });
});

/** Negative signals stop at every activation, and so do those of inactive units. */
export const guidedRules = activations((site) => ordinary({ ...site, signal: relu(site.signal) }));

export interface RectifiedOptions {
  /** a R must be greater. A number, or per layer a mask that says where it is, of the layer's shape. */
  readonly keep: { readonly threshold: number } | { readonly masks: (layer: Layer, site: Tensor) => Tensor };
  /** Whether the border of one pixel of what arrives at a convolution that keeps the size of its image is set to 0. */
  readonly padding: boolean;
  /** Whether maximum pools share their signal in proportion to activations: a avgpoolᵀ(R / (avgpool(a) + 1e-10)). */
  readonly proportional: boolean;
}

/** Rectified gradients. */
export function rectifiedRules({ keep, padding, proportional }: RectifiedOptions): RuleChoice {
  const rectify: LayerRule = (site) => {
    const { layer, output, signal } = site;
    const passes =
      "threshold" in keep ? step(shift(multiply(output, signal), -keep.threshold)) : keep.masks(layer, output);
    return ordinary({ ...site, signal: multiply(signal, passes) });
  };
  const pool: LayerRule = (site) => {
    const { layer, inputs, signal } = site;
    if (layer.kind !== "maxPool") return ordinary(site);
    const [a] = inputs;
    const { kernel: size, stride, padding: pad } = layer;
    const map = averagePoolMap([a.shape[1], a.shape[2]], { size, stride, padding: pad });
    const share = divide(signal, shift(mixPixels(a, map), 1e-10));
    return [multiply(a, mixPixels(share, map.transposed))];
  };
  const convolution: LayerRule = (site) => ordinary({ ...site, signal: withoutBorder(site.signal) });
  return (layer) => {
    if (layer.kind === "activation") return rectify;
    if (layer.kind === "maxPool" && proportional) return pool;
    return padding && keepsSize(layer) ? convolution : ordinary;
  };
}

function keepsSize(layer: Layer): boolean {
  if (layer.kind !== "convolution") return false;
  const { kernel, stride, padding } = layer;
  return kernel.some((size) => size > 1) && kernel.every((size, i) => stride[i] === 1 && 2 * padding[i] === size - 1);
}

function withoutBorder(signal: Tensor): Tensor {
  const [, height, width] = signal.shape;
  if (height < 3 || width < 3) return signal.graph.full(signal, 0);
  const inner = crop(signal, { begin: 1, size: [height - 2, width - 2] });
  return zeroPad(inner, 1);
}
