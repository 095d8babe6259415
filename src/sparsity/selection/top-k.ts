/**
 * The k largest of many scores, in one list or over several layers at once. Of equal scores the lower index wins, and the
 * earlier layer: the answer depends on the scores alone.
 *
 * The k-th largest of very many is found by counting them by class first: only the class that holds the k-th is copied.
 */

import { InputError } from "../../base/index.ts";
import { kthLargestOf } from "./quick-select.ts";
import { classOf, scoreClasses } from "./score-classes.ts";

/** Up to this many scores are copied: a megabyte. */
const copyAll = 1 << 17;
/** The k-th largest of all scores, k in [1, how many there are]; none is NaN. */
function kthLargest(lists: readonly ArrayLike<number>[], k: number, total: number): number {
  if (total <= copyAll) {
    const all = new Float64Array(total);
    let written = 0;
    for (const list of lists) for (let i = 0; i < list.length; i++) all[written++] = list[i];
    return kthLargestOf(all, k);
  }
  const counts = new Uint32Array(scoreClasses);
  for (const list of lists) for (let i = 0; i < list.length; i++) counts[classOf(list[i])]++;
  let wanted = k;
  let found = scoreClasses - 1;
  for (; counts[found] < wanted; found--) wanted -= counts[found];
  const members = new Float64Array(counts[found]);
  let written = 0;
  for (const list of lists) {
    for (let i = 0; i < list.length; i++) if (classOf(list[i]) === found) members[written++] = list[i];
  }
  return kthLargestOf(members, wanted);
}

/**
 * Selects the k largest scores over several lists.
 *
 * @param k  integer in [0, how many there are]
 * @returns  for each list 1 where a score is selected; ties go to the earlier list, then to the lower index
 * @throws InputError  for another k, or a NaN, saying which
 */
export function topKAcross(lists: readonly ArrayLike<number>[], k: number): Uint8Array[] {
  const total = lists.reduce((sum, { length }) => sum + length, 0);
  if (!Number.isInteger(k) || k < 0 || k > total) {
    throw new InputError(`topK: k must be an integer in [0, ${total}], the number of scores, got ${k}`);
  }
  lists.forEach((list, at) => {
    for (let i = 0; i < list.length; i++) {
      if (!Number.isNaN(list[i])) continue;
      const where = lists.length === 1 ? "" : ` of list ${at + 1} of ${lists.length}`;
      throw new InputError(`topK: score ${i + 1} of ${list.length}${where} is NaN`);
    }
  });
  if (k === 0) return lists.map(({ length }) => new Uint8Array(length));
  const threshold = kthLargest(lists, k, total);
  let ties = k;
  for (const list of lists) for (let i = 0; i < list.length; i++) if (list[i] > threshold) ties--;
  return lists.map((list) => {
    const selected = new Uint8Array(list.length);
    for (let i = 0; i < list.length; i++) {
      if (list[i] > threshold || (list[i] === threshold && ties-- > 0)) selected[i] = 1;
    }
    return selected;
  });
}

/** Selects the k largest scores: 1 where selected, ties to the lower index. @throws InputError  as `topKAcross` */
export function topK(scores: ArrayLike<number>, k: number): Uint8Array {
  return topKAcross([scores], k)[0];
}
