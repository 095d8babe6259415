/**
 * The structural similarity of two images: local means, variances and covariance under a window that slides over the interior.
 *
 *     (2 μa μb + C1) (2 σab + C2) / ((μa² + μb² + C1) (σa² + σb² + C2)),  C1 = (0.01 L)², C2 = (0.03 L)²
 *
 * Variances are the sample's, n / (n - 1), as scikit-image's; means are over windows that lie inside the image.
 *
 * @see Wang et al. 2004, doi:10.1109/TIP.2003.819861
 */

import { exp, InputError } from "../../base/index.ts";

export interface StructuralOptions {
  /** Gaussian of σ 1.5 over 11 x 11 pixels, or each pixel of a square alike. Default gaussian. */
  readonly window?: { readonly gaussian: true } | { readonly uniform: number };
  /** L: the range of the numbers. Default 1. */
  readonly range?: number;
}

/** Weights along one axis, summing to 1. */
function weightsOf(window: NonNullable<StructuralOptions["window"]>): Float64Array {
  if ("uniform" in window) return new Float64Array(window.uniform).fill(1 / window.uniform);
  const raw = Float64Array.from({ length: 11 }, (_, i) => exp(-((i - 5) * (i - 5)) / (2 * 1.5 * 1.5)));
  const total = raw.reduce((sum, value) => sum + value, 0);
  return raw.map((value) => value / total);
}

/**
 * The mean structural similarity.
 *
 * @param a, b  [height, width], row-major
 * @throws InputError  where the window is larger than the image
 */
export function structuralSimilarity(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  [height, width]: readonly [number, number],
  { window = { gaussian: true }, range = 1 }: StructuralOptions = {},
): number {
  const weights = weightsOf(window);
  const size = weights.length;
  if (size % 2 === 0 || size > height || size > width) {
    throw new InputError(
      `structural similarity: the window must be odd and fit the image, got ${size} x ${size} for ${height} x ${width}`,
    );
  }
  const n = size * size;
  const correction = n / (n - 1);
  const [c1, c2] = [(0.01 * range) ** 2, (0.03 * range) ** 2];
  const local = (of: (place: number) => number, top: number, left: number): number => {
    let total = 0;
    for (let y = 0; y < size; y++) {
      let row = 0;
      for (let x = 0; x < size; x++) row += weights[x] * of((top + y) * width + left + x);
      total += weights[y] * row;
    }
    return total;
  };
  let total = 0;
  for (let top = 0; top + size <= height; top++) {
    for (let left = 0; left + size <= width; left++) {
      const [ma, mb] = [local((p) => a[p], top, left), local((p) => b[p], top, left)];
      const va = correction * (local((p) => a[p] * a[p], top, left) - ma * ma);
      const vb = correction * (local((p) => b[p] * b[p], top, left) - mb * mb);
      const vab = correction * (local((p) => a[p] * b[p], top, left) - ma * mb);
      total += ((2 * ma * mb + c1) * (2 * vab + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
    }
  }
  return total / ((height - size + 1) * (width - size + 1));
}
