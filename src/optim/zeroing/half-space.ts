/**
 * The half-space step: a group whose trial leaves the half-space of its old weights becomes zero, and stays it.
 *
 *     y_g = x_g - α (∂f/∂x_g + λ x_g / ‖x_g‖)         the trial, by the base rule
 *     x_g ← 0   if <y_g, x_g> < ε ‖x_g‖²,  else y_g
 *
 * @see Chen et al. 2021, arXiv:2107.07467, and 2020, arXiv:2009.12078: HSPG
 */

import { underCap } from "./cap.ts";
import { addWeights, innerProduct, innerProducts, type MemoryBlock, scaleGroup } from "./group-memory.ts";

/** Writes ‖x_g‖² of every group into `squares`. */
export function measureSquares(block: MemoryBlock): void {
  innerProducts(block, "weights", "weights", block.squares);
}

/** Adds λ x_g / ‖x_g‖ to the gradients of the groups that are not zero. Needs `measureSquares`. */
export function addSubgradient(block: MemoryBlock, lambda: number): void {
  if (lambda === 0) return;
  for (let k = 0; k < block.count; k++) {
    if (block.squares[k] > 0) addWeights(block, k, lambda / Math.sqrt(block.squares[k]));
  }
}

/**
 * Projects the trial in `weights`. Needs `measureSquares` and `keepWeights` from before the base rule.
 *
 * @param halfSpace  ε in [0, 1)
 * @param most       groups of the block that may be zero
 * @param takesPart  groups that the step is for; all without it
 */
export function halfSpaceStep(
  block: MemoryBlock,
  { halfSpace, most, takesPart }: { halfSpace: number; most: number; takesPart?: (k: number) => boolean },
): void {
  const { count, squares, products } = block;
  const candidates: number[] = [];
  let zeros = 0;
  for (let k = 0; k < count; k++) {
    if (takesPart?.(k) === false) continue;
    if (squares[k] === 0) {
      scaleGroup(block, k, 0);
      zeros++;
      continue;
    }
    const product = innerProduct(block, k, "weights", "before");
    if (!(product < halfSpace * squares[k])) continue;
    products[k] = product / squares[k];
    candidates.push(k);
  }
  for (const k of underCap(candidates, products, { zeros, most })) scaleGroup(block, k, 0);
}
