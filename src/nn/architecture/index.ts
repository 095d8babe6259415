/** Architectures as data: their layers, shapes, counts and widths, and those that are known by name. */

export type { ChannelGroup, ChannelRun, ChannelTies } from "./channel-ties.ts";
export { channelTies } from "./channel-ties.ts";
export * from "./counts.ts";
export type { LearnedCounts } from "./layer-kinds.ts";
export { layerKinds } from "./layer-kinds.ts";
export * from "./layers.ts";
export * from "./match.ts";
export * from "./parse.ts";
export * from "./shapes.ts";
export * from "./weight-layers.ts";
export * from "./widen.ts";
export * from "./zoo/architectures.ts";
export type { Lenet300100Options, LenetOptions } from "./zoo/lenet.ts";
export { type MlpArchitectureOptions, mlpArchitecture } from "./zoo/mlp.ts";
export type { ResnetOptions } from "./zoo/resnet.ts";
export type { SaliencyCnnOptions } from "./zoo/saliency-cnn.ts";
export type { SimpleCnnOptions } from "./zoo/simple-cnn.ts";
export type { Vgg16Options, VggOptions } from "./zoo/vgg.ts";
export type { WideResnetOptions } from "./zoo/wide-resnet.ts";
