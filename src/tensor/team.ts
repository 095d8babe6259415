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
import type { Call, Kernel } from "./call.ts";
import type { BoardCall } from "./team-board.ts";
import { Board, encodeCall, mostChunks } from "./team-board.ts";
import type { HelperData } from "./team-worker.ts";
import { callNs, cuts } from "./work.ts";

/** What is shared: measured in docs/decisions/0011-teams.md. */
const smallestCallNs = 10_000;
const smallestProgramNs = 100_000;
/** Ranges per thread are shorter than this only where a call is short. */
const chunkNs = 20_000;
const chunksPerThread = 4;

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
  readonly #kernels: readonly Kernel[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #helpers: Worker[] = [];
  #calls = 0;
  #fault: string | undefined;
  #closed = false;

  /** @param backend  with a shared memory */
  constructor(backend: Backend, threads: number) {
    const names = Object.keys(backend.kernels);
    this.threads = threads;
    this.board = new Board(threads);
    this.#backend = backend;
    this.#kernels = names.map((name) => backend.kernels[name as keyof typeof backend.kernels] as Kernel);
    this.#places = new Map(names.map((name, place) => [name, place]));
  }

  /** The workers, for tests. */
  get helpers(): readonly Worker[] {
    return this.#helpers;
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
    const helper = new Worker(entry, { workerData, name: `gradientflow helper ${workerData.thread}` });
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

  /** Calls of a program that pay for being shared, in their places; undefined where the leader is to run alone. */
  share(calls: readonly Call[]): (BoardCall | undefined)[] {
    const { memory } = this.#backend;
    const work = calls.map((call) => callNs(call, memory));
    const total = work.reduce((sum, ns) => sum + (ns < smallestCallNs ? 0 : ns), 0);
    return calls.map((call, i) => {
      if (work[i] < smallestCallNs || total < smallestProgramNs || call.extent <= call.granule) return undefined;
      const wanted = Math.floor(work[i] / (this.threads * chunkNs));
      const chunks = Math.max(1, Math.min(chunksPerThread, mostChunks, wanted));
      const place = this.#places.get(call.kernel) as number;
      return encodeCall(place, call.args, chunks, cuts(call, memory, this.threads * chunks));
    });
  }

  /** Runs a call with whoever has time. @throws Error  when a helper has crashed or is gone, here or since the last call */
  run(call: BoardCall): void {
    this.#calls += 1;
    if (this.#calls % callsBetweenLooks === 0) this.#look();
    if (this.#fault !== undefined || this.#closed) throw this.#broken();
    const { board } = this;
    board.publish(call);
    try {
      board.work(this.#kernels, 0);
    } finally {
      board.close();
      this.#join();
    }
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

  /** Looks for dead helpers. While the leader computes no event tells it of them; the times of their event loops do. */
  #look(): void {
    for (const helper of this.#helpers) {
      if (helper.threadId < 0 || helper.performance.eventLoopUtilization().idle < 0) this.#lose("it is gone");
    }
  }

  #lose(reason: string): void {
    if (!this.#closed) this.#fault ??= reason;
  }

  #broken(): Error {
    return this.#fault === undefined
      ? new Error("internal: a program with shared calls was run after its engine was closed")
      : new Error(
          `a helper thread was lost: ${this.#fault}; open another engine, with threads 1 if this happens again`,
        );
  }
}

/**
 * A team on the memory of a back end.
 *
 * @param backend  loaded with `shared`
 * @param threads  2 to 64, the leader included
 * @throws EnvironmentError  where there are no worker threads, or one does not start
 */
export async function startTeam(backend: Backend, threads: number): Promise<Team> {
  if (nodeProcess() === undefined) {
    throw new EnvironmentError(`openEngine: threads ${threads} need Node's worker threads; use threads 1 here`);
  }
  const team = new Team(backend, threads);
  await Promise.all(Array.from({ length: threads - 1 }, () => team.hire()));
  return team;
}
