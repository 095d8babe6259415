/**
 * Activations, elementwise. The common ones have a kernel for the value and one for gradient times derivative; what those
 * leave to second and higher derivatives is written in the same operations, so that every order exists.
 *
 * At 0 the derivative of ReLU is 0 and that of PReLU its slope, as PyTorch's.
 */

import type { Operation, Tensor } from "../graph.ts";
import { checkShapes } from "../graph.ts";
import {
  add,
  addAll,
  applyUnary,
  multiply,
  negate,
  onlyIf,
  scale,
  shift,
  square,
  step,
  subtract,
} from "./arithmetic.ts";
import { addRows, broadcastRows, scaleRows } from "./rows.ts";

type BackwardKernel = "reluBackward" | "sigmoidBackward" | "tanhBackward" | "swishBackward";

/**
 * The operation (gradient, u) -> gradient * f'(u), where u is the activation's output or input.
 *
 * @param derivative  f' as a tensor of u, for the cotangent of the gradient: the operation itself applied to it
 * @param second      df'/du as a tensor of u; undefined where it is zero
 */
function backwardOperation(
  kernel: BackwardKernel,
  second: ((u: Tensor) => Tensor) | undefined,
): Operation<undefined> & { apply: (gradient: Tensor, u: Tensor) => Tensor } {
  const operation: Operation<undefined> = {
    name: kernel,
    inPlace: true,
    vjp: ({ inputs: [gradient, u] }, c, needs) => [
      apply(c, u),
      needs[1] && second !== undefined ? multiply(multiply(c, gradient), second(u)) : undefined,
    ],
    jvp: ({ inputs: [gradient, u] }, [dGradient, du]) =>
      addAll(
        onlyIf(dGradient, (d) => apply(d, u)),
        second === undefined ? undefined : onlyIf(du, (d) => multiply(multiply(d, gradient), second(u))),
      ),
    emit: (node, emitter) =>
      emitter.call(
        kernel,
        [emitter.address(node.inputs[0]), emitter.address(node.inputs[1]), emitter.address(node)],
        node.length,
        16,
      ),
  };
  const apply = (gradient: Tensor, u: Tensor): Tensor =>
    gradient.graph.node(operation, [gradient, u], undefined, gradient);
  return { ...operation, apply };
}

const reluBackward = backwardOperation("reluBackward", undefined);
// d/dy of y (1 - y)
const sigmoidBackward = backwardOperation("sigmoidBackward", (y) => shift(scale(y, -2), 1));
// d/dy of 1 - y^2
const tanhBackward = backwardOperation("tanhBackward", (y) => scale(y, -2));
// d/dx of s + x s (1 - s) is s (1 - s) (2 + x (1 - 2 s))
const swishBackward = backwardOperation("swishBackward", (x) => {
  const s = sigmoid(x);
  const slope = subtract(s, square(s));
  return multiply(slope, shift(multiply(x, shift(scale(s, -2), 1)), 2));
});

function activationOperation(
  kernel: "relu" | "sigmoid" | "tanh" | "swish",
  backward: (gradient: Tensor, node: Tensor) => Tensor,
): Operation<undefined> {
  return {
    name: kernel,
    inPlace: true,
    vjp: (node, c) => [backward(c, node)],
    jvp: (node, [d]) => onlyIf(d, (t) => backward(t, node)),
    emit: (node, emitter) =>
      emitter.call(kernel, [emitter.address(node.inputs[0]), emitter.address(node)], node.length, 16),
  };
}

const reluOperation = activationOperation("relu", (c, node) => reluBackward.apply(c, node));
const sigmoidOperation = activationOperation("sigmoid", (c, node) => sigmoidBackward.apply(c, node));
const tanhOperation = activationOperation("tanh", (c, node) => tanhBackward.apply(c, node));
const swishOperation = activationOperation("swish", (c, node) => swishBackward.apply(c, node.inputs[0]));

/** max(x, 0). */
export const relu = (x: Tensor): Tensor => applyUnary(reluOperation, x);
/** 1 / (1 + e^-x). */
export const sigmoid = (x: Tensor): Tensor => applyUnary(sigmoidOperation, x);
/** Hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => applyUnary(tanhOperation, x);
/** x sigmoid(x), also called SiLU. */
export const swish = (x: Tensor): Tensor => applyUnary(swishOperation, x);

interface EluAttributes {
  readonly alpha: number;
}

const eluBackwardOperation: Operation<EluAttributes> = {
  name: "eluBackward",
  inPlace: true,
  vjp: ({ inputs: [gradient, y], attributes }, c, needs) => [
    eluBackward(c, y, attributes),
    needs[1] ? multiply(multiply(c, gradient), notPositive(y)) : undefined,
  ],
  jvp: ({ inputs: [gradient, y], attributes }, [dGradient, dy]) =>
    addAll(
      onlyIf(dGradient, (d) => eluBackward(d, y, attributes)),
      onlyIf(dy, (d) => multiply(multiply(d, gradient), notPositive(y))),
    ),
  emit: (node, emitter) =>
    emitter.call(
      "eluBackward",
      [emitter.address(node.inputs[0]), emitter.address(node.inputs[1]), node.attributes.alpha, emitter.address(node)],
      node.length,
      16,
    ),
};

/** 1 where y ≤ 0, else 0. */
function notPositive(y: Tensor): Tensor {
  return shift(negate(step(y)), 1);
}

function eluBackward(gradient: Tensor, y: Tensor, attributes: EluAttributes): Tensor {
  return gradient.graph.node(eluBackwardOperation, [gradient, y], attributes, gradient);
}

const eluOperation: Operation<EluAttributes> = {
  name: "elu",
  inPlace: true,
  vjp: (node, c) => [eluBackward(c, node, node.attributes)],
  jvp: (node, [d]) => onlyIf(d, (t) => eluBackward(t, node, node.attributes)),
  emit: (node, emitter) =>
    emitter.call(
      "elu",
      [emitter.address(node.inputs[0]), node.attributes.alpha, emitter.address(node)],
      node.length,
      16,
    ),
};

/** x where x > 0, else alpha (e^x - 1). */
export function elu(x: Tensor, { alpha = 1 }: { readonly alpha?: number } = {}): Tensor {
  return x.graph.node(eluOperation, [x], { alpha }, x);
}

/**
 * PReLU with one slope per feature or channel: x where x > 0, else slope * x.
 *
 * @param x      [F, B] or [F, H, W, B]
 * @param slope  [F]
 */
export function prelu(x: Tensor, slope: Tensor): Tensor {
  checkShapes("prelu", "the slope must have one number per feature", slope.length === x.channels, x, slope);
  const positive = relu(x);
  return add(positive, scaleRows(subtract(x, positive), slope));
}

/** Parameters of SReLU, each [F]. */
export interface SreluParameters {
  readonly upperThreshold: Tensor;
  readonly upperSlope: Tensor;
  readonly lowerThreshold: Tensor;
  readonly lowerSlope: Tensor;
}

/**
 * S-shaped ReLU, continuous: t_r + a_r (x - t_r) above t_r, x between, t_l + a_l (x - t_l) below t_l, written as
 * x + (a_r - 1) relu(x - t_r) - (a_l - 1) relu(t_l - x).
 *
 * @param x           [F, B] or [F, H, W, B]
 * @param parameters  each [F]; t_l ≤ t_r is the caller's to keep
 */
export function srelu(x: Tensor, parameters: SreluParameters): Tensor {
  const { upperThreshold, upperSlope, lowerThreshold, lowerSlope } = parameters;
  const above = relu(addRows(x, negate(upperThreshold)));
  const below = relu(subtract(broadcastRows(lowerThreshold, x.shape), x));
  return subtract(add(x, scaleRows(above, shift(upperSlope, -1))), scaleRows(below, shift(lowerSlope, -1)));
}
