/** DHSPG: half-space steps on the most redundant groups alone, until so many are zero. */

import { wholeShare } from "./cap.ts";
import { chooseGroups } from "./choose-groups.ts";
import {
  addWeights,
  type GroupMemory,
  groupSparsity,
  innerProduct,
  innerProducts,
  type MemoryBlock,
} from "./group-memory.ts";
import { halfSpaceStep, measureSquares } from "./half-space.ts";
import type { StepNumbers, ZeroingMethod } from "./method.ts";

export interface DhspgSettings {
  /** The step at which the penalised groups are chosen. */
  readonly startStep: number;
  /** Share of all groups that are to be zero. */
  readonly targetSparsity: number;
  /** So many more are penalised. */
  readonly tolerance: number;
  readonly groupDivisible: number;
  readonly halfSpace: number;
  readonly cap: number;
  /** Factor of the least λ_g that shrinks a group. */
  readonly amplify: number;
  /** λ_g is at most so many λ. */
  readonly ceiling: number;
}

/** Penalised shares are below 1, as in the reference. */
const mostPenalised = 0.999;
/** Keeps the inverse of a magnitude finite, as in the reference. */
const magnitudeFloor = 1e-6;

/**
 * λ of a group: `lambda` where the gradient shrinks it already; else more than `low`, from which on its norm shrinks, and less
 * than `high`, up to which f still falls.
 *
 * @param product   <x_g, ∂f/∂x_g>
 * @param norm      ‖x_g‖ > 0
 * @param gradient  ‖∂f/∂x_g‖
 */
export function groupLambda(
  { product, norm, gradient }: { readonly product: number; readonly norm: number; readonly gradient: number },
  { lambda, amplify, ceiling }: { readonly lambda: number; readonly amplify: number; readonly ceiling: number },
): number {
  if (product >= 0) return lambda;
  const low = -product / norm;
  const high = (gradient * gradient * norm) / -product;
  const clipped = Math.min(Math.max(amplify * low, lambda), ceiling * lambda);
  return clipped >= high ? (low + high) / 2 : clipped;
}

/**
 * @see Chen et al. 2023, arXiv:2303.06862, Algorithm 2; the scores, the choice and the limits of λ_g are those of the authors'
 *      code. Channels that stay are rounded up to a multiple, one at least, so that no layer empties
 */
export function dhspg(memory: GroupMemory, settings: DhspgSettings): ZeroingMethod {
  const { startStep, targetSparsity, tolerance, groupDivisible, halfSpace, cap } = settings;
  const { blocks, count } = memory;
  const penalised = new Float64Array(count);
  const takesPart = (block: MemoryBlock) => (k: number) => penalised[block.first + k] === 1;
  let penalising = false;

  function choose(): void {
    const budget = wholeShare(Math.min(targetSparsity + tolerance, mostPenalised), count);
    const choice = { redundancy: redundancies(memory), gone: new Float64Array(count), budget };
    for (const group of chooseGroups(blocks, choice, { divisible: groupDivisible, cap })) penalised[group] = 1;
  }

  function penalise(block: MemoryBlock, lambda: number): void {
    const { squares, products } = block;
    innerProducts(block, "weights", "gradients", products);
    for (let k = 0; k < block.count; k++) {
      if (penalised[block.first + k] === 0 || squares[k] === 0) continue;
      const norm = Math.sqrt(squares[k]);
      const gradient = Math.sqrt(innerProduct(block, k, "gradients", "gradients"));
      const ofGroup = groupLambda({ product: products[k], norm, gradient }, { ...settings, lambda });
      addWeights(block, k, ofGroup / norm);
    }
  }

  return {
    numbers: { penalised },
    before: ({ step, lambda }: StepNumbers) => {
      memory.refresh();
      if (step < startStep) return;
      for (const block of blocks) measureSquares(block);
      if (step === startStep) choose();
      penalising = groupSparsity(memory) < targetSparsity;
      if (!penalising) return;
      for (const block of blocks) penalise(block, lambda);
      memory.keepWeights();
    },
    after: ({ step }: StepNumbers) => {
      if (step < startStep) return;
      for (const block of blocks) {
        // The choice has kept to the caps; with no group more to become zero, those that are stay so.
        const most = penalising ? block.count : 0;
        halfSpaceStep(block, { halfSpace, most, takesPart: takesPart(block) });
      }
    },
  };
}

/**
 * Half the cosine of weights and gradient, so that a step shrinks the group, and half the inverse of the mean magnitude, each
 * divided by its 2-norm over all groups. Needs `measureSquares`.
 */
function redundancies({ blocks, count }: GroupMemory): Float64Array {
  const cosines = new Float64Array(count);
  const inverses = new Float64Array(count);
  for (const block of blocks) {
    for (let k = 0; k < block.count; k++) {
      const norm = Math.sqrt(block.squares[k]);
      const product = innerProduct(block, k, "weights", "gradients");
      const gradient = Math.sqrt(innerProduct(block, k, "gradients", "gradients"));
      cosines[block.first + k] = norm * gradient === 0 ? 0 : product / (norm * gradient);
      inverses[block.first + k] = 1 / (norm / groupSize(block, k) + magnitudeFloor);
    }
  }
  const [cosine, inverse] = [normOf(cosines), normOf(inverses)];
  return cosines.map((value, g) => 0.5 * (cosine === 0 ? 0 : value / cosine) + (0.5 * inverses[g]) / inverse);
}

/** Elements of a group, 1 for an empty one. */
export function groupSize({ members }: MemoryBlock, k: number): number {
  return Math.max(
    1,
    members.reduce((size, { bounds }) => size + bounds[k + 1] - bounds[k], 0),
  );
}

export function normOf(values: Float64Array): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
}
