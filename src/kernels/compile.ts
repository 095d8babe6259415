/**
 * Compiling the kernels: with V8's optimising compiler from the first call on, and with its revectorisation where asked.
 *
 * V8 would start with a baseline compiler and decide about revectorisation when a function has become hot. Both are settled
 * here, before compiling, by flags that are put back after it (15 ms), so that a check of the kernels checks the code that
 * will run, and other modules of the process are compiled as ever.
 */

import { EnvironmentError } from "../base/index.ts";

/** Options of V8 and their values before and after compiling. */
const eagerFlags = ["liftoff", "wasm-lazy-compilation"] as const;
const revectorizeFlag = "experimental-wasm-revectorize";

/** A custom section: another module to V8, which keeps compiled code by the module's bytes. */
const plainSection = Uint8Array.of(0, 6, 5, 0x70, 0x6c, 0x61, 0x69, 0x6e);

/** A function of one v128 constant: valid exactly where SIMD is. */
const simdProbe = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x16, 0x01, 0x14, 0x00, 0xfd, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0b],
]);

/** @throws EnvironmentError  where the engine has no WebAssembly or no SIMD in it */
export function requireSimd(engine: typeof WebAssembly | undefined = globalThis.WebAssembly): void {
  if (!engine) {
    throw new EnvironmentError(
      "loadKernels: expected an engine with WebAssembly, this one has none; use Node 24 or a current browser",
    );
  }
  if (!engine.validate(simdProbe)) {
    throw new EnvironmentError(
      "loadKernels: expected an engine with WebAssembly SIMD, this one lacks it; use Node 24 or a browser of 2023 or later",
    );
  }
}

/** Node's process, or undefined elsewhere, which includes engines that imitate it. */
export function nodeProcess(): NodeJS.Process | undefined {
  const candidate = (globalThis as { process?: NodeJS.Process }).process;
  const versions = candidate?.versions;
  return versions?.node === undefined || versions.bun !== undefined || versions.deno !== undefined
    ? undefined
    : candidate;
}

/**
 * Whether revectorisation can be had: Node on x64 with a V8 that knows the flag, and not turned off by the environment
 * variable GRADIENTFLOW_REVECTORIZE=off. On other processors V8 ignores the flag.
 */
export function canRevectorize(): boolean {
  const node = nodeProcess();
  if (node === undefined || node.env.GRADIENTFLOW_REVECTORIZE === "off") return false;
  return node.arch === "x64" && Number.parseInt(node.versions.v8, 10) >= 13;
}

/** The bytes of kernels.wasm, from the file beside this one. @throws EnvironmentError if they cannot be read */
export async function kernelBytes(): Promise<Uint8Array<ArrayBuffer>> {
  const place = new URL("./kernels.wasm", import.meta.url);
  try {
    if (place.protocol === "file:" && nodeProcess() !== undefined) {
      const { readFile } = await import("node:fs/promises");
      return new Uint8Array(await readFile(place));
    }
    const response = await fetch(place);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new EnvironmentError(
      `loadKernels: cannot read ${place}: ${(error as Error).message}; is the package complete?`,
    );
  }
}

/** Compiles the kernels. Other threads of a process share the code, as long as one of them holds it. */
export async function compileKernels(
  bytes: Uint8Array<ArrayBuffer>,
  revectorize: boolean,
): Promise<WebAssembly.Module> {
  const source = revectorize ? bytes : concatenate(bytes, plainSection);
  const node = nodeProcess();
  if (node === undefined || Number.parseInt(node.versions.v8, 10) < 13) return WebAssembly.compile(source);
  const { setFlagsFromString } = await import("node:v8");
  for (const flag of eagerFlags) setFlagsFromString(`--no-${flag}`);
  if (revectorize) setFlagsFromString(`--${revectorizeFlag}`);
  try {
    // Not the asynchronous form: the flags must hold until the last function is compiled.
    return new WebAssembly.Module(source);
  } finally {
    for (const flag of eagerFlags) setFlagsFromString(`--${flag}`);
    if (revectorize) setFlagsFromString(`--no-${revectorizeFlag}`);
  }
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(a.length + b.length);
  result.set(a);
  result.set(b, a.length);
  return result;
}
