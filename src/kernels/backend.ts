/** A back end: kernels, the memory they work on, and what is known about how they run. */

import type { ElementType, Kernels } from "./contract.ts";
import type { CompiledKernels } from "./load.ts";
import type { Memory } from "./memory.ts";

export interface Backend {
  readonly name: "wasm" | "reference";
  readonly elementType: ElementType;
  readonly bytesPerElement: 4 | 8;
  readonly memory: Memory;
  readonly kernels: Kernels;
  /** Width of the SIMD operations the engine was asked for: 256 where pairs of 128-bit ones are fused, 0 without SIMD. */
  readonly simdBits: 0 | 128 | 256;
  /** Whether V8's revectorisation is on. */
  readonly revectorized: boolean;
  /** What a user may want to know about how it was loaded; mostly empty. */
  readonly notes: readonly string[];
  /** Where the memory is shared, what other threads attach to. */
  readonly shared?: SharedKernels;
}

/** What another thread needs to run the same kernels on the same memory: can be posted to a worker. */
export interface SharedKernels {
  readonly compiled: CompiledKernels;
  readonly pages: WebAssembly.Memory;
  /** Bytes of scratch memory that each thread needs for itself. */
  readonly scratchBytes: number;
}
