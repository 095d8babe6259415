/**
 * The three products of a convolution, each other's derivatives: forward, gradient of the input, gradient of the weights.
 * Dense weights are [O, I / groups, kernelY, kernelX]; sparse ones the values [active] of a pattern over [O, taps], a tap
 * being (input channel of the group, y, x) in this order, and cost O(active weights x pixels x batch). Nothing is laid out
 * as columns: a tap is an address. As in deep learning everywhere, the kernel is not mirrored: cross-correlation.
 */

import { ShapeError } from "../../base/index.ts";
import type { ConvolutionShape, Pair } from "../convolution-shape.ts";
import { checkConvolution, outputImage, tapsOf } from "../convolution-shape.ts";
import type { Operation, Tensor } from "../graph.ts";
import { checkShapes } from "../graph.ts";
import type { SparsePattern } from "../sparse-pattern.ts";
import { addAll, onlyIf } from "./arithmetic.ts";
import {
  type ConvolutionAttributes,
  emitForward,
  emitInputGradient,
  emitWeightGradient,
  forwardScratch,
  inputGradientScratch,
} from "./convolution-calls.ts";

const convolutionOperation: Operation<ConvolutionAttributes> = {
  name: "convolution",
  finishes: true,
  vjp: ({ inputs: [weight, x], attributes }, c, needs) => [
    needs[0] ? outerOf(attributes, c, x) : undefined,
    needs[1] ? transposedOf(attributes, weight, c) : undefined,
  ],
  jvp: ({ inputs: [weight, x], attributes }, [dWeight, dx]) =>
    addAll(
      onlyIf(dWeight, (d) => forwardOf(attributes, d, x)),
      onlyIf(dx, (d) => forwardOf(attributes, weight, d)),
    ),
  scratchBytes: ({ attributes, inputs: [, x] }, bytes) => forwardScratch(attributes.shape, x) * bytes,
  emit: emitForward,
};

const transposedOperation: Operation<ConvolutionAttributes> = {
  name: "convolutionTransposed",
  finishes: true,
  vjp: ({ inputs: [weight, y], attributes }, c, needs) => [
    needs[0] ? outerOf(attributes, y, c) : undefined,
    needs[1] ? forwardOf(attributes, weight, c) : undefined,
  ],
  jvp: ({ inputs: [weight, y], attributes }, [dWeight, dy]) =>
    addAll(
      onlyIf(dWeight, (d) => transposedOf(attributes, d, y)),
      onlyIf(dy, (d) => transposedOf(attributes, weight, d)),
    ),
  scratchBytes: ({ attributes, inputs: [weight, y] }, bytes) =>
    inputGradientScratch(attributes, weight, y).elements * bytes,
  emit: emitInputGradient,
};

const outerOperation: Operation<ConvolutionAttributes> = {
  name: "convolutionOuter",
  vjp: ({ inputs: [y, x], attributes }, c, needs) => [
    needs[0] ? forwardOf(attributes, c, x) : undefined,
    needs[1] ? transposedOf(attributes, c, y) : undefined,
  ],
  jvp: ({ inputs: [y, x], attributes }, [dy, dx]) =>
    addAll(
      onlyIf(dy, (d) => outerOf(attributes, d, x)),
      onlyIf(dx, (d) => outerOf(attributes, y, d)),
    ),
  scratchBytes: ({ attributes, inputs: [, x] }, bytes) => forwardScratch(attributes.shape, x) * bytes,
  emit: emitWeightGradient,
};

function forwardOf(attributes: ConvolutionAttributes, weight: Tensor, x: Tensor): Tensor {
  const shape = [attributes.shape.outChannels, ...outputImage(attributes.shape), x.batch];
  return x.graph.node(convolutionOperation, [weight, x], attributes, { shape, batched: true });
}

function transposedOf(attributes: ConvolutionAttributes, weight: Tensor, y: Tensor): Tensor {
  const shape = [attributes.shape.inChannels, ...attributes.shape.image, y.batch];
  return y.graph.node(transposedOperation, [weight, y], attributes, { shape, batched: true });
}

function outerOf(attributes: ConvolutionAttributes, y: Tensor, x: Tensor): Tensor {
  return y.graph.node(outerOperation, [y, x], attributes, { shape: weightShape(attributes), batched: false });
}

function weightShape({ shape, pattern }: ConvolutionAttributes): readonly number[] {
  if (pattern !== undefined) return [pattern.active];
  return [shape.outChannels, shape.inChannels / shape.groups, ...shape.kernel];
}

export interface ConvolutionOptions {
  /** Pixels of the input from one of the result to the next. Default 1. */
  readonly stride?: Pair;
  /** Zeros on each side, default 0. */
  readonly padding?: Pair;
  /** Default 1; as many as channels for a depthwise convolution. */
  readonly groups?: number;
}

/**
 * Cross-correlation of images with a dense weight, PyTorch's Conv2d without its bias.
 *
 * @param weight  [O, I / groups, kernelY, kernelX]
 * @param x       [I, H, W, B]
 * @returns       [O, floor((H + 2 paddingY - kernelY) / strideY) + 1, ... , B]
 * @throws ShapeError, InputError  where the numbers do not fit, or the kernel is larger than the padded image
 */
export function convolution(weight: Tensor, x: Tensor, options: ConvolutionOptions = {}): Tensor {
  const { stride = [1, 1], padding = [0, 0], groups = 1 } = options;
  const fits = weight.shape.length === 4 && !weight.batched && x.batched && x.shape.length === 4;
  checkShapes(
    "convolution",
    "weights are [O, I / groups, height, width] and the input [I, H, W, batch]",
    fits,
    weight,
    x,
  );
  const [outChannels, ofGroup, kernelY, kernelX] = weight.shape;
  const [inChannels, height, width] = x.shape;
  const shape: ConvolutionShape = {
    inChannels,
    image: [height, width],
    outChannels,
    kernel: [kernelY, kernelX],
    stride,
    padding,
    groups,
  };
  checkConvolution("convolution", shape);
  checkShapes(
    "convolution",
    `with ${groups} groups weights must have I / groups`,
    ofGroup * groups === inChannels,
    weight,
    x,
  );
  return forwardOf({ shape }, weight, x);
}

/**
 * Cross-correlation of images with the active weights of a pattern.
 *
 * @param pattern  over [O, I / groups x kernelY x kernelX]
 * @param values   [active]
 * @param x        [I, H, W, B]
 */
export function sparseConvolution(
  pattern: SparsePattern,
  values: Tensor,
  x: Tensor,
  options: ConvolutionOptions & { readonly kernel: Pair },
): Tensor {
  const { kernel, stride = [1, 1], padding = [0, 0], groups = 1 } = options;
  checkShapes("sparseConvolution", "the input must be [I, H, W, batch]", x.batched && x.shape.length === 4, x);
  const [inChannels, height, width] = x.shape;
  const shape: ConvolutionShape = {
    inChannels,
    image: [height, width],
    outChannels: pattern.fanOut,
    kernel,
    stride,
    padding,
    groups,
  };
  checkConvolution("sparseConvolution", shape);
  if (tapsOf(shape) !== pattern.fanIn) {
    throw new ShapeError(
      `sparseConvolution: a kernel of ${kernel.join(" x ")} on ${inChannels} channels in ${groups} groups has ${tapsOf(shape)} taps, ` +
        `the pattern ${pattern.fanIn} columns`,
    );
  }
  const fits = !values.batched && values.shape.length === 1 && values.shape[0] === pattern.active;
  checkShapes("sparseConvolution", `the values must be [${pattern.active}]`, fits, values);
  return forwardOf({ shape, pattern }, values, x);
}
