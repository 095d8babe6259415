/** Copies between layouts: strided boxes of numbers, and a transposition between examples and lanes. */

/** y[i0][i1][i2][i3] = x[i0][i1][i2][i3], strides in bytes. Neighbours are copied four at a time. */
export function copyBox(
  x: usize,
  y: usize,
  n0: usize,
  n1: usize,
  n2: usize,
  n3: usize,
  x0: usize,
  x1: usize,
  x2: usize,
  x3: usize,
  y0: usize,
  y1: usize,
  y2: usize,
  y3: usize,
): void {
  const dense = x3 == 4 && y3 == 4;
  for (let i0: usize = 0; i0 < n0; i0++) {
    for (let i1: usize = 0; i1 < n1; i1++) {
      let from = x + i0 * x0 + i1 * x1;
      let to = y + i0 * y0 + i1 * y1;
      for (let i2: usize = 0; i2 < n2; i2++) {
        if (dense) copyRow(from, to, n3);
        else {
          for (let i3: usize = 0; i3 < n3; i3++) store<f32>(to + i3 * y3, load<f32>(from + i3 * x3));
        }
        from += x2;
        to += y2;
      }
    }
  }
}

@inline
function copyRow(x: usize, y: usize, count: usize): void {
  const end = x + (count << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, v128.load(x));
  for (; x < end; x += 4, y += 4) store<u32>(y, load<u32>(x));
}

/**
 * y[c][r] = x[r][c] for whole squares of 4 by 4, strides in bytes.
 *
 * @param rows, columns  of x, multiples of 4: what lies beyond the numbers is copied too
 */
export function transpose(x: usize, y: usize, rows: usize, columns: usize, xPitch: usize, yPitch: usize): void {
  for (let r: usize = 0; r < rows; r += 4) {
    let from = x + r * xPitch;
    let to = y + (r << 2);
    for (let c: usize = 0; c < columns; c += 4) {
      const a = v128.load(from);
      const b = v128.load(from + xPitch);
      const d = v128.load(from + 2 * xPitch);
      const e = v128.load(from + 3 * xPitch);
      const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const de = v128.shuffle<f32>(d, e, 0, 4, 1, 5);
      const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const de2 = v128.shuffle<f32>(d, e, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f32>(ab, de, 0, 1, 4, 5));
      v128.store(to + yPitch, v128.shuffle<f32>(ab, de, 2, 3, 6, 7));
      v128.store(to + 2 * yPitch, v128.shuffle<f32>(ab2, de2, 0, 1, 4, 5));
      v128.store(to + 3 * yPitch, v128.shuffle<f32>(ab2, de2, 2, 3, 6, 7));
      from += 16;
      to += 4 * yPitch;
    }
  }
}
