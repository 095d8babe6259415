/** The transpose in SIMD, four by four floats at a time. */

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
