/**
 * Which groups to remove for a network of a given cost: in the order of their norm over the mean norm of their block, as many
 * as it takes. Layers are thus narrowed about evenly, more where norms are more unequal.
 *
 * Costs are those of the architecture at the widths that are left, by `countsOf`: no linear estimate, so that what is built costs
 * what was asked for, or less by one step of a width.
 */

import { InputError } from "../base/index.ts";
import { type Architecture, channelTies, countsOf, widen } from "../nn/index.ts";
import type { NetworkValues } from "../train/index.ts";
import type { PruningGroups } from "./pruning-groups.ts";
import { groupNorms, type PerGroup } from "./zero-groups.ts";

export const costKinds = ["macs", "parameters", "groups"] as const;
/** Multiply-accumulates, trained numbers, or groups of channels. */
export type CostKind = (typeof costKinds)[number];

/** What is to be left. */
export interface CostTarget {
  readonly of: CostKind;
  /** Share of the full network's, in (0, 1]. */
  readonly share: number;
}

export interface TargetGroups {
  /** Whether each group is to go. */
  readonly which: PerGroup<boolean>;
  /** How many of each block. */
  readonly counts: readonly number[];
  /** Share of the full network's cost that is left: at most what was asked for. */
  readonly share: number;
}

/** A block keeps so much of its channels, and one at least: a layer of few channels throttles all that follow. */
const leastKept = 0.05;

/**
 * The groups to remove from a network.
 *
 * @throws InputError  where the target is out of range, or less than what the layers that cannot be pruned leave
 */
export function groupsForTarget(network: NetworkValues, groups: PruningGroups, target: CostTarget): TargetGroups {
  checkTarget("groupsForTarget", target);
  const { blocks } = groups;
  const scores = groupNorms(network, blocks).map((norms) => {
    const mean = norms.reduce((sum, norm) => sum + norm, 0) / norms.length;
    return norms.map((norm) => (mean === 0 ? 0 : norm / mean));
  });
  const order = scores
    .flatMap((of, block) => of.map((score, k) => ({ block, k, score })))
    .sort((a, b) => a.score - b.score || a.block - b.block || a.k - b.k);
  const most = blocks.map(({ count, multipleOf = 1 }) => {
    const kept = Math.max(1, Math.ceil(leastKept * count));
    return count - Math.min(count, Math.ceil(kept / multipleOf) * multipleOf);
  });
  // Groups of a block, lowest score first, as far as the block may lose them.
  const open = blocks.map(() => 0);
  const removable = order.filter(({ block }) => open[block]++ < most[block]);
  const countsAfter = (number: number) => {
    const counts = blocks.map(() => 0);
    for (const { block } of removable.slice(0, number)) counts[block] += 1;
    return counts.map((count, b) => {
      const { count: all, multipleOf = 1 } = blocks[b];
      return all - Math.min(all, Math.ceil((all - count) / multipleOf) * multipleOf);
    });
  };
  const shareOf = (counts: readonly number[]) => shareLeft(network.architecture, groups, target.of, counts);
  let [low, high] = [0, removable.length];
  if (shareOf(countsAfter(high)) > target.share)
    throw unreachable(network.architecture, groups, target, shareOf(countsAfter(high)));
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (shareOf(countsAfter(middle)) <= target.share) high = middle;
    else low = middle + 1;
  }
  const counts = countsAfter(low);
  const which = lowest(scores, counts);
  return { which, counts, share: shareOf(counts) };
}

/** The groups of the lowest scores, so many of each block; of equal scores the earlier. */
export function lowest(scores: PerGroup<number>, counts: readonly number[]): PerGroup<boolean> {
  return scores.map((of, block) => {
    const order = of.map((score, k) => ({ score, k })).sort((a, b) => a.score - b.score || a.k - b.k);
    const gone = new Set(order.slice(0, counts[block]).map(({ k }) => k));
    return of.map((_, k) => gone.has(k));
  });
}

/** Share of a cost that is left when each block has lost so many groups, in [0, 1]. */
export function shareLeft(
  architecture: Architecture,
  { blocks, channelGroups }: PruningGroups,
  of: CostKind,
  counts: readonly number[],
): number {
  if (of === "groups") {
    const all = blocks.reduce((sum, { count }) => sum + count, 0);
    return all === 0 ? 1 : 1 - counts.reduce((sum, count) => sum + count, 0) / all;
  }
  const { groups } = channelTies(architecture);
  const widths = Object.fromEntries(
    blocks.map(({ count }, block) => [groups[channelGroups[block]].producers[0], count - counts[block]]),
  );
  return countsOf(widen(architecture, widths)).total[of] / countsOf(architecture).total[of];
}

/**
 * The architecture with all hidden widths scaled by one factor, the largest that keeps within a cost: the same-capacity dense
 * network that a compressed one is held against.
 */
export function narrowToTarget(architecture: Architecture, target: CostTarget): Architecture {
  checkTarget("narrowToTarget", target);
  const full = countsOf(architecture).total;
  const shareOf = (made: Architecture) => {
    if (target.of !== "groups") return countsOf(made).total[target.of] / full[target.of];
    const channels = (of: Architecture) =>
      channelTies(of).groups.reduce((sum, group) => sum + (group.fixed ? 0 : group.channels), 0);
    return channels(made) / Math.max(1, channels(architecture));
  };
  let [low, high] = [0, 1];
  for (let step = 0; step < 30; step++) {
    const middle = (low + high) / 2;
    if (shareOf(widen(architecture, middle)) <= target.share) low = middle;
    else high = middle;
  }
  const narrow = widen(architecture, Math.max(low, 2 ** -30));
  if (shareOf(narrow) <= target.share) return target.share === 1 ? architecture : narrow;
  throw new InputError(
    `narrowToTarget: ${architecture.name} has ${percent(shareOf(narrow))} of its ${words[target.of]} with one channel in every layer, ` +
      `got a target of ${percent(target.share)}; ask for more`,
  );
}

function checkTarget(where: string, { of, share }: CostTarget): void {
  if (!(share > 0 && share <= 1)) {
    throw new InputError(`${where}: the share of ${words[of]} that is left must be in (0, 1], got ${share}`);
  }
}

function unreachable(
  { name }: Architecture,
  { blocks, unprunable }: PruningGroups,
  { of, share }: CostTarget,
  least: number,
) {
  const others = unprunable.length > 4 ? `, and ${unprunable.length - 4} more` : "";
  const listed = unprunable.slice(0, 4).map(({ layer, reason }) => `${layer} (${reason})`);
  const whole = `${listed.join(", ")}${others}`;
  if (blocks.length === 0)
    return new InputError(`${name}: no layer can lose channels: ${whole}; choose another network`);
  return new InputError(
    `${name} keeps ${percent(least)} of its ${words[of]} with a twentieth of the channels of every layer that can be pruned, got a ` +
      `target of ${percent(share)}; ask for more. Layers that stay whole: ${whole}`,
  );
}

const words: Readonly<Record<CostKind, string>> = { macs: "MACs", parameters: "parameters", groups: "channels" };
const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
