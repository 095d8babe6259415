/** Prox-SG: a step of stochastic gradient descent, and the proximal step of the regulariser. */

import type { GroupMemory } from "./group-memory.ts";
import type { StepNumbers, ZeroingMethod } from "./method.ts";
import { proxStep } from "./prox-step.ts";

/**
 * x_g ← prox_{αλ}(x_g - α ∂f/∂x_g). At λ = 0 it has the bits of SGD.
 *
 * @see Duchi, Singer 2009, Efficient online and batch learning using forward backward splitting, JMLR 10, 2899-2934
 */
export function proxSg(memory: GroupMemory, cap?: number): ZeroingMethod {
  return {
    numbers: {},
    before: () => memory.refresh(),
    after: ({ learningRate, lambda }: StepNumbers) => {
      for (const block of memory.blocks) proxStep(block, learningRate * lambda, cap);
    },
  };
}
