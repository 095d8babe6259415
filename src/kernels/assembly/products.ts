/**
 * Dense products in 128-bit SIMD.
 *
 * Accumulators come in pairs of neighbours that are stored side by side, because V8's revectorisation fuses such pairs
 * into 256-bit operations. Every element is one sum in the order of k, whatever the tile it falls into, so results do not
 * depend on how rows are split; a partial sum that rests in memory between two blocks of k loses nothing.
 */

import { narrowTiles, scratch } from "./scratch";

/** Rows and lanes of a tile of the dense product. */
const tileRows: usize = 4;
const tileLanes: usize = 16;
/** Depth of a panel of b: 256 x 16 lanes are 16 KiB, half of a small first-level cache. */
const panelDepth: usize = 256;
/** Rows of a that are worked through while its block of 128 x 256 stays in the second-level cache. */
const blockRows: usize = 128;
/** Packing a panel costs about as much as two row tiles that use it; below this many rows it does not pay. */
const packedRows: usize = 24;

/** In the scratch memory: a panel, then a tile of c. */
const tileOffset: usize = panelDepth * tileLanes * 4;

export function gemm(
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  c: usize,
  cRow: usize,
  columns: usize,
  inner: usize,
  begin: usize,
  end: usize,
): void {
  const aRowBytes = aRow << 2;
  const aColumnBytes = aColumn << 2;
  const bRowBytes = bRow << 2;
  const cRowBytes = cRow << 2;
  if (inner == 0) {
    for (let i = begin; i < end; i++) memory.fill(c + i * cRowBytes, 0, columns << 2);
    return;
  }
  for (let i = begin; i < end; i += blockRows) {
    const blockEnd = min(end, i + blockRows);
    for (let k: usize = 0; k < inner; k += panelDepth) {
      const depth = min(panelDepth, inner - k);
      const aPanel = a + k * aColumnBytes;
      const bPanel = b + k * bRowBytes;
      for (let j: usize = 0; j < columns; j += tileLanes) {
        const corner = c + (j << 2);
        const lanes = min(tileLanes, columns - j);
        addPanel(aPanel, aRowBytes, aColumnBytes, bPanel + (j << 2), bRowBytes, corner, cRowBytes, lanes, depth, i, blockEnd, k == 0);
      }
    }
  }
}

/** Rows begin..end of `lanes` ≤ 16 columns of c, `depth` ≤ 256 of the inner dimension; `first` starts from 0. */
function addPanel(
  a: usize,
  aRowBytes: usize,
  aColumnBytes: usize,
  b: usize,
  bRowBytes: usize,
  c: usize,
  cRowBytes: usize,
  lanes: usize,
  depth: usize,
  begin: usize,
  end: usize,
  first: bool,
): void {
  const tile = scratch + tileOffset;
  const whole = lanes == tileLanes;
  if (!whole || end - begin >= packedRows) {
    packPanel(b, bRowBytes, lanes, depth);
    b = scratch;
    bRowBytes = 64;
  }
  let i = begin;
  for (; i + tileRows <= end; i += tileRows) {
    const corner = c + i * cRowBytes;
    if (whole) {
      if (first) clearTile(corner, cRowBytes);
      addTile(a + i * aRowBytes, aRowBytes, aColumnBytes, b, bRowBytes, corner, cRowBytes, depth);
    } else {
      for (let r: usize = 0; r < tileRows; r++) loadLanes(corner + r * cRowBytes, tile + r * 64, lanes, first);
      addTile(a + i * aRowBytes, aRowBytes, aColumnBytes, b, bRowBytes, tile, 64, depth);
      for (let r: usize = 0; r < tileRows; r++) memory.copy(corner + r * cRowBytes, tile + r * 64, lanes << 2);
    }
  }
  for (; i < end; i++) {
    const corner = c + i * cRowBytes;
    loadLanes(corner, tile, lanes, first);
    addRow(a + i * aRowBytes, aColumnBytes, b, bRowBytes, tile, depth);
    memory.copy(corner, tile, lanes << 2);
  }
}

/** Copies a panel of b, `lanes` ≤ 16 wide, to the scratch memory, 16 lanes a row; missing lanes are 0. */
function packPanel(b: usize, bRowBytes: usize, lanes: usize, depth: usize): void {
  let target = scratch;
  if (lanes == tileLanes) {
    for (let k: usize = 0; k < depth; k++) {
      v128.store(target, v128.load(b), 0);
      v128.store(target, v128.load(b, 16), 16);
      v128.store(target, v128.load(b, 32), 32);
      v128.store(target, v128.load(b, 48), 48);
      target += 64;
      b += bRowBytes;
    }
    return;
  }
  for (let k: usize = 0; k < depth; k++) {
    loadLanes(b, target, lanes, false);
    target += 64;
    b += bRowBytes;
  }
}

/** Fills 16 lanes at `target` from `lanes` floats at `source` and zeros; all zeros where `clear`. */
function loadLanes(source: usize, target: usize, lanes: usize, clear: bool): void {
  memory.fill(target, 0, 64);
  if (!clear) memory.copy(target, source, lanes << 2);
}

@inline
function clearTile(c: usize, cRowBytes: usize): void {
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
function addTile(
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
function addRow(a: usize, aColumnBytes: usize, b: usize, bRowBytes: usize, c: usize, depth: usize): void {
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

export function transpose(
  source: usize,
  sourceStride: usize,
  target: usize,
  targetStride: usize,
  columns: usize,
  begin: usize,
  end: usize,
): void {
  const sourceBytes = sourceStride << 2;
  const targetBytes = targetStride << 2;
  let r = begin;
  // Eight target rows at a time: where rows lie 4 KiB apart, more of them would evict one another from the cache.
  for (; r + 8 <= end; r += 8) {
    let c: usize = 0;
    for (; c + 4 <= columns; c += 4) {
      const from = source + c * sourceBytes + (r << 2);
      const to = target + r * targetBytes + (c << 2);
      transposeBlock(from, sourceBytes, to, targetBytes);
      transposeBlock(from + 16, sourceBytes, to + 4 * targetBytes, targetBytes);
    }
    transposeRest(source, sourceBytes, target, targetBytes, c, columns, r, r + 8);
  }
  transposeRest(source, sourceBytes, target, targetBytes, 0, columns, r, end);
}

/** Four by four floats. */
@inline
function transposeBlock(from: usize, fromBytes: usize, to: usize, toBytes: usize): void {
  const row0 = v128.load(from);
  const row1 = v128.load(from + fromBytes);
  const row2 = v128.load(from + 2 * fromBytes);
  const row3 = v128.load(from + 3 * fromBytes);
  const low01 = i32x4.shuffle(row0, row1, 0, 4, 1, 5);
  const high01 = i32x4.shuffle(row0, row1, 2, 6, 3, 7);
  const low23 = i32x4.shuffle(row2, row3, 0, 4, 1, 5);
  const high23 = i32x4.shuffle(row2, row3, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(low01, low23, 0, 2));
  v128.store(to + toBytes, i64x2.shuffle(low01, low23, 1, 3));
  v128.store(to + 2 * toBytes, i64x2.shuffle(high01, high23, 0, 2));
  v128.store(to + 3 * toBytes, i64x2.shuffle(high01, high23, 1, 3));
}

function transposeRest(
  source: usize,
  sourceBytes: usize,
  target: usize,
  targetBytes: usize,
  firstColumn: usize,
  columns: usize,
  begin: usize,
  end: usize,
): void {
  for (let c = firstColumn; c < columns; c++) {
    for (let r = begin; r < end; r++) {
      store<f32>(target + r * targetBytes + (c << 2), load<f32>(source + c * sourceBytes + (r << 2)));
    }
  }
}
