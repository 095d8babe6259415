/** Pairs two lists of rows by who they are (the seed, the width) and never by where they stand. */

import { InputError } from "../../base/index.ts";

/** What names a row: a seed, a name, or several of them together. */
export type PairKey = string | number | boolean | readonly (string | number | boolean)[];

export interface Pair<A, B> {
  readonly key: PairKey;
  readonly a: A;
  readonly b: B;
}

/**
 * Pairs the rows of two methods that share a key, in the order of the first list.
 *
 *     pairBy(sparse, dense, (trial) => [trial.width, trial.seed], { names: ["sparse", "dense"] })
 *
 * @param rowsA  the first method's rows, one per key
 * @param rowsB  the second method's rows, one per key
 * @param key    what names a row; 1 and "1" are different names
 * @param names  how messages call the two lists; default "a" and "b"
 * @throws InputError  if a key comes twice in one list or has no partner in the other; the message names the keys. A
 *                     pair is never dropped silently: take out the partner too where a trial was lost.
 */
export function pairBy<A, B>(
  rowsA: readonly A[],
  rowsB: readonly B[],
  key: (row: A | B) => PairKey,
  { names = ["a", "b"] }: { readonly names?: readonly [string, string] } = {},
): Pair<A, B>[] {
  const a = keyed(rowsA, key, names[0]);
  const b = keyed(rowsB, key, names[1]);
  const onlyA = [...a.keys()].filter((name) => !b.has(name));
  const onlyB = [...b.keys()].filter((name) => !a.has(name));
  if (onlyA.length > 0 || onlyB.length > 0) {
    const lacking = [
      ...(onlyA.length > 0 ? [`${listed(onlyA)} only in ${names[0]}`] : []),
      ...(onlyB.length > 0 ? [`${listed(onlyB)} only in ${names[1]}`] : []),
    ].join(", ");
    throw new InputError(
      `pairBy: every key must be in both lists, got ${lacking}; run the missing trials or leave out their partners`,
    );
  }
  return [...a].map(([name, row]) => ({ key: key(row), a: row, b: b.get(name) as B }));
}

function keyed<Row>(rows: readonly Row[], key: (row: Row) => PairKey, listName: string): Map<string, Row> {
  const found = new Map<string, Row>();
  const twice = new Set<string>();
  for (const [index, row] of rows.entries()) {
    const value = key(row);
    for (const part of Array.isArray(value) ? value : [value]) checkPart(part, listName, index);
    const name = JSON.stringify(value);
    if (found.has(name)) twice.add(name);
    found.set(name, row);
  }
  if (twice.size > 0) {
    throw new InputError(
      `pairBy: every key must come once per list, got ${listed([...twice])} more than once in ${listName}; add what tells those rows apart to the key`,
    );
  }
  return found;
}

/** NaN, null and undefined would all print as null and so pair strangers. */
function checkPart(part: unknown, listName: string, index: number): void {
  const named = typeof part === "string" || typeof part === "boolean" || Number.isFinite(part);
  if (!named) {
    throw new InputError(
      `pairBy: the key of ${listName}[${index}] must be made of strings, booleans and finite numbers, got ${part}`,
    );
  }
}

/** Up to five keys, then how many more. */
function listed(keys: readonly string[]): string {
  const shown = keys.slice(0, 5).join(", ");
  return keys.length > 5 ? `${shown} and ${keys.length - 5} more` : shown;
}
