/** How many elements a clip by value has left alone, for the share of those it has not. */

import type { Tensor } from "../tensor/index.ts";
import { add, inside, sum } from "../tensor/index.ts";

/** The number of elements in [-limit, limit], []. */
export function countInside(tensors: readonly Tensor[], limit: number): Tensor {
  return tensors.map((one) => sum(inside(one, { low: -limit, high: limit }))).reduce(add);
}
