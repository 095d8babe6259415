/** Tensors: graphs of operations, their derivatives, and the programs they compile to. The only room that uses kernels. */

export type { Backend, ElementType } from "../kernels/index.ts";
export { createReference, hyperLength, hyperSlots, lanePlace } from "../kernels/index.ts";
export * from "./autodiff/gradcheck.ts";
export * from "./autodiff/gradient.ts";
export * from "./autodiff/jvp.ts";
export type { Call } from "./call.ts";
export { type ConvolutionShape, checkConvolution, outputImage, type Pair } from "./convolution-shape.ts";
export * from "./engine.ts";
export { Graph, type Operation, Tensor, type TensorSpec } from "./graph.ts";
export * from "./open-engine.ts";
export * from "./ops/index.ts";
export type { Extent, ImageSize, PixelMap, PixelTables, Tap } from "./pixel-map.ts";
export { separableMap } from "./pixel-map.ts";
export * from "./program.ts";
export * from "./sparse-pattern.ts";
export type { Team } from "./team.ts";
export * from "./updates.ts";
