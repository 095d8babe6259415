/**
 * Seeded, stratified splits: each part has the classes in the whole's proportions, as nearly as whole examples allow.
 *
 * A class's examples are drawn from its own stream (seed, "split", class, part), so that what happens to one class does
 * not depend on the others. Both parts keep the order of the whole.
 */

import { InputError, Rng } from "../base/index.ts";
import type { Split } from "./dataset.ts";

/** What a split is for. The number is the stream's step: part of every result. */
const parts = { test: 0, validation: 1 } as const;

/** The examples at `indices`, copied, in that order. */
export function takeExamples(split: Split, indices: ArrayLike<number>): Split {
  const features = split.values.length / split.count;
  const values =
    split.values instanceof Uint8Array
      ? new Uint8Array(indices.length * features)
      : new Float32Array(indices.length * features);
  const taken = emptyLike(split.labels, indices.length);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i] * features;
    values.set(split.values.subarray(from, from + features), i * features);
    taken[i] = split.labels[indices[i]];
  }
  return { count: indices.length, values, labels: taken };
}

function emptyLike(labels: Split["labels"], count: number): Split["labels"] {
  if (labels instanceof Uint8Array) return new Uint8Array(count);
  return labels instanceof Uint16Array ? new Uint16Array(count) : new Int32Array(count);
}

/**
 * Holds out a part of the training examples to choose settings by.
 *
 * @param split     the training split, at least two examples
 * @param fraction  in (0, 1): ceil(fraction x count) examples are held out, as scikit-learn rounds
 * @param seed      an integer in [0, 2^53)
 */
export function splitValidation(split: Split, fraction: number, seed: number): { train: Split; validation: Split } {
  const { rest, taken } = splitStratified("splitValidation", split, fraction, seed, "validation");
  return { train: rest, validation: taken };
}

/** Cuts test examples off a set that has none of its own: as `splitValidation`, from another stream. */
export function splitTest(split: Split, fraction: number, seed: number): { train: Split; test: Split } {
  const { rest, taken } = splitStratified("splitTest", split, fraction, seed, "test");
  return { train: rest, test: taken };
}

function splitStratified(
  where: string,
  split: Split,
  fraction: number,
  seed: number,
  part: keyof typeof parts,
): { rest: Split; taken: Split } {
  if (!(fraction > 0 && fraction < 1)) {
    throw new InputError(`${where}: the ${part} fraction must lie in (0, 1), got ${fraction}`);
  }
  // 0.07 x 100 is 7.000000000000001 in float64: what is an integer but for rounding is one.
  const wanted = Math.ceil(fraction * split.count - 1e-9);
  if (wanted < 1 || wanted >= split.count) {
    throw new InputError(
      `${where}: a ${part} fraction of ${fraction} of ${split.count} examples leaves a side empty; use more examples`,
    );
  }
  const members = membersByClass(split);
  const quotas = apportion(
    members.map((list) => list.length),
    wanted,
  );
  const isTaken = new Uint8Array(split.count);
  members.forEach((list, label) => {
    for (const place of new Rng(seed, "split", label, parts[part]).choose(list.length, quotas[label]))
      isTaken[list[place]] = 1;
  });
  const taken: number[] = [];
  const rest: number[] = [];
  for (let i = 0; i < split.count; i++) (isTaken[i] === 1 ? taken : rest).push(i);
  return { rest: takeExamples(split, rest), taken: takeExamples(split, taken) };
}

function membersByClass({ labels, count }: Split): number[][] {
  const members: number[][] = [];
  for (let i = 0; i < count; i++) {
    while (members.length <= labels[i]) members.push([]);
    members[labels[i]].push(i);
  }
  return members;
}

/**
 * Shares `wanted` seats among groups in proportion to their sizes, by largest remainder; ties go to the lower index.
 *
 * Remainders are compared as integers (wanted x size mod total), so that no rounding decides a tie.
 */
export function apportion(sizes: readonly number[], wanted: number): number[] {
  const total = sizes.reduce((a, b) => a + b, 0);
  const seats = sizes.map((size) => Math.floor((wanted * size) / total));
  const remainders = sizes.map((size) => (wanted * size) % total);
  const order = sizes.map((_, i) => i).sort((a, b) => remainders[b] - remainders[a] || a - b);
  const missing = wanted - seats.reduce((a, b) => a + b, 0);
  for (let i = 0; i < missing; i++) seats[order[i]] += 1;
  return seats;
}
