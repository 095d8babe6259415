/** Engines of so many threads for the benchmarks. */

import { type Engine, type OpenEngineOptions, openEngine } from "../src/tensor/index.ts";

export interface TimedEngine {
  readonly engine: Engine;
  close(): Promise<void>;
}

/** Opens an engine whose large calls `threads` threads share. */
export async function engineOf(threads: number): Promise<TimedEngine> {
  const engine = await openEngine({ backend: "wasm", threads } as OpenEngineOptions);
  return { engine, close: async () => (engine as { close?: () => Promise<void> }).close?.() };
}
