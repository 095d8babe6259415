/**
 * Elementary functions whose bits are the same in every engine.
 *
 * ECMAScript leaves Math.exp, log, sin, cos, pow and tanh to the engine, so two browsers may disagree in the last bit and
 * a seeded result with them. These use IEEE additions, multiplications, divisions and square roots alone, on the classic
 * reductions with minimax polynomials (the coefficients are those published with Sun's fdlibm, for tanh with Moshier's
 * Cephes); the error stays below one unit in the last place, tanh's below 1.1, which the tests sample against 120 digits.
 */

const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;
const inverseLn2 = 1.4426950408889634;

const scratch = new DataView(new ArrayBuffer(8));

/** 2^n for integers in [-1074, 1023]. */
function powerOfTwo(n: number): number {
  if (n >= -1022) {
    scratch.setUint32(0, (n + 1023) << 20);
    scratch.setUint32(4, 0);
  } else {
    scratch.setUint32(0, n + 1074 >= 32 ? 1 << (n + 1042) : 0);
    scratch.setUint32(4, n + 1074 >= 32 ? 0 : 1 << (n + 1074));
  }
  return scratch.getFloat64(0);
}

/** e^x. Overflows to Infinity above 709.78, underflows through the subnormals to 0 below -745.13. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019411) return 0;
  // x = n ln 2 + r with |r| ≤ ln 2 / 2, the product n ln 2 in two parts so that r keeps its last bits.
  const n = Math.round(x * inverseLn2);
  const high = x - n * ln2High;
  const low = n * ln2Low;
  const r = high - low;
  const t = r * r;
  const c =
    r -
    t *
      (0.16666666666666602 +
        t *
          (-0.0027777777777015593 +
            t * (6.613756321437934e-5 + t * (-1.6533902205465252e-6 + t * 4.1381367970572385e-8))));
  const y = 1 - (low - (r * c) / (2 - c) - high);
  // Two factors where one power of two would leave the normal range.
  if (n > 1023) return y * powerOfTwo(1023) * powerOfTwo(n - 1023);
  if (n < -1021) return y * powerOfTwo(n + 1000) * powerOfTwo(-1000);
  return y * powerOfTwo(n);
}

/** e^x - 1, to its last digit for small x too, where exp(x) - 1 would lose them. */
export function expMinus1(x: number): number {
  if (Number.isNaN(x) || Math.abs(x) < 5.551115123125783e-17) return x; // 2^-54
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -40) return -1;
  // x = n ln 2 + r as in exp; `lost` is what r has lost of the difference.
  const n = Math.abs(x) <= 0.34657359027997264 ? 0 : Math.round(x * inverseLn2);
  const high = x - n * ln2High;
  const low = n * ln2Low;
  const r = high - low;
  const lost = high - r - low;
  const half = 0.5 * r;
  const square = r * half;
  const q =
    1 +
    square *
      (-0.03333333333333313 +
        square *
          (0.0015873015872548146 +
            square * (-7.93650757867488e-5 + square * (4.008217827329362e-6 + square * -2.0109921818362437e-7))));
  const t = 3 - q * half;
  let e = square * ((q - t) / (6 - r * t));
  if (n === 0) return r - (r * e - square);
  // e^r = 1 + (r - e); the 1 meets the -1 in the order that keeps most digits.
  e = r * (e - lost) - lost - square;
  if (n === -1) return 0.5 * (r - e) - 0.5;
  if (n === 1) return r < -0.25 ? -2 * (e - (r + 0.5)) : 1 + 2 * (r - e);
  if (n < 0 || n > 56) return (n > 1023 ? (1 - (e - r)) * 2 * powerOfTwo(n - 1) : (1 - (e - r)) * powerOfTwo(n)) - 1;
  if (n < 20) return (1 - powerOfTwo(-n) - (e - r)) * powerOfTwo(n);
  return (r - (e + powerOfTwo(-n)) + 1) * powerOfTwo(n);
}

/** Natural logarithm. log(0) = -Infinity, NaN for x < 0. */
export function log(x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (x === Number.POSITIVE_INFINITY) return x;
  let k = 0;
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984; // 2^54 lifts a subnormal into the normal range
    k = -54;
  }
  // x = 2^k m with m in [sqrt(1/2), sqrt(2)).
  scratch.setFloat64(0, x);
  let high = scratch.getUint32(0);
  k += (high >>> 20) - 1023;
  high = (high & 0xfffff) | 0x3ff00000;
  scratch.setUint32(0, high);
  let m = scratch.getFloat64(0);
  if (m >= Math.SQRT2) {
    m /= 2;
    k += 1;
  }
  const f = m - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const odd = z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  const half = 0.5 * f * f;
  return k * ln2High - (half - (s * (half + even + odd) + k * ln2Low) - f);
}

/** Sine of y + tail for |y| ≤ π/4, tail below a unit in the last place of y. */
function sineKernel(y: number, tail: number): number {
  const z = y * y;
  const v = y * z;
  const r =
    0.00833333333332249 +
    z * (-1.984126982985795e-4 + z * (2.7557313707070068e-6 + z * (-2.5050760253406863e-8 + z * 1.58969099521155e-10)));
  return y - (z * (0.5 * tail - v * r) - tail - v * -0.16666666666666632);
}

/** Cosine of y + tail for |y| ≤ π/4. */
function cosineKernel(y: number, tail: number): number {
  const z = y * y;
  const r =
    z *
    (0.0416666666666666 +
      z *
        (-0.001388888888887411 +
          z *
            (2.480158728947673e-5 +
              z * (-2.7557314351390663e-7 + z * (2.087572321298175e-9 - z * 1.1359647557788195e-11)))));
  const half = 0.5 * z;
  const w = 1 - half;
  return w + (1 - w - half + (z * r - y * tail));
}

// π in two parts of 26 bits, and what float64 leaves of it.
const piHigh = 3.1415926814079285;
const piLow = -2.781813535079891e-8;
const piRest = 1.2246467991473532e-16;

/** sin(π x) for cosine = 0, cos(π x) for cosine = 1: the reduction to an eighth of a turn is exact. */
function sineOfHalfTurns(x: number, cosine: 0 | 1): number {
  if (!Number.isFinite(x)) return Number.NaN;
  const quarters = Math.round(2 * x);
  const f = x - quarters / 2;
  // y + tail = π f: the product's rounding error by Dekker's splitting of both factors.
  const y = Math.PI * f;
  const spread = f * 134217729;
  const fHigh = spread - (spread - f);
  const fLow = f - fHigh;
  const tail = piHigh * fHigh - y + piHigh * fLow + piLow * fHigh + piLow * fLow + piRest * f;
  switch (((quarters % 4) + 4 + cosine) % 4) {
    case 0:
      return sineKernel(y, tail);
    case 1:
      return cosineKernel(y, tail);
    case 2:
      return -sineKernel(y, tail);
    default:
      return -cosineKernel(y, tail);
  }
}

/** sin(π x); NaN for infinities. */
export function sinPi(x: number): number {
  return sineOfHalfTurns(x, 0);
}

/** cos(π x); NaN for infinities. */
export function cosPi(x: number): number {
  return sineOfHalfTurns(x, 1);
}

/** tanh(x): a rational function near 0, beyond 5/8 from exp, saturating at ±1. */
export function tanh(x: number): number {
  const a = Math.abs(x);
  if (a < 0.625) {
    const z = x * x;
    const p = -1614.6876844170845 + z * (-99.28772310019185 + z * -0.9643991794250523);
    const q = 4844.063053251255 + z * (2235.4883906010045 + z * (112.81167849163293 + z));
    return x + x * z * (p / q);
  }
  if (a > 22) return Math.sign(x);
  // 1 - 2 / (e + 1), with the rounding errors of the sum and of the difference carried along.
  const e = exp(2 * a);
  const divisor = e + 1;
  const lost = 1 - (divisor - e);
  const quotient = 2 / divisor;
  const difference = 1 - quotient;
  return Math.sign(x) * (difference + (1 - difference - quotient + (quotient * lost) / divisor));
}

/** x^n for an integer n ≥ 0, by squaring: no engine's pow is involved. */
export function integerPower(x: number, n: number): number {
  let result = 1;
  let base = x;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= base;
    base *= base;
  }
  return result;
}
