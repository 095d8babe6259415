/** The compiled loops: one module for a memory of one thread, one for a memory that threads share, made when first asked for. */

import { kernelText, sharedKernelText } from "./kernel-bytes.ts";

/** Loops by the numbers that stand for them on a team's board. */
export const kernelNames = ["meanRatios", "meanRatioGradients", "flowSums", "flowSlots", "nodeSums"] as const;

/** What the module exports: functions of addresses and counts. Those that count invalid elements return how many. */
export type Loops = Readonly<Record<(typeof kernelNames)[number], (...numbers: number[]) => number | undefined>>;

const compiled = new Map<boolean, WebAssembly.Module | undefined>();

/** Whether this engine can run the loops. */
export function hasLoops(): boolean {
  return moduleFor(false) !== undefined;
}

/**
 * The loops on a memory.
 *
 * @param scratch  address of this thread's own 768 bytes; 1024 where it has the memory to itself
 */
export function loopsOn(
  memory: WebAssembly.Memory,
  { shared, scratch }: { readonly shared: boolean; readonly scratch: number },
): Loops {
  const module = moduleFor(shared);
  if (module === undefined) throw new Error("internal: loops were asked for where there is no WebAssembly");
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  (exports.useScratch as (address: number) => void)(scratch);
  return exports as unknown as Loops;
}

/** Undefined where the engine has no WebAssembly or no SIMD. */
function moduleFor(shared: boolean): WebAssembly.Module | undefined {
  if (!compiled.has(shared)) {
    const bytes = Uint8Array.from(atob(shared ? sharedKernelText : kernelText), (letter) => letter.charCodeAt(0));
    compiled.set(shared, globalThis.WebAssembly?.validate(bytes) ? new WebAssembly.Module(bytes) : undefined);
  }
  return compiled.get(shared);
}
