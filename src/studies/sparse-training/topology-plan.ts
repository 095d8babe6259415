/** When a training changes its topology, and to what: a dynamic method's updates, gradual pruning, or nothing. */

import type { DynamicMethod, LayerAllocation } from "../../sparsity/index.ts";
import { gradualCounts, isUpdateStep, pruningMethods, topologySchedule } from "../../sparsity/index.ts";
import { dynamicMethodOf } from "./networks.ts";
import type { SparseTrainingSettings } from "./settings.ts";

/** What happens before a step. */
export type TopologyStep =
  | { readonly kind: "update"; readonly method: DynamicMethod; readonly fraction: number }
  /** `keep`: weights of each layer, in order. */
  | { readonly kind: "prune"; readonly keep: readonly number[] };

/** What is due before step t = 0, 1, ..., steps taken so far; undefined where the topology stays. */
export type TopologyPlan = (step: number) => TopologyStep | undefined;

interface Lengths {
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
}

/** The plan of a dynamic method. */
export function dynamicPlan(settings: SparseTrainingSettings, lengths: Lengths): TopologyPlan | undefined {
  const method = dynamicMethodOf(settings);
  if (method === undefined) return undefined;
  const fractionAt = topologySchedule(method, lengths);
  return (step) => {
    const fraction = fractionAt(step);
    return fraction === undefined ? undefined : { kind: "update", method, fraction };
  };
}

/** Gradual pruning towards an allocation, reached at the last of its steps. */
export function gradualPlan(
  { prune_from, prune_until, update_every }: SparseTrainingSettings,
  final: readonly LayerAllocation[],
  { totalSteps }: Lengths,
): TopologyPlan {
  const every = update_every ?? pruningMethods.gmp.every;
  const from = Math.floor(prune_from * totalSteps);
  const until = Math.max(from + 1, Math.min(totalSteps - 1, Math.floor(prune_until * totalSteps)));
  return (step) =>
    step === until || isUpdateStep(step, { every, from: from + 1, until })
      ? { kind: "prune", keep: gradualCounts(final, { from, until }, step) }
      : undefined;
}
