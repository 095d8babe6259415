/** Opening an engine on the back end of choice. */

import { createReference, loadKernels } from "../kernels/index.ts";
import { Engine } from "./engine.ts";

export interface OpenEngineOptions {
  /** "wasm": float32 with SIMD. "reference": plain TypeScript, slow, for checking. Default "wasm". */
  readonly backend?: "wasm" | "reference";
  /** Of the reference back end only. Default "float32". */
  readonly elementType?: "float32" | "float64";
  /** V8's fusing of pairs of 128-bit operations: the same bits, faster. Default "auto": on in Node on x64. */
  readonly revectorize?: boolean | "auto";
}

/**
 * An engine with its own memory.
 *
 * @throws EnvironmentError  where WebAssembly SIMD is missing or the kernels compute wrong numbers
 */
export async function openEngine(options: OpenEngineOptions = {}): Promise<Engine> {
  const { backend = "wasm", elementType = "float32", revectorize = "auto" } = options;
  return new Engine(backend === "wasm" ? await loadKernels({ revectorize }) : createReference(elementType));
}
