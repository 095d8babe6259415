/** Which groups of a network are zero: every member exactly, no threshold. Also their norms, and setting them to zero. */

import { InputError, Rng } from "../base/index.ts";
import type { GroupBlock, GroupMember } from "../optim/index.ts";
import type { NetworkValues, ValueTensor } from "../train/index.ts";
import { tensorOf } from "./weight-rows.ts";

/** For each block, one entry for each group. */
export type PerGroup<T> = readonly (readonly T[])[];

/** The elements of group k in a member: of sparse weights the active ones. */
function elementsOf(
  { masks }: NetworkValues,
  tensor: ValueTensor,
  { parameter, start = 0, length }: GroupMember,
  k: number,
) {
  const mask = masks.get(parameter.slice(0, -".weight".length));
  const [from, to] = [start + k * length, start + (k + 1) * length];
  if (mask === undefined || !parameter.endsWith(".weight")) return tensor.values.subarray(from, to);
  return tensor.values.subarray(mask.rowPointers[from / mask.fanIn], mask.rowPointers[to / mask.fanIn]);
}

function eachGroup<T>(
  network: NetworkValues,
  blocks: readonly GroupBlock[],
  of: (parts: ArrayLike<number>[]) => T,
): PerGroup<T> {
  return blocks.map(({ count, members }) => {
    const tensors = members.map(({ parameter }) => tensorOf(network, parameter));
    return Array.from({ length: count }, (_, k) =>
      of(members.map((member, i) => elementsOf(network, tensors[i], member, k))),
    );
  });
}

/** Whether all members of each group are 0. */
export function zeroGroups(network: NetworkValues, blocks: readonly GroupBlock[]): PerGroup<boolean> {
  return eachGroup(network, blocks, (parts) =>
    parts.every((values) => Array.prototype.every.call(values, (v) => v === 0)),
  );
}

/** ‖x_g‖_2 of each group. */
export function groupNorms(network: NetworkValues, blocks: readonly GroupBlock[]): PerGroup<number> {
  return eachGroup(network, blocks, (parts) => {
    let squares = 0;
    for (const values of parts) for (let i = 0; i < values.length; i++) squares += values[i] * values[i];
    return Math.sqrt(squares);
  });
}

/** Share of groups that are zero, in [0, 1]; 0 where there are none. */
export function groupSparsity(zero: PerGroup<boolean>): number {
  const all = zero.flat();
  return all.length === 0 ? 0 : all.filter((one) => one).length / all.length;
}

/** The network with some groups set to zero; itself unchanged. */
export function setGroupsToZero(
  network: NetworkValues,
  blocks: readonly GroupBlock[],
  which: PerGroup<boolean>,
): NetworkValues {
  const tensors = new Map(network.tensors);
  const written = new Set<string>();
  blocks.forEach(({ count, members }, block) => {
    for (const member of members) {
      const { shape, values } = tensorOf({ ...network, tensors }, member.parameter);
      const tensor = written.has(member.parameter) ? { shape, values } : { shape, values: values.slice() };
      tensors.set(member.parameter, tensor);
      written.add(member.parameter);
      for (let k = 0; k < count; k++) if (which[block][k]) elementsOf(network, tensor, member, k).fill(0);
    }
  });
  return { ...network, tensors };
}

/** A seeded choice of groups: round(share · count) of each block, one at least left over. */
export function drawGroups(blocks: readonly GroupBlock[], share: number, seed: number): PerGroup<boolean> {
  if (!(share >= 0 && share <= 1)) throw new InputError(`drawGroups: share must be in [0, 1], got ${share}`);
  return blocks.map(({ count }, block) => {
    const chosen = new Set(
      new Rng(seed, "pruning", block).choose(count, Math.min(count - 1, Math.round(share * count))),
    );
    return Array.from({ length: count }, (_, k) => chosen.has(k));
  });
}
