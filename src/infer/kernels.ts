/** The WebAssembly kernels: their signatures, and an instance of them on a memory. */

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
  sparseExample(stream: Address, quads: number, x: Address, y: Address, bias: Address, floor: number): void;
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

/** The kernels on a memory. */
export function instantiate({ module }: CompiledKernels, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}
