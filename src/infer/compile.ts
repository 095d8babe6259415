/**
 * Compiling the kernels.
 *
 * In Node on x64, V8 is asked to fuse pairs of 128-bit operations into 256-bit ones, which is experimental: a few products
 * are compared with sums worked out in JavaScript, bit for bit, and the kernels compiled without it should they differ.
 * Browsers have no such switch and run the 128-bit code, with the same bits.
 */

import { EnvironmentError } from "../base/index.ts";
import { kernelText } from "./kernel-bytes.ts";
import { faultOf } from "./kernel-check.ts";
import type { CompiledKernels } from "./kernels.ts";
import { nodeProcess } from "./node-process.ts";

let compiled: Promise<CompiledKernels> | undefined;

/**
 * Compiles the kernels, once per process or page.
 *
 * @throws EnvironmentError  where the engine has no WebAssembly with SIMD, or computes wrong numbers
 */
export function compiledKernels(): Promise<CompiledKernels> {
  compiled ??= compile();
  return compiled;
}

async function compile(): Promise<CompiledKernels> {
  const bytes = Uint8Array.from(atob(kernelText), (letter) => letter.charCodeAt(0));
  if (globalThis.WebAssembly?.validate(bytes) !== true) {
    throw new EnvironmentError(
      "loadModel: expected an engine with WebAssembly SIMD, this one lacks it; use Node 24 or a browser of 2023 or later",
    );
  }
  const fused = compileInNode(bytes, true);
  if (fused !== undefined && faultOf(fused) === undefined) return fused;
  const plain = compileInNode(bytes, false) ?? { module: await WebAssembly.compile(bytes), wide: false };
  const fault = faultOf(plain);
  if (fault !== undefined) {
    throw new EnvironmentError(`loadModel: this engine computes wrong numbers: ${fault}; try another version of it`);
  }
  return plain;
}

/** With V8's optimising compiler at once, or undefined where its flags cannot be set or will not help. */
function compileInNode(bytes: Uint8Array<ArrayBuffer>, wide: boolean): CompiledKernels | undefined {
  const node = nodeProcess();
  if (node === undefined || Number.parseInt(node.versions.v8 ?? "0", 10) < 13) return undefined;
  // Engines that imitate Node have no such flags.
  if (node.versions.bun !== undefined || node.versions.deno !== undefined) return undefined;
  if (wide && (node.arch !== "x64" || node.env.GRADIENTFLOW_REVECTORIZE === "off")) return undefined;
  const { setFlagsFromString } = node.getBuiltinModule("node:v8") as { setFlagsFromString(flag: string): void };
  // Another custom section makes another module: V8 keeps compiled code by the bytes.
  const source = Uint8Array.from(wide ? bytes : [...bytes, 0, 6, 5, 0x70, 0x6c, 0x61, 0x69, 0x6e]);
  const flags = ["liftoff", "wasm-lazy-compilation"];
  for (const flag of flags) setFlagsFromString(`--no-${flag}`);
  if (wide) setFlagsFromString("--experimental-wasm-revectorize");
  try {
    return { module: new WebAssembly.Module(source), wide };
  } finally {
    for (const flag of flags) setFlagsFromString(`--${flag}`);
    if (wide) setFlagsFromString("--no-experimental-wasm-revectorize");
  }
}
