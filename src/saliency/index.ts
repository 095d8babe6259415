/** Saliency maps, and checks of whether they depend on the network they are said to explain. */

export type { Composite, RelevanceRule } from "./backward/index.ts";
export { Explainer, type ExplainerOptions, type Question, type SaliencyResult } from "./explainer.ts";
export { flagOf, type MapFlag } from "./maps/flags.ts";
export type { Reduction } from "./maps/planes.ts";
export type { Upsampling } from "./maps/upsample.ts";
export type { Completeness, MethodDefinition, MethodOptions } from "./methods/definition.ts";
export { type MethodName, saliencyMethodNames, saliencyMethods } from "./methods/table.ts";
export { saliencyMaps } from "./saliency-maps.ts";
