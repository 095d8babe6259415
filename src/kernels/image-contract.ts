/** The part of the contract that is about images. Addresses, blocks and ranges are as contract.ts says. */

/**
 * Maps over the pixels of images, on a block [C * inputs, S]: each channel of `inputs` pixels becomes one of `outputs`.
 *
 * Pixel p of the result has a window of pixels, indices[k] for k in [pointers[p], pointers[p + 1]): int32, each below
 * `inputs`, the same for all channels. All S lanes, 16 or 32 of them for mixPixels. Windows of a maximum are not empty; its place in one is that of the
 * first of the largest values, or of the last NaN, if there is one.
 */
export interface ImageKernels {
  /** out[c, p, :] = Σ_k weights[k] * x[c, indices[k], :], in the order of k; 0 for an empty window. Split over rows of out. */
  readonly mixPixels: (
    x: number,
    weights: number,
    pointers: number,
    indices: number,
    out: number,
    inputs: number,
    outputs: number,
    stride: number,
    begin: number,
    end: number,
  ) => void;
  /** out[c, p, b] = max_k x[c, indices[k], b]. Split over rows of out. */
  readonly maxPool: (
    x: number,
    pointers: number,
    indices: number,
    out: number,
    inputs: number,
    outputs: number,
    stride: number,
    begin: number,
    end: number,
  ) => void;
  /** out[c, p, b] = t where x has the maximum of the window. Split over rows of out. */
  readonly maxPoolTake: (
    x: number,
    t: number,
    pointers: number,
    indices: number,
    out: number,
    inputs: number,
    outputs: number,
    stride: number,
    begin: number,
    end: number,
  ) => void;
  /**
   * out[c, i, b] = Σ c[c, p, b] over the windows whose maximum x has at pixel i, in the order of p; `c` is [C * outputs, S],
   * out [C * inputs, S]. `partition` is 1 where each pixel is in exactly one window, else 0. Split over channels.
   */
  readonly maxPoolPut: (
    x: number,
    c: number,
    pointers: number,
    indices: number,
    out: number,
    inputs: number,
    outputs: number,
    partition: number,
    stride: number,
    begin: number,
    end: number,
  ) => void;
}
