/** Elementwise arithmetic: two tensors of one shape, or one tensor and a number. */

import type { Kernels } from "../../kernels/index.ts";
import type { Operation, Tensor } from "../graph.ts";
import { checkSame } from "../graph.ts";

/** Adds terms of which some may be zero (undefined). */
export function addAll(...terms: readonly (Tensor | undefined)[]): Tensor | undefined {
  let total: Tensor | undefined;
  for (const term of terms) {
    if (term !== undefined) total = total === undefined ? term : add(total, term);
  }
  return total;
}

/** `f(x)` where x is there; zero (undefined) stays zero. */
export function onlyIf(x: Tensor | undefined, f: (x: Tensor) => Tensor): Tensor | undefined {
  return x === undefined ? undefined : f(x);
}

function binaryOperation(
  kernel: "add" | "subtract" | "multiply" | "divide",
  rules: Pick<Operation<undefined>, "vjp" | "jvp">,
): Operation<undefined> {
  return {
    name: kernel,
    inPlace: true,
    ...rules,
    emit: (node, emitter) =>
      emitter.call(
        kernel,
        [emitter.address(node.inputs[0]), emitter.address(node.inputs[1]), emitter.address(node)],
        node.length,
        16,
      ),
  };
}

function binary(operation: Operation<undefined>, a: Tensor, b: Tensor): Tensor {
  checkSame(operation.name, a, b);
  return a.graph.node(operation, [a, b], undefined, a);
}

const addOperation = binaryOperation("add", {
  vjp: (_, c) => [c, c],
  jvp: (_, [da, db]) => addAll(da, db),
});

const subtractOperation = binaryOperation("subtract", {
  vjp: (_, c, needs) => [c, needs[1] ? negate(c) : undefined],
  jvp: (_, [da, db]) => (da !== undefined && db !== undefined ? subtract(da, db) : (da ?? onlyIf(db, negate))),
});

const multiplyOperation = binaryOperation("multiply", {
  vjp: ({ inputs: [a, b] }, c, needs) => [needs[0] ? multiply(c, b) : undefined, needs[1] ? multiply(c, a) : undefined],
  jvp: ({ inputs: [a, b] }, [da, db]) =>
    addAll(
      onlyIf(da, (d) => multiply(d, b)),
      onlyIf(db, (d) => multiply(a, d)),
    ),
});

const divideOperation = binaryOperation("divide", {
  vjp: (node, c, needs) => {
    const overDivisor = divide(c, node.inputs[1]);
    return [overDivisor, needs[1] ? negate(multiply(overDivisor, node)) : undefined];
  },
  jvp: (node, [da, db]) => {
    const numerator = addAll(
      da,
      onlyIf(db, (d) => negate(multiply(d, node))),
    );
    return onlyIf(numerator, (n) => divide(n, node.inputs[1]));
  },
});

/** a + b, elementwise. */
export function add(a: Tensor, b: Tensor): Tensor {
  return binary(addOperation, a, b);
}

/** a - b, elementwise. */
export function subtract(a: Tensor, b: Tensor): Tensor {
  return binary(subtractOperation, a, b);
}

/** a * b, elementwise. */
export function multiply(a: Tensor, b: Tensor): Tensor {
  return binary(multiplyOperation, a, b);
}

/** a / b, elementwise. */
export function divide(a: Tensor, b: Tensor): Tensor {
  return binary(divideOperation, a, b);
}

/** A unary operation from its kernel and its derivative, a function of the node itself. Undefined: zero everywhere. */
export function unaryOperation(
  kernel: keyof Kernels,
  derivative: ((node: Tensor) => Tensor) | undefined,
): Operation<undefined> {
  const apply = (node: Tensor<undefined>, d: Tensor | undefined) =>
    d === undefined || derivative === undefined ? undefined : multiply(d, derivative(node));
  return {
    name: kernel,
    inPlace: true,
    vjp: (node, c) => [apply(node, c)],
    jvp: (node, [d]) => apply(node, d),
    emit: (node, emitter) =>
      emitter.call(kernel, [emitter.address(node.inputs[0]), emitter.address(node)], node.length, 16),
  };
}

/** Applies a unary operation without attributes. */
export function applyUnary(operation: Operation<undefined>, x: Tensor): Tensor {
  return x.graph.node(operation, [x], undefined, x);
}

const negateOperation: Operation<undefined> = {
  ...unaryOperation("negate", undefined),
  vjp: (_, c) => [negate(c)],
  jvp: (_, [d]) => onlyIf(d, negate),
};
const exponentialOperation = unaryOperation("exponential", (node) => node);
const logarithmOperation = unaryOperation("logarithm", (node) => reciprocal(node.inputs[0]));
const squareRootOperation = unaryOperation("squareRoot", (node) => scale(reciprocal(node), 0.5));
const reciprocalOperation = unaryOperation("reciprocal", (node) => negate(square(node)));
const squareOperation = unaryOperation("square", (node) => scale(node.inputs[0], 2));
const absoluteOperation = unaryOperation("absolute", (node) => sign(node.inputs[0]));
const signOperation = unaryOperation("sign", undefined);
const stepOperation = unaryOperation("step", undefined);

/** -x. */
export const negate = (x: Tensor): Tensor => applyUnary(negateOperation, x);
/** e^x. */
export const exponential = (x: Tensor): Tensor => applyUnary(exponentialOperation, x);
/** Natural logarithm; NaN below 0. */
export const logarithm = (x: Tensor): Tensor => applyUnary(logarithmOperation, x);
/** Square root; NaN below 0. Its derivative at 0 is infinite. */
export const squareRoot = (x: Tensor): Tensor => applyUnary(squareRootOperation, x);
/** 1 / x. */
export const reciprocal = (x: Tensor): Tensor => applyUnary(reciprocalOperation, x);
/** x^2. */
export const square = (x: Tensor): Tensor => applyUnary(squareOperation, x);
/** |x|; its derivative at 0 is 0. */
export const absolute = (x: Tensor): Tensor => applyUnary(absoluteOperation, x);
/** -1, 0 or 1; its derivative is 0. */
export const sign = (x: Tensor): Tensor => applyUnary(signOperation, x);
/** 1 where x > 0, else 0; its derivative is 0. */
export const step = (x: Tensor): Tensor => applyUnary(stepOperation, x);

const scaleOperation: Operation<{ factor: number }> = {
  name: "scale",
  inPlace: true,
  vjp: (node, c) => [scale(c, node.attributes.factor)],
  jvp: (node, [d]) => onlyIf(d, (t) => scale(t, node.attributes.factor)),
  emit: (node, emitter) =>
    emitter.call(
      "scale",
      [emitter.address(node.inputs[0]), node.attributes.factor, emitter.address(node)],
      node.length,
      16,
    ),
};

/** x * factor, for a number. */
export function scale(x: Tensor, factor: number): Tensor {
  return factor === 1 ? x : x.graph.node(scaleOperation, [x], { factor }, x);
}

const shiftOperation: Operation<{ offset: number }> = {
  name: "shift",
  inPlace: true,
  vjp: (_, c) => [c],
  jvp: (_, [d]) => d,
  emit: (node, emitter) =>
    emitter.call(
      "shift",
      [emitter.address(node.inputs[0]), node.attributes.offset, emitter.address(node)],
      node.length,
      16,
    ),
};

/** x + offset, for a number. */
export function shift(x: Tensor, offset: number): Tensor {
  return x.graph.node(shiftOperation, [x], { offset }, x);
}

interface Interval {
  readonly low: number;
  readonly high: number;
}

function intervalOperation(
  kernel: "clamp" | "inside",
  rules: Pick<Operation<Interval>, "vjp" | "jvp">,
): Operation<Interval> {
  return {
    name: kernel,
    inPlace: true,
    ...rules,
    emit: (node, emitter) =>
      emitter.call(
        kernel,
        [emitter.address(node.inputs[0]), node.attributes.low, node.attributes.high, emitter.address(node)],
        node.length,
        16,
      ),
  };
}

const insideOperation = intervalOperation("inside", { vjp: () => [undefined], jvp: () => undefined });
const clampOperation = intervalOperation("clamp", {
  vjp: ({ inputs: [x], attributes }, c) => [multiply(c, inside(x, attributes))],
  jvp: ({ inputs: [x], attributes }, [d]) => onlyIf(d, (t) => multiply(t, inside(x, attributes))),
});

/** min(max(x, low), high); its derivative is 1 on the closed interval, as PyTorch's. */
export function clamp(x: Tensor, { low, high }: Interval): Tensor {
  return x.graph.node(clampOperation, [x], { low, high }, x);
}

/** 1 where low ≤ x ≤ high, else 0; its derivative is 0. */
export function inside(x: Tensor, { low, high }: Interval): Tensor {
  return x.graph.node(insideOperation, [x], { low, high }, x);
}
