/** HSPG: a stage that comes near a group-sparse solution, and a stage of half-space steps that finds its zeros. */

import { capOf } from "./cap.ts";
import { type Floats, type GroupMemory, groupSparsity } from "./group-memory.ts";
import { addSubgradient, halfSpaceStep, measureSquares } from "./half-space.ts";
import type { StepNumbers, ZeroingMethod } from "./method.ts";
import { proxStep } from "./prox-step.ts";

/** Growth of the group sparsity between two looks below which ε is adapted, and by how much it then grows, to at most what. */
const adapt = { slow: 0.01, by: 0.1, most: 0.999 } as const;

export interface HspgSettings {
  /** "prox": Prox-SG (2009.12078); "sgd": steps along the subgradient of f + λ Ω, as OTO's code takes them. */
  readonly initialStage: "prox" | "sgd";
  /** N_P, the first half-space step. */
  readonly startStep: number;
  /** ε in [0, 1), of blocks without their own. */
  readonly halfSpace: number;
  /** Largest share of a block's groups that may be zero, where the block has none of its own. */
  readonly cap: number;
  /** Steps between two looks at whether ε is too small; 0 for never. */
  readonly adaptEvery: number;
}

/**
 * Each stage has a momentum of its own, as in OTO's code: that of the groups begins anew with the half-space steps.
 *
 * @see Chen et al. 2020, arXiv:2009.12078, and 2021, arXiv:2107.07467
 */
export function hspg(memory: GroupMemory, settings: HspgSettings): ZeroingMethod {
  const { initialStage, startStep, cap, adaptEvery } = settings;
  const { blocks } = memory;
  const numbers = {
    halfSpace: Float64Array.from(blocks, (block) => block.halfSpace ?? settings.halfSpace),
    sparsity: new Float64Array(1),
  };

  function adaptHalfSpace(): void {
    const sparsity = groupSparsity(memory);
    const grown = sparsity - numbers.sparsity[0];
    numbers.sparsity[0] = sparsity;
    if (grown >= adapt.slow) return;
    blocks.forEach((block, b) => {
      const full = zeroGroups(block.squares) >= capOf(block, cap);
      numbers.halfSpace[b] = full ? 0 : Math.min(numbers.halfSpace[b] + adapt.by, adapt.most);
    });
  }

  return {
    numbers,
    before: ({ step, lambda }: StepNumbers) => {
      memory.refresh();
      if (step === startStep && step > 0) clearVelocities(memory);
      if (step < startStep && initialStage === "prox") return;
      for (const block of blocks) {
        measureSquares(block);
        addSubgradient(block, lambda);
      }
      if (step >= startStep) memory.keepWeights();
    },
    after: ({ step, learningRate, lambda }: StepNumbers) => {
      if (step < startStep) {
        if (initialStage === "prox") for (const block of blocks) proxStep(block, learningRate * lambda, cap);
        return;
      }
      blocks.forEach((block, b) => {
        halfSpaceStep(block, { halfSpace: numbers.halfSpace[b], most: capOf(block, cap) });
      });
      if (adaptEvery > 0 && (step - startStep + 1) % adaptEvery === 0) {
        for (const block of blocks) measureSquares(block);
        adaptHalfSpace();
      }
    },
  };
}

function zeroGroups(squares: Float64Array): number {
  return squares.reduce((zeros, square) => (square === 0 ? zeros + 1 : zeros), 0);
}

function clearVelocities({ blocks }: GroupMemory): void {
  for (const { members, count } of blocks) {
    for (const { arrays, bounds } of members) {
      const velocity = arrays.slots.get("velocity")?.view() as Floats | undefined;
      velocity?.fill(0, bounds[0], bounds[count]);
    }
  }
}
