/** What is told of groups after an epoch: the regulariser, how many are zero, block by block; and what looks wrong. */

import { wholeShare } from "./cap.ts";
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
  /** Share of the groups that is to be zero in the end, of an optimizer with a target. */
  readonly targetSparsity?: number;
  /** Whether the last step was one of those that set groups to zero for good. */
  readonly begun: boolean;
  readonly blocks: readonly { readonly name: string; readonly groups: number; readonly zeroGroups: number }[];
}

export function reportGroups(
  memory: GroupMemory,
  known: Pick<GroupReport, "lambda" | "begun" | "targetSparsity">,
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
  return { ...known, omega, groups, zeroGroups, groupSparsity: zeroGroups / groups, blocks };
}

/**
 * What to say of a training that has set no groups to zero, or fewer than it was to; undefined where there is nothing to say.
 *
 * @param reports  of its epochs, in order
 */
export function groupWarning(reports: readonly GroupReport[]): string | undefined {
  const [first, last] = [reports[0], reports.at(-1)];
  if (last === undefined || !last.begun) return undefined;
  const { groups, zeroGroups, targetSparsity } = last;
  if (targetSparsity !== undefined && zeroGroups < wholeShare(targetSparsity, groups)) {
    return (
      `${zeroGroups} of ${groups} groups are zero, which is less than the target, ${wholeShare(targetSparsity, groups)}: more epochs, ` +
      "a larger lambda, or an ε of the half-space step above 0 lets more of them; hesso meets its target exactly"
    );
  }
  if (zeroGroups > 0) return undefined;
  const change = 100 * (last.omega / first.omega - 1);
  const moved = `the sum of their norms ${change < 0 ? "fell" : "rose"} by ${Math.abs(change).toPrecision(2)} %`;
  return (
    `none of ${groups} groups is zero, ${moved}: a larger lambda, a higher learning rate or more epochs shrink them further, ` +
    "an ε of the half-space step above 0 lets them go earlier, and hesso meets a target exactly"
  );
}
