/** Saliency maps, and checks of whether they depend on the network they are said to explain. */

export type { Composite, RelevanceRule } from "./backward/index.ts";
export { Explainer, type ExplainerOptions, type Question, type SaliencyResult } from "./explainer.ts";
export { flagOf, type MapFlag } from "./maps/flags.ts";
export type { Reduction } from "./maps/planes.ts";
export type { Upsampling } from "./maps/upsample.ts";
export type { Completeness, MethodDefinition, MethodOptions } from "./methods/definition.ts";
export { type MethodName, saliencyMethodNames, saliencyMethods } from "./methods/table.ts";
export { saliencyMaps } from "./saliency-maps.ts";
export type { AskedMethod, CheckedMaps, CheckOptions } from "./sanity/asked-methods.ts";
export { type ClassSensitivity, type ClassSensitivityOptions, classSensitivity } from "./sanity/class-sensitivity.ts";
export { type LabelRandomisation, labelRandomisation, shuffledLabels } from "./sanity/label-randomisation.ts";
export {
  parameterRandomisation,
  type RandomisationOptions,
  type RandomisationOrder,
  type RandomisationResult,
  type RandomisationStep,
  randomisationOrders,
} from "./sanity/parameter-randomisation.ts";
export { type Verdict, type VerdictWord, verdicts, verdictWord } from "./sanity/verdict.ts";
export { compareMaps, type Similarity, type SimilaritySpread, type Spread } from "./similarity/compare.ts";
export { type HistogramOptions, orientedGradients } from "./similarity/oriented-gradients.ts";
export { spearman } from "./similarity/spearman.ts";
export { type StructuralOptions, structuralSimilarity } from "./similarity/structural.ts";
