/** Several tests at once: p-values adjusted so that they can be held against the usual level, in the order they came. */

import { InputError } from "../../base/index.ts";
import { sortedOrder } from "./ranks.ts";

/**
 * Holm's adjusted p-values: the chance of even one false rejection among all m stays below the level.
 *
 *     sorted p_(1) ≤ ... ≤ p_(m):   p̃_(i) = max_{j ≤ i} min(1, (m - j + 1) p_(j))
 *
 * @param pValues  m p-values in [0, 1]; none is fine
 * @returns        m adjusted p-values in the same order, each ≥ its p-value
 * @throws InputError  for a p-value that is NaN or outside [0, 1], with its index
 * @see Holm 1979, Scandinavian Journal of Statistics 6(2)
 */
export function holm(pValues: ArrayLike<number>): number[] {
  checkPValues("holm", pValues);
  const m = pValues.length;
  const adjusted = new Array<number>(m);
  let largest = 0;
  for (const [place, index] of sortedOrder(pValues).entries()) {
    largest = Math.max(largest, Math.min(1, (m - place) * pValues[index]));
    adjusted[index] = largest;
  }
  return adjusted;
}

/**
 * Benjamini and Hochberg's adjusted p-values: the expected share of false ones among the rejected stays below the level,
 * for tests that are independent or positively dependent.
 *
 *     sorted p_(1) ≤ ... ≤ p_(m):   p̃_(i) = min_{j ≥ i} min(1, m p_(j) / j)
 *
 * @param pValues  m p-values in [0, 1]; none is fine
 * @returns        m adjusted p-values in the same order, each ≥ its p-value
 * @throws InputError  for a p-value that is NaN or outside [0, 1], with its index
 * @see Benjamini and Hochberg 1995, Journal of the Royal Statistical Society B 57(1)
 */
export function benjaminiHochberg(pValues: ArrayLike<number>): number[] {
  checkPValues("benjaminiHochberg", pValues);
  const m = pValues.length;
  const adjusted = new Array<number>(m);
  const order = sortedOrder(pValues);
  let smallest = 1;
  for (let place = m; place >= 1; place--) {
    const index = order[place - 1];
    // m / place ≥ 1, so the factor first: the product cannot round below the p-value itself.
    smallest = Math.min(smallest, (m / place) * pValues[index]);
    adjusted[index] = smallest;
  }
  return adjusted;
}

function checkPValues(where: string, pValues: ArrayLike<number>): void {
  for (let i = 0; i < pValues.length; i++) {
    if (!(pValues[i] >= 0 && pValues[i] <= 1)) {
      throw new InputError(
        `${where}: p-value ${i} of ${pValues.length} is ${pValues[i]}, and must be in [0, 1]; leave out a test that gave none`,
      );
    }
  }
}
