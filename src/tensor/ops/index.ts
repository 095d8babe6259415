/** The operations: value, vjp and jvp of each in one file. */

export * from "./activations.ts";
export {
  absolute,
  add,
  clamp,
  divide,
  exponential,
  inside,
  logarithm,
  multiply,
  negate,
  reciprocal,
  scale,
  shift,
  sign,
  square,
  squareRoot,
  step,
  subtract,
} from "./arithmetic.ts";
export * from "./batch-norm.ts";
export * from "./channels.ts";
export * from "./columns.ts";
export { type ConvolutionOptions, convolution, sparseConvolution } from "./convolution.ts";
export { convolutionOuterNorm } from "./convolution-norms.ts";
export * from "./cross-entropy.ts";
export * from "./inputs.ts";
export * from "./linear.ts";
export * from "./max-pool.ts";
export { mixPixels } from "./mix-pixels.ts";
export * from "./outer-norms.ts";
export {
  type AveragePoolOptions,
  averagePool,
  averagePoolMap,
  globalAveragePool,
  type WindowOptions,
} from "./pooling.ts";
export * from "./resampling.ts";
export * from "./reshape.ts";
export * from "./rows.ts";
export * from "./scalars.ts";
export * from "./sparse.ts";
