/** RDA, regularised dual averaging: the weights follow from the mean of all gradients so far. */

import type { Floats, GroupedArrays, GroupMemory, MemoryBlock } from "./group-memory.ts";
import type { StepNumbers, ZeroingMethod } from "./method.ts";
import { proxStep } from "./prox-step.ts";

/** Mean of the gradients, and the point that the weights are pulled to. */
export const rdaSlots = ["meanGradient", "centre"] as const;

/**
 * ḡ ← ((t - 1) ḡ + ∂f/∂x) / t,  x ← prox_{sλ}(c - s ḡ),  s = α √t, for t = 1, 2, ...
 *
 * Xiao writes γ for 1 / α. His centre c is 0, where a network learns nothing: "initial" takes the weights that it starts with.
 * What is in no group takes plain steps.
 *
 * @see Xiao 2010, Dual averaging methods for regularized stochastic learning and online optimization, JMLR 11, 2543-2596,
 *      Section 3 with β_t = γ √t
 */
export function rda(memory: GroupMemory, { centre }: { readonly centre: "initial" | "zero" }): ZeroingMethod {
  return {
    numbers: {},
    before: ({ step }: StepNumbers) => {
      memory.refresh();
      if (step > 0) return;
      for (const arrays of memory.arrays) {
        if (centre === "initial") slotOf(arrays, "centre").set(arrays.weights);
        else slotOf(arrays, "centre").fill(0);
      }
    },
    after: ({ step, learningRate, lambda }: StepNumbers) => {
      const reach = learningRate * Math.sqrt(step + 1);
      for (const block of memory.blocks) {
        average(block, step + 1, reach);
        proxStep(block, reach * lambda);
      }
    },
  };
}

/** ḡ of a block, and c - s ḡ in place of its weights. */
function average({ members, count }: MemoryBlock, t: number, reach: number): void {
  for (const { arrays, bounds } of members) {
    const { weights, gradients } = arrays;
    const [means, centres] = [slotOf(arrays, "meanGradient"), slotOf(arrays, "centre")];
    for (let i = bounds[0], end = bounds[count]; i < end; i++) {
      means[i] = ((t - 1) * means[i] + gradients[i]) / t;
      weights[i] = centres[i] - reach * means[i];
    }
  }
}

function slotOf({ slots }: GroupedArrays, name: (typeof rdaSlots)[number]): Floats {
  return slots.get(name)?.view() as Floats;
}
