/** A method's schedule in a training of a given length: at which steps it changes the topology, and how much of it. */

import { InputError } from "../../base/index.ts";
import type { LayerAllocation } from "../allocation/layer-counts.ts";
import { activeAt } from "../allocation/layer-counts.ts";
import { densityLeft, sparsity } from "../density.ts";
import type { DynamicMethod } from "../methods.ts";
import { dropFraction } from "./drop-fraction.ts";
import type { CubicOptions } from "./pruning.ts";
import { cubicSparsity } from "./pruning.ts";
import { isUpdateStep } from "./update-steps.ts";

/**
 * The drop fraction of each step, undefined where the topology stays. T_end, where updates and the fraction end, is the
 * method's share of the training, rounded down.
 *
 * @returns a function of the step t = 0, 1, ..., the steps taken so far
 * @throws InputError  for lengths that are no integers ≥ 1
 */
export function topologySchedule(
  { every, until, fraction }: Pick<DynamicMethod, "every" | "until" | "fraction">,
  { totalSteps, stepsPerEpoch }: { readonly totalSteps: number; readonly stepsPerEpoch: number },
): (step: number) => number | undefined {
  for (const [name, value] of Object.entries({ totalSteps, stepsPerEpoch })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new InputError(`topologySchedule: ${name} must be an integer ≥ 1, got ${value}`);
  }
  const end = Math.max(1, Math.floor(until * totalSteps));
  const steps = { every: every === "epoch" ? stepsPerEpoch : every, until: end };
  return (step) => (isUpdateStep(step, steps) ? dropFraction({ ...fraction, until: end }, step) : undefined);
}

/**
 * Weights that each layer has at a step of gradual pruning towards an allocation, each layer on a cubic of its own.
 *
 * @returns  N - floor(s N) for each layer, s the layer's sparsity at the step; from `until` on the allocation's counts
 */
export function gradualCounts(
  final: readonly LayerAllocation[],
  { from, until }: Pick<CubicOptions, "from" | "until">,
  step: number,
): number[] {
  return final.map(({ positions, density }) => {
    const removed = cubicSparsity({ final: sparsity(1 - density), from, until }, step);
    return activeAt(densityLeft(removed), positions);
  });
}
