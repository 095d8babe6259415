/**
 * e^x, e^x - 1, log, tanh and sigmoid of four floats, in IEEE additions, products and quotients only.
 *
 * Arguments are reduced to a small interval, where a polynomial through the Chebyshev nodes of that interval (worked out
 * with 40 digits) is exact to 0.1 units in the last place; what remains is the rounding of the last few operations. The
 * tests hold the errors to 2 units (exp, log) and 3 (tanh, sigmoid).
 */

/** Adding and subtracting 1.5 * 2^23 rounds a float to an integer, which is then also in the low bits of the sum. */
const roundingShift: f32 = 12582912;
const inverseLn2: f32 = 1.44269504;
/** ln 2 in two parts, the first with 9 bits, so that its product with the exponent is exact. */
const ln2High: f32 = 0.693359375;
const ln2Low: f32 = -2.12194440e-4;

/** e^x = 2^n (1 + r + r^2 P(r)): r + r^2 P(r) for the r that belongs to x and n. */
@inline
function reducedExpm1(x: v128, n: v128): v128 {
  const high = f32x4.sub(x, f32x4.mul(n, f32x4.splat(ln2High)));
  const r = f32x4.sub(high, f32x4.mul(n, f32x4.splat(ln2Low)));
  let p = f32x4.splat(1.98909908e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.393365e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.33331093e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.16664649e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.166666667));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.500000001));
  return f32x4.add(r, f32x4.mul(f32x4.mul(r, r), p));
}

/** x / ln 2 rounded to an integer, plus 1.5 * 2^23. */
@inline
function shiftedExponent(x: v128): v128 {
  return f32x4.add(f32x4.mul(x, f32x4.splat(inverseLn2)), f32x4.splat(roundingShift));
}

/** 2^n for integer lanes in [-126, 127]. */
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** e^x. Above 88.72 Infinity, below -103.97 0, in between through the subnormals; NaN stays NaN. */
@inline
export function exp4(x: v128): v128 {
  // pmin and pmax keep their second operand where a comparison with NaN fails.
  const clamped = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-104));
  const shifted = shiftedExponent(clamped);
  const y = f32x4.add(f32x4.splat(1), reducedExpm1(clamped, f32x4.sub(shifted, f32x4.splat(roundingShift))));
  // Two factors: 2^n itself leaves the normal range at both ends.
  const n = i32x4.sub(shifted, i32x4.splat(reinterpret<i32>(roundingShift)));
  const half = i32x4.shr_s(n, 1);
  return f32x4.mul(f32x4.mul(y, powerOfTwo(half)), powerOfTwo(i32x4.sub(n, half)));
}

/** e^x - 1 without cancellation. Infinity above 88.72, -1 below -17.4; NaN stays NaN. */
@inline
export function expm14(x: v128): v128 {
  const clamped = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-20));
  const shifted = shiftedExponent(clamped);
  const q = reducedExpm1(clamped, f32x4.sub(shifted, f32x4.splat(roundingShift)));
  const n = i32x4.sub(shifted, i32x4.splat(reinterpret<i32>(roundingShift)));
  // 2^n q + (2^n - 1) = 2 (2^(n-1) q + (2^(n-1) - 1/2)), as 2^128 is no float.
  const power = powerOfTwo(i32x4.sub(n, i32x4.splat(1)));
  const half = f32x4.add(f32x4.mul(power, q), f32x4.sub(power, f32x4.splat(0.5)));
  return f32x4.add(half, half);
}

/** Natural logarithm: -Infinity at 0, NaN below, Infinity at Infinity; NaN stays NaN. */
@inline
export function log4(x: v128): v128 {
  const zero = f32x4.splat(0);
  const smallest = f32x4.splat(1.17549435e-38);
  const subnormal = f32x4.lt(x, smallest);
  const normal = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, subnormal);
  // x = 2^k m, m in [sqrt(1/2), sqrt(2)): 0x3f3504f3 is sqrt(1/2).
  const k = i32x4.shr_s(i32x4.sub(normal, i32x4.splat(0x3f3504f3)), 23);
  const m = i32x4.sub(normal, i32x4.shl(k, 23));
  const exponent = f32x4.sub(f32x4.convert_i32x4_s(k), v128.and(f32x4.splat(23), subnormal));
  // log(1 + f) = 2 s + s^3 P(s^2), s = f / (2 + f), and 2 s = f - f^2 / 2 + s f^2 / 2.
  const f = f32x4.sub(m, f32x4.splat(1));
  const s = f32x4.div(f, f32x4.add(f, f32x4.splat(2)));
  const z = f32x4.mul(s, s);
  let p = f32x4.splat(0.295809859);
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.399887577));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.666666851));
  p = f32x4.mul(p, z);
  const half = f32x4.mul(f32x4.splat(0.5), f32x4.mul(f, f));
  const low = f32x4.add(f32x4.mul(s, f32x4.add(half, p)), f32x4.mul(exponent, f32x4.splat(ln2Low)));
  const result = f32x4.sub(f32x4.mul(exponent, f32x4.splat(ln2High)), f32x4.sub(f32x4.sub(half, low), f));
  const infinite = v128.or(f32x4.eq(x, f32x4.splat(Infinity)), f32x4.ne(x, x));
  const finite = v128.bitselect(x, result, infinite);
  const positive = v128.bitselect(f32x4.splat(-Infinity), finite, f32x4.eq(x, zero));
  return v128.bitselect(f32x4.splat(NaN), positive, f32x4.lt(x, zero));
}

/** tanh x = t / (t + 2) with t = e^(2|x|) - 1, and the sign of x. */
@inline
export function tanh4(x: v128): v128 {
  const sign = v128.and(x, i32x4.splat(i32.MIN_VALUE));
  const a = f32x4.pmin(f32x4.abs(x), f32x4.splat(20));
  const t = expm14(f32x4.add(a, a));
  return v128.or(f32x4.div(t, f32x4.add(t, f32x4.splat(2))), sign);
}

/** 1 / (1 + e^-x), as e^x / (1 + e^x) for negative x, so that neither end overflows or loses its digits. */
@inline
export function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  const e = exp4(f32x4.neg(f32x4.abs(x)));
  const numerator = v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0)));
  return f32x4.div(numerator, f32x4.add(one, e));
}
