/** Reductions by blocks of 4096: float64 accumulators, eight elements a round, then in the fixed order of `total`. */

/** As `reductionBlock` in contract.ts. */
const block: usize = 4096;

class Value {
  @inline at(a: f64, b: f64): f64 {
    return a;
  }
  @inline at2(a: v128, b: v128): v128 {
    return a;
  }
}
class Magnitude {
  @inline at(a: f64, b: f64): f64 {
    return abs<f64>(a);
  }
  @inline at2(a: v128, b: v128): v128 {
    return f64x2.abs(a);
  }
}
class Product {
  @inline at(a: f64, b: f64): f64 {
    return a * b;
  }
  @inline at2(a: v128, b: v128): v128 {
    return f64x2.mul(a, b);
  }
}

/** The partial sums of T(a[i], b[i]) over blocks [begin, end) of n elements. */
@inline
function reduce<T>(a: usize, b: usize, n: usize, partials: usize, begin: usize, end: usize): void {
  for (let k = begin; k < end; k++) {
    const first = k * block;
    const last = min(n, first + block);
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let s2 = f64x2.splat(0);
    let s3 = f64x2.splat(0);
    let i = first;
    for (; i + 8 <= last; i += 8) {
      const l = a + (i << 2);
      const r = b + (i << 2);
      s0 = f64x2.add(s0, changetype<T>(0).at2(promote(l), promote(r)));
      s1 = f64x2.add(s1, changetype<T>(0).at2(promote(l + 8), promote(r + 8)));
      s2 = f64x2.add(s2, changetype<T>(0).at2(promote(l + 16), promote(r + 16)));
      s3 = f64x2.add(s3, changetype<T>(0).at2(promote(l + 24), promote(r + 24)));
    }
    const s = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
    let sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
    for (; i < last; i++) {
      sum += changetype<T>(0).at(<f64>load<f32>(a + (i << 2)), <f64>load<f32>(b + (i << 2)));
    }
    store<f64>(partials + (k << 3), sum);
  }
}

/** Two floats as doubles. */
@inline
function promote(address: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(address));
}

export function reduceSum(x: usize, n: usize, partials: usize, begin: usize, end: usize): void {
  reduce<Value>(x, x, n, partials, begin, end);
}

export function reduceAbsolute(x: usize, n: usize, partials: usize, begin: usize, end: usize): void {
  reduce<Magnitude>(x, x, n, partials, begin, end);
}

export function reduceSquares(x: usize, n: usize, partials: usize, begin: usize, end: usize): void {
  reduce<Product>(x, x, n, partials, begin, end);
}

export function reduceDot(a: usize, b: usize, n: usize, partials: usize, begin: usize, end: usize): void {
  reduce<Product>(a, b, n, partials, begin, end);
}

/** The partial sums added in order. */
@inline
function total(partials: usize, blocks: usize): f64 {
  let sum: f64 = 0;
  for (let k: usize = 0; k < blocks; k++) sum += load<f64>(partials + (k << 3));
  return sum;
}

export function combine(partials: usize, blocks: usize, out: usize, begin: usize, end: usize): void {
  if (begin < end) store<f32>(out, <f32>total(partials, blocks));
}

export function combineRoot(partials: usize, blocks: usize, out: usize, begin: usize, end: usize): void {
  if (begin < end) store<f32>(out, <f32>sqrt<f64>(total(partials, blocks)));
}
