/** Rules of integration over [0, 1]: places and weights. */

import { cosPi, InputError } from "../../base/index.ts";

export const quadratures = ["gauss-legendre", "midpoint", "trapezoid", "right"] as const;

export interface QuadratureNode {
  readonly at: number;
  readonly weight: number;
}

/** @param steps  intervals, or nodes of Gauss and Legendre's rule: an integer from 1 */
export function quadratureNodes(name: (typeof quadratures)[number], steps: number): readonly QuadratureNode[] {
  if (!Number.isInteger(steps) || steps < 1) {
    throw new InputError(`integrated-gradients: steps must be an integer of at least 1, got ${steps}`);
  }
  const even = (count: number, at: (k: number) => number) =>
    Array.from({ length: count }, (_, k) => ({ at: at(k), weight: 1 / steps }));
  switch (name) {
    case "midpoint":
      return even(steps, (k) => (k + 0.5) / steps);
    case "right":
      return even(steps, (k) => (k + 1) / steps);
    case "trapezoid":
      return even(steps + 1, (k) => k / steps).map(({ at, weight }, k) => ({
        at,
        weight: k === 0 || k === steps ? weight / 2 : weight,
      }));
    case "gauss-legendre":
      return gaussLegendre(steps);
    default:
      return name satisfies never;
  }
}

/** Nodes are the zeros of the Legendre polynomial P_n, found by Newton's method; weights 2 / ((1 - x²) P_n'(x)²). */
function gaussLegendre(n: number): readonly QuadratureNode[] {
  return Array.from({ length: n }, (_, k) => {
    let x = -cosPi((k + 0.75) / (n + 0.5));
    let slope = 0;
    for (let round = 0; round < 100; round++) {
      let [previous, value] = [1, x];
      for (let degree = 2; degree <= n; degree++) {
        [previous, value] = [value, ((2 * degree - 1) * x * value - (degree - 1) * previous) / degree];
      }
      slope = (n * (x * value - previous)) / (x * x - 1);
      const change = value / slope;
      x -= change;
      if (Math.abs(change) < 1e-16) break;
    }
    return { at: 0.5 * (1 + x), weight: 1 / ((1 - x * x) * slope * slope) };
  });
}
