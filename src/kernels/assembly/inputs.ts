/** Filling a batch in SIMD: rows of examples are turned into rows of features four examples at a time. */

/** Byte offset into a data set of the row of lane b; padded lanes take the row of lane `standIn`, which is valid. */
@inline
function rowOf(indices: usize, b: usize, standIn: usize, batch: usize): usize {
  return load<usize>(indices + ((b < batch ? b : standIn) << 2));
}

/** All ones in the valid ones of lanes b..b+3. */
@inline
function valid(b: usize, batch: usize): v128 {
  return i32x4.lt_s(i32x4.add(i32x4.splat(<i32>b), i32x4(0, 1, 2, 3)), i32x4.splat(<i32>batch));
}

/** Stores x * scale[f] + shift[f] at out[f, b..b+3], 0 in lanes that `mask` leaves out. */
@inline
function put(x: v128, scale: usize, shift: usize, out: usize, strideBytes: usize, b: usize, f: usize, mask: v128): void {
  const y = f32x4.add(f32x4.mul(x, v128.load_splat<f32>(scale + (f << 2))), v128.load_splat<f32>(shift + (f << 2)));
  v128.store(out + f * strideBytes + (b << 2), v128.and(y, mask));
}

export function gatherBytes(
  bytes: usize,
  indices: usize,
  scale: usize,
  shift: usize,
  out: usize,
  features: usize,
  batch: usize,
  stride: usize,
  begin: usize,
  end: usize,
): void {
  const strideBytes = stride << 2;
  // Sixteen features outermost: their 16 rows of `out` and one cache line of every example stay in the first-level cache.
  for (let f = begin; f < end; f += 16) {
    const width = min<usize>(16, end - f);
    for (let b: usize = 0; b < stride; b += 4) {
      if (b >= batch) {
        for (let i = f; i < f + width; i++) v128.store(out + i * strideBytes + (b << 2), i32x4.splat(0));
        continue;
      }
      const mask = valid(b, batch);
      const row0 = bytes + rowOf(indices, b, b, batch) * features + f;
      const row1 = bytes + rowOf(indices, b + 1, b, batch) * features + f;
      const row2 = bytes + rowOf(indices, b + 2, b, batch) * features + f;
      const row3 = bytes + rowOf(indices, b + 3, b, batch) * features + f;
      if (width == 16) {
        const v0 = v128.load(row0);
        const v1 = v128.load(row1);
        const v2 = v128.load(row2);
        const v3 = v128.load(row3);
        // After two interleavings each 32-bit lane holds one feature of the four examples.
        const low01 = i8x16.shuffle(v0, v1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const high01 = i8x16.shuffle(v0, v1, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        const low23 = i8x16.shuffle(v2, v3, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const high23 = i8x16.shuffle(v2, v3, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        put4(i16x8.shuffle(low01, low23, 0, 8, 1, 9, 2, 10, 3, 11), scale, shift, out, strideBytes, b, f, mask);
        put4(i16x8.shuffle(low01, low23, 4, 12, 5, 13, 6, 14, 7, 15), scale, shift, out, strideBytes, b, f + 4, mask);
        put4(i16x8.shuffle(high01, high23, 0, 8, 1, 9, 2, 10, 3, 11), scale, shift, out, strideBytes, b, f + 8, mask);
        put4(i16x8.shuffle(high01, high23, 4, 12, 5, 13, 6, 14, 7, 15), scale, shift, out, strideBytes, b, f + 12, mask);
      } else {
        for (let i: usize = 0; i < width; i++) {
          const x = f32x4(
            <f32>load<u8>(row0 + i),
            <f32>load<u8>(row1 + i),
            <f32>load<u8>(row2 + i),
            <f32>load<u8>(row3 + i),
          );
          put(x, scale, shift, out, strideBytes, b, f + i, mask);
        }
      }
    }
  }
}

/** Four features of four examples: bytes 4i..4i+3 of v are feature f + i. */
@inline
function put4(v: v128, scale: usize, shift: usize, out: usize, strideBytes: usize, b: usize, f: usize, mask: v128): void {
  const zero = i32x4.splat(0);
  const x0 = i8x16.shuffle(v, zero, 0, 16, 16, 16, 1, 16, 16, 16, 2, 16, 16, 16, 3, 16, 16, 16);
  const x1 = i8x16.shuffle(v, zero, 4, 16, 16, 16, 5, 16, 16, 16, 6, 16, 16, 16, 7, 16, 16, 16);
  const x2 = i8x16.shuffle(v, zero, 8, 16, 16, 16, 9, 16, 16, 16, 10, 16, 16, 16, 11, 16, 16, 16);
  const x3 = i8x16.shuffle(v, zero, 12, 16, 16, 16, 13, 16, 16, 16, 14, 16, 16, 16, 15, 16, 16, 16);
  put(f32x4.convert_i32x4_s(x0), scale, shift, out, strideBytes, b, f, mask);
  put(f32x4.convert_i32x4_s(x1), scale, shift, out, strideBytes, b, f + 1, mask);
  put(f32x4.convert_i32x4_s(x2), scale, shift, out, strideBytes, b, f + 2, mask);
  put(f32x4.convert_i32x4_s(x3), scale, shift, out, strideBytes, b, f + 3, mask);
}

export function gatherFloats(
  values: usize,
  indices: usize,
  scale: usize,
  shift: usize,
  out: usize,
  features: usize,
  batch: usize,
  stride: usize,
  begin: usize,
  end: usize,
): void {
  const strideBytes = stride << 2;
  const rowBytes = features << 2;
  for (let f = begin; f < end; f += 4) {
    const width = min<usize>(4, end - f);
    for (let b: usize = 0; b < stride; b += 4) {
      if (b >= batch) {
        for (let i = f; i < f + width; i++) v128.store(out + i * strideBytes + (b << 2), i32x4.splat(0));
        continue;
      }
      const mask = valid(b, batch);
      const row0 = values + rowOf(indices, b, b, batch) * rowBytes + (f << 2);
      const row1 = values + rowOf(indices, b + 1, b, batch) * rowBytes + (f << 2);
      const row2 = values + rowOf(indices, b + 2, b, batch) * rowBytes + (f << 2);
      const row3 = values + rowOf(indices, b + 3, b, batch) * rowBytes + (f << 2);
      if (width == 4) {
        const v0 = v128.load(row0);
        const v1 = v128.load(row1);
        const v2 = v128.load(row2);
        const v3 = v128.load(row3);
        const low01 = i32x4.shuffle(v0, v1, 0, 4, 1, 5);
        const high01 = i32x4.shuffle(v0, v1, 2, 6, 3, 7);
        const low23 = i32x4.shuffle(v2, v3, 0, 4, 1, 5);
        const high23 = i32x4.shuffle(v2, v3, 2, 6, 3, 7);
        put(i64x2.shuffle(low01, low23, 0, 2), scale, shift, out, strideBytes, b, f, mask);
        put(i64x2.shuffle(low01, low23, 1, 3), scale, shift, out, strideBytes, b, f + 1, mask);
        put(i64x2.shuffle(high01, high23, 0, 2), scale, shift, out, strideBytes, b, f + 2, mask);
        put(i64x2.shuffle(high01, high23, 1, 3), scale, shift, out, strideBytes, b, f + 3, mask);
      } else {
        for (let i: usize = 0; i < width << 2; i += 4) {
          const x = f32x4(load<f32>(row0 + i), load<f32>(row1 + i), load<f32>(row2 + i), load<f32>(row3 + i));
          put(x, scale, shift, out, strideBytes, b, f + (i >> 2), mask);
        }
      }
    }
  }
}

export function gatherLabels(labels: usize, indices: usize, out: usize, batch: usize, begin: usize, end: usize): void {
  for (let b = begin; b < end; b++) {
    let label = 0;
    if (b < batch) label = load<i32>(labels + (load<usize>(indices + (b << 2)) << 2));
    store<i32>(out + (b << 2), label);
  }
}
