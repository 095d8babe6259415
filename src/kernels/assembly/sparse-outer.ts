/**
 * The gradient of a sparse matrix in CSR at its active weights: a sum over the lanes of the batch each.
 *
 * Blocks of lanes come outermost, so that 32 lanes of all rows of `right` stay in the second-level cache. Eight weights of a
 * row share the loads of the left row and are summed across by turning four at a time.
 *
 * What becomes 256-bit code: V8 fuses pairs of neighbours that are stored side by side, and what leads to them. So each sum is
 * kept in an even and an odd half through all shuffles, up to two stores; nothing else may be stored before these, and
 * offsets are constants of the loads.
 */

import { sumLanes4, paddedLanes, sumLanes, tailMask, touch } from "./lanes";
import { scratch } from "./scratch";

/** Places in the scratch memory: sums, masks of a block of lanes, and a left row without its padding. */
const masksOffset: usize = 64;
const leftOffset: usize = 192;

export function sparseOuter(
  rowPointers: usize,
  columnIndices: usize,
  left: usize,
  leftRows: usize,
  right: usize,
  rightRows: usize,
  out: usize,
  batch: usize,
  begin: usize,
  end: usize,
): void {
  const lanes = paddedLanes(batch);
  const entries = load<usize>(rowPointers + (end << 2)) - load<usize>(rowPointers + (begin << 2));
  for (let lane: usize = 0; lane < lanes; lane += 32) {
    const l = left + ((lane * leftRows) << 2);
    const r = right + ((lane * rightRows) << 2);
    const valid = batch - lane;
    const first = lane == 0;
    if (entries >= rightRows) touch(r, (rightRows * min<usize>(32, lanes - lane)) << 2);
    if (valid >= 32) addBlock<Whole>(rowPointers, columnIndices, l, r, out, 32, first, begin, end);
    else if (valid > 16) addBlock<Part>(rowPointers, columnIndices, l, r, out, valid, first, begin, end);
    else addBlock<Narrow>(rowPointers, columnIndices, l, r, out, valid, first, begin, end);
  }
}

/**
 * Sums of products of one block of lanes, eight lanes apart: `even` those of lanes 0-3, `odd` those of lanes 4-7.
 * l0 to l3 are the left row's lanes for the same half.
 */
class Whole {
  /** Bytes from one row to the next, as a shift. */
  @inline shift(): usize {
    return 7;
  }
  @inline even(l0: v128, l1: v128, l2: v128, l3: v128, r: usize, mask: usize): v128 {
    let s = f32x4.mul(l0, v128.load(r));
    s = f32x4.add(s, f32x4.mul(l1, v128.load(r, 32)));
    s = f32x4.add(s, f32x4.mul(l2, v128.load(r, 64)));
    return f32x4.add(s, f32x4.mul(l3, v128.load(r, 96)));
  }
  @inline odd(l0: v128, l1: v128, l2: v128, l3: v128, r: usize, mask: usize): v128 {
    let s = f32x4.mul(l0, v128.load(r, 16));
    s = f32x4.add(s, f32x4.mul(l1, v128.load(r, 48)));
    s = f32x4.add(s, f32x4.mul(l2, v128.load(r, 80)));
    return f32x4.add(s, f32x4.mul(l3, v128.load(r, 112)));
  }
}

/** A block of 32 lanes with padding in its second half, which may be NaN. */
class Part {
  @inline shift(): usize {
    return 7;
  }
  @inline even(l0: v128, l1: v128, l2: v128, l3: v128, r: usize, mask: usize): v128 {
    let s = f32x4.mul(l0, v128.load(r));
    s = f32x4.add(s, f32x4.mul(l1, v128.load(r, 32)));
    s = f32x4.add(s, f32x4.mul(l2, v128.and(v128.load(r, 64), v128.load(mask, 64))));
    return f32x4.add(s, f32x4.mul(l3, v128.and(v128.load(r, 96), v128.load(mask, 96))));
  }
  @inline odd(l0: v128, l1: v128, l2: v128, l3: v128, r: usize, mask: usize): v128 {
    let s = f32x4.mul(l0, v128.load(r, 16));
    s = f32x4.add(s, f32x4.mul(l1, v128.load(r, 48)));
    s = f32x4.add(s, f32x4.mul(l2, v128.and(v128.load(r, 80), v128.load(mask, 80))));
    return f32x4.add(s, f32x4.mul(l3, v128.and(v128.load(r, 112), v128.load(mask, 112))));
  }
}

/** A block of 16 lanes, padded or not. */
class Narrow {
  @inline shift(): usize {
    return 6;
  }
  @inline even(l0: v128, l1: v128, l2: v128, l3: v128, r: usize, mask: usize): v128 {
    let s = f32x4.mul(l0, v128.and(v128.load(r), v128.load(mask)));
    return f32x4.add(s, f32x4.mul(l1, v128.and(v128.load(r, 32), v128.load(mask, 32))));
  }
  @inline odd(l0: v128, l1: v128, l2: v128, l3: v128, r: usize, mask: usize): v128 {
    let s = f32x4.mul(l0, v128.and(v128.load(r, 16), v128.load(mask, 16)));
    return f32x4.add(s, f32x4.mul(l1, v128.and(v128.load(r, 48), v128.load(mask, 48))));
  }
}

/** Adds the part of one block of lanes to rows begin..end of the gradient, or stores it where it is the `first`. */
@inline
function addBlock<T>(
  rowPointers: usize,
  columnIndices: usize,
  left: usize,
  right: usize,
  out: usize,
  valid: usize,
  first: bool,
  begin: usize,
  end: usize,
): void {
  const shift = changetype<T>(0).shift();
  const whole = valid == 32;
  // Locals: stores through a global are not recognised as neighbours.
  const sums = scratch;
  const mask = scratch + masksOffset;
  if (!whole) storeMasks(mask, valid);
  const beside = out - columnIndices;
  let index = columnIndices + (load<usize>(rowPointers + (begin << 2)) << 2);
  for (let row = begin; row < end; row++) {
    const last = columnIndices + (load<usize>(rowPointers + (row << 2), 4) << 2);
    const l = whole ? left + (row << shift) : maskedRow(left + (row << shift), 1 << shift, mask);
    for (; index + 32 <= last; index += 32) {
      const r0 = right + (load<usize>(index) << shift);
      const r1 = right + (load<usize>(index, 4) << shift);
      const r2 = right + (load<usize>(index, 8) << shift);
      const r3 = right + (load<usize>(index, 12) << shift);
      const r4 = right + (load<usize>(index, 16) << shift);
      const r5 = right + (load<usize>(index, 20) << shift);
      const r6 = right + (load<usize>(index, 24) << shift);
      const r7 = right + (load<usize>(index, 28) << shift);
      const even0 = evenFour<T>(l, r0, r1, r2, r3, mask);
      const odd0 = oddFour<T>(l, r0, r1, r2, r3, mask);
      const even1 = evenFour<T>(l, r4, r5, r6, r7, mask);
      const odd1 = oddFour<T>(l, r4, r5, r6, r7, mask);
      v128.store(sums, even0);
      v128.store(sums, odd0, 16);
      v128.store(sums, even1, 32);
      v128.store(sums, odd1, 48);
      const target = index + beside;
      storeSums(target, f32x4.add(v128.load(sums), v128.load(sums, 16)), first);
      storeSums(target + 16, f32x4.add(v128.load(sums, 32), v128.load(sums, 48)), first);
    }
    for (; index + 16 <= last; index += 16) {
      const r0 = right + (load<usize>(index) << shift);
      const r1 = right + (load<usize>(index, 4) << shift);
      const r2 = right + (load<usize>(index, 8) << shift);
      const r3 = right + (load<usize>(index, 12) << shift);
      const even = evenFour<T>(l, r0, r1, r2, r3, mask);
      const odd = oddFour<T>(l, r0, r1, r2, r3, mask);
      v128.store(sums, even);
      v128.store(sums, odd, 16);
      storeSums(index + beside, f32x4.add(v128.load(sums), v128.load(sums, 16)), first);
    }
    for (; index < last; index += 4) {
      const r = right + (load<usize>(index) << shift);
      const s = sumLanes(evenOne<T>(l, r, mask)) + sumLanes(oddOne<T>(l, r, mask));
      const target = index + beside;
      store<f32>(target, first ? s : load<f32>(target) + s);
    }
  }
}

@inline
function storeSums(target: usize, s: v128, first: bool): void {
  v128.store(target, first ? s : f32x4.add(v128.load(target), s));
}

@inline
function evenOne<T>(l: usize, r: usize, mask: usize): v128 {
  return changetype<T>(0).even(v128.load(l), v128.load(l, 32), v128.load(l, 64), v128.load(l, 96), r, mask);
}

@inline
function oddOne<T>(l: usize, r: usize, mask: usize): v128 {
  return changetype<T>(0).odd(v128.load(l, 16), v128.load(l, 48), v128.load(l, 80), v128.load(l, 112), r, mask);
}

/** The even halves of the sums of four weights, summed across: one weight a lane. */
@inline
function evenFour<T>(l: usize, r0: usize, r1: usize, r2: usize, r3: usize, mask: usize): v128 {
  return sumLanes4(evenOne<T>(l, r0, mask), evenOne<T>(l, r1, mask), evenOne<T>(l, r2, mask), evenOne<T>(l, r3, mask));
}

@inline
function oddFour<T>(l: usize, r0: usize, r1: usize, r2: usize, r3: usize, mask: usize): v128 {
  return sumLanes4(oddOne<T>(l, r0, mask), oddOne<T>(l, r1, mask), oddOne<T>(l, r2, mask), oddOne<T>(l, r3, mask));
}

/** All ones in the first `valid` of 32 lanes. */
function storeMasks(mask: usize, valid: usize): void {
  for (let lane: usize = 0; lane < 32; lane += 4) v128.store(mask + (lane << 2), tailMask(lane, valid));
}

/** Copies a row of a block to the scratch memory, 0 in padded lanes. */
function maskedRow(row: usize, bytes: usize, mask: usize): usize {
  const copy = scratch + leftOffset;
  for (let at: usize = 0; at < bytes; at += 16) v128.store(copy + at, v128.and(v128.load(row + at), v128.load(mask + at)));
  return copy;
}
