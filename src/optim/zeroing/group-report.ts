/** What is told of groups after an epoch: the regulariser, how many are zero, block by block; and what looks wrong. */

import { type GroupMemory, innerProducts, isZeroGroup } from "./group-memory.ts";

export interface GroupReport {
  /** λ of the last step. */
  readonly lambda: number;
  /** Ω, the sum of the groups' 2-norms. */
  readonly omega: number;
  /** Groups in all, and those of them whose every weight is 0 exactly. */
  readonly groups: number;
  readonly zeroGroups: number;
  /** zeroGroups / groups */
  readonly groupSparsity: number;
  /** Whether the last step was one of those that set groups to zero for good. */
  readonly begun: boolean;
  readonly blocks: readonly { readonly name: string; readonly groups: number; readonly zeroGroups: number }[];
}

export function reportGroups(
  memory: GroupMemory,
  { lambda, begun }: { readonly lambda: number; readonly begun: boolean },
): GroupReport {
  memory.refresh();
  let omega = 0;
  const blocks = memory.blocks.map((block) => {
    innerProducts(block, "weights", "weights", block.products);
    let zeroGroups = 0;
    for (let k = 0; k < block.count; k++) {
      omega += Math.sqrt(block.products[k]);
      if (isZeroGroup(block, k)) zeroGroups++;
    }
    return { name: block.name, groups: block.count, zeroGroups };
  });
  const zeroGroups = blocks.reduce((sum, block) => sum + block.zeroGroups, 0);
  const groups = memory.count;
  return { lambda, omega, groups, zeroGroups, groupSparsity: zeroGroups / groups, begun, blocks };
}

/** Ω must have fallen by this share for a training to be one that shrinks its groups and finds no zeros. */
const noticedFall = 0.05;

/**
 * What to say of a training whose groups shrink and of which none becomes zero; undefined where there is nothing to say.
 *
 * @param reports  of its epochs, in order
 */
export function stalledGroups(reports: readonly GroupReport[]): string | undefined {
  const [first, last] = [reports[0], reports.at(-1)];
  if (last === undefined || !last.begun || last.zeroGroups > 0 || !(last.omega < (1 - noticedFall) * first.omega)) {
    return undefined;
  }
  const fall = (100 * (1 - last.omega / first.omega)).toFixed(0);
  return (
    `none of ${last.groups} groups is zero, though their norms fell by ${fall} %: they shrink and do not reach 0. ` +
    "A larger lambda or half_space lets more of them, and dhspg and hesso take a target_sparsity"
  );
}
