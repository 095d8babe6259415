/**
 * The contract every back end implements: the list of kernels, their arguments and what each computes.
 *
 * Addresses are byte offsets into the back end's one linear memory. `float` below is the back end's element (float32, or
 * float64 in the reference); indices and labels are int32, image bytes uint8, partial sums always float64.
 *
 * Batch tensors are [rows, B] in blocks of lanes, of which `batch` are valid (lane-blocks.ts):
 *
 *     block 0            | rows x 32 lanes |      block q begins at element 32 q rows
 *     block 1            | rows x 32 lanes |
 *     the last block     | rows x 16 or 32 |      as wide as the lanes that are left need
 *
 * Kernels without sums across lanes take one block per call, as a matrix [rows, S] of `stride` S, a multiple of 16; they
 * work for any S. Kernels that sum across lanes take the whole tensor and its number of `rows`. Padded lanes hold
 * anything: a kernel that sums across lanes leaves them out, all others may compute on them.
 *
 * The last two arguments of a kernel, `begin` and `end`, are a range of its split axis (named in each comment). Results
 * do not depend on how a range is split: that is what makes them equal for any number of threads. A kernel reads no
 * address it writes, except where an update in place is its purpose, and except elementwise kernels, whose `out` may be
 * one of their inputs.
 */

/** Number of elements whose sum is one partial sum of a reduction. */
export const reductionBlock = 4096;

/** Places in the array of an optimizer's numbers (`hyper`), rewritten before each step. */
export const hyperSlots = {
  learningRate: 0,
  /** Coupled L2: added to the gradient as weightDecay * w. */
  weightDecay: 1,
  /** Decoupled decay: w is first multiplied by 1 - learningRate * decoupledDecay. */
  decoupledDecay: 2,
  /** Momentum, or beta1 of Adam, or alpha of RMSProp. */
  first: 3,
  /** Dampening, or beta2 of Adam. */
  second: 4,
  epsilon: 5,
  /** 1 - beta1^t of Adam; 1 for Nesterov momentum, else 0, of momentum. */
  correctionFirst: 6,
  /** sqrt(1 - beta2^t) of Adam. */
  correctionSecond: 7,
  /** 1 - first, rounded once from float64. */
  oneMinusFirst: 8,
  /** 1 - second, rounded once from float64. */
  oneMinusSecond: 9,
} as const;
/** Length of the hyper array in elements. */
export const hyperLength = 16;

type Unary = (x: number, out: number, begin: number, end: number) => void;
type Binary = (a: number, b: number, out: number, begin: number, end: number) => void;

/** Elementwise kernels split over elements; `begin` is a multiple of 16, so is `end` unless it is the last. */
export interface ElementwiseKernels {
  readonly copy: Unary;
  readonly negate: Unary;
  readonly exponential: Unary;
  readonly logarithm: Unary;
  readonly squareRoot: Unary;
  readonly reciprocal: Unary;
  readonly square: Unary;
  readonly absolute: Unary;
  /** -1, 0 or 1; NaN stays NaN. */
  readonly sign: Unary;
  /** 1 where x > 0, else 0. */
  readonly step: Unary;
  /** x where x > 0, 0 where x ≤ 0; NaN stays NaN. */
  readonly relu: Unary;
  /** 1 / (1 + e^-x), saturating without overflow. */
  readonly sigmoid: Unary;
  readonly tanh: Unary;
  /** x sigmoid(x). */
  readonly swish: Unary;
  /** x where x > 0, else alpha (e^x - 1). */
  readonly elu: (x: number, alpha: number, out: number, begin: number, end: number) => void;
  /** The product of a gradient with the activation's derivative, from the activation's OUTPUT y: gradient where y > 0, else 0. */
  readonly reluBackward: (gradient: number, y: number, out: number, begin: number, end: number) => void;
  /** gradient * y * (1 - y). */
  readonly sigmoidBackward: (gradient: number, y: number, out: number, begin: number, end: number) => void;
  /** gradient * (1 - y^2). */
  readonly tanhBackward: (gradient: number, y: number, out: number, begin: number, end: number) => void;
  /** gradient where y > 0, else gradient * (y + alpha). */
  readonly eluBackward: (gradient: number, y: number, alpha: number, out: number, begin: number, end: number) => void;
  /** gradient * (s + x s (1 - s)) with s = sigmoid(x), from the INPUT x. */
  readonly swishBackward: (gradient: number, x: number, out: number, begin: number, end: number) => void;
  readonly add: Binary;
  readonly subtract: Binary;
  readonly multiply: Binary;
  readonly divide: Binary;
  /** x * factor, for a number. */
  readonly scale: (x: number, factor: number, out: number, begin: number, end: number) => void;
  /** x + offset, for a number. */
  readonly shift: (x: number, offset: number, out: number, begin: number, end: number) => void;
  /** x * memory[scalar]. */
  readonly scaleBy: (x: number, scalar: number, out: number, begin: number, end: number) => void;
  /** out[i] = memory[scalar]. */
  readonly fillFrom: (scalar: number, out: number, begin: number, end: number) => void;
  /** min(max(x, low), high); NaN stays NaN. */
  readonly clamp: (x: number, low: number, high: number, out: number, begin: number, end: number) => void;
  /** 1 where low ≤ x ≤ high, else 0. */
  readonly inside: (x: number, low: number, high: number, out: number, begin: number, end: number) => void;
}

/**
 * Products of a layer.
 *
 * The last step of a product, done while its sums are in registers, with the bits of the separate kernels:
 *
 *     s ← s + bias[r]                  where the address `bias` is not 0      (addRows)
 *     s ← s > 0 ? s : 0, NaN stays     where `rectify` is 1                   (relu)
 *     s ← gate[r, b] > 0 ? s : 0       where the address `gate` is not 0      (reluBackward)
 */
export interface ProductKernels {
  /**
   * c[i, j] = Σ_k a[i * aRow + k * aColumn] * b[k, j], summed in the order of k, for j < columns, k < inner.
   * Columns of b and c come in blocks of 32: b[k, 32 q + j] is element q * bBlock + k * bRow + j, and c likewise; 32 is the
   * block of a row-major matrix. Strides in elements. Columns at and beyond `columns` are neither read nor written.
   * Split over rows i of c. `bias`, `gate` and `rectify` finish each sum as said above; the gate lies like c.
   */
  readonly gemm: (
    a: number,
    aRow: number,
    aColumn: number,
    b: number,
    bRow: number,
    bBlock: number,
    c: number,
    cRow: number,
    cBlock: number,
    columns: number,
    inner: number,
    bias: number,
    gate: number,
    rectify: number,
    begin: number,
    end: number,
  ) => void;
  /** out[k] = values[permutation[k]]. Split over elements k. */
  readonly permute: (values: number, permutation: number, out: number, begin: number, end: number) => void;
  /** target[r, c] = source[c, r] for c < columns. Strides in elements. Split over rows r of the target. */
  readonly transpose: (
    source: number,
    sourceStride: number,
    target: number,
    targetStride: number,
    columns: number,
    begin: number,
    end: number,
  ) => void;
  /**
   * y[r, :] = Σ_k values[k] * x[columnIndices[k], :] for k in [rowPointers[r], rowPointers[r + 1]), in that order. All
   * `stride` lanes. A row without entries is 0. Forward with the CSR index; gradient of the input with the transposed
   * index and the values in its order, as permute leaves them. Split over rows r.
   * `bias`, `gate` and `rectify` finish each sum as said above; gate rows have the stride of y.
   */
  readonly sparseProduct: (
    values: number,
    rowPointers: number,
    columnIndices: number,
    x: number,
    y: number,
    stride: number,
    bias: number,
    gate: number,
    rectify: number,
    begin: number,
    end: number,
  ) => void;
  /**
   * out[k] = Σ_{b < batch} left[r, b] * right[columnIndices[k], b] for the k of row r, with `left` a whole tensor of
   * `leftRows` rows and `right` in rows, as joinLanes leaves it: the weights of a row reach for rows of it here and there,
   * which is faster where a row is in one place. Lanes are accumulated 16 apart and then across, in a fixed order that
   * depends on `batch` alone. Split over rows r.
   */
  readonly sparseOuter: (
    rowPointers: number,
    columnIndices: number,
    left: number,
    leftRows: number,
    right: number,
    out: number,
    batch: number,
    begin: number,
    end: number,
  ) => void;
}

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

/**
 * Kernels with one number per row or per column, on a block [rows, S] or, where they take `rows` and `batch`, on a whole
 * tensor. Split over rows unless said otherwise.
 */
export interface RowKernels {
  /** out[r, :] = v[r]. */
  readonly broadcastRows: (v: number, out: number, stride: number, begin: number, end: number) => void;
  /** out[r, :] = x[r, :] + v[r]. */
  readonly addRows: (x: number, v: number, out: number, stride: number, begin: number, end: number) => void;
  /** out[r, :] = x[r, :] * v[r]. */
  readonly scaleRows: (x: number, v: number, out: number, stride: number, begin: number, end: number) => void;
  /** out[r, :] = x[r, :] * scale[r] + shift[r]. */
  readonly affineRows: (
    x: number,
    scale: number,
    shift: number,
    out: number,
    stride: number,
    begin: number,
    end: number,
  ) => void;
  /** out[r] = Σ_{b < batch} x[r, b]. */
  readonly rowSum: (x: number, out: number, batch: number, rows: number, begin: number, end: number) => void;
  /** out[r] = Σ_{b < batch} a[r, b] * b[r, b]. */
  readonly rowDot: (a: number, b: number, out: number, batch: number, rows: number, begin: number, end: number) => void;
  /** low[r] = min(low[r], x[r, b]), high[r] = max(high[r], x[r, b]) over b < batch: in place. NaN makes both NaN. */
  readonly rowRange: (
    x: number,
    low: number,
    high: number,
    batch: number,
    rows: number,
    begin: number,
    end: number,
  ) => void;
  /** x in rows, as one matrix of `paddedLanes(batch)` columns: out[r, b] = x[r, b], padded lanes included. */
  readonly joinLanes: (x: number, out: number, batch: number, rows: number, begin: number, end: number) => void;
  /** out[b] = Σ_{r < rows} x[r, b]. Split over columns b, in multiples of 16. */
  readonly columnSum: (x: number, out: number, rows: number, stride: number, begin: number, end: number) => void;
  /** out[r, b] = v[b]. */
  readonly broadcastColumns: (v: number, out: number, stride: number, begin: number, end: number) => void;
  /** out[r, b] = x[r, b] * v[b]. */
  readonly scaleColumns: (x: number, v: number, out: number, stride: number, begin: number, end: number) => void;
}

/** Batch normalisation over the batch, per row: sums on whole tensors, `standardize` on a block. Split over rows. */
export interface BatchNormKernels {
  /** mean[r] and biased variance[r] over b < batch, in two passes. */
  readonly batchMoments: (
    x: number,
    mean: number,
    variance: number,
    batch: number,
    rows: number,
    begin: number,
    end: number,
  ) => void;
  /** out[r, :] = (x[r, :] - mean[r]) / sqrt(variance[r] + epsilon), as a product with the reciprocal root. */
  readonly standardize: (
    x: number,
    mean: number,
    variance: number,
    epsilon: number,
    out: number,
    stride: number,
    begin: number,
    end: number,
  ) => void;
  /** out[r] = 1 / sqrt(variance[r] + epsilon). Split over elements. */
  readonly inverseDeviation: (variance: number, epsilon: number, out: number, begin: number, end: number) => void;
  /**
   * out[r, :] = inverse[r] * (g - mean(g) - h * mean(g h)), g = gradient[r, :], h = standardized[r, :], means over b < batch.
   */
  readonly standardizeBackward: (
    gradient: number,
    standardized: number,
    inverse: number,
    out: number,
    batch: number,
    rows: number,
    begin: number,
    end: number,
  ) => void;
  /** running[r] = (1 - rate) * running[r] + rate * factor * value[r]: in place. Split over elements. */
  readonly movingAverage: (
    running: number,
    value: number,
    rate: number,
    factor: number,
    begin: number,
    end: number,
  ) => void;
}

/** Classification, on a block: logits [classes, S], labels int32 [S] in [0, classes). Split over columns b, in multiples of 16. */
export interface LossKernels {
  /** out[c, b] = e^(logit - max) / Σ. */
  readonly softmax: (logits: number, out: number, classes: number, stride: number, begin: number, end: number) => void;
  /** out[b] = log Σ_c e^logit[c, b] - logit[label[b], b], the maximum taken out first. */
  readonly crossEntropy: (
    logits: number,
    labels: number,
    out: number,
    classes: number,
    stride: number,
    begin: number,
    end: number,
  ) => void;
  /** out[c, b] = softmax(logits)[c, b] - (label[b] = c). */
  readonly softmaxResidual: (
    logits: number,
    labels: number,
    out: number,
    classes: number,
    stride: number,
    begin: number,
    end: number,
  ) => void;
  /** out[b] = 1 where the first largest logit is the label's, else 0; a NaN logit is never correct. */
  readonly correct: (
    logits: number,
    labels: number,
    out: number,
    classes: number,
    stride: number,
    begin: number,
    end: number,
  ) => void;
}

/**
 * Reductions of n contiguous floats. Block k covers elements [4096 k, min(n, 4096 (k + 1))) and leaves one float64 partial
 * sum, accumulated in float64, at partials + 8 k. Split over blocks; `combine` then adds the partials in order.
 */
export interface ReductionKernels {
  readonly reduceSum: (x: number, n: number, partials: number, begin: number, end: number) => void;
  readonly reduceAbsolute: (x: number, n: number, partials: number, begin: number, end: number) => void;
  readonly reduceSquares: (x: number, n: number, partials: number, begin: number, end: number) => void;
  readonly reduceDot: (a: number, b: number, n: number, partials: number, begin: number, end: number) => void;
  /** out[0] = Σ partials, rounded once to the element. The range is [0, 1). */
  readonly combine: (partials: number, blocks: number, out: number, begin: number, end: number) => void;
  /** out[0] = sqrt(Σ partials), rounded once to the element. The range is [0, 1). */
  readonly combineRoot: (partials: number, blocks: number, out: number, begin: number, end: number) => void;
}

/** One update of parameters w by their gradient g, in place, state included. `hyper` as in hyperSlots. Split over elements. */
export interface UpdateKernels {
  /** g' = g + weightDecay w;  w ← w (1 - lr decoupled) - lr g'. */
  readonly sgdUpdate: (w: number, g: number, hyper: number, begin: number, end: number) => void;
  /** v ← first v + (1 - second) g' (oneMinusSecond is 1 - dampening); u = g' + first v if Nesterov, else v;  w ← w (1 - lr decoupled) - lr u. */
  readonly momentumUpdate: (w: number, g: number, v: number, hyper: number, begin: number, end: number) => void;
  /** m ← b1 m + (1-b1) g';  v ← b2 v + (1-b2) g'^2;  w ← w (1 - lr decoupled) - (lr / correctionFirst) m / (sqrt(v) / correctionSecond + eps). */
  readonly adamUpdate: (w: number, g: number, m: number, v: number, hyper: number, begin: number, end: number) => void;
  /** v ← a v + (1-a) g'^2;  w ← w (1 - lr decoupled) - lr g' / (sqrt(v) + eps). */
  readonly rmspropUpdate: (w: number, g: number, v: number, hyper: number, begin: number, end: number) => void;
  /** s ← s + g'^2;  w ← w (1 - lr decoupled) - lr g' / (sqrt(s) + eps). */
  readonly adagradUpdate: (w: number, g: number, s: number, hyper: number, begin: number, end: number) => void;
}

/** Filling a batch, block by block except for labels: `batch` valid lanes of a block. */
export interface InputKernels {
  /**
   * out[f, b] = bytes[indices[b] * features + f] * scale[f] + shift[f] for b < batch, 0 on padded lanes.
   * `bytes` uint8, `indices` int32, scale and shift float. Split over features f.
   */
  readonly gatherBytes: (
    bytes: number,
    indices: number,
    scale: number,
    shift: number,
    out: number,
    features: number,
    batch: number,
    stride: number,
    begin: number,
    end: number,
  ) => void;
  /** The same for an array of floats in place of bytes. */
  readonly gatherFloats: (
    values: number,
    indices: number,
    scale: number,
    shift: number,
    out: number,
    features: number,
    batch: number,
    stride: number,
    begin: number,
    end: number,
  ) => void;
  /** out[b] = labels[indices[b]] for b < batch, 0 on padded lanes; all int32. Split over b, in multiples of 16. */
  readonly gatherLabels: (
    labels: number,
    indices: number,
    out: number,
    batch: number,
    begin: number,
    end: number,
  ) => void;
  /**
   * out[r, b] = `factor` where kept, 0 where dropped, for the block whose first lane is `firstLane`, a multiple of 16. Lanes
   * 4q to 4q+3 of the tensor's row r take the four words of Philox4x32-10 at counter [q, r, layer, int32 at address step],
   * key [key0, key1]; a lane is dropped where its word < threshold (unsigned). Split over rows r.
   */
  readonly dropoutMask: (
    out: number,
    key0: number,
    key1: number,
    layer: number,
    step: number,
    threshold: number,
    factor: number,
    firstLane: number,
    stride: number,
    begin: number,
    end: number,
  ) => void;
}

export interface Kernels
  extends ElementwiseKernels,
    ProductKernels,
    ConvolutionKernels,
    RowKernels,
    BatchNormKernels,
    LossKernels,
    ReductionKernels,
    UpdateKernels,
    InputKernels {}

export type KernelName = keyof Kernels;

/** The element type of a back end. */
export type ElementType = "float32" | "float64";
