/** The proximal step on a block, after a step along the gradient: shrinks every group, and sets those inside the ball to zero. */

import { capOf, underCap } from "./cap.ts";
import { innerProducts, type MemoryBlock, scaleGroup } from "./group-memory.ts";
import { shrinkFactor, softThreshold } from "./proximal.ts";

/**
 * x_g ← max(0, 1 - t / ‖x_g‖) x_g.
 *
 * Where a cap leaves some groups of norm ≤ t, those of the smallest norm become zero and the others stay as they are; the cap on
 * this step is ours, published caps bind the half-space step alone.
 *
 * @param threshold  t = learning rate * lambda
 */
export function proxStep(block: MemoryBlock, threshold: number, cap = 1): void {
  const most = capOf(block, cap);
  if (block.scalar && most >= block.count) {
    softenRun(block, threshold);
    return;
  }
  const { count, products } = block;
  innerProducts(block, "weights", "weights", products);
  const inside: number[] = [];
  for (let k = 0; k < count; k++) {
    const factor = shrinkFactor(Math.sqrt(products[k]), threshold);
    if (factor === 0) inside.push(k);
    else if (factor !== 1) scaleGroup(block, k, factor);
  }
  for (const k of underCap(inside, products, { zeros: 0, most })) scaleGroup(block, k, 0);
}

/** Groups of one element are one run. */
function softenRun({ members: [{ arrays, bounds }], count }: MemoryBlock, threshold: number): void {
  const { weights } = arrays;
  for (let i = bounds[0], end = bounds[count]; i < end; i++) weights[i] = softThreshold(weights[i], threshold);
}
