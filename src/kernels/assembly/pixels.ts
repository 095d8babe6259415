/** Pixels: steps between them, and images placed in a window. */

/** One of the five steps of a convolution, in pixels. */
@inline
export function stepAt(steps: usize, place: usize): usize {
  return load<usize>(steps + (place << 2));
}

export function placeImages(
  input: usize,
  height: usize,
  width: usize,
  out: usize,
  outHeight: usize,
  outWidth: usize,
  top: isize,
  left: isize,
  stride: usize,
  begin: usize,
  end: usize,
): void {
  const pixelBytes = stride << 2;
  // Columns of the window: before the image, of the image, behind it.
  const first = <usize>min(max(left, 0), <isize>outWidth);
  const last = <usize>min(max(left + <isize>width, <isize>first), <isize>outWidth);
  const before = first * pixelBytes;
  const across = (last - first) * pixelBytes;
  const behind = (outWidth - last) * pixelBytes;
  for (let c = begin; c < end; c++) {
    for (let y: isize = 0; y < <isize>outHeight; y++) {
      const target = out + (c * outHeight + y) * outWidth * pixelBytes;
      const row = y - top;
      if (row < 0 || row >= <isize>height) {
        memory.fill(target, 0, outWidth * pixelBytes);
        continue;
      }
      const source = input + ((c * height + row) * width + (<isize>first - left)) * pixelBytes;
      if (before) memory.fill(target, 0, before);
      if (across) memory.copy(target + before, source, across);
      if (behind) memory.fill(target + before + across, 0, behind);
    }
  }
}
