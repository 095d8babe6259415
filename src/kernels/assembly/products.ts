/**
 * The dense product: panels of b, 256 x 16, are packed and each serves all row tiles of a block of a.
 *
 * Every element is one sum in the order of k, whatever the tile it falls into, so results do not depend on how rows are
 * split; a partial sum that rests in memory between two panels loses nothing.
 */

import { gated4, relu4 } from "./lanes";
import { panelBytes, scratch } from "./scratch";
import { addRow, addTile, clearTile, tileLanes, tileRows } from "./tiles";

/** Depth of a panel of b. */
const panelDepth: usize = panelBytes / (tileLanes * 4);
/** Rows of a that are worked through while its block of 128 x 256 stays in the second-level cache. */
const blockRows: usize = 128;
/** Packing a panel costs about as much as two row tiles that use it; below this many rows it does not pay. */
const packedRows: usize = 24;

/** In the scratch memory a tile of c follows the panel. */
const tileOffset: usize = panelBytes;

export function gemm(
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  bBlock: usize,
  c: usize,
  cRow: usize,
  cBlock: usize,
  columns: usize,
  inner: usize,
  bias: usize,
  gate: usize,
  rectify: usize,
  begin: usize,
  end: usize,
): void {
  const aRowBytes = aRow << 2;
  const aColumnBytes = aColumn << 2;
  const bRowBytes = bRow << 2;
  const cRowBytes = cRow << 2;
  const bBlockBytes = bBlock << 2;
  const cBlockBytes = cBlock << 2;
  if (inner == 0) {
    for (let j: usize = 0, block = c; j < columns; j += 32, block += cBlockBytes) {
      const bytes = min<usize>(32, columns - j) << 2;
      for (let i = begin; i < end; i++) memory.fill(block + i * cRowBytes, 0, bytes);
    }
    finish(c, cRowBytes, cBlockBytes, columns, bias, gate, rectify, begin, end);
    return;
  }
  for (let i = begin; i < end; i += blockRows) {
    const blockEnd = min(end, i + blockRows);
    for (let k: usize = 0; k < inner; k += panelDepth) {
      const depth = min(panelDepth, inner - k);
      const aPanel = a + k * aColumnBytes;
      const bPanel = b + k * bRowBytes;
      for (let j: usize = 0; j < columns; j += tileLanes) {
        const inBlock = (j & 31) << 2;
        const corner = c + (j >> 5) * cBlockBytes + inBlock;
        const panel = bPanel + (j >> 5) * bBlockBytes + inBlock;
        const lanes = min(tileLanes, columns - j);
        addPanel(aPanel, aRowBytes, aColumnBytes, panel, bRowBytes, corner, cRowBytes, lanes, depth, i, blockEnd, k == 0);
      }
    }
    finish(c, cRowBytes, cBlockBytes, columns, bias, gate, rectify, i, blockEnd);
  }
}

/** The last step of rows begin..end, which are still in the cache: bias, ReLU, gate, as the contract says. */
function finish(
  c: usize,
  cRowBytes: usize,
  cBlockBytes: usize,
  columns: usize,
  bias: usize,
  gate: usize,
  rectify: usize,
  begin: usize,
  end: usize,
): void {
  if (!bias && !gate && !rectify) return;
  for (let j: usize = 0, block: usize = 0; j < columns; j += 32, block += cBlockBytes) {
    const gateBlock = gate ? gate + block : 0;
    finishBlock(c + block, cRowBytes, min<usize>(32, columns - j), bias, gateBlock, rectify, begin, end);
  }
}

function finishBlock(
  c: usize,
  cRowBytes: usize,
  columns: usize,
  bias: usize,
  gate: usize,
  rectify: usize,
  begin: usize,
  end: usize,
): void {
  const wholeBytes = (columns & ~3) << 2;
  const rowBytes = columns << 2;
  for (let r = begin; r < end; r++) {
    const row = c + r * cRowBytes;
    const gateRow = gate ? gate + r * cRowBytes : 0;
    const b = bias ? v128.load_splat<f32>(bias + (r << 2)) : f32x4.splat(0);
    for (let at: usize = 0; at < wholeBytes; at += 16) {
      let s = v128.load(row + at);
      if (bias) s = f32x4.add(s, b);
      if (rectify) s = relu4(s);
      if (gate) s = gated4(s, v128.load(gateRow + at));
      v128.store(row + at, s);
    }
    for (let at = wholeBytes; at < rowBytes; at += 4) {
      let s = v128.load32_zero(row + at);
      if (bias) s = f32x4.add(s, b);
      if (rectify) s = relu4(s);
      if (gate) s = gated4(s, v128.load32_zero(gateRow + at));
      v128.store32_lane(row + at, s, 0);
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

