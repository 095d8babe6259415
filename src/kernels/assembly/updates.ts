/**
 * Optimizer updates in SIMD: each step is written once, for the four lanes at an address, and walked over the parameters.
 *
 * The last, incomplete lanes go through the scratch memory, so that the same instructions serve them.
 */

import { scratch } from "./scratch";

/** Places in the hyper array, in bytes, as `hyperSlots` in contract.ts. */
const learningRate: usize = 0;
const weightDecay: usize = 4;
const decoupledDecay: usize = 8;
const first: usize = 12;
const second: usize = 16;
const epsilon: usize = 20;
const correctionFirst: usize = 24;
const correctionSecond: usize = 28;
const oneMinusFirst: usize = 32;
const oneMinusSecond: usize = 36;

@inline
function slot(hyper: usize, place: usize): v128 {
  return v128.load_splat<f32>(hyper + place);
}

/** g' = g + weightDecay w, at offset i of both. */
@inline
function decayed(w: usize, g: usize, hyper: usize): v128 {
  return f32x4.add(v128.load(g), f32x4.mul(slot(hyper, weightDecay), v128.load(w)));
}

/** w ← w (1 - lr decoupled) - move. */
@inline
function settle(w: usize, hyper: usize, move: v128): void {
  const kept = f32x4.sub(f32x4.splat(1), f32x4.mul(slot(hyper, learningRate), slot(hyper, decoupledDecay)));
  v128.store(w, f32x4.sub(f32x4.mul(v128.load(w), kept), move));
}

class Sgd {
  @inline at(w: usize, g: usize, m: usize, v: usize, hyper: usize, rate: v128): void {
    settle(w, hyper, f32x4.mul(rate, decayed(w, g, hyper)));
  }
}

class Momentum {
  @inline at(w: usize, g: usize, m: usize, v: usize, hyper: usize, rate: v128): void {
    const gradient = decayed(w, g, hyper);
    const velocity = f32x4.add(
      f32x4.mul(slot(hyper, first), v128.load(v)),
      f32x4.mul(slot(hyper, oneMinusSecond), gradient),
    );
    v128.store(v, velocity);
    settle(w, hyper, f32x4.mul(rate, velocity));
  }
}

class Nesterov {
  @inline at(w: usize, g: usize, m: usize, v: usize, hyper: usize, rate: v128): void {
    const gradient = decayed(w, g, hyper);
    const velocity = f32x4.add(
      f32x4.mul(slot(hyper, first), v128.load(v)),
      f32x4.mul(slot(hyper, oneMinusSecond), gradient),
    );
    v128.store(v, velocity);
    const ahead = f32x4.add(gradient, f32x4.mul(slot(hyper, first), velocity));
    settle(w, hyper, f32x4.mul(rate, ahead));
  }
}

class Adam {
  @inline at(w: usize, g: usize, m: usize, v: usize, hyper: usize, rate: v128): void {
    const gradient = decayed(w, g, hyper);
    const mean = f32x4.add(f32x4.mul(slot(hyper, first), v128.load(m)), f32x4.mul(slot(hyper, oneMinusFirst), gradient));
    const square = f32x4.add(
      f32x4.mul(slot(hyper, second), v128.load(v)),
      f32x4.mul(slot(hyper, oneMinusSecond), f32x4.mul(gradient, gradient)),
    );
    v128.store(m, mean);
    v128.store(v, square);
    const root = f32x4.add(f32x4.div(f32x4.sqrt(square), slot(hyper, correctionSecond)), slot(hyper, epsilon));
    settle(w, hyper, f32x4.div(f32x4.mul(rate, mean), root));
  }
}

class Rmsprop {
  @inline at(w: usize, g: usize, m: usize, v: usize, hyper: usize, rate: v128): void {
    const gradient = decayed(w, g, hyper);
    const square = f32x4.add(
      f32x4.mul(slot(hyper, first), v128.load(v)),
      f32x4.mul(slot(hyper, oneMinusFirst), f32x4.mul(gradient, gradient)),
    );
    v128.store(v, square);
    const root = f32x4.add(f32x4.sqrt(square), slot(hyper, epsilon));
    settle(w, hyper, f32x4.div(f32x4.mul(rate, gradient), root));
  }
}

class Adagrad {
  @inline at(w: usize, g: usize, m: usize, v: usize, hyper: usize, rate: v128): void {
    const gradient = decayed(w, g, hyper);
    const square = f32x4.add(v128.load(v), f32x4.mul(gradient, gradient));
    v128.store(v, square);
    const root = f32x4.add(f32x4.sqrt(square), slot(hyper, epsilon));
    settle(w, hyper, f32x4.div(f32x4.mul(rate, gradient), root));
  }
}

/** Takes step T, of size `rate`, at elements begin..end of w, g and the state m, v. */
@inline
function walk<T>(w: usize, g: usize, m: usize, v: usize, hyper: usize, rate: v128, begin: usize, end: usize): void {
  let i = begin << 2;
  const last = end << 2;
  for (; i + 16 <= last; i += 16) changetype<T>(0).at(w + i, g + i, m + i, v + i, hyper, rate);
  if (i == last) return;
  const bytes = last - i;
  const tail = scratch;
  memory.fill(tail, 0, 64);
  memory.copy(tail, w + i, bytes);
  memory.copy(tail + 16, g + i, bytes);
  memory.copy(tail + 32, m + i, bytes);
  memory.copy(tail + 48, v + i, bytes);
  changetype<T>(0).at(tail, tail + 16, tail + 32, tail + 48, hyper, rate);
  memory.copy(w + i, tail, bytes);
  memory.copy(m + i, tail + 32, bytes);
  memory.copy(v + i, tail + 48, bytes);
}

export function sgdUpdate(w: usize, g: usize, hyper: usize, begin: usize, end: usize): void {
  // There is no state: the gradient stands in for it and is copied back as it was.
  walk<Sgd>(w, g, g, g, hyper, slot(hyper, learningRate), begin, end);
}

export function momentumUpdate(w: usize, g: usize, v: usize, hyper: usize, begin: usize, end: usize): void {
  if (load<f32>(hyper + correctionFirst) == 1) walk<Nesterov>(w, g, g, v, hyper, slot(hyper, learningRate), begin, end);
  else walk<Momentum>(w, g, g, v, hyper, slot(hyper, learningRate), begin, end);
}

export function adamUpdate(w: usize, g: usize, m: usize, v: usize, hyper: usize, begin: usize, end: usize): void {
  const rate = f32x4.div(slot(hyper, learningRate), slot(hyper, correctionFirst));
  walk<Adam>(w, g, m, v, hyper, rate, begin, end);
}

export function rmspropUpdate(w: usize, g: usize, v: usize, hyper: usize, begin: usize, end: usize): void {
  walk<Rmsprop>(w, g, g, v, hyper, slot(hyper, learningRate), begin, end);
}

export function adagradUpdate(w: usize, g: usize, s: usize, hyper: usize, begin: usize, end: usize): void {
  walk<Adagrad>(w, g, g, s, hyper, slot(hyper, learningRate), begin, end);
}
