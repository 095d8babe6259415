/**
 * Elementwise kernels in SIMD: one walk over the elements, and one small class per function.
 *
 * The classes are never made: `changetype<T>(0).at(...)` resolves to the method while compiling, which is how a function
 * is handed to a generic one without a call per element. p and q are the numbers a function takes beside its inputs.
 */

import { gated4, relu4 } from "./lanes";
import { exp4, expm14, log4, sigmoid4, tanh4 } from "./exp";

/** out[i] = T(x[i]): eight elements a round, in two neighbours that revectorisation can fuse, then one by one. */
@inline
function walk<T>(x: usize, out: usize, begin: usize, end: usize, p: v128, q: v128): void {
  let from = x + (begin << 2);
  let to = out + (begin << 2);
  const last = out + (end << 2);
  for (; to + 32 <= last; to += 32) {
    const v0 = v128.load(from);
    const v1 = v128.load(from, 16);
    v128.store(to, changetype<T>(0).at(v0, p, q));
    v128.store(to, changetype<T>(0).at(v1, p, q), 16);
    from += 32;
  }
  for (; to < last; to += 4) {
    v128.store_lane<f32>(to, changetype<T>(0).at(v128.load_zero<f32>(from), p, q), 0);
    from += 4;
  }
}

/** out[i] = T(a[i], b[i]). */
@inline
function walk2<T>(a: usize, b: usize, out: usize, begin: usize, end: usize, p: v128): void {
  let left = a + (begin << 2);
  let right = b + (begin << 2);
  let to = out + (begin << 2);
  const last = out + (end << 2);
  for (; to + 32 <= last; to += 32) {
    const a0 = v128.load(left);
    const a1 = v128.load(left, 16);
    const b0 = v128.load(right);
    const b1 = v128.load(right, 16);
    v128.store(to, changetype<T>(0).at(a0, b0, p));
    v128.store(to, changetype<T>(0).at(a1, b1, p), 16);
    left += 32;
    right += 32;
  }
  for (; to < last; to += 4) {
    v128.store_lane<f32>(to, changetype<T>(0).at(v128.load_zero<f32>(left), v128.load_zero<f32>(right), p), 0);
    left += 4;
    right += 4;
  }
}

const one: f32 = 1;

class Copy {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return x;
  }
}
export function copy(x: usize, out: usize, begin: usize, end: usize): void {
  walk<Copy>(x, out, begin, end, f32x4.splat(0), f32x4.splat(0));
}

class Negate {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return f32x4.neg(x);
  }
}
export function negate(x: usize, out: usize, begin: usize, end: usize): void {
  walk<Negate>(x, out, begin, end, f32x4.splat(0), f32x4.splat(0));
}

class Exponential {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return exp4(x);
  }
}
export function exponential(x: usize, out: usize, begin: usize, end: usize): void {
  walk<Exponential>(x, out, begin, end, f32x4.splat(0), f32x4.splat(0));
}

class Logarithm {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return log4(x);
  }
}
export function logarithm(x: usize, out: usize, begin: usize, end: usize): void {
  walk<Logarithm>(x, out, begin, end, f32x4.splat(0), f32x4.splat(0));
}

class SquareRoot {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return f32x4.sqrt(x);
  }
}
export function squareRoot(x: usize, out: usize, begin: usize, end: usize): void {
  walk<SquareRoot>(x, out, begin, end, f32x4.splat(0), f32x4.splat(0));
}

class Reciprocal {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return f32x4.div(f32x4.splat(one), x);
  }
}
export function reciprocal(x: usize, out: usize, begin: usize, end: usize): void {
  walk<Reciprocal>(x, out, begin, end, f32x4.splat(0), f32x4.splat(0));
}

class Square {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return f32x4.mul(x, x);
  }
}
export function square(x: usize, out: usize, begin: usize, end: usize): void {
  walk<Square>(x, out, begin, end, f32x4.splat(0), f32x4.splat(0));
}

class Absolute {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return f32x4.abs(x);
  }
}
export function absolute(x: usize, out: usize, begin: usize, end: usize): void {
  walk<Absolute>(x, out, begin, end, f32x4.splat(0), f32x4.splat(0));
}

class Sign {
  @inline at(x: v128, p: v128, q: v128): v128 {
    // (x > 0) - (x < 0); the sum with x - x would spoil infinities, so NaN is put back by selection.
    const positive = v128.and(f32x4.splat(one), f32x4.gt(x, f32x4.splat(0)));
    const negative = v128.and(f32x4.splat(one), f32x4.lt(x, f32x4.splat(0)));
    return v128.bitselect(f32x4.sub(positive, negative), x, f32x4.eq(x, x));
  }
}
export function sign(x: usize, out: usize, begin: usize, end: usize): void {
  walk<Sign>(x, out, begin, end, f32x4.splat(0), f32x4.splat(0));
}

class Step {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return v128.and(f32x4.splat(one), f32x4.gt(x, f32x4.splat(0)));
  }
}
export function step(x: usize, out: usize, begin: usize, end: usize): void {
  walk<Step>(x, out, begin, end, f32x4.splat(0), f32x4.splat(0));
}

class Relu {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return relu4(x);
  }
}
export function relu(x: usize, out: usize, begin: usize, end: usize): void {
  walk<Relu>(x, out, begin, end, f32x4.splat(0), f32x4.splat(0));
}

class Sigmoid {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return sigmoid4(x);
  }
}
export function sigmoid(x: usize, out: usize, begin: usize, end: usize): void {
  walk<Sigmoid>(x, out, begin, end, f32x4.splat(0), f32x4.splat(0));
}

class Tanh {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return tanh4(x);
  }
}
export function tanh(x: usize, out: usize, begin: usize, end: usize): void {
  walk<Tanh>(x, out, begin, end, f32x4.splat(0), f32x4.splat(0));
}

class Swish {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return f32x4.mul(x, sigmoid4(x));
  }
}
export function swish(x: usize, out: usize, begin: usize, end: usize): void {
  walk<Swish>(x, out, begin, end, f32x4.splat(0), f32x4.splat(0));
}

class Elu {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return v128.bitselect(x, f32x4.mul(p, expm14(x)), f32x4.gt(x, f32x4.splat(0)));
  }
}
export function elu(x: usize, alpha: f32, out: usize, begin: usize, end: usize): void {
  walk<Elu>(x, out, begin, end, f32x4.splat(alpha), f32x4.splat(0));
}

class ReluBackward {
  @inline at(a: v128, b: v128, p: v128): v128 {
    return gated4(a, b);
  }
}
export function reluBackward(gradient: usize, y: usize, out: usize, begin: usize, end: usize): void {
  walk2<ReluBackward>(gradient, y, out, begin, end, f32x4.splat(0));
}

class SigmoidBackward {
  @inline at(a: v128, b: v128, p: v128): v128 {
    return f32x4.mul(a, f32x4.mul(b, f32x4.sub(f32x4.splat(one), b)));
  }
}
export function sigmoidBackward(gradient: usize, y: usize, out: usize, begin: usize, end: usize): void {
  walk2<SigmoidBackward>(gradient, y, out, begin, end, f32x4.splat(0));
}

class TanhBackward {
  @inline at(a: v128, b: v128, p: v128): v128 {
    return f32x4.mul(a, f32x4.sub(f32x4.splat(one), f32x4.mul(b, b)));
  }
}
export function tanhBackward(gradient: usize, y: usize, out: usize, begin: usize, end: usize): void {
  walk2<TanhBackward>(gradient, y, out, begin, end, f32x4.splat(0));
}

class SwishBackward {
  @inline at(a: v128, b: v128, p: v128): v128 {
    const s = sigmoid4(b);
    const slope = f32x4.mul(s, f32x4.sub(f32x4.splat(one), s));
    return f32x4.mul(a, f32x4.add(s, f32x4.mul(b, slope)));
  }
}
export function swishBackward(gradient: usize, x: usize, out: usize, begin: usize, end: usize): void {
  walk2<SwishBackward>(gradient, x, out, begin, end, f32x4.splat(0));
}

class Add {
  @inline at(a: v128, b: v128, p: v128): v128 {
    return f32x4.add(a, b);
  }
}
export function add(a: usize, b: usize, out: usize, begin: usize, end: usize): void {
  walk2<Add>(a, b, out, begin, end, f32x4.splat(0));
}

class Subtract {
  @inline at(a: v128, b: v128, p: v128): v128 {
    return f32x4.sub(a, b);
  }
}
export function subtract(a: usize, b: usize, out: usize, begin: usize, end: usize): void {
  walk2<Subtract>(a, b, out, begin, end, f32x4.splat(0));
}

class Multiply {
  @inline at(a: v128, b: v128, p: v128): v128 {
    return f32x4.mul(a, b);
  }
}
export function multiply(a: usize, b: usize, out: usize, begin: usize, end: usize): void {
  walk2<Multiply>(a, b, out, begin, end, f32x4.splat(0));
}

class Divide {
  @inline at(a: v128, b: v128, p: v128): v128 {
    return f32x4.div(a, b);
  }
}
export function divide(a: usize, b: usize, out: usize, begin: usize, end: usize): void {
  walk2<Divide>(a, b, out, begin, end, f32x4.splat(0));
}

class EluBackward {
  @inline at(a: v128, b: v128, p: v128): v128 {
    return v128.bitselect(a, f32x4.mul(a, f32x4.add(b, p)), f32x4.gt(b, f32x4.splat(0)));
  }
}
export function eluBackward(gradient: usize, y: usize, alpha: f32, out: usize, begin: usize, end: usize): void {
  walk2<EluBackward>(gradient, y, out, begin, end, f32x4.splat(alpha));
}

class Scale {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return f32x4.mul(x, p);
  }
}
export function scale(x: usize, factor: f32, out: usize, begin: usize, end: usize): void {
  walk<Scale>(x, out, begin, end, f32x4.splat(factor), f32x4.splat(0));
}
export function scaleBy(x: usize, scalar: usize, out: usize, begin: usize, end: usize): void {
  walk<Scale>(x, out, begin, end, v128.load_splat<f32>(scalar), f32x4.splat(0));
}

class Shift {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return f32x4.add(x, p);
  }
}
export function shift(x: usize, offset: f32, out: usize, begin: usize, end: usize): void {
  walk<Shift>(x, out, begin, end, f32x4.splat(offset), f32x4.splat(0));
}

export function fillFrom(scalar: usize, out: usize, begin: usize, end: usize): void {
  const value = v128.load_splat<f32>(scalar);
  let to = out + (begin << 2);
  const last = out + (end << 2);
  for (; to + 32 <= last; to += 32) {
    v128.store(to, value);
    v128.store(to, value, 16);
  }
  for (; to < last; to += 4) v128.store_lane<f32>(to, value, 0);
}

class Clamp {
  @inline at(x: v128, p: v128, q: v128): v128 {
    // pmax and pmin return their first operand where the comparison fails, so NaN passes.
    return f32x4.pmin(f32x4.pmax(x, p), q);
  }
}
export function clamp(x: usize, low: f32, high: f32, out: usize, begin: usize, end: usize): void {
  walk<Clamp>(x, out, begin, end, f32x4.splat(low), f32x4.splat(high));
}

class Inside {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return v128.and(f32x4.splat(one), v128.and(f32x4.ge(x, p), f32x4.le(x, q)));
  }
}
export function inside(x: usize, low: f32, high: f32, out: usize, begin: usize, end: usize): void {
  walk<Inside>(x, out, begin, end, f32x4.splat(low), f32x4.splat(high));
}
