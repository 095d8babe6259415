/**
 * The k best of a stream of candidates, in memory O(k): for scores that exist only block by block.
 *
 * Candidates gather in a buffer of about 2 k; when it is full all but the k best are forgotten, and from then on only
 * better ones than the worst of them are taken in. Positions come in increasing order, so that the first of equals has always
 * come before: ties go to the lower position, however the stream is cut into blocks.
 */

import { InputError } from "../../base/index.ts";
import { kthLargestOf } from "./quick-select.ts";

export class RunningTopK {
  readonly #k: number;
  readonly #positions: Float64Array;
  readonly #scores: Float64Array;
  #count = 0;
  #last = -1;
  /** Not above it none is taken: the k-th best so far, as of the last time that some were forgotten; NaN before that. */
  #threshold = Number.NaN;

  /** @param k  how many to select, an integer ≥ 0 */
  constructor(k: number) {
    if (!Number.isSafeInteger(k) || k < 0) throw new InputError(`RunningTopK: k must be an integer ≥ 0, got ${k}`);
    this.#k = k;
    const room = k === 0 ? 0 : k + Math.max(1024, k);
    this.#positions = new Float64Array(room);
    this.#scores = new Float64Array(room);
  }

  /**
   * Offers a candidate.
   *
   * @param position  above all positions offered before
   * @throws InputError  for a NaN score, or a position out of order
   */
  offer(position: number, score: number): void {
    if (!(position > this.#last)) {
      throw new InputError(`RunningTopK: positions must increase, got ${position} after ${this.#last}`);
    }
    this.#last = position;
    if (Number.isNaN(score)) throw new InputError(`RunningTopK: the score of position ${position} is NaN`);
    if (this.#k > 0 && !(score <= this.#threshold)) this.#take(position, score);
  }

  /**
   * Offers a run of neighbours: the entries [begin, end) of `values`, the first at `position`, each with its magnitude times
   * `sign` as score. As fast as a loop over an array.
   *
   * @returns  the index of an entry that is NaN, where the offer ends, or -1
   * @throws InputError  for a position out of order
   */
  offerRun(position: number, values: ArrayLike<number>, begin: number, end: number, sign: 1 | -1): number {
    if (begin >= end) return -1;
    if (!(position > this.#last)) {
      throw new InputError(`RunningTopK: positions must increase, got ${position} after ${this.#last}`);
    }
    this.#last = position + end - begin - 1;
    let threshold = this.#threshold;
    for (let i = begin; i < end; i++) {
      const value = values[i];
      // Two comparisons, which NaN fails, pass over most entries where the largest are wanted.
      if (value <= threshold && value >= -threshold && sign > 0) continue;
      const score = sign * Math.abs(value);
      if (score <= threshold) continue;
      if (Number.isNaN(score)) return i;
      if (this.#k > 0) this.#take(position + i - begin, score);
      threshold = this.#threshold;
    }
    return -1;
  }

  /** The positions of the k best, or of all where fewer were offered, in increasing order. */
  positions(): Float64Array {
    if (this.#count > this.#k) this.#forget();
    return this.#positions.slice(0, this.#count);
  }

  #take(position: number, score: number): void {
    this.#positions[this.#count] = position;
    this.#scores[this.#count++] = score;
    if (this.#count === this.#positions.length) this.#forget();
  }

  #forget(): void {
    const count = this.#count;
    const threshold = kthLargestOf(this.#scores.slice(0, count), this.#k);
    let ties = this.#k;
    for (let i = 0; i < count; i++) if (this.#scores[i] > threshold) ties--;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const score = this.#scores[i];
      if (!(score > threshold || (score === threshold && ties-- > 0))) continue;
      this.#positions[kept] = this.#positions[i];
      this.#scores[kept++] = score;
    }
    this.#count = kept;
    this.#threshold = threshold;
  }
}
