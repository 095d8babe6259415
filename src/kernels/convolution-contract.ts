/** The contract of the convolution kernels: part of contract.ts, whose conventions hold here. */

/** Places in the int32 array `steps` of a convolution: from one pixel, row of pixels or channel to the next, in pixels. */
export const convolutionSteps = { inRow: 0, inColumn: 1, outChannel: 2, outRow: 3, outColumn: 4 } as const;
/** Length of the `steps` array. */
export const convolutionStepsLength = 5;

/**
 * Convolutions on one block of images [C, H, W, S]. A pixel is `stride` lanes of one channel; addresses of pixels are counted
 * in pixels from the address of the block.
 *
 * Everything a convolution, a strided one, or the gradient of either does is this sum, for each channel r of the result and
 * each (y, x) with y < height, x < width:
 *
 *     out[r outChannel + y outRow + x outColumn] = Σ_k weight[r, k] in[offsets[k] + y inRow + x inColumn]
 *
 * over the taps k of the channel, in their order. An offset holds the input channel and the place in the kernel. All that
 * is read must exist: what lies beyond the border is made with `placeImages` beforehand. `bias` (per channel), `gate`
 * (which lies like `out`) and `rectify` finish each sum as in ProductKernels. Split over channels r.
 */
export interface ConvolutionKernels {
  /** Dense weights [channels, taps], row-major; one list of offsets [taps] for all channels. No taps leave 0. */
  readonly convolve: (
    weights: number,
    taps: number,
    offsets: number,
    input: number,
    out: number,
    steps: number,
    height: number,
    width: number,
    stride: number,
    bias: number,
    gate: number,
    rectify: number,
    begin: number,
    end: number,
  ) => void;
  /** Sparse weights: channel r has the values and offsets k in [rowPointers[r], rowPointers[r + 1]). */
  readonly sparseConvolve: (
    values: number,
    rowPointers: number,
    offsets: number,
    input: number,
    out: number,
    steps: number,
    height: number,
    width: number,
    stride: number,
    bias: number,
    gate: number,
    rectify: number,
    begin: number,
    end: number,
  ) => void;
  /**
   * The gradient of the weights of `convolve`, from one block of `valid` lanes:
   * result[r, k] = Σ_(y, x) Σ_(b < valid) gradient[r outChannel + y outRow + x outColumn, b] input[offsets[k] + y inRow + x inColumn, b].
   * `add` 1 adds it to what `result` holds, 0 overwrites. Lanes are summed in an order that depends on the shapes alone.
   */
  readonly convolveOuter: (
    taps: number,
    offsets: number,
    gradient: number,
    input: number,
    result: number,
    steps: number,
    height: number,
    width: number,
    stride: number,
    valid: number,
    add: number,
    begin: number,
    end: number,
  ) => void;
  /** The same at the taps of a sparse index only: result [active]. */
  readonly sparseConvolveOuter: (
    rowPointers: number,
    offsets: number,
    gradient: number,
    input: number,
    result: number,
    steps: number,
    height: number,
    width: number,
    stride: number,
    valid: number,
    add: number,
    begin: number,
    end: number,
  ) => void;
  /**
   * Images in a window: out[c, y, x] = in[c, y - top, x - left] where that is a pixel of the image, else 0, for y < outHeight,
   * x < outWidth. `top` and `left` may be negative: the window then begins inside the image. Split over channels c.
   */
  readonly placeImages: (
    input: number,
    height: number,
    width: number,
    out: number,
    outHeight: number,
    outWidth: number,
    top: number,
    left: number,
    stride: number,
    begin: number,
    end: number,
  ) => void;
}
