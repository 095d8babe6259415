/**
 * Threads for the hot loops over elements: the calling thread leads, workers help, all on one shared memory.
 *
 * The leader writes the calls of a turn on a board and opens it; each thread takes the next call that nobody has taken, so that
 * a helper whose processor is busy with something else holds up one call at most. Calls of a turn write to different places,
 * and what is added up is added in a fixed order by one thread: results do not depend on the number of threads.
 */

import { InputError } from "../base/index.ts";
import { kernelNames, type Loops, loopsOn } from "./kernel-module.ts";

/** One call of a loop, by name, on addresses and counts. */
export interface KernelCall {
  readonly name: (typeof kernelNames)[number];
  readonly numbers: readonly number[];
}

/** Places on the board, in 32-bit words. */
export const places = {
  /** Raised for every turn; helpers sleep on it. */
  turn: 0,
  /** 1 while calls may be taken. */
  open: 1,
  /** Helpers that are looking at the calls. */
  inside: 2,
  /** The next call that nobody has taken. */
  next: 3,
  count: 4,
  finished: 5,
  /** Sum of what the calls return. */
  total: 6,
  failed: 7,
} as const;

/** Doubles of one call on the board: which loop, and its numbers. */
export const callLength = 16;
/** Calls of one turn at most. */
export const mostCalls = 64;
/** Bytes before the calls. */
export const callsAt = 64;
/** Bytes of a thread's own cells in the memory of the loops. */
export const scratchBytes = 768;

/** What a helper is told about a memory. */
export interface MemoryMessage {
  readonly memory: WebAssembly.Memory;
  readonly scratch: number;
}

interface Helper {
  postMessage(message: unknown): void;
  terminate(): Promise<number>;
  unref(): void;
}

/** Takes calls until there are none left; what leader and helpers do alike. */
export function takeCalls(words: Int32Array, calls: Float64Array, loops: Loops): void {
  const count = words[places.count];
  for (;;) {
    const call = Atomics.add(words, places.next, 1);
    if (call >= count) return;
    const at = call * callLength;
    const found = loops[kernelNames[calls[at]]](...calls.subarray(at + 1, at + callLength));
    Atomics.add(words, places.total, found ?? 0);
    Atomics.add(words, places.finished, 1);
    Atomics.notify(words, places.finished);
  }
}

/** A leader and its helpers. Made by `startElementTeam`; give it to `smooth` and close it after the last one. */
export class ElementTeam {
  /** Threads in all, the caller's among them. */
  readonly threads: number;
  readonly #helpers: readonly Helper[];
  readonly #words: Int32Array;
  readonly #calls: Float64Array;
  #loops: Loops | undefined;
  #closed = false;

  constructor(board: SharedArrayBuffer, helpers: readonly Helper[]) {
    this.threads = helpers.length + 1;
    this.#helpers = helpers;
    this.#words = new Int32Array(board, 0, callsAt / 4);
    this.#calls = new Float64Array(board, callsAt);
  }

  /** Moves the team to a memory; cells for each thread lie from `scratch` on. */
  attach(memory: WebAssembly.Memory, scratch: number): void {
    if (this.#closed) throw new InputError("smooth: the team must be open, got a closed one; start another");
    this.#loops = loopsOn(memory, { shared: true, scratch });
    for (const [index, helper] of this.#helpers.entries()) {
      const message: MemoryMessage = { memory, scratch: scratch + (index + 1) * scratchBytes };
      helper.postMessage(message);
    }
  }

  /** Does all calls, in any order, and returns the sum of what they return. */
  run(calls: readonly KernelCall[]): number {
    let total = 0;
    for (let from = 0; from < calls.length; from += mostCalls) total += this.#turn(calls.slice(from, from + mostCalls));
    return total;
  }

  #turn(calls: readonly KernelCall[]): number {
    const [words, board] = [this.#words, this.#calls];
    if (this.#loops === undefined) throw new Error("internal: a team without a memory was asked to work");
    for (const [index, { name, numbers }] of calls.entries()) {
      board[index * callLength] = kernelNames.indexOf(name);
      board.set(numbers, index * callLength + 1);
    }
    Atomics.store(words, places.count, calls.length);
    for (const place of [places.next, places.finished, places.total]) Atomics.store(words, place, 0);
    Atomics.store(words, places.open, 1);
    Atomics.add(words, places.turn, 1);
    Atomics.notify(words, places.turn);
    takeCalls(words, board, this.#loops);
    this.#wait(places.finished, (finished) => finished === calls.length);
    // Who comes from now on finds the board closed; who is inside has found no call, and leaves.
    Atomics.store(words, places.open, 0);
    this.#wait(places.inside, (inside) => inside === 0);
    return Atomics.load(words, places.total);
  }

  /** Until a word is as wanted: a short spin, then naps. */
  #wait(place: number, wanted: (value: number) => boolean): void {
    const words = this.#words;
    let untilMs = Number.POSITIVE_INFINITY;
    for (let spins = 0; ; spins++) {
      const value = Atomics.load(words, place);
      if (wanted(value)) return;
      if (Atomics.load(words, places.failed) !== 0) throw new Error("internal: a helper of the mesh team failed");
      if (spins < 1000) continue;
      if (spins === 1000) untilMs = performance.now() + patienceMs;
      Atomics.wait(words, place, value, 5);
      if (performance.now() > untilMs) throw new Error("internal: a helper of the mesh team does not answer");
    }
  }

  /** Sends the helpers home. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#helpers.map((helper) => helper.terminate()));
  }
}

/** No call takes nearly as long. */
const patienceMs = 120_000;

/**
 * Starts threads for smoothing. Node alone has what it takes: in browsers smoothing runs in one thread, with equal results.
 *
 * @param threads  ≥ 1, the caller's among them
 * @throws InputError  for a number of threads that is none
 */
export async function startElementTeam(threads: number): Promise<ElementTeam> {
  if (!(Number.isInteger(threads) && threads >= 1 && threads <= 256)) {
    throw new InputError(`startElementTeam: threads must be an integer in 1 to 256, got ${threads}`);
  }
  const { Worker } = await import("node:worker_threads");
  const board = new SharedArrayBuffer(callsAt + 8 * callLength * mostCalls);
  // The helper stands beside this file, in the language this file is in.
  const file = new URL(import.meta.url.endsWith(".ts") ? "./team-worker.ts" : "./team-worker.js", import.meta.url);
  const helpers = Array.from({ length: threads - 1 }, () => new Worker(file, { workerData: board }));
  await Promise.all(
    helpers.map(
      (helper) =>
        new Promise<void>((resolve, reject) => {
          helper.once("message", () => resolve());
          helper.once("error", reject);
        }),
    ),
  );
  // A team that nobody closed does not keep the program alive.
  for (const helper of helpers) helper.unref();
  return new ElementTeam(board, helpers);
}
