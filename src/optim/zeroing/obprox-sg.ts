/** OBProx-SG: epochs of Prox-SG in turn with epochs of orthant steps, in which a weight that is zero stays zero. */

import type { Floats, GroupMemory } from "./group-memory.ts";
import type { StepNumbers, ZeroingMethod } from "./method.ts";
import { proxStep } from "./prox-step.ts";

/**
 * Steps by proximal steps, then orthant steps, and so on; "+" stays with the latter.
 *
 *     z = sign(x),  y = x - α (∂f/∂x + λ z),  x ← y where y z > ε,  else 0
 *
 * Blocks must be scalar: the method is one of the 1-norm.
 *
 * @param margin  ε ≥ 0, in units of the weights
 * @see Chen et al. 2020, arXiv:2004.03639, Algorithms 1 to 3
 */
export function obproxSg(
  memory: GroupMemory,
  {
    proxSteps,
    orthantSteps,
    margin,
  }: { readonly proxSteps: number; readonly orthantSteps: number; readonly margin: number },
): ZeroingMethod {
  const inOrthant = (step: number) =>
    orthantSteps === Number.POSITIVE_INFINITY ? step >= proxSteps : step % (proxSteps + orthantSteps) >= proxSteps;
  return {
    numbers: {},
    before: ({ step, lambda }: StepNumbers) => {
      memory.refresh();
      if (!inOrthant(step)) return;
      memory.keepWeights();
      for (const { members, count } of memory.blocks) {
        for (const { arrays, bounds } of members) addSigns(arrays, lambda, bounds[0], bounds[count]);
      }
    },
    after: ({ step, learningRate, lambda }: StepNumbers) => {
      for (const block of memory.blocks) {
        if (!inOrthant(step)) proxStep(block, learningRate * lambda);
        else for (const { arrays, bounds } of block.members) project(arrays, margin, bounds[0], bounds[block.count]);
      }
    },
  };
}

/** gradient ← gradient + λ sign(x). */
function addSigns(arrays: { weights: Floats; gradients: Floats }, lambda: number, begin: number, end: number): void {
  const { weights, gradients } = arrays;
  for (let i = begin; i < end; i++) gradients[i] += lambda * signOf(weights[i]);
}

function project(arrays: { weights: Floats; before: Floats }, margin: number, begin: number, end: number): void {
  const { weights, before } = arrays;
  for (let i = begin; i < end; i++) {
    // At a weight of 0 both sides are 0: it stays 0.
    if (!(weights[i] * signOf(before[i]) > margin)) weights[i] = 0;
  }
}

/** Without a branch, which the signs of weights make unpredictable: Math.sign, and Number() of a comparison, take four times as long. */
function signOf(value: number): number {
  return +(value > 0) - +(value < 0);
}
