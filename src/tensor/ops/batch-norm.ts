/**
 * Standardisation over the batch, and over the pixels of images: the core of batch normalisation.
 *
 * The batch moments are computed once and handed to every operation that would otherwise compute them again. They are a
 * cache: derivatives flow through x alone, which is right because the moments are always those of x.
 */

import type { Operation, Tensor } from "../graph.ts";
import { checkShapes } from "../graph.ts";
import { laneBlocks } from "../lane-blocks.ts";
import { addAll, divide, multiply, negate, onlyIf, scale, square, subtract } from "./arithmetic.ts";
import { rowDot, scaleRows } from "./rows.ts";

const momentsOperation: Operation<undefined> = {
  name: "batchMoments",
  // Only `batchMoments` below makes this node, and hands it only to operations that differentiate through x.
  vjp: () => [undefined],
  jvp: () => undefined,
  emit: (node, emitter) => {
    const [x] = node.inputs;
    const mean = emitter.address(node);
    emitter.call(
      "batchMoments",
      [emitter.address(x), mean, mean + x.channels * emitter.bytesPerElement, x.batch, x.rows, x.pixels],
      x.channels,
    );
  },
};

/**
 * Mean and biased variance of each feature over the batch, of each channel over batch and pixels. Constants to differentiation.
 *
 * @param x  [F, B] or [F, H, W, B]
 * @returns  [2, F]
 */
export function batchMoments(x: Tensor): Tensor {
  checkShapes("batchMoments", "expected a tensor over the batch", x.batched, x);
  return x.graph.node(momentsOperation, [x], undefined, { shape: [2, x.channels], batched: false });
}

interface NormAttributes {
  readonly epsilon: number;
}

const inverseDeviationOperation: Operation<NormAttributes> = {
  name: "inverseDeviation",
  vjp: (node, c) => {
    const [x] = node.inputs;
    return [scaleRows(standardized(x, node.attributes), inverseSlope(node, c, x)), undefined];
  },
  jvp: (node, [dx]) => {
    const [x] = node.inputs;
    return onlyIf(dx, (d) => inverseSlope(node, rowDot(standardized(x, node.attributes), d), x));
  },
  emit: (node, emitter) => {
    const [x, moments] = node.inputs;
    const variance = emitter.address(moments) + x.channels * emitter.bytesPerElement;
    emitter.call("inverseDeviation", [variance, node.attributes.epsilon, emitter.address(node)], x.channels, 16);
  },
};

/** Numbers that a mean is taken over: the batch of each feature, batch times pixels of each channel. */
function countOf(x: Tensor): number {
  return x.batch * x.pixels;
}

/** -r² c / count: what d(1 / sqrt(variance + epsilon)) / dx leaves to be multiplied by the standardised x. */
function inverseSlope(inverse: Tensor, c: Tensor, x: Tensor): Tensor {
  return scale(negate(multiply(square(inverse), c)), 1 / countOf(x));
}

function inverseDeviation(x: Tensor, attributes: NormAttributes): Tensor {
  const spec = { shape: [x.channels], batched: false };
  return x.graph.node(inverseDeviationOperation, [x, batchMoments(x)], attributes, spec);
}

const standardizeOperation: Operation<NormAttributes> = {
  name: "standardize",
  vjp: (node, c) => {
    const inverse = inverseDeviation(node.inputs[0], node.attributes);
    return [standardizeBackward(c, node, inverse), undefined];
  },
  // The Jacobian is symmetric: the tangent goes through the same map as the cotangent.
  jvp: (node, [dx]) =>
    onlyIf(dx, (d) => standardizeBackward(d, node, inverseDeviation(node.inputs[0], node.attributes))),
  emit: (node, emitter) => {
    const [x, moments] = node.inputs;
    const mean = emitter.address(moments);
    const variance = mean + x.channels * emitter.bytesPerElement;
    for (const block of laneBlocks(emitter, node.batch)) {
      const args = [block.of(x), mean, variance, node.attributes.epsilon, block.of(node), x.pixels * block.stride];
      emitter.call("standardize", args, x.channels);
    }
  },
};

function standardized(x: Tensor, attributes: NormAttributes): Tensor {
  return x.graph.node(standardizeOperation, [x, batchMoments(x)], attributes, x);
}

/**
 * (x - mean) / sqrt(variance + epsilon) per feature or channel, mean and biased variance over the batch and the pixels.
 *
 * @param x        [F, B] or [F, H, W, B]
 * @param epsilon  > 0, default 1e-5 as PyTorch's
 */
export function standardize(x: Tensor, { epsilon = 1e-5 }: { readonly epsilon?: number } = {}): Tensor {
  return standardized(x, { epsilon });
}

const standardizeBackwardOperation: Operation<undefined> = {
  name: "standardizeBackward",
  vjp: (node, c, needs) => {
    const [g, h, inverse] = node.inputs;
    return [
      needs[0] ? standardizeBackward(c, h, inverse) : undefined,
      needs[1] ? hCotangent(c, g, h, inverse) : undefined,
      needs[2] ? divide(rowDot(c, node), inverse) : undefined,
    ];
  },
  jvp: (node, [dg, dh, dInverse]) => {
    const [g, h, inverse] = node.inputs;
    return addAll(
      onlyIf(dg, (d) => standardizeBackward(d, h, inverse)),
      onlyIf(dh, (d) => hTangent(d, g, h, inverse)),
      onlyIf(dInverse, (d) => scaleRows(node, divide(d, inverse))),
    );
  },
  emit: (node, emitter) => {
    const addresses = node.inputs.map((input) => emitter.address(input));
    const sizes = [node.batch, node.rows, node.pixels];
    emitter.call("standardizeBackward", [...addresses, emitter.address(node), ...sizes], node.channels);
  },
};

/** The cotangent of h in r (g - mean(g) - h mean(g h)): -r (c mean(g h) + g mean(c h)). */
function hCotangent(c: Tensor, g: Tensor, h: Tensor, inverse: Tensor): Tensor {
  const left = scaleRows(c, multiply(inverse, rowDot(g, h)));
  const right = scaleRows(g, multiply(inverse, rowDot(c, h)));
  return scale(subtract(negate(left), right), 1 / countOf(c));
}

/** The tangent along dh: -r (dh mean(g h) + h mean(g dh)). */
function hTangent(dh: Tensor, g: Tensor, h: Tensor, inverse: Tensor): Tensor {
  const left = scaleRows(dh, multiply(inverse, rowDot(g, h)));
  const right = scaleRows(h, multiply(inverse, rowDot(g, dh)));
  return scale(subtract(negate(left), right), 1 / countOf(h));
}

/** r (g - mean(g) - h mean(g h)) per channel, means over batch and pixels: the symmetric Jacobian of `standardize` applied to g. */
function standardizeBackward(g: Tensor, h: Tensor, inverse: Tensor): Tensor {
  return g.graph.node(standardizeBackwardOperation, [g, h, inverse], undefined, g);
}
