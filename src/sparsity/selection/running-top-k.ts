/**
 * The k best of a stream of candidates, in memory O(k): for scores that exist only block by block.
 *
 * Candidates gather in a buffer of about 1.5 k; when it is full all but the k best are forgotten, and from then on only
 * better ones than the worst of them are taken in. Positions come in increasing order, so that the first of equals has always
 * come before: ties go to the lower position, however the stream is cut into blocks.
 */

import { InputError } from "../../base/index.ts";
import { topK } from "./top-k.ts";

export class RunningTopK {
  readonly #k: number;
  readonly #positions: Float64Array;
  readonly #scores: Float64Array;
  #count = 0;
  #last = -1;
  /** A candidate must be better than this: the k-th best so far, as of the last time that some were forgotten. */
  #threshold = Number.NEGATIVE_INFINITY;
  #settled = false;

  /** @param k  how many to select, an integer ≥ 0 */
  constructor(k: number) {
    if (!Number.isSafeInteger(k) || k < 0) throw new InputError(`RunningTopK: k must be an integer ≥ 0, got ${k}`);
    this.#k = k;
    const room = k === 0 ? 0 : k + Math.max(1024, k >> 1);
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
    if (!(score > this.#threshold)) {
      if (Number.isNaN(score)) throw new InputError(`RunningTopK: the score of position ${position} is NaN`);
      if (this.#settled) return;
    }
    if (this.#k === 0) return;
    this.#positions[this.#count] = position;
    this.#scores[this.#count++] = score;
    if (this.#count === this.#positions.length) this.#forget();
  }

  /**
   * Offers a run of neighbours: the entries [begin, end) of `values`, the first at `position`. As fast as a loop over an array;
   * scores are not checked for NaN, which is never taken in once k others are there.
   *
   * @throws InputError  for a position out of order
   */
  offerRun(
    position: number,
    values: ArrayLike<number>,
    begin: number,
    end: number,
    scoreOf: (value: number) => number,
  ): void {
    if (begin >= end) return;
    if (this.#k === 0 || !this.#settled) {
      for (let i = begin; i < end; i++) this.offer(position + i - begin, scoreOf(values[i]));
      return;
    }
    if (!(position > this.#last)) {
      throw new InputError(`RunningTopK: positions must increase, got ${position} after ${this.#last}`);
    }
    this.#last = position + end - begin - 1;
    let threshold = this.#threshold;
    for (let i = begin; i < end; i++) {
      const score = scoreOf(values[i]);
      if (!(score > threshold)) continue;
      this.#positions[this.#count] = position + i - begin;
      this.#scores[this.#count++] = score;
      if (this.#count === this.#positions.length) {
        this.#forget();
        threshold = this.#threshold;
      }
    }
  }

  /** The positions of the k best, or of all where fewer were offered, in increasing order. */
  positions(): Float64Array {
    if (this.#count > this.#k) this.#forget();
    return this.#positions.slice(0, this.#count);
  }

  #forget(): void {
    const best = topK(this.#scores.subarray(0, this.#count), this.#k);
    let kept = 0;
    let worst = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#count; i++) {
      if (best[i] === 0) continue;
      this.#positions[kept] = this.#positions[i];
      this.#scores[kept++] = this.#scores[i];
      worst = Math.min(worst, this.#scores[i]);
    }
    this.#count = kept;
    this.#threshold = worst;
    this.#settled = true;
  }
}
