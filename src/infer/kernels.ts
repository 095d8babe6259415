/**
 * The WebAssembly kernels: their signatures, and how they are compiled.
 *
 * In Node on x64, V8 is asked to fuse pairs of 128-bit operations into 256-bit ones, which is experimental: a few products
 * are compared with sums worked out here, bit for bit, and the kernels compiled without it should they differ. Browsers have
 * no such switch and run the 128-bit code, with the same bits.
 */

import { EnvironmentError } from "../base/index.ts";
import { kernelText } from "./kernel-bytes.ts";
import { faultOf } from "./kernel-check.ts";

type Address = number;

/** What src/infer/assembly exports. Addresses, pitches and strides are in bytes. */
export interface Kernels {
  copyBox(...arguments_: readonly number[]): void;
  transpose(x: Address, y: Address, rows: number, columns: number, xPitch: number, yPitch: number): void;
  denseFeatures(
    weights: Address,
    inputs: number,
    panels: number,
    x: Address,
    xPitch: number,
    y: Address,
    yPitch: number,
    batch: number,
    bias: Address,
    floor: number,
  ): void;
  denseTaps(
    weights: Address,
    offsets: Address,
    taps: number,
    x: Address,
    y: Address,
    pitch: number,
    rows: number,
    bias: Address,
    floor: number,
    groups: Address,
    count: number,
    mask: Address,
    wide: boolean,
  ): void;
  sparseTaps(
    taps: Address,
    rowPointers: Address,
    rows: number,
    x: Address,
    y: Address,
    pitch: number,
    bias: Address,
    floor: number,
    groups: Address,
    count: number,
    mask: Address,
  ): void;
  sparseExample(
    taps: Address,
    rowPointers: Address,
    rows: number,
    x: Address,
    y: Address,
    bias: Address,
    floor: number,
  ): void;
  map(
    f: number,
    x: Address,
    y: Address,
    planes: number,
    xPitch: number,
    yPitch: number,
    bytes: number,
    mask: Address,
    p: number,
    q: number,
  ): void;
  mapChannels(
    f: number,
    x: Address,
    y: Address,
    planes: number,
    xPitch: number,
    yPitch: number,
    bytes: number,
    mask: Address,
    a: Address,
    b: Address,
    c: Address,
    d: Address,
    across: boolean,
  ): void;
  addInto(a: Address, b: Address, y: Address, bytes: number, floor: number): void;
  pools(...arguments_: readonly number[]): void;
}

/** Numbers of the functions that `map` knows. */
export const mapCodes = {
  clamp: 0,
  leaky: 1,
  sigmoid: 2,
  tanh: 3,
  swish: 4,
  elu: 5,
  softplus: 6,
  hardSigmoid: 7,
  hardSwish: 8,
  gelu: 9,
} as const;

/** Numbers of those that `mapChannels` knows. */
export const channelCodes = { scaleShift: 0, standardise: 1, leaky: 2, srelu: 3 } as const;

/** A compiled module, and whether pairs of its operations are fused. */
export interface CompiledKernels {
  readonly module: WebAssembly.Module;
  readonly wide: boolean;
}

/** What a process other than Node lacks. */
interface NodeProcess {
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly versions: Readonly<Record<string, string | undefined>>;
  getBuiltinModule(name: string): unknown;
}

/** Node's process, or undefined elsewhere. */
export function nodeProcess(): NodeProcess | undefined {
  const candidate = (globalThis as { process?: NodeProcess }).process;
  return candidate?.versions?.node !== undefined && candidate.getBuiltinModule !== undefined ? candidate : undefined;
}

/** The kernels on a memory. */
export function instantiate({ module }: CompiledKernels, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}

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
