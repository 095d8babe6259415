/** The order of an epoch's examples, kept until another one is asked for: trainings built again in the middle of an epoch share it. */

import { shuffledIndices } from "../data/index.ts";

let kept: { readonly key: string; readonly order: Uint32Array } | undefined;

/** `shuffledIndices`, the last answer remembered. The array is shared: not to be written to. */
export function epochOrder(count: number, seed: number, epoch: number): Uint32Array {
  const key = `${count} ${seed} ${epoch}`;
  if (kept?.key !== key) kept = { key, order: shuffledIndices(count, seed, epoch) };
  return kept.order;
}
