/** Gradient flow: the definitions, and their measurement inside a training. */

export * from "./anatomy/index.ts";
export * from "./gradient-flow.ts";
export * from "./measure.ts";
