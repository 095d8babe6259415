/** Pruning schedules: how much is removed by when, in steps of one training or in rounds. */

import { exp, InputError, integerPower, log } from "../../base/index.ts";
import type { Density, Sparsity } from "../density.ts";
import { density, sparsity } from "../density.ts";

export interface CubicOptions {
  /** Default 0. */
  readonly initial?: Sparsity;
  readonly final: Sparsity;
  /** t_0: the step at which removing begins. */
  readonly from: number;
  /** t_0 + n Δt: the step at which `final` is reached, after `from`. */
  readonly until: number;
}

/**
 * Gradual pruning, fast first: the sparsity that a network has at a step.
 *
 *     s_t = s_f + (s_i - s_f) (1 - (t - t_0) / (n Δt))³
 *
 * @returns  `initial` before `from`, `final` after `until`
 * @throws InputError  where final is below initial, or until not after from
 * @see Zhu, Gupta 2017, arXiv:1710.01878, eq. 1
 */
export function cubicSparsity({ initial = sparsity(0), final, from, until }: CubicOptions, step: number): Sparsity {
  if (!(until > from)) throw new InputError(`cubicSparsity: until must be after from, ${from}, got ${until}`);
  if (!(sparsity(final) >= sparsity(initial))) {
    throw new InputError(`cubicSparsity: final must be at least the initial sparsity, ${initial}, got ${final}`);
  }
  const progress = Math.min(1, Math.max(0, (step - from) / (until - from)));
  return sparsity(final + (initial - final) * integerPower(1 - progress, 3));
}

/**
 * The density after a round of pruning in equal proportions: ρ^(k / K).
 *
 * @param final   ρ, above 0
 * @param round   k in [0, K]; 0 is the dense network
 * @param rounds  K ≥ 1
 * @see Tanaka et al. 2020, arXiv:2006.05467, algorithm 1 (SynFlow, K = 100)
 */
export function densityAfterRound(final: Density, round: number, rounds: number): Density {
  if (!(density(final) > 0)) throw new InputError(`densityAfterRound: final must be above 0, got ${final}`);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new InputError(`densityAfterRound: rounds must be an integer ≥ 1, got ${rounds}`);
  }
  if (!Number.isInteger(round) || round < 0 || round > rounds) {
    throw new InputError(`densityAfterRound: round must be an integer in [0, ${rounds}], got ${round}`);
  }
  return round === rounds ? final : density(exp((round / rounds) * log(final)));
}

/**
 * The density after rounds that each remove the same share of what is left: (1 - share)^k.
 *
 * @param share  removed per round; 0.2 in the paper
 * @see Frankle, Carbin 2019, arXiv:1803.03635: iterative pruning of lottery tickets
 */
export function densityAfterRounds(share: Sparsity, rounds: number): Density {
  if (!Number.isInteger(rounds) || rounds < 0) {
    throw new InputError(`densityAfterRounds: rounds must be an integer ≥ 0, got ${rounds}`);
  }
  return density(integerPower(1 - sparsity(share), rounds));
}
