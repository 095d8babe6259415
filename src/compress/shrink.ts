/**
 * Construction of the small dense network from one with zero groups: the same outputs from fewer channels. Passes of
 * `removeChannels` and `dropZeroBranches` alternate until nothing is left to remove, so that shrinking twice is shrinking once.
 */

import { InputError, unknownName } from "../base/index.ts";
import { weightLayers } from "../nn/index.ts";
import type { NetworkValues } from "../train/index.ts";
import { dropZeroBranches } from "./drop-branches.ts";
import { type RemovalReason, type RemovedChannels, removeChannels } from "./remove-channels.ts";

export interface ShrinkOptions {
  /** Widths become multiples of this where there are so many channels. Default 1. */
  readonly multipleOf?: number;
  /** Weight layers whose channels stay, whatever they are. */
  readonly keep?: readonly string[];
}

export interface ShrunkNetwork {
  readonly network: NetworkValues;
  /** Of each set of tied channels that lost some, by the first layer that gives them. */
  readonly removed: readonly RemovedChannels[];
  /** Layers that are gone altogether: branches that added 0. */
  readonly dropped: readonly string[];
}

/**
 * Shrinks a network. Zeros are exact zeros; nothing is rounded, so that the small network computes what the large one does in
 * evaluation, up to the order of sums and the rounding of folded biases. Weights may be sparse.
 *
 * @throws InputError  where `keep` names no weight layer or `multipleOf` is no integer ≥ 1
 * @see Chen et al. 2021, arXiv:2107.07467, construction of the compressed model
 */
export function shrinkNetwork(
  network: NetworkValues,
  { multipleOf = 1, keep = [] }: ShrinkOptions = {},
): ShrunkNetwork {
  const names = weightLayers(network.architecture).map(({ name }) => name);
  for (const name of keep) if (!names.includes(name)) throw unknownName("shrinkNetwork", "weight layer", name, names);
  if (!Number.isSafeInteger(multipleOf) || multipleOf < 1) {
    throw new InputError(`shrinkNetwork: multipleOf must be an integer ≥ 1, got ${multipleOf}`);
  }
  const removed = new Map<string, RemovedChannels>();
  const dropped: string[] = [];
  for (let current = network; ; ) {
    const cut = removeChannels(current, { multipleOf, keep });
    for (const one of cut.removed) merge(removed, one);
    const left = dropZeroBranches(cut.network);
    dropped.push(...left.dropped);
    if (left.network === current) return { network: current, removed: [...removed.values()], dropped };
    current = left.network;
  }
}

/** Adds the channels of a later pass to those of an earlier one. */
function merge(removed: Map<string, RemovedChannels>, one: RemovedChannels): void {
  const before = removed.get(one.layers[0]);
  if (before === undefined) {
    removed.set(one.layers[0], one);
    return;
  }
  const reasons = { ...before.reasons };
  for (const reason of Object.keys(reasons) as RemovalReason[]) reasons[reason] += one.reasons[reason];
  removed.set(one.layers[0], { ...before, after: one.after, reasons });
}
