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

/** The import section, whole: one memory "env" "memory", of 0 pages or more. */
const importSection = importOfMemory(0x00, 0x00);
/** The same of a shared memory of at most 65535 pages. */
const sharedImportSection = importOfMemory(0x03, 0x00, 0xff, 0xff, 0x03);

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

/**
 * The module with its memory declared shared, byte for byte what the compiler makes with `--sharedMemory`: threads need no
 * other code, since no two of them write one place in one call.
 */
export function withSharedMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const at = bytes.findIndex((_, i) => importSection.every((byte, k) => bytes[i + k] === byte));
  if (at < 0) throw new Error("internal: kernels.wasm does not import its memory as expected");
  return concatenate(bytes.subarray(0, at), sharedImportSection, bytes.subarray(at + importSection.length));
}

/** Section 2 with one import, a memory of the given flags and limits. */
function importOfMemory(...limits: number[]): Uint8Array {
  const names = [3, ...new TextEncoder().encode("env"), 6, ...new TextEncoder().encode("memory")];
  const content = [1, ...names, 2, ...limits];
  return Uint8Array.of(2, content.length, ...content);
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

function concatenate(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
