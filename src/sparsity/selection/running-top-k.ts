/**
 * The k best of a stream of candidates, in memory O(k): for scores that exist only block by block.
 *
 * What is taken in is counted by class of its score. As soon as k are in classes above one, nothing of that class or below it
 * is taken any more: about k (1 + ln(n / k)) of n candidates in random order are. A buffer of about 2 k that is full drops what
 * has fallen below. Positions come in increasing order, so that the first of equals has always come before: ties go to the
 * lower position, however the stream is cut into blocks.
 */

import { InputError } from "../../base/index.ts";
import { kthLargestOf } from "./quick-select.ts";
import { classOf, largestOfClass, scoreClasses } from "./score-classes.ts";

const magnitudeMask = 0x7fffffff;
const infinityBits = 0x7f800000;
const single = new Float32Array(1);
const singleBits = new Int32Array(single.buffer);

export class RunningTopK {
  readonly #k: number;
  readonly #positions: Float64Array;
  readonly #scores: Float64Array;
  /** Candidates in the buffer, by class. */
  readonly #counts: Uint32Array;
  #count = 0;
  #last = -1;
  /** The highest class that k or more of the buffer are above, and how many are; -1 while there is none. */
  #floor = -1;
  #above = 0;
  /** Scores not above it are not taken; NaN while all are. */
  #threshold = Number.NaN;
  /** The same as the bits of a float32 magnitude, -1 while all are taken. */
  #limit = -1;
  /** The array of the last run, and its memory as integers. */
  #run: Float32Array | undefined;
  #runBits: Int32Array = new Int32Array(0);

  /** @param k  how many to select, an integer ≥ 0 */
  constructor(k: number) {
    if (!Number.isSafeInteger(k) || k < 0) throw new InputError(`RunningTopK: k must be an integer ≥ 0, got ${k}`);
    this.#k = k;
    const room = k === 0 ? 0 : k + Math.max(1024, k);
    this.#positions = new Float64Array(room);
    this.#scores = new Float64Array(room);
    this.#counts = new Uint32Array(k === 0 ? 0 : scoreClasses);
  }

  /**
   * Offers a candidate.
   *
   * @param position  above all positions offered before
   * @throws InputError  for a NaN score, or a position out of order
   */
  offer(position: number, score: number): void {
    this.#checkOrder(position);
    this.#last = position;
    if (Number.isNaN(score)) throw new InputError(`RunningTopK: the score of position ${position} is NaN`);
    if (!(score <= this.#threshold)) this.#take(position, score);
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
    this.#checkOrder(position);
    this.#last = position + end - begin - 1;
    if (sign > 0 && values instanceof Float32Array) return this.#offerBits(position, values, begin, end);
    for (let i = begin; i < end; i++) {
      const score = sign * Math.abs(values[i]);
      if (score <= this.#threshold) continue;
      if (Number.isNaN(score)) return i;
      this.#take(position + i - begin, score);
    }
    return -1;
  }

  /** Magnitudes of float32 numbers have the order of their bits; four at a time are passed over where none is above the limit. */
  #offerBits(position: number, values: Float32Array, begin: number, end: number): number {
    if (this.#run !== values) {
      this.#run = values;
      this.#runBits = new Int32Array(values.buffer, values.byteOffset, values.length);
    }
    const bits = this.#runBits;
    let limit = this.#limit;
    for (let i = begin; ; i++) {
      for (; i + 4 <= end; i += 4) {
        const four =
          (limit - (bits[i] & magnitudeMask)) |
          (limit - (bits[i + 1] & magnitudeMask)) |
          (limit - (bits[i + 2] & magnitudeMask)) |
          (limit - (bits[i + 3] & magnitudeMask));
        if (four < 0) break;
      }
      while (i < end && (bits[i] & magnitudeMask) <= limit) i++;
      if (i >= end) return -1;
      if ((bits[i] & magnitudeMask) > infinityBits) return i;
      this.#take(position + i - begin, Math.abs(values[i]));
      limit = this.#limit;
    }
  }

  /** The positions of the k best, or of all where fewer were offered, in increasing order. */
  positions(): Float64Array {
    if (this.#count > this.#k) this.#keepBest();
    return this.#positions.slice(0, this.#count);
  }

  #checkOrder(position: number): void {
    if (position > this.#last) return;
    throw new InputError(`RunningTopK: positions must increase, got ${position} after ${this.#last}`);
  }

  #take(position: number, score: number): void {
    const own = classOf(score);
    if (own <= this.#floor || this.#k === 0) return;
    this.#positions[this.#count] = position;
    this.#scores[this.#count++] = score;
    this.#counts[own]++;
    this.#above++;
    if (this.#above - this.#counts[this.#floor + 1] >= this.#k) this.#raise();
    if (this.#count === this.#positions.length) this.#forget();
  }

  #raise(): void {
    while (this.#above - this.#counts[this.#floor + 1] >= this.#k) this.#above -= this.#counts[++this.#floor];
    this.#passOver(largestOfClass(this.#floor));
  }

  /** Takes no scores up to one any more. */
  #passOver(score: number): void {
    // The lowest classes are of NaN alone: nothing is passed over.
    if (Number.isNaN(score) || score <= this.#threshold) return;
    this.#threshold = score;
    single[0] = score;
    if (single[0] > score) single[0] = -Infinity;
    this.#limit = single[0] < 0 ? -1 : singleBits[0] & magnitudeMask;
  }

  /** Makes room: what lies at or below the threshold goes; where that is too little, as with equal scores, all but the k best. */
  #forget(): void {
    const enough = (this.#k + this.#positions.length) / 2;
    if (this.#above <= enough) this.#keep(this.#threshold, 0);
    if (this.#count > enough) this.#keepBest();
  }

  #keepBest(): void {
    const threshold = kthLargestOf(this.#scores.slice(0, this.#count), this.#k);
    let ties = this.#k;
    for (let i = 0; i < this.#count; i++) if (this.#scores[i] > threshold) ties--;
    this.#keep(threshold, ties);
    this.#above = this.#k;
    this.#passOver(threshold);
  }

  /** Keeps the scores above a threshold, and so many of those at it. */
  #keep(threshold: number, ties: number): void {
    const [positions, scores, counts] = [this.#positions, this.#scores, this.#counts];
    const count = this.#count;
    let next = 0;
    let left = ties;
    for (let i = 0; i < count; i++) {
      const score = scores[i];
      if (score > threshold || (score === threshold && left-- > 0)) {
        positions[next] = positions[i];
        scores[next++] = score;
      } else counts[classOf(score)]--;
    }
    this.#count = next;
  }
}
