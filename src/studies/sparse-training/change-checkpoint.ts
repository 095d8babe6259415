/**
 * A change of the topology as a change of a checkpoint: other masks, and weights and optimizer slots where their weights went.
 * What is built again from it goes on at the same step, with new weights at 0 and their slots at 0.
 */

import type { Mask } from "../../nn/index.ts";
import { carryValues } from "../../sparsity/index.ts";
import type { Checkpoint, NamedTensor } from "../../train/index.ts";

/** What becomes of one weight: `carry` has for each active weight its index in the weight before, or -1 where it is new. */
export interface WeightChange {
  readonly mask: Mask;
  readonly carry: Int32Array;
}

/** @param changes  by the name of the weight; of a dense weight an index is its place in row-major order */
export function changeCheckpoint(checkpoint: Checkpoint, changes: ReadonlyMap<string, WeightChange>): Checkpoint {
  const { optimizer } = checkpoint;
  const tensors = new Map<string, NamedTensor>();
  for (const [name, tensor] of checkpoint.tensors) {
    const change = changes.get(name);
    tensors.set(name, change === undefined ? tensor : carried(tensor, change.carry));
  }
  const slots = new Map(
    [...optimizer.slots].map(([name, of]) => {
      const change = changes.get(name);
      if (change === undefined) return [name, of] as const;
      return [name, new Map([...of].map(([slot, values]) => [slot, carryValues(values, change.carry)]))] as const;
    }),
  );
  return {
    ...checkpoint,
    tensors,
    optimizer: { ...optimizer, slots },
    masks: new Map([...checkpoint.masks, ...[...changes].map(([name, { mask }]) => [name, mask] as const)]),
    weights: checkpoint.weights.map((weight) => (changes.has(weight.name) ? { ...weight, sparse: true } : weight)),
  };
}

function carried({ values }: NamedTensor, carry: Int32Array): NamedTensor {
  return withValues(values, carryValues(values, carry));
}

/** Values in the element type of others. */
export function withValues(like: NamedTensor["values"], values: ArrayLike<number>): NamedTensor {
  const typed =
    like instanceof Float64Array
      ? Float64Array.from(values)
      : like instanceof Int32Array
        ? Int32Array.from(values)
        : Float32Array.from(values);
  return { shape: [values.length], values: typed };
}
