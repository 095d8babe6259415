/** When the topology changes: every so many steps, from one step up to but without another. */

import { InputError } from "../../base/index.ts";

export interface UpdateSteps {
  /** ΔT: steps from one update to the next, an integer ≥ 1. */
  readonly every: number;
  /** The first step that may be one. Default 1: not before anything was learned. */
  readonly from?: number;
  /** T_end: updates come before this step. Default never ends. */
  readonly until?: number;
}

/**
 * Whether the topology is updated at a step: t mod ΔT = 0 and from ≤ t < until.
 *
 * @param step  t = 0, 1, ...: steps taken so far
 * @see Evci et al. 2020, arXiv:1911.11134, algorithm 1, which leaves open whether step 0 is one; `from: 0` makes it one
 */
export function isUpdateStep(
  step: number,
  { every, from = 1, until = Number.POSITIVE_INFINITY }: UpdateSteps,
): boolean {
  if (!Number.isInteger(every) || every < 1) {
    throw new InputError(`isUpdateStep: every must be an integer ≥ 1, got ${every}`);
  }
  return step >= from && step < until && step % every === 0;
}
