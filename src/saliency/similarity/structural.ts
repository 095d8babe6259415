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
  const across = width - size + 1;
  const rows = new Float64Array(height * across);
  /** Σ w of a product of two images under every window, a line of weights at a time: [windows down, windows across]. */
  const local = (x: ArrayLike<number>, y?: ArrayLike<number>): Float64Array => {
    for (let r = 0; r < height; r++) {
      for (let left = 0; left < across; left++) {
        let sum = 0;
        for (let k = 0; k < size; k++) {
          const p = r * width + left + k;
          sum += weights[k] * (y === undefined ? x[p] : x[p] * y[p]);
        }
        rows[r * across + left] = sum;
      }
    }
    const sums = new Float64Array((height - size + 1) * across);
    for (let p = 0; p < sums.length; p++) for (let k = 0; k < size; k++) sums[p] += weights[k] * rows[p + k * across];
    return sums;
  };
  const [meansA, meansB, squaresA, squaresB, products] = [local(a), local(b), local(a, a), local(b, b), local(a, b)];
  let total = 0;
  for (let p = 0; p < products.length; p++) {
    const [ma, mb] = [meansA[p], meansB[p]];
    const va = correction * (squaresA[p] - ma * ma);
    const vb = correction * (squaresB[p] - mb * mb);
    const vab = correction * (products[p] - ma * mb);
    total += ((2 * ma * mb + c1) * (2 * vab + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
  }
  return total / products.length;
}
