/**
 * Elementary functions whose bits are the same in every engine.
 *
 * ECMAScript leaves Math.exp, log, sin, cos, pow and tanh to the engine, so two browsers may disagree in the last bit and
 * a seeded result with them. These use IEEE additions, multiplications, divisions and square roots alone, on the classic
 * reductions with minimax polynomials (the coefficients are those published with Sun's fdlibm); error below one unit in
 * the last place against correctly rounded values, which the tests sample.
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

/** Sine of y for |y| ≤ π/4. */
function sineKernel(y: number): number {
  const z = y * y;
  const r =
    0.00833333333332249 +
    z * (-1.984126982985795e-4 + z * (2.7557313707070068e-6 + z * (-2.5050760253406863e-8 + z * 1.58969099521155e-10)));
  return y + y * z * (-0.16666666666666632 + z * r);
}

/** Cosine of y for |y| ≤ π/4. */
function cosineKernel(y: number): number {
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
  return w + (1 - w - half + z * r);
}

/** sin(π x): the reduction to an eighth of a turn is exact. */
export function sinPi(x: number): number {
  if (!Number.isFinite(x)) return Number.NaN;
  const eighths = Math.round(2 * x);
  const y = Math.PI * (x - eighths / 2);
  switch (((eighths % 4) + 4) % 4) {
    case 0:
      return sineKernel(y);
    case 1:
      return cosineKernel(y);
    case 2:
      return -sineKernel(y);
    default:
      return -cosineKernel(y);
  }
}

/** cos(π x): the reduction to an eighth of a turn is exact. */
export function cosPi(x: number): number {
  if (!Number.isFinite(x)) return Number.NaN;
  const eighths = Math.round(2 * x);
  const y = Math.PI * (x - eighths / 2);
  switch (((eighths % 4) + 4) % 4) {
    case 0:
      return cosineKernel(y);
    case 1:
      return -sineKernel(y);
    case 2:
      return -cosineKernel(y);
    default:
      return sineKernel(y);
  }
}

/** tanh(x), from exp, with the argument's sign taken out so that large |x| saturate rather than overflow. */
export function tanh(x: number): number {
  const a = Math.abs(x);
  if (a < 1e-5) return x - (x * x * x) / 3;
  if (a > 22) return Math.sign(x);
  const e = exp(-2 * a);
  return Math.sign(x) * ((1 - e) / (1 + e));
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
