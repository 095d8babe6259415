/**
 * Densities after Erdős and Rényi: small layers denser than large ones, by one factor ε for the whole network.
 *
 *     er    ε (n_in + n_out) / (n_in n_out)                  erk   ε (n_in + n_out + h + w) / (n_in n_out h w)
 *
 * ε is solved for a total. Where the densest layer would need more weights than it has positions it is made dense and ε solved
 * again for the others, until all fit.
 *
 * @see Mocanu et al. 2018, arXiv:1707.04780 (er); Evci et al. 2020, arXiv:1911.11134, section 3 (erk)
 */

import { exp, log, sizeOf } from "../../base/index.ts";
import type { LayerShape } from "./layer-counts.ts";

export type ErdosRenyiKind = "er" | "erk";

/** A layer's density but for ε: the formula above, to a power. Linear layers have the same one in both kinds. */
export function rawDensity({ shape }: LayerShape, kind: ErdosRenyiKind, exponent = 1): number {
  const lengths = kind === "erk" ? shape : shape.slice(0, 2);
  const raw = lengths.reduce((a, b) => a + b, 0) / sizeOf(lengths);
  return exponent === 1 ? raw : exp(exponent * log(raw));
}

export interface ErdosRenyiSolution {
  readonly epsilon: number;
  /** In the layers' order; exactly 1 for those made dense. */
  readonly densities: readonly number[];
}

/**
 * Solves for ε and the layers that are dense.
 *
 * @param total     active weights of all layers together, in [0, positions]
 * @param exponent  of the raw densities; below 1 the layers are more alike. Default 1, at 0 all are equal
 */
export function solveErdosRenyi(
  layers: readonly LayerShape[],
  { kind, total, exponent = 1 }: { readonly kind: ErdosRenyiKind; readonly total: number; readonly exponent?: number },
): ErdosRenyiSolution {
  const raw = layers.map((layer) => rawDensity(layer, kind, exponent));
  const sizes = layers.map(({ shape }) => sizeOf(shape));
  const dense = layers.map(() => false);
  for (;;) {
    let [left, perEpsilon, largest] = [total, 0, 0];
    sizes.forEach((size, i) => {
      if (dense[i]) left -= size;
      else {
        perEpsilon += raw[i] * size;
        largest = Math.max(largest, raw[i]);
      }
    });
    const epsilon = perEpsilon === 0 ? 0 : left / perEpsilon;
    if (epsilon * largest <= 1) {
      return { epsilon, densities: raw.map((value, i) => (dense[i] ? 1 : epsilon * value)) };
    }
    raw.forEach((value, i) => {
      if (value === largest) dense[i] = true;
    });
  }
}
