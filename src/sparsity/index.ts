/** Sparsity: how much is kept, and which positions. */

export * from "./density.ts";
export * from "./random-mask.ts";
