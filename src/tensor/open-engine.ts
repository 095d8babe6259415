/** Opening an engine on the back end of choice. */

import { InputError } from "../base/index.ts";
import { createReference, loadKernels, nodeProcess } from "../kernels/index.ts";
import { Engine } from "./engine.ts";
import { startTeam } from "./team.ts";
import { mostThreads } from "./team-board.ts";

export interface OpenEngineOptions {
  /** "wasm": float32 with SIMD. "reference": plain TypeScript, slow, for checking. Default "wasm". */
  readonly backend?: "wasm" | "reference";
  /** Of the reference back end only. Default "float32". */
  readonly elementType?: "float32" | "float64";
  /** V8's fusing of pairs of 128-bit operations: the same bits, faster. Default "auto": on in Node on x64. */
  readonly revectorize?: boolean | "auto";
  /**
   * Threads for the large calls of one network, this one included: the same bits, faster. "auto" is as many as Node says the
   * process may use, and 1 elsewhere. Default 1. An engine with more than one is to be closed.
   */
  readonly threads?: number | "auto";
}

/**
 * An engine with its own memory.
 *
 * @throws EnvironmentError  where WebAssembly SIMD is missing or the kernels compute wrong numbers; or threads are
 * @throws InputError        for a number of threads that is no integer from 1 to 64, or more than 1 of the reference
 */
export async function openEngine(options: OpenEngineOptions = {}): Promise<Engine> {
  const { backend = "wasm", elementType = "float32", revectorize = "auto" } = options;
  const threads = await threadCount(options.threads ?? 1);
  if (backend === "reference") {
    if (threads > 1 && options.threads !== "auto") {
      throw new InputError(
        `openEngine: the reference back end runs on 1 thread, got threads ${threads}; use backend "wasm"`,
      );
    }
    return new Engine(createReference(elementType));
  }
  const loaded = await loadKernels({ revectorize, shared: threads > 1 });
  return new Engine(loaded, threads > 1 ? await startTeam(loaded, threads) : undefined);
}

async function threadCount(threads: number | "auto"): Promise<number> {
  if (threads === "auto") {
    if (nodeProcess() === undefined || typeof SharedArrayBuffer === "undefined") return 1;
    const { availableParallelism } = await import("node:os");
    return Math.min(mostThreads, availableParallelism());
  }
  if (!Number.isInteger(threads) || threads < 1 || threads > mostThreads) {
    throw new InputError(`openEngine: threads must be an integer from 1 to ${mostThreads} or "auto", got ${threads}`);
  }
  return threads;
}
