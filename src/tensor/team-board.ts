/**
 * The board: what the threads of a team share beside the memory of the kernels. One call at a time is written on it; its
 * chunks are taken by whoever has time.
 *
 *     words, int32, each group in cache lines of its own:
 *         turn | gate | parked, asleep, closed | length and text of a fault | next chunk of part 0, chunks run by thread 0 | ...
 *     call, int32:
 *         kernel, count of arguments, chunks per part | begin of each chunk, end of the last
 *     arguments, float64
 *
 * The gate holds the number of helpers that are inside the call, and a bit for open. The leader writes a call while the gate
 * is closed and nobody inside, opens it, and closes it when no chunk is left; then it waits for those inside. A helper that
 * comes too late, or never, is not waited for: its chunks have been taken by others. Bits do not depend on who takes what.
 */

import type { Kernel, RangeCall } from "./call.ts";
import { callRange } from "./call.ts";

/** Places in `words`. */
const turnWord = 0;
const gateWord = 16;
const parkedWord = 32;
const asleepWord = 33;
const closedWord = 34;
const faultWord = 48;
const nextWords = 256;
const wordsPerLine = 16;
/** The bit of the gate that says open. */
const openBit = 1 << 20;

/** Where the bounds begin in `call`. */
const boundsAt = 3;
const mostArguments = 14;

export const mostThreads = 64;
/** Chunks of a thread's part of a call. */
export const mostChunks = 8;
const longestFault = nextWords - faultWord - 1;

/** Turns of a waiting loop, about 40 ns each on the machines at hand, before a thread gives its processor up. */
const helperSpins = 2000;
const leaderSpins = 2000;

/** A call as it is written on the board, and as the leader makes it. */
export interface BoardCall {
  readonly call: Int32Array;
  readonly args: Float64Array;
  readonly range: RangeCall;
  readonly extent: number;
}

/** @param kernel  its place in the list of names. @param bounds  of the chunks, `chunks` of them per thread */
export function boardCall(
  kernel: number,
  args: readonly number[],
  chunks: number,
  bounds: readonly number[],
  range: RangeCall,
): BoardCall {
  const call = Int32Array.of(kernel, args.length, chunks, ...bounds);
  return { call, args: Float64Array.from(args), range, extent: bounds[bounds.length - 1] };
}

/** The board as one thread sees it. */
export class Board {
  readonly memory: SharedArrayBuffer;
  readonly threads: number;
  readonly #words: Int32Array;
  readonly #call: Int32Array;
  readonly #args: Float64Array;

  /** @param memory  the board of a leader, or undefined for another one */
  constructor(threads: number, memory?: SharedArrayBuffer) {
    const words = nextWords + mostThreads * wordsPerLine;
    const numbers = boundsAt + mostThreads * mostChunks + 1;
    this.threads = threads;
    this.memory = memory ?? new SharedArrayBuffer(8 * mostArguments + 4 * (words + numbers));
    this.#args = new Float64Array(this.memory, 0, mostArguments);
    this.#words = new Int32Array(this.memory, 8 * mostArguments, words);
    this.#call = new Int32Array(this.memory, 8 * mostArguments + 4 * words, numbers);
  }

  /** The leader's: writes a call and lets the helpers at it. */
  publish({ call, args }: BoardCall): void {
    const words = this.#words;
    this.#call.set(call);
    this.#args.set(args);
    for (let part = 0; part < this.threads; part++) words[nextWords + part * wordsPerLine] = 0;
    Atomics.or(words, gateWord, openBit);
    Atomics.add(words, turnWord, 1);
    if (Atomics.load(words, parkedWord) !== 0) Atomics.notify(words, turnWord);
  }

  /** The leader's: runs chunks until none is left. */
  lead({ range }: BoardCall): void {
    let run = 0;
    for (let k = this.#take(0); k >= 0; k = this.#take(0)) {
      range(this.#call[k], this.#call[k + 1]);
      run += 1;
    }
    this.#words[nextWords + 1] += run;
  }

  /** A helper's: the same, from the numbers on the board. */
  help(kernels: readonly Kernel[], thread: number): void {
    const f = kernels[this.#call[0]];
    let run = 0;
    for (let k = this.#take(thread); k >= 0; k = this.#take(thread)) {
      callRange(f, this.#args, this.#call[1], this.#call[k], this.#call[k + 1]);
      run += 1;
    }
    this.#words[nextWords + thread * wordsPerLine + 1] += run;
  }

  /** Where in `call` a chunk begins that nobody else takes, from the thread's own part first: it lies in its cache. -1 if none is left. */
  #take(thread: number): number {
    const chunks = this.#call[2];
    for (let i = 0; i < this.threads; i++) {
      const part = (thread + i) % this.threads;
      const next = nextWords + part * wordsPerLine;
      if (Atomics.load(this.#words, next) >= chunks) continue;
      const chunk = Atomics.add(this.#words, next, 1);
      if (chunk < chunks) return boundsAt + part * chunks + chunk;
    }
    return -1;
  }

  /** How many chunks a thread has run since the beginning, modulo 2^32. */
  chunksRun(thread: number): number {
    return Atomics.load(this.#words, nextWords + thread * wordsPerLine + 1) >>> 0;
  }

  /** The leader's: closes the call to those who are not inside. */
  close(): void {
    Atomics.and(this.#words, gateWord, ~openBit);
  }

  /**
   * The leader's, after `close`: waits for those inside, with its processor given up after a while.
   *
   * @returns whether they are out; false after `timeoutMs`
   */
  left(timeoutMs: number): boolean {
    const words = this.#words;
    for (let i = 0; i < leaderSpins; i++) {
      if (Atomics.load(words, gateWord) === 0) return true;
      pause();
    }
    Atomics.store(words, asleepWord, 1);
    const inside = Atomics.load(words, gateWord);
    if (inside !== 0) Atomics.wait(words, gateWord, inside, timeoutMs);
    Atomics.store(words, asleepWord, 0);
    return Atomics.load(words, gateWord) === 0;
  }

  /** A helper's: waits until the turn is another than `last`. @returns it, or undefined when the team is closed */
  nextTurn(last: number): number | undefined {
    const words = this.#words;
    for (let i = 0; Atomics.load(words, turnWord) === last; i++) {
      if (i < helperSpins) {
        pause();
        continue;
      }
      // The leader looks at `parked` after it has changed the turn, so that either it wakes us or we do not fall asleep.
      Atomics.add(words, parkedWord, 1);
      Atomics.wait(words, turnWord, last);
      Atomics.sub(words, parkedWord, 1);
    }
    return Atomics.load(words, closedWord) === 0 ? Atomics.load(words, turnWord) : undefined;
  }

  /** A helper's: goes inside. @returns false, and `leave` is due all the same, where the call is closed */
  enter(): boolean {
    return (Atomics.add(this.#words, gateWord, 1) & openBit) !== 0;
  }

  /** A helper's: goes out. */
  leave(): void {
    const words = this.#words;
    if (Atomics.sub(words, gateWord, 1) === 1 && Atomics.load(words, asleepWord) !== 0) Atomics.notify(words, gateWord);
  }

  /** A helper's: leaves word of what went wrong. */
  report(fault: string): void {
    const length = Math.min(fault.length, longestFault);
    for (let i = 0; i < length; i++) this.#words[faultWord + 1 + i] = fault.charCodeAt(i);
    Atomics.store(this.#words, faultWord, length);
  }

  /** What a helper has reported. */
  get fault(): string | undefined {
    const length = Atomics.load(this.#words, faultWord);
    if (length === 0) return undefined;
    return String.fromCharCode(...this.#words.subarray(faultWord + 1, faultWord + 1 + length));
  }

  /** The leader's: sends the helpers home. */
  dismiss(): void {
    Atomics.store(this.#words, closedWord, 1);
    Atomics.add(this.#words, turnWord, 1);
    Atomics.notify(this.#words, turnWord);
  }
}

/** Tells the processor that a loop waits, where the engine can. */
const pause: () => void = (Atomics as unknown as { pause?: () => void }).pause ?? (() => {});
