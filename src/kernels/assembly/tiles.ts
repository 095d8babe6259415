/**
 * Tiles of the dense product: four rows or one by 16 lanes, their sums in accumulators over the whole depth of a panel.
 *
 * Accumulators come in pairs of neighbours that are stored side by side, because V8's revectorisation fuses such pairs
 * into 256-bit operations.
 */

import { narrowTiles } from "./scratch";

/** Rows and lanes of a tile. */
export const tileRows: usize = 4;
export const tileLanes: usize = 16;

@inline
export function clearTile(c: usize, cRowBytes: usize): void {
  const zero = f32x4.splat(0);
  for (let r: usize = 0; r < tileRows; r++) {
    v128.store(c, zero, 0);
    v128.store(c, zero, 16);
    v128.store(c, zero, 32);
    v128.store(c, zero, 48);
    c += cRowBytes;
  }
}

/** c[0..3, 0..15] += a[0..3, 0..depth] b[0..depth, 0..15], at once or in two halves. */
@inline
export function addTile(
  a: usize,
  aRowBytes: usize,
  aColumnBytes: usize,
  b: usize,
  bRowBytes: usize,
  c: usize,
  cRowBytes: usize,
  depth: usize,
): void {
  if (narrowTiles) {
    addNarrowTile(a, aRowBytes, aColumnBytes, b, bRowBytes, c, cRowBytes, depth);
    addNarrowTile(a, aRowBytes, aColumnBytes, b + 32, bRowBytes, c + 32, cRowBytes, depth);
  } else {
    addWideTile(a, aRowBytes, aColumnBytes, b, bRowBytes, c, cRowBytes, depth);
  }
}

/** A tile of 16 lanes: 16 accumulators of four lanes, or eight of eight, which 16 registers hold. */
function addWideTile(
  a0: usize,
  aRowBytes: usize,
  aColumnBytes: usize,
  b: usize,
  bRowBytes: usize,
  c0: usize,
  cRowBytes: usize,
  depth: usize,
): void {
  let a1 = a0 + aRowBytes;
  let a2 = a1 + aRowBytes;
  let a3 = a2 + aRowBytes;
  const c1 = c0 + cRowBytes;
  const c2 = c1 + cRowBytes;
  const c3 = c2 + cRowBytes;
  let s00 = v128.load(c0);
  let s01 = v128.load(c0, 16);
  let s02 = v128.load(c0, 32);
  let s03 = v128.load(c0, 48);
  let s10 = v128.load(c1);
  let s11 = v128.load(c1, 16);
  let s12 = v128.load(c1, 32);
  let s13 = v128.load(c1, 48);
  let s20 = v128.load(c2);
  let s21 = v128.load(c2, 16);
  let s22 = v128.load(c2, 32);
  let s23 = v128.load(c2, 48);
  let s30 = v128.load(c3);
  let s31 = v128.load(c3, 16);
  let s32 = v128.load(c3, 32);
  let s33 = v128.load(c3, 48);
  for (; depth; depth--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    const b3 = v128.load(b, 48);
    let f = v128.load_splat<f32>(a0);
    s00 = f32x4.add(s00, f32x4.mul(f, b0));
    s01 = f32x4.add(s01, f32x4.mul(f, b1));
    s02 = f32x4.add(s02, f32x4.mul(f, b2));
    s03 = f32x4.add(s03, f32x4.mul(f, b3));
    f = v128.load_splat<f32>(a1);
    s10 = f32x4.add(s10, f32x4.mul(f, b0));
    s11 = f32x4.add(s11, f32x4.mul(f, b1));
    s12 = f32x4.add(s12, f32x4.mul(f, b2));
    s13 = f32x4.add(s13, f32x4.mul(f, b3));
    f = v128.load_splat<f32>(a2);
    s20 = f32x4.add(s20, f32x4.mul(f, b0));
    s21 = f32x4.add(s21, f32x4.mul(f, b1));
    s22 = f32x4.add(s22, f32x4.mul(f, b2));
    s23 = f32x4.add(s23, f32x4.mul(f, b3));
    f = v128.load_splat<f32>(a3);
    s30 = f32x4.add(s30, f32x4.mul(f, b0));
    s31 = f32x4.add(s31, f32x4.mul(f, b1));
    s32 = f32x4.add(s32, f32x4.mul(f, b2));
    s33 = f32x4.add(s33, f32x4.mul(f, b3));
    a0 += aColumnBytes;
    a1 += aColumnBytes;
    a2 += aColumnBytes;
    a3 += aColumnBytes;
    b += bRowBytes;
  }
  v128.store(c0, s00, 0);
  v128.store(c0, s01, 16);
  v128.store(c0, s02, 32);
  v128.store(c0, s03, 48);
  v128.store(c1, s10, 0);
  v128.store(c1, s11, 16);
  v128.store(c1, s12, 32);
  v128.store(c1, s13, 48);
  v128.store(c2, s20, 0);
  v128.store(c2, s21, 16);
  v128.store(c2, s22, 32);
  v128.store(c2, s23, 48);
  v128.store(c3, s30, 0);
  v128.store(c3, s31, 16);
  v128.store(c3, s32, 32);
  v128.store(c3, s33, 48);
}

/** Half a tile, 8 lanes: eight accumulators of four lanes, as many as 16 registers hold beside b. */
function addNarrowTile(
  a0: usize,
  aRowBytes: usize,
  aColumnBytes: usize,
  b: usize,
  bRowBytes: usize,
  c0: usize,
  cRowBytes: usize,
  depth: usize,
): void {
  let a1 = a0 + aRowBytes;
  let a2 = a1 + aRowBytes;
  let a3 = a2 + aRowBytes;
  const c1 = c0 + cRowBytes;
  const c2 = c1 + cRowBytes;
  const c3 = c2 + cRowBytes;
  let s00 = v128.load(c0);
  let s01 = v128.load(c0, 16);
  let s10 = v128.load(c1);
  let s11 = v128.load(c1, 16);
  let s20 = v128.load(c2);
  let s21 = v128.load(c2, 16);
  let s30 = v128.load(c3);
  let s31 = v128.load(c3, 16);
  for (; depth; depth--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let f = v128.load_splat<f32>(a0);
    s00 = f32x4.add(s00, f32x4.mul(f, b0));
    s01 = f32x4.add(s01, f32x4.mul(f, b1));
    f = v128.load_splat<f32>(a1);
    s10 = f32x4.add(s10, f32x4.mul(f, b0));
    s11 = f32x4.add(s11, f32x4.mul(f, b1));
    f = v128.load_splat<f32>(a2);
    s20 = f32x4.add(s20, f32x4.mul(f, b0));
    s21 = f32x4.add(s21, f32x4.mul(f, b1));
    f = v128.load_splat<f32>(a3);
    s30 = f32x4.add(s30, f32x4.mul(f, b0));
    s31 = f32x4.add(s31, f32x4.mul(f, b1));
    a0 += aColumnBytes;
    a1 += aColumnBytes;
    a2 += aColumnBytes;
    a3 += aColumnBytes;
    b += bRowBytes;
  }
  v128.store(c0, s00);
  v128.store(c0, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
}

/** c[0..15] += a[0..depth] b[0..depth, 0..15], for the rows that fill no tile. */
export function addRow(a: usize, aColumnBytes: usize, b: usize, bRowBytes: usize, c: usize, depth: usize): void {
  let s0 = v128.load(c);
  let s1 = v128.load(c, 16);
  let s2 = v128.load(c, 32);
  let s3 = v128.load(c, 48);
  for (; depth; depth--) {
    const f = v128.load_splat<f32>(a);
    s0 = f32x4.add(s0, f32x4.mul(f, v128.load(b)));
    s1 = f32x4.add(s1, f32x4.mul(f, v128.load(b, 16)));
    s2 = f32x4.add(s2, f32x4.mul(f, v128.load(b, 32)));
    s3 = f32x4.add(s3, f32x4.mul(f, v128.load(b, 48)));
    a += aColumnBytes;
    b += bRowBytes;
  }
  v128.store(c, s0, 0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
}
