/** Backward rules: of ReLU, and of relevance. */

export * from "./backward-pass.ts";
export * from "./relevance-rules.ts";
export * from "./relu-rules.ts";
export { batchNormAffine, foldableNorms, numbersByName, WeightForms } from "./weight-forms.ts";
