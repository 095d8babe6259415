/** Everything, one namespace per room: `import { flow } from "gradientflow"`. Single rooms: `gradientflow/flow` and so on. */

export * as base from "./base/index.ts";
export * as compress from "./compress/index.ts";
export * as data from "./data/index.ts";
export * as exchange from "./exchange/index.ts";
export * as experiment from "./experiment/index.ts";
export * as flow from "./flow/index.ts";
export * as hyperopt from "./hyperopt/index.ts";
export * as infer from "./infer/index.ts";
export * as mesh from "./mesh/index.ts";
export * as nn from "./nn/index.ts";
export * as optim from "./optim/index.ts";
export * as plot from "./plot/index.ts";
export * as saliency from "./saliency/index.ts";
export * as sparsity from "./sparsity/index.ts";
export * as studies from "./studies/index.ts";
export * as tensor from "./tensor/index.ts";
export * as train from "./train/index.ts";
