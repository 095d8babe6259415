/**
 * The spectrum of a network's Hessian on what is trained: active weights, biases, and the parameters of batch norm and
 * activations. Exact by as many Hessian-vector products as numbers, or its density by Lanczos iteration.
 *
 * @see Evci et al. 2022, arXiv:2010.03533, which restricts the Hessian of the training loss to active weights and biases
 */

import { InputError, sum } from "../../base/index.ts";
import { type Atoms, spectralDensity } from "./lanczos.ts";
import type { LossSurface } from "./loss-surface.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

export interface SpectrumOptions {
  /** "auto" is exact up to `exactLimit` trained numbers. Default "auto". */
  readonly method?: "auto" | "exact" | "lanczos";
  /** Default 2000: seconds on a thousand small examples. */
  readonly exactLimit?: number;
  /** Lanczos: random vectors, and products per vector. Default 4 and 80. */
  readonly probes?: number;
  readonly steps?: number;
  readonly seed?: number;
  /** After each Hessian-vector product. */
  readonly onProduct?: (done: number, total: number) => void;
}

export interface Spectrum extends Atoms {
  readonly method: "exact" | "lanczos";
  /** Rows of the Hessian. */
  readonly size: number;
  readonly lowest: number;
  readonly highest: number;
  /** Mean of the eigenvalues times their number. */
  readonly trace: number;
  /**
   * Share of eigenvalues below -1e-5 of the largest in size: float32 makes zeros of either sign. NaN by Lanczos, which cannot tell
   * the many that are nearly 0 from one another.
   */
  readonly negativeShare: number;
}

/** One bin: eigenvalues in [low, high). */
export interface SpectrumBin {
  readonly low: number;
  readonly high: number;
  /** Of eigenvalues; by Lanczos an estimate, and no integer. */
  readonly count: number;
}

/** The spectrum at the network's present weights, over the examples of the surface. */
export function hessianSpectrum(surface: LossSurface, options: SpectrumOptions = {}): Spectrum {
  const { method = "auto", exactLimit = 2000, probes, steps, seed, onProduct } = options;
  const { size } = surface;
  if (method === "exact" || (method === "auto" && size <= exactLimit)) {
    const { values } = symmetricEigen(exactHessian(surface, onProduct).matrix);
    return summarise("exact", size, { values, weights: new Float64Array(size).fill(1 / size) });
  }
  const operator = { size, apply: (vector: Float64Array) => surface.hessianProduct(vector) };
  return summarise("lanczos", size, spectralDensity(operator, { probes, steps, seed, onStep: onProduct }));
}

/**
 * The whole Hessian, by one product per column, made symmetric.
 *
 * @returns  [size, size], and the largest difference of two numbers that should be equal: the engine's rounding
 * @throws InputError  for more than 20,000 trained numbers, whose matrix would take 3 GB
 */
export function exactHessian(
  surface: LossSurface,
  onProduct?: (done: number, total: number) => void,
): { readonly matrix: Float64Array; readonly asymmetry: number } {
  const { size } = surface;
  if (size > 20_000) {
    throw new InputError(
      `exactHessian: at most 20,000 trained numbers fit in memory, got ${size}; use method "lanczos"`,
    );
  }
  const matrix = new Float64Array(size * size);
  const unit = new Float64Array(size);
  for (let column = 0; column < size; column++) {
    unit[column] = 1;
    matrix.set(surface.hessianProduct(unit), column * size);
    unit[column] = 0;
    onProduct?.(column + 1, size);
  }
  let asymmetry = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [matrix[i * size + j], matrix[j * size + i]];
      asymmetry = Math.max(asymmetry, Math.abs(a - b));
      const middle = (a + b) / 2;
      matrix[i * size + j] = middle;
      matrix[j * size + i] = middle;
    }
  }
  return { matrix, asymmetry };
}

function summarise(method: Spectrum["method"], size: number, { values, weights }: Atoms): Spectrum {
  const [lowest, highest] = [values[0], values[values.length - 1]];
  const zero = -1e-5 * Math.max(Math.abs(lowest), Math.abs(highest));
  const shares = Array.from(weights);
  return {
    method,
    size,
    values,
    weights,
    lowest,
    highest,
    trace: size * sum(shares.map((weight, i) => weight * values[i])),
    negativeShare: method === "exact" ? sum(shares.filter((_, i) => values[i] < zero)) : Number.NaN,
  };
}

/**
 * Numbers of eigenvalues in bins of equal width. One bin has 0 in its middle, so that the many eigenvalues that are nearly 0,
 * of either sign by rounding, are on neither side.
 *
 * @param bins  ≥ 1: how many of the width lie between the lowest and the highest; one more may be needed
 */
export function spectrumHistogram({ values, weights, size }: Spectrum, bins = 60): SpectrumBin[] {
  const low = values[0];
  const range = values[values.length - 1] - low;
  const width = range > 0 ? range / bins : 1;
  const place = (value: number) => Math.floor(value / width + 0.5);
  const first = place(low);
  const counts = new Float64Array(place(low + range) - first + 1);
  values.forEach((value, i) => {
    counts[Math.min(counts.length - 1, place(value) - first)] += weights[i] * size;
  });
  return Array.from(counts, (count, bin) => ({
    low: (first + bin - 0.5) * width,
    high: (first + bin + 0.5) * width,
    count,
  }));
}
