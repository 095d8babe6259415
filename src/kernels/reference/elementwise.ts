/** Elementwise kernels, plainly: one loop, one function per element. */

import { exp, expMinus1, log, tanh } from "../../base/index.ts";
import type { ElementwiseKernels } from "../contract.ts";
import type { Memory } from "../memory.ts";

function sigmoid(x: number): number {
  const e = exp(-Math.abs(x));
  return x < 0 ? e / (1 + e) : 1 / (1 + e);
}

/** Elementwise kernels on a memory. */
export function elementwise(memory: Memory): ElementwiseKernels {
  const width = memory.bytesPerElement;

  function unary(f: (x: number) => number) {
    return (x: number, out: number, begin: number, end: number): void => {
      const m = memory.all.floats;
      for (let i = begin; i < end; i++) m[out / width + i] = f(m[x / width + i]);
    };
  }

  function binary(f: (a: number, b: number) => number) {
    return (a: number, b: number, out: number, begin: number, end: number): void => {
      const m = memory.all.floats;
      for (let i = begin; i < end; i++) m[out / width + i] = f(m[a / width + i], m[b / width + i]);
    };
  }

  const at = (address: number): number => memory.all.floats[address / width];

  return {
    copy: unary((x) => x),
    negate: unary((x) => -x),
    exponential: unary(exp),
    logarithm: unary(log),
    squareRoot: unary(Math.sqrt),
    reciprocal: unary((x) => 1 / x),
    square: unary((x) => x * x),
    absolute: unary(Math.abs),
    sign: unary((x) => (x > 0 ? 1 : x < 0 ? -1 : Number.isNaN(x) ? x : 0)),
    step: unary((x) => (x > 0 ? 1 : 0)),
    relu: unary((x) => Math.max(x, 0)),
    sigmoid: unary(sigmoid),
    tanh: unary(tanh),
    swish: unary((x) => x * sigmoid(x)),
    elu: (x, alpha, out, begin, end) => unary((v) => (v > 0 ? v : alpha * expMinus1(v)))(x, out, begin, end),
    reluBackward: binary((g, y) => (y > 0 ? g : 0)),
    sigmoidBackward: binary((g, y) => g * (y * (1 - y))),
    tanhBackward: binary((g, y) => g * (1 - y * y)),
    eluBackward: (gradient, y, alpha, out, begin, end) =>
      binary((g, v) => (v > 0 ? g : g * (v + alpha)))(gradient, y, out, begin, end),
    swishBackward: binary((g, x) => {
      const s = sigmoid(x);
      return g * (s + x * (s * (1 - s)));
    }),
    add: binary((a, b) => a + b),
    subtract: binary((a, b) => a - b),
    multiply: binary((a, b) => a * b),
    divide: binary((a, b) => a / b),
    scale: (x, factor, out, begin, end) => unary((v) => v * factor)(x, out, begin, end),
    shift: (x, offset, out, begin, end) => unary((v) => v + offset)(x, out, begin, end),
    scaleBy: (x, scalar, out, begin, end) => {
      const factor = at(scalar);
      unary((v) => v * factor)(x, out, begin, end);
    },
    fillFrom: (scalar, out, begin, end) => {
      const value = at(scalar);
      memory.all.floats.fill(value, out / width + begin, out / width + end);
    },
    clamp: (x, low, high, out, begin, end) => unary((v) => Math.min(Math.max(v, low), high))(x, out, begin, end),
    inside: (x, low, high, out, begin, end) => unary((v) => (low <= v && v <= high ? 1 : 0))(x, out, begin, end),
  };
}
