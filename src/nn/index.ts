/** Networks: layers, initial weights, and multilayer perceptrons, dense and sparse. */

export * from "./activation-layer.ts";
export * from "./architecture/index.ts";
export * from "./batch-norm-layer.ts";
export * from "./build-network.ts";
export * from "./initialise.ts";
export * from "./mlp.ts";
export * from "./network.ts";
export * from "./parameter.ts";
export * from "./weight-layer.ts";
