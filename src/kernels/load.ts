/** Loading the WebAssembly back end: compile, check against the reference, and fall back where the check fails. */

import { EnvironmentError } from "../base/index.ts";
import type { Backend, SharedKernels } from "./backend.ts";
import { canRevectorize, compileKernels, kernelBytes, nodeProcess, requireSimd, withSharedMemory } from "./compile.ts";
import type { Kernels } from "./contract.ts";
import { Memory, maximumPages, pageBytes } from "./memory.ts";
import { selfCheck } from "./self-check.ts";

export interface LoadOptions {
  /** V8's fusing of pairs of 128-bit operations into 256-bit ones; "auto" (the default) is on in Node on x64. */
  readonly revectorize?: boolean | "auto";
  /** Size of the memory to start with; it grows by itself. Default 16. */
  readonly initialMegabytes?: number;
  /** Whether other threads shall work on the memory too (`Backend.shared`). Default false; `compiled` says it for itself. */
  readonly shared?: boolean;
  /** A module compiled before, by this thread or another, by `compileChecked`: it is not compiled again. */
  readonly compiled?: CompiledKernels;
}

/** A compiled module and how it was compiled: can be posted to a worker. */
export interface CompiledKernels {
  readonly module: WebAssembly.Module;
  readonly revectorized: boolean;
  readonly notes: readonly string[];
  /** Whether its memory is a shared one. */
  readonly shared?: boolean;
}

/** What the module exports beside the kernels. */
interface ScratchExports {
  scratchBytes(): number;
  useScratch(address: number): void;
  useNarrowTiles(narrow: boolean): void;
}

/** Where the scratch memory begins; addresses below stay unused, so that none is 0. */
const scratchAddress = 1024;

/**
 * The WebAssembly back end, on a memory of its own.
 *
 * @throws EnvironmentError  where the engine lacks SIMD, the module cannot be read, or the kernels compute wrong numbers
 *                           even without revectorisation
 */
export async function loadKernels(options: LoadOptions = {}): Promise<Backend> {
  const { initialMegabytes = 16 } = options;
  return instantiate(options.compiled ?? (await compileChecked(options)), initialMegabytes);
}

/** Compiles once for any number of `loadKernels({ compiled })`, in this thread or in workers. */
export async function compileChecked({
  revectorize = "auto",
  shared = false,
}: Pick<LoadOptions, "revectorize" | "shared"> = {}): Promise<CompiledKernels> {
  requireSimd();
  if (shared && typeof SharedArrayBuffer === "undefined") {
    throw new EnvironmentError(
      "loadKernels: threads need SharedArrayBuffer, which this page does not have; serve it cross-origin isolated or use one thread",
    );
  }
  const bytes = shared ? withSharedMemory(await kernelBytes()) : await kernelBytes();
  const compiled = await firstRight(
    revectorize === false || !canRevectorize() ? [false] : [true, false],
    (wide) => compileKernels(bytes, wide),
    (candidate) => selfCheck(instantiate({ ...candidate, shared }, 1)),
  );
  return { ...compiled, shared };
}

/**
 * The kernels for another thread, on the memory of the thread that loaded them.
 *
 * @param scratchAddress  of `shared.scratchBytes` bytes that no other thread uses
 */
export function attachKernels(shared: SharedKernels, scratchAddress: number): Kernels {
  return exportsOf(shared.compiled, shared.pages, scratchAddress).kernels;
}

/**
 * The first way of compiling whose kernels pass the check, with a note on each that did not.
 *
 * @param ways     values of `revectorized` to try, the last one being the plain one
 * @param check    what is wrong, or undefined
 */
export async function firstRight(
  ways: readonly boolean[],
  compile: (revectorize: boolean) => Promise<WebAssembly.Module>,
  check: (compiled: CompiledKernels) => string | undefined,
): Promise<CompiledKernels> {
  const notes: string[] = [];
  for (const revectorized of ways) {
    const compiled = { module: await compile(revectorized), revectorized, notes: [...notes] };
    const fault = check(compiled);
    if (fault === undefined) return compiled;
    notes.push(`kernels: ${revectorized ? "256-bit code was dropped" : "128-bit code is wrong too"}: ${fault}`);
  }
  throw new EnvironmentError(
    `loadKernels: this engine computes wrong numbers; ${notes.join("; ")}; try another version of it`,
  );
}

function instantiate(compiled: CompiledKernels, initialMegabytes: number): Backend {
  const pages = new WebAssembly.Memory({
    initial: Math.ceil((initialMegabytes * 2 ** 20) / pageBytes),
    maximum: maximumPages,
    shared: compiled.shared ?? false,
  });
  const { kernels, scratchBytes } = exportsOf(compiled, pages, scratchAddress);
  return {
    name: "wasm",
    elementType: "float32",
    bytesPerElement: 4,
    memory: new Memory(pages, "float32", { reserved: scratchAddress + scratchBytes }),
    kernels,
    simdBits: compiled.revectorized ? 256 : 128,
    revectorized: compiled.revectorized,
    notes: compiled.notes,
    shared: compiled.shared ? { compiled, pages, scratchBytes } : undefined,
  };
}

/** An instance for one thread. */
function exportsOf(
  compiled: CompiledKernels,
  pages: WebAssembly.Memory,
  scratch: number,
): { kernels: Kernels; scratchBytes: number } {
  const instance = new WebAssembly.Instance(compiled.module, { env: { memory: pages } });
  const { scratchBytes, useScratch, useNarrowTiles, ...kernels } = instance.exports as unknown as ScratchExports &
    Kernels;
  useScratch(scratch);
  // Sixteen 128-bit accumulators leave x64 no register for anything else; arm64 has 32.
  useNarrowTiles(!compiled.revectorized && nodeProcess()?.arch !== "arm64");
  return { kernels, scratchBytes: scratchBytes() };
}
