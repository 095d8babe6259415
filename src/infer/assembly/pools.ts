/** Pools over the windows of a plane, and over whole planes. A mean is one sum in the order of the window, then a division. */

/** Several images in each of several planes, pitches in bytes; a kernel of 0 rows pools whole planes. */
export function pools(
  x: usize,
  y: usize,
  planes: usize,
  xPitch: usize,
  yPitch: usize,
  images: usize,
  xImage: usize,
  yImage: usize,
  height: i32,
  width: i32,
  rows: i32,
  columns: i32,
  xRow: usize,
  yRow: usize,
  kernelY: i32,
  kernelX: i32,
  strideY: i32,
  strideX: i32,
  paddingY: i32,
  paddingX: i32,
  mean: i32,
): void {
  for (let plane: usize = 0; plane < planes; plane++) {
    for (let image: usize = 0; image < images; image++) {
      const from = x + plane * xPitch + image * xImage;
      const to = y + plane * yPitch + image * yImage;
      if (kernelY == 0) poolPlane(from, to, height, width, xRow, mean);
      else {
        pool(from, to, height, width, rows, columns, xRow, yRow, kernelY, kernelX, strideY, strideX, paddingY, paddingX, mean);
      }
    }
  }
}

/**
 * One plane: y[r][c] = the largest, or the mean, of x[r sy - py + i][c sx - px + j] over the kernel and within the image.
 *
 * @param height, width      of x; `rows`, `columns` of y
 * @param xRow, yRow         bytes between rows
 * @param mean               0 for the largest; padded zeros count in a mean
 */
function pool(
  x: usize,
  y: usize,
  height: i32,
  width: i32,
  rows: i32,
  columns: i32,
  xRow: usize,
  yRow: usize,
  kernelY: i32,
  kernelX: i32,
  strideY: i32,
  strideX: i32,
  paddingY: i32,
  paddingX: i32,
  mean: i32,
): void {
  const pairs = kernelY == 2 && kernelX == 2 && strideX == 2 && paddingY == 0 && paddingX == 0;
  for (let r = 0; r < rows; r++) {
    const top = max(r * strideY - paddingY, 0);
    const bottom = min(r * strideY - paddingY + kernelY, height);
    const to = y + <usize>r * yRow;
    if (pairs) {
      pairRow(x + <usize>top * xRow, xRow, to, columns, mean);
      continue;
    }
    for (let c = 0; c < columns; c++) {
      const left = max(c * strideX - paddingX, 0);
      const right = min(c * strideX - paddingX + kernelX, width);
      let value: f32 = mean ? 0 : -Infinity;
      for (let i = top; i < bottom; i++) {
        const row = x + <usize>i * xRow;
        for (let j = left; j < right; j++) {
          const one = load<f32>(row + (<usize>j << 2));
          value = mean ? value + one : max<f32>(value, one);
        }
      }
      store<f32>(to + (<usize>c << 2), mean ? value / <f32>(kernelX * kernelY) : value);
    }
  }
}

/**
 * Windows of 2 by 2, four at a time; pmax is one instruction where max is eight, and may pass over a NaN. The last ones are worked out with what lies beyond the row and not stored.
 */
@inline
function pairRow(x: usize, xRow: usize, y: usize, columns: i32, mean: i32): void {
  for (let left = columns; left > 0; left -= 4) {
    const a0 = v128.load(x);
    const a1 = v128.load(x, 16);
    const b0 = v128.load(x + xRow);
    const b1 = v128.load(x + xRow, 16);
    const aEven = v128.shuffle<f32>(a0, a1, 0, 2, 4, 6);
    const aOdd = v128.shuffle<f32>(a0, a1, 1, 3, 5, 7);
    const bEven = v128.shuffle<f32>(b0, b1, 0, 2, 4, 6);
    const bOdd = v128.shuffle<f32>(b0, b1, 1, 3, 5, 7);
    const value = mean
      ? f32x4.div(f32x4.add(f32x4.add(f32x4.add(aEven, aOdd), bEven), bOdd), f32x4.splat(4))
      : f32x4.pmax(f32x4.pmax(aEven, aOdd), f32x4.pmax(bEven, bOdd));
    if (left >= 4) v128.store(y, value);
    else {
      v128.store_lane<f32>(y, value, 0);
      if (left > 1) v128.store_lane<f32>(y, value, 1, 4);
      if (left > 2) v128.store_lane<f32>(y, value, 2, 8);
    }
    x += 32;
    y += 16;
  }
}

/** The mean or largest of one plane: four sums, of the columns with the same rest by four, row by row; then those together. */
function poolPlane(x: usize, y: usize, height: usize, width: usize, xRow: usize, mean: i32): void {
  let s = f32x4.splat(mean ? <f32>0 : -Infinity);
  const whole = width & ~3;
  const rest = width & 3;
  const lanes = i32x4(0, 1, 2, 3);
  const inside = i32x4.lt_s(lanes, i32x4.splat(<i32>rest));
  const idle = s;
  for (let r: usize = 0; r < height; r++) {
    for (let c: usize = 0; c < whole; c += 4) {
      const v = v128.load(x + (c << 2));
      s = mean ? f32x4.add(s, v) : f32x4.max(s, v);
    }
    if (rest) {
      const v = v128.bitselect(v128.load(x + (whole << 2)), idle, inside);
      s = mean ? f32x4.add(s, v) : f32x4.max(s, v);
    }
    x += xRow;
  }
  const a = f32x4.extract_lane(s, 0);
  const b = f32x4.extract_lane(s, 1);
  const c = f32x4.extract_lane(s, 2);
  const d = f32x4.extract_lane(s, 3);
  store<f32>(y, mean ? (a + b + (c + d)) / <f32>(height * width) : max<f32>(max<f32>(a, b), max<f32>(c, d)));
}
