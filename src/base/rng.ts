/**
 * Random numbers by Philox4x32-10: a counter goes in, four words come out, and nothing is remembered in between.
 *
 * A stream is named by (seed, purpose, layer, step). Two streams never share a word, and a stream's words do not depend
 * on which thread asks, in which order, or what other streams were used: that is what makes a study's results equal on
 * every machine and for every number of workers.
 *
 * Key:      [seed low 32 bits, seed high bits ^ purpose]
 * Counter:  [block of four words, block high, layer, step]
 *
 * @see Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"; checked by Random123's known answers.
 */

import { InputError } from "./errors.ts";
import { cosPi, log, sinPi } from "./special.ts";

/** What a stream of random numbers is for. The numbers are part of every result: add at the end, never reorder. */
export const purposes = [
  "weights",
  "mask",
  "shuffle",
  "split",
  "augmentation",
  "dropout",
  "bootstrap",
  "permutation",
  "synthetic",
  "test",
  "growth",
  "pruning",
  "lottery",
  "noise",
] as const;
export type Purpose = (typeof purposes)[number];

const multiplierA = 0xd2511f53;
const multiplierB = 0xcd9e8d57;
const weylA = 0x9e3779b9;
const weylB = 0xbb67ae85;

/** High 32 bits of the 64-bit product of two 32-bit words, as an unsigned number. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const middleA = aHigh * bLow + (low >>> 16);
  const middleB = aLow * bHigh + (middleA & 0xffff);
  return (aHigh * bHigh + Math.floor(middleA / 65536) + Math.floor(middleB / 65536)) >>> 0;
}

/**
 * Philox4x32-10: ten rounds on a counter of four words under a key of two.
 *
 * @param counter  four 32-bit words
 * @param key      two 32-bit words
 * @param out      receives four unsigned 32-bit words; may be `counter` itself
 */
export function philox4x32(counter: ArrayLike<number>, key: ArrayLike<number>, out: Uint32Array): void {
  let c0 = counter[0] >>> 0;
  let c1 = counter[1] >>> 0;
  let c2 = counter[2] >>> 0;
  let c3 = counter[3] >>> 0;
  let k0 = key[0] >>> 0;
  let k1 = key[1] >>> 0;
  for (let round = 0; round < 10; round++) {
    const highA = multiplyHigh(multiplierA, c0);
    const lowA = Math.imul(multiplierA, c0) >>> 0;
    const highB = multiplyHigh(multiplierB, c2);
    const lowB = Math.imul(multiplierB, c2) >>> 0;
    c0 = (highB ^ c1 ^ k0) >>> 0;
    c1 = lowB;
    c2 = (highA ^ c3 ^ k1) >>> 0;
    c3 = lowA;
    k0 = (k0 + weylA) >>> 0;
    k1 = (k1 + weylB) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** The two key words of (seed, purpose): also what the dropout kernel is given. */
export function streamKey(seed: number, purpose: Purpose): [number, number] {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new InputError(`seed: must be an integer in [0, 2^53), got ${seed}`);
  }
  const purposeWord = (purposes.indexOf(purpose) + 1) << 24;
  return [seed >>> 0, (Math.floor(seed / 2 ** 32) ^ purposeWord) >>> 0];
}

/** A stream of random numbers. Cheap to make; make one per (purpose, layer, step) rather than pass one around. */
export class Rng {
  readonly #key: [number, number];
  readonly #counter = new Uint32Array(4);
  readonly #words = new Uint32Array(4);
  #used = 4;
  #spareNormal = Number.NaN;

  /** @param seed  integer in [0, 2^53). @param layer, step  integers in [0, 2^32): beyond, streams would coincide */
  constructor(seed: number, purpose: Purpose, layer = 0, step = 0) {
    this.#key = streamKey(seed, purpose);
    for (const [name, word] of Object.entries({ layer, step })) {
      if (word >>> 0 !== word) throw new InputError(`Rng: ${name} must be an integer in [0, 2^32), got ${word}`);
    }
    this.#counter[2] = layer;
    this.#counter[3] = step;
  }

  /** A uniform integer in [0, 2^32). */
  uint32(): number {
    if (this.#used === 4) {
      philox4x32(this.#counter, this.#key, this.#words);
      this.#counter[0] += 1;
      if (this.#counter[0] === 0) this.#counter[1] += 1;
      this.#used = 0;
    }
    return this.#words[this.#used++];
  }

  /** A uniform number in [0, 1) with 53 random bits. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** A uniform integer in [0, n), without bias; n in [1, 2^53]. One word where n fits in 32 bits, two beyond. */
  integer(n: number): number {
    if (!Number.isSafeInteger(n - 1) || n < 1) {
      throw new InputError(`Rng.integer: n must be an integer in [1, 2^53], got ${n}`);
    }
    const range = n <= 2 ** 32 ? 2 ** 32 : 2 ** 53;
    // Values at or above the largest multiple of n would favour small remainders: draw again.
    const limit = range - (range % n);
    for (;;) {
      const value = range === 2 ** 32 ? this.uint32() : this.uniform() * 2 ** 53;
      if (value < limit) return value % n;
    }
  }

  /** A standard normal number by Box and Muller, in our own log, cos and sin, so that the bits are the same everywhere. */
  normal(): number {
    if (!Number.isNaN(this.#spareNormal)) {
      const spare = this.#spareNormal;
      this.#spareNormal = Number.NaN;
      return spare;
    }
    // 1 - uniform is in (0, 1], so that the logarithm is finite.
    const radius = Math.sqrt(-2 * log(1 - this.uniform()));
    const halfTurns = 2 * this.uniform();
    this.#spareNormal = radius * sinPi(halfTurns);
    return radius * cosPi(halfTurns);
  }

  /** Shuffles in place (Fisher and Yates): every order is equally likely. Returns its argument. */
  shuffle<T extends { length: number; [index: number]: number }>(values: T): T {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = values[i];
      values[i] = values[j];
      values[j] = kept;
    }
    return values;
  }

  /**
   * `count` different integers of [0, n), every subset equally likely, in increasing order.
   *
   * Draws until `count` different ones have come; where more than half are wanted, draws those left out. A bitmap
   * remembers them where n bits are cheap, rounds of sorting where they are not; both see the same draws, so the answer
   * depends on the stream alone. Memory O(count) for n > 2^27.
   */
  choose(n: number, count: number): Float64Array {
    if (!Number.isSafeInteger(count) || count < 0 || count > n) {
      throw new InputError(`Rng.choose: count must be an integer in [0, ${n}], got ${count}`);
    }
    if (count > n / 2) return complement(this.choose(n, n - count), n);
    return n <= 2 ** 27 ? this.#chooseByBitmap(n, count) : this.#chooseBySorting(n, count);
  }

  #chooseByBitmap(n: number, count: number): Float64Array {
    const taken = new Uint8Array((n >>> 3) + 1);
    const chosen = new Float64Array(count);
    for (let found = 0; found < count; ) {
      const value = this.integer(n);
      if ((taken[value >>> 3] & (1 << (value & 7))) !== 0) continue;
      taken[value >>> 3] |= 1 << (value & 7);
      chosen[found++] = value;
    }
    return chosen.sort();
  }

  #chooseBySorting(n: number, count: number): Float64Array {
    const chosen = new Float64Array(count);
    for (let found = 0; found < count; ) {
      for (let i = found; i < count; i++) chosen[i] = this.integer(n);
      chosen.sort();
      found = 0;
      for (let i = 0; i < count; i++) if (i === 0 || chosen[i] !== chosen[i - 1]) chosen[found++] = chosen[i];
    }
    return chosen;
  }
}

/** The integers of [0, n) that are not in `sorted`, in increasing order. */
function complement(sorted: Float64Array, n: number): Float64Array {
  const rest = new Float64Array(n - sorted.length);
  let next = 0;
  let written = 0;
  for (let value = 0; value < n; value++) {
    if (next < sorted.length && sorted[next] === value) next++;
    else rest[written++] = value;
  }
  return rest;
}
