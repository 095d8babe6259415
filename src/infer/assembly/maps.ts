/**
 * Functions of one number, and of one number and a few per channel, over planes of numbers.
 *
 * A plane is a channel's pixels with what lies between them, which the mask keeps at zero; or an example's features; or a
 * feature's examples. The small classes are never made: `changetype<T>(0).at(...)` resolves while compiling.
 */

import { exp4, expm14, log4, sigmoid4, tanh4 } from "../../kernels/assembly/exp";

@inline
function walk<T>(x: usize, y: usize, planes: usize, xPitch: usize, yPitch: usize, bytes: usize, mask: usize, p: f32, q: f32): void {
  const p4 = f32x4.splat(p);
  const q4 = f32x4.splat(q);
  for (; planes > 0; planes--) {
    for (let at: usize = 0; at < bytes; at += 16) {
      const value = changetype<T>(0).at(v128.load(x + at), p4, q4);
      v128.store(y + at, mask ? v128.and(value, v128.load(mask + at)) : value);
    }
    x += xPitch;
    y += yPitch;
  }
}

/** Between p and q; p where x is below, and NaN stays NaN. */
class Clamp {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return f32x4.pmin(f32x4.pmax(x, p), q);
  }
}

/** p x below 0. */
class Leaky {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return v128.bitselect(x, f32x4.mul(x, p), f32x4.gt(x, f32x4.splat(0)));
  }
}

class Sigmoid {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return sigmoid4(x);
  }
}

class Tanh {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return tanh4(x);
  }
}

class Swish {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return f32x4.mul(x, sigmoid4(x));
  }
}

/** q x above 0, p (e^x - 1) below. */
class Elu {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return v128.bitselect(f32x4.mul(x, q), f32x4.mul(p, expm14(x)), f32x4.gt(x, f32x4.splat(0)));
  }
}

/** log(1 + e^x) = max(x, 0) + log(1 + e^-|x|). */
class Softplus {
  @inline at(x: v128, p: v128, q: v128): v128 {
    const e = exp4(f32x4.neg(f32x4.abs(x)));
    return f32x4.add(f32x4.max(x, f32x4.splat(0)), logOnePlus(e));
  }
}

/** log(1 + e) for e in [0, 1], with the rounding of the sum put right: log(u) e / (u - 1). */
@inline
function logOnePlus(e: v128): v128 {
  const one = f32x4.splat(1);
  const u = f32x4.add(one, e);
  const rounded = f32x4.sub(u, one);
  return v128.bitselect(e, f32x4.div(f32x4.mul(log4(u), e), rounded), f32x4.eq(rounded, f32x4.splat(0)));
}

class HardSigmoid {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return hardSigmoid4(x);
  }
}

class HardSwish {
  @inline at(x: v128, p: v128, q: v128): v128 {
    return f32x4.mul(x, hardSigmoid4(x));
  }
}

@inline
function hardSigmoid4(x: v128): v128 {
  const raised = f32x4.add(f32x4.div(x, f32x4.splat(6)), f32x4.splat(0.5));
  return f32x4.pmin(f32x4.pmax(raised, f32x4.splat(0)), f32x4.splat(1));
}

/**
 * x Φ(x) = x (1 + erf(x / √2)) / 2. With |z| = |x| / √2 and t = 1 / (1 + 0.3275911 |z|), erfc(|z|) is e^(-z²) times a polynomial
 * in t, to 1.5e-7 (Abramowitz and Stegun 7.1.26); for negative x, Φ is half of it, without a difference.
 */
class Gelu {
  @inline at(x: v128, p: v128, q: v128): v128 {
    const one = f32x4.splat(1);
    const z = f32x4.mul(f32x4.abs(x), f32x4.splat(0.70710678));
    const t = f32x4.div(one, f32x4.add(one, f32x4.mul(f32x4.splat(0.3275911), z)));
    let s = f32x4.splat(1.061405429);
    s = f32x4.add(f32x4.mul(s, t), f32x4.splat(-1.453152027));
    s = f32x4.add(f32x4.mul(s, t), f32x4.splat(1.421413741));
    s = f32x4.add(f32x4.mul(s, t), f32x4.splat(-0.284496736));
    s = f32x4.add(f32x4.mul(s, t), f32x4.splat(0.254829592));
    const tail = f32x4.mul(f32x4.mul(f32x4.splat(0.5), f32x4.mul(s, t)), exp4(f32x4.neg(f32x4.mul(z, z))));
    return f32x4.mul(x, v128.bitselect(f32x4.sub(one, tail), tail, f32x4.gt(x, f32x4.splat(0))));
  }
}

/** y = f(x) plane by plane; `bytes` of each, a multiple of 16. Functions by number, as in kernels.ts. */
export function map(f: i32, x: usize, y: usize, planes: usize, xPitch: usize, yPitch: usize, bytes: usize, mask: usize, p: f32, q: f32): void {
  switch (f) {
    case 0:
      return walk<Clamp>(x, y, planes, xPitch, yPitch, bytes, mask, p, q);
    case 1:
      return walk<Leaky>(x, y, planes, xPitch, yPitch, bytes, mask, p, q);
    case 2:
      return walk<Sigmoid>(x, y, planes, xPitch, yPitch, bytes, mask, p, q);
    case 3:
      return walk<Tanh>(x, y, planes, xPitch, yPitch, bytes, mask, p, q);
    case 4:
      return walk<Swish>(x, y, planes, xPitch, yPitch, bytes, mask, p, q);
    case 5:
      return walk<Elu>(x, y, planes, xPitch, yPitch, bytes, mask, p, q);
    case 6:
      return walk<Softplus>(x, y, planes, xPitch, yPitch, bytes, mask, p, q);
    case 7:
      return walk<HardSigmoid>(x, y, planes, xPitch, yPitch, bytes, mask, p, q);
    case 8:
      return walk<HardSwish>(x, y, planes, xPitch, yPitch, bytes, mask, p, q);
    default:
      return walk<Gelu>(x, y, planes, xPitch, yPitch, bytes, mask, p, q);
  }
}

/**
 * y = f(x; numbers of the channel).
 *
 *     0  scale and shift      x a + b
 *     1  standardise          (x - a) / b
 *     2  leaky with a slope   a x where x ≤ 0
 *     3  SReLU                c + d (x - c) below c, a + b (x - a) above a
 *
 * @param a, b, c, d  one number per plane where `across` is 0, else one per element of a plane
 */
export function mapChannels(
  f: i32,
  x: usize,
  y: usize,
  planes: usize,
  xPitch: usize,
  yPitch: usize,
  bytes: usize,
  mask: usize,
  a: usize,
  b: usize,
  c: usize,
  d: usize,
  across: i32,
): void {
  for (let plane: usize = 0; plane < planes; plane++) {
    const at4 = plane << 2;
    let va = v128.load_splat<f32>(a + at4);
    let vb = v128.load_splat<f32>(b + at4);
    let vc = v128.load_splat<f32>(c + at4);
    let vd = v128.load_splat<f32>(d + at4);
    for (let at: usize = 0; at < bytes; at += 16) {
      if (across) {
        va = v128.load(a + at);
        vb = v128.load(b + at);
        vc = v128.load(c + at);
        vd = v128.load(d + at);
      }
      let value = v128.load(x + at);
      if (f == 0) value = f32x4.add(f32x4.mul(value, va), vb);
      else if (f == 1) value = f32x4.div(f32x4.sub(value, va), vb);
      else if (f == 2) value = v128.bitselect(value, f32x4.mul(value, va), f32x4.gt(value, f32x4.splat(0)));
      else value = srelu4(value, va, vb, vc, vd);
      v128.store(y + at, mask ? v128.and(value, v128.load(mask + at)) : value);
    }
    x += xPitch;
    y += yPitch;
  }
}

/** x + (b - 1) max(x - a, 0) - (d - 1) max(c - x, 0), in the order in which training computes it. */
@inline
function srelu4(x: v128, a: v128, b: v128, c: v128, d: v128): v128 {
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  const above = f32x4.mul(f32x4.max(f32x4.sub(x, a), zero), f32x4.sub(b, one));
  const below = f32x4.mul(f32x4.max(f32x4.sub(c, x), zero), f32x4.sub(d, one));
  return f32x4.sub(f32x4.add(x, above), below);
}

/** y = max(a + b, floor); a multiple of 16 bytes. */
export function addInto(a: usize, b: usize, y: usize, bytes: usize, floor: f32): void {
  const low = f32x4.splat(floor);
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(y + at, f32x4.pmax(f32x4.add(v128.load(a + at), v128.load(b + at)), low));
  }
}
