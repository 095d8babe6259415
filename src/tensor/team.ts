/**
 * A team: threads that share the large kernel calls of one engine's programs. The leader is the thread that runs the program;
 * helpers are workers with instances of the same module on the same memory.
 *
 * A call costs about a microsecond to share. Calls and programs too small for that stay with the leader, by an estimate made
 * when they are compiled. Bits do not depend on the number of threads: a kernel's results do not depend on how its range is cut.
 */

import type { Worker } from "node:worker_threads";
import { EnvironmentError } from "../base/index.ts";
import type { Backend } from "../kernels/index.ts";
import { nodeProcess } from "../kernels/index.ts";
import type { Call, RangeCall } from "./call.ts";
import type { BoardCall } from "./team-board.ts";
import { Board, boardCall } from "./team-board.ts";
import type { HelperData } from "./team-worker.ts";
import { callNs, cuts } from "./work.ts";

/** What is shared. Why these numbers: docs/decisions/0011-teams.md. */
export interface SharingOptions {
  /** Calls of less work stay with the leader. Default 10,000. */
  readonly smallestCallNs?: number;
  /** Programs whose large calls come to less stay with the leader: helpers would be asleep when they are called. Default 400,000. */
  readonly smallestProgramNs?: number;
}

/** A thread's part of a call is cut into so many chunks at most, for others to take what a delayed thread leaves... */
const chunksPerThread = 4;
/** ...and into fewer where they would be shorter than this. */
const smallestChunkNs = 20_000;

/** A wait is no sign of trouble up to half the time that the leader worked, and this much. */
const patienceMs = 0.02;
/** Calls that the leader runs alone after a delay. */
const shortestPenalty = 16;
const longestPenalty = 1024;

/** How often the leader looks whether helpers live: by calls while all is well, by time while it waits for one. */
const callsBetweenLooks = 1000;
const waitMs = 50;
/** A wait of so many times `waitMs` is given up even if all helpers seem alive: no call takes two minutes. */
const mostWaits = 2400;

const entry = new URL(import.meta.url.endsWith(".ts") ? "./team-worker.ts" : "./team-worker.js", import.meta.url);

/** Threads that share calls. */
export class Team {
  /** The leader included. */
  readonly threads: number;
  /** What the threads share beside the kernels' memory. */
  readonly board: Board;
  readonly #backend: Backend;
  readonly #places: ReadonlyMap<string, number>;
  readonly #helpers: Worker[] = [];
  readonly #smallestCallNs: number;
  readonly #smallestProgramNs: number;
  #calls = 0;
  /** Calls that the leader is still to run alone, and how many it will be at the next delay. */
  #alone = 0;
  #penalty = shortestPenalty;
  #fault: string | undefined;
  #closed = false;

  /** @param backend  with a shared memory */
  constructor(backend: Backend, threads: number, sharing: SharingOptions = {}) {
    const names = Object.keys(backend.kernels);
    this.threads = threads;
    this.board = new Board(threads);
    this.#backend = backend;
    this.#smallestCallNs = sharing.smallestCallNs ?? 10_000;
    this.#smallestProgramNs = sharing.smallestProgramNs ?? 400_000;
    this.#places = new Map(names.map((name, place) => [name, place]));
  }

  /** The workers beside the leader. */
  get helpers(): readonly Worker[] {
    return this.#helpers;
  }

  /** How many calls were large enough to be shared. */
  get sharedCalls(): number {
    return this.#calls;
  }

  /** How many chunks of shared calls each thread has run, the leader first. */
  get chunksRun(): number[] {
    return Array.from({ length: this.threads }, (_, thread) => this.board.chunksRun(thread));
  }

  /** Starts one more helper. @throws EnvironmentError if it does not come up */
  async hire(): Promise<void> {
    const { Worker } = await import("node:worker_threads");
    const { memory, shared } = this.#backend;
    if (shared === undefined) throw new Error("internal: a team needs a shared memory");
    const workerData: HelperData = {
      shared,
      scratchAddress: memory.allocate(shared.scratchBytes),
      names: [...this.#places.keys()],
      board: this.board.memory,
      threads: this.threads,
      thread: this.#helpers.length + 1,
    };
    // Without the options of this process, some of which a worker refuses.
    const helper = new Worker(entry, { workerData, execArgv: [], name: `gradientflow helper ${workerData.thread}` });
    this.#helpers.push(helper);
    helper.on("error", (error) => this.#lose(String(error)));
    helper.on("exit", (code) => this.#lose(`it ended with code ${code}`));
    await new Promise<void>((resolve, reject) => {
      helper.once("message", () => resolve());
      helper.once("exit", () => reject(this.#broken()));
    });
    // A forgotten team does not keep the process alive.
    helper.unref();
  }

  /**
   * The calls of a program, with those that pay for it shared.
   *
   * @param ranges  the calls as the leader makes them alone
   * @returns       a function each; where a call is shared, one that takes its whole range whatever it is given
   */
  share(calls: readonly Call[], ranges: readonly RangeCall[]): RangeCall[] {
    const { memory } = this.#backend;
    const work = calls.map((call) => callNs(call, memory));
    const total = work.reduce((sum, ns) => sum + (ns < this.#smallestCallNs ? 0 : ns), 0);
    return calls.map((call, i) => {
      const small = work[i] < this.#smallestCallNs || total < this.#smallestProgramNs;
      if (small || call.extent <= call.granule) return ranges[i];
      const chunks = Math.max(1, Math.min(chunksPerThread, Math.floor(work[i] / (this.threads * smallestChunkNs))));
      const place = this.#places.get(call.kernel) as number;
      const bounds = cuts(call, memory, this.threads * chunks);
      const shared = boardCall(place, call.args, chunks, bounds, ranges[i]);
      return () => this.run(shared);
    });
  }

  /** Runs a call with whoever has time. @throws Error  when a helper has crashed or is gone, here or since the last call */
  run(call: BoardCall): void {
    this.#calls += 1;
    if (this.#calls % callsBetweenLooks === 0) this.#look();
    if (this.#fault !== undefined || this.#closed) throw this.#broken();
    if (this.#alone > 0) {
      this.#alone -= 1;
      call.range(0, call.extent);
      return;
    }
    const { board } = this;
    const started = performance.now();
    let worked = started;
    board.publish(call);
    try {
      board.lead(call);
      worked = performance.now();
    } finally {
      board.close();
      this.#join();
    }
    this.#judge(worked - started, performance.now() - worked);
  }

  /**
   * Where a helper keeps the leader waiting for longer than a chunk takes, other processes have taken its processor: the leader
   * goes on alone for some calls, for more of them each time that it happens again.
   */
  #judge(workMs: number, waitMs: number): void {
    if (waitMs <= workMs / 2 + patienceMs) {
      this.#penalty = Math.max(shortestPenalty, this.#penalty - 1);
      return;
    }
    this.#alone = this.#penalty;
    this.#penalty = Math.min(longestPenalty, this.#penalty * 2);
  }

  /** Ends the helpers. Resolves when they have ended. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.board.dismiss();
    await Promise.all(this.#helpers.map((helper) => helper.terminate()));
  }

  #join(): void {
    for (let waits = 0; !this.board.left(waitMs); waits++) {
      this.#look();
      if (waits >= mostWaits) this.#lose("it does not answer");
      if (this.#fault !== undefined) throw this.#broken();
    }
    const fault = this.board.fault;
    if (fault === undefined) return;
    this.#lose(fault);
    throw this.#broken();
  }

  /**
   * Looks for dead helpers. While the leader computes no event tells it of them; the times of their event loops do: Node gives
   * an idle time of -1, or no active time, for a thread that is no more. Were that to change, `mostWaits` remains.
   */
  #look(): void {
    for (const helper of this.#helpers) {
      const { idle, active } = helper.performance.eventLoopUtilization();
      if (idle < 0 || active === 0) this.#lose("it is gone");
    }
  }

  #lose(reason: string): void {
    if (!this.#closed) this.#fault ??= reason;
  }

  #broken(): Error {
    if (this.#fault === undefined) {
      return new Error("internal: a program with shared calls was run after its engine was closed");
    }
    const cure = "open another engine, with threads 1 if it happens again";
    return new EnvironmentError(`team: a helper thread was lost: ${this.#fault}; ${cure}`);
  }
}

/**
 * A team on the memory of a back end.
 *
 * @param backend  loaded with `shared`
 * @param threads  2 to 64, the leader included
 * @throws EnvironmentError  where there are no worker threads, or one does not start
 */
export async function startTeam(backend: Backend, threads: number, sharing?: SharingOptions): Promise<Team> {
  if (nodeProcess() === undefined) {
    throw new EnvironmentError(`openEngine: threads ${threads} need Node's worker threads; use threads 1 here`);
  }
  const team = new Team(backend, threads, sharing);
  try {
    await Promise.all(Array.from({ length: threads - 1 }, () => team.hire()));
  } catch (error) {
    await team.close();
    throw error;
  }
  return team;
}
