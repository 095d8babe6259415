/** Classification losses in SIMD, four columns at a time, the largest logit of each column taken out first. */

import { exp4, log4 } from "./exp";

/** Largest logit of four columns; NaN where one of them is NaN. */
@inline
function largest4(column: usize, classes: usize, strideBytes: usize): v128 {
  let largest = f32x4.splat(-Infinity);
  for (let c: usize = 0; c < classes; c++) {
    largest = f32x4.max(largest, v128.load(column));
    column += strideBytes;
  }
  return largest;
}

/** Leaves the softmax of four columns at `out`, less 1 at the classes that `label` names; a label of -1 names none. */
@inline
function softmax4(column: usize, out: usize, classes: usize, strideBytes: usize, label: v128): void {
  const largest = largest4(column, classes, strideBytes);
  let total = f32x4.splat(0);
  let place: usize = 0;
  for (let c: usize = 0; c < classes; c++) {
    const e = exp4(f32x4.sub(v128.load(column + place), largest));
    total = f32x4.add(total, e);
    v128.store(out + place, e);
    place += strideBytes;
  }
  place = 0;
  for (let c: usize = 0; c < classes; c++) {
    const own = v128.and(f32x4.splat(1), i32x4.eq(label, i32x4.splat(<i32>c)));
    v128.store(out + place, f32x4.sub(f32x4.div(v128.load(out + place), total), own));
    place += strideBytes;
  }
}

export function softmax(logits: usize, out: usize, classes: usize, stride: usize, begin: usize, end: usize): void {
  for (let b = begin; b < end; b += 4) {
    softmax4(logits + (b << 2), out + (b << 2), classes, stride << 2, i32x4.splat(-1));
  }
}

export function softmaxResidual(
  logits: usize,
  labels: usize,
  out: usize,
  classes: usize,
  stride: usize,
  begin: usize,
  end: usize,
): void {
  for (let b = begin; b < end; b += 4) {
    softmax4(logits + (b << 2), out + (b << 2), classes, stride << 2, v128.load(labels + (b << 2)));
  }
}

export function crossEntropy(
  logits: usize,
  labels: usize,
  out: usize,
  classes: usize,
  stride: usize,
  begin: usize,
  end: usize,
): void {
  const strideBytes = stride << 2;
  for (let b = begin; b < end; b += 4) {
    const label = v128.load(labels + (b << 2));
    let column = logits + (b << 2);
    const largest = largest4(column, classes, strideBytes);
    let total = f32x4.splat(0);
    let own = f32x4.splat(0);
    for (let c: usize = 0; c < classes; c++) {
      const logit = f32x4.sub(v128.load(column), largest);
      total = f32x4.add(total, exp4(logit));
      own = v128.bitselect(logit, own, i32x4.eq(label, i32x4.splat(<i32>c)));
      column += strideBytes;
    }
    v128.store(out + (b << 2), f32x4.sub(log4(total), own));
  }
}

export function correct(
  logits: usize,
  labels: usize,
  out: usize,
  classes: usize,
  stride: usize,
  begin: usize,
  end: usize,
): void {
  const strideBytes = stride << 2;
  for (let b = begin; b < end; b += 4) {
    const label = v128.load(labels + (b << 2));
    const top = logits + (b << 2);
    let own = f32x4.splat(NaN);
    for (let c: usize = 0, column = top; c < classes; c++) {
      own = v128.bitselect(v128.load(column), own, i32x4.eq(label, i32x4.splat(<i32>c)));
      column += strideBytes;
    }
    // Written so that any comparison with NaN fails.
    let right = i32x4.splat(-1);
    for (let c: usize = 0, column = top; c < classes; c++) {
      const other = v128.load(column);
      const earlier = i32x4.gt_s(label, i32x4.splat(<i32>c));
      right = v128.and(right, v128.bitselect(f32x4.lt(other, own), f32x4.le(other, own), earlier));
      column += strideBytes;
    }
    v128.store(out + (b << 2), v128.and(f32x4.splat(1), right));
  }
}
