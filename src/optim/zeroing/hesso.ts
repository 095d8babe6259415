/** HESSO: no regulariser; period by period the least important groups are chosen and taken to zero along a straight line. */

import { wholeShare } from "./cap.ts";
import { chooseGroups } from "./choose-groups.ts";
import { groupSize, normOf } from "./dhspg.ts";
import { type GroupMemory, innerProduct, isZeroGroup, scaleGroup } from "./group-memory.ts";
import { measureSquares } from "./half-space.ts";
import type { StepNumbers, ZeroingMethod } from "./method.ts";

export interface HessoSettings {
  /** The first step of the first period. */
  readonly startStep: number;
  readonly periods: number;
  /** Steps of a period. */
  readonly periodSteps: number;
  readonly targetSparsity: number;
  readonly groupDivisible: number;
  readonly cap: number;
}

const states = { kept: 0, fading: 1, zero: 2 } as const;

/**
 * After step t = 0 ... T - 1 of a period its groups are multiplied by (T - t - 1) / (T - t), which leaves exact zeros after the
 * last. Period p brings their number to the floor of (p + 1) / P of the target, so that the last meets the target exactly (where
 * channels must stay in multiples, the most that they allow).
 *
 * @see Chen et al. 2024, arXiv:2409.09085, Algorithm 1; schedule and scores are those of the authors' code
 */
export function hesso(memory: GroupMemory, settings: HessoSettings): ZeroingMethod {
  const { startStep, periods, periodSteps, targetSparsity, groupDivisible, cap } = settings;
  const { blocks, count } = memory;
  const target = wholeShare(targetSparsity, count);
  const state = new Float64Array(count);

  function choose(period: number): void {
    const gone = state.reduce((sum, of) => (of === states.zero ? sum + 1 : sum), 0);
    const budget = Math.floor((target * (period + 1)) / periods) - gone;
    const choice = { redundancy: importances(memory).map((value) => -value), gone: state, budget };
    for (const group of chooseGroups(blocks, choice, { divisible: groupDivisible, cap })) state[group] = states.fading;
  }

  return {
    numbers: { groupStates: state },
    before: ({ step }: StepNumbers) => {
      memory.refresh();
      const at = step - startStep;
      if (at >= 0 && at % periodSteps === 0 && at / periodSteps < periods) choose(at / periodSteps);
    },
    after: ({ step }: StepNumbers) => {
      if (step < startStep) return;
      const left = periodSteps - ((step - startStep) % periodSteps);
      for (const block of blocks) {
        for (let k = 0; k < block.count; k++) {
          const group = block.first + k;
          if (state[group] === states.kept) continue;
          const factor = state[group] === states.zero ? 0 : (left - 1) / left;
          scaleGroup(block, k, factor);
          if (factor === 0) state[group] = states.zero;
        }
      }
    },
  };
}

/**
 * The sum of five scores, each divided by its 2-norm over all groups: norm, norm by size, 1 - cos(x, ∂f/∂x), |<x, ∂f/∂x>|, and
 * half its square. Groups that are zero come below all others.
 *
 * The authors' code has 1 + cos: it takes a group that the gradient shrinks for important. We take it for redundant, as DHSPG does.
 */
function importances(memory: GroupMemory): Float64Array {
  const { blocks, count } = memory;
  const scores = Array.from({ length: 5 }, () => new Float64Array(count));
  const zero = new Uint8Array(count);
  for (const block of blocks) {
    measureSquares(block);
    for (let k = 0; k < block.count; k++) {
      const group = block.first + k;
      const norm = Math.sqrt(block.squares[k]);
      const product = innerProduct(block, k, "weights", "gradients");
      const gradient = Math.sqrt(innerProduct(block, k, "gradients", "gradients"));
      const cosine = norm * gradient === 0 ? 0 : product / (norm * gradient);
      const ofGroup = [norm, norm / groupSize(block, k), 1 - cosine, Math.abs(product), 0.5 * product * product];
      ofGroup.forEach((score, i) => {
        scores[i][group] = score;
      });
      zero[group] = isZeroGroup(block, k) ? 1 : 0;
    }
  }
  const norms = scores.map(normOf);
  return Float64Array.from(zero, (isZero, group) => {
    if (isZero === 1) return Number.NEGATIVE_INFINITY;
    return scores.reduce((sum, values, i) => sum + (norms[i] === 0 ? 0 : values[group] / norms[i]), 0);
  });
}
