/** Training: data sets in memory, steps and epochs, evaluation, divergence. */

export * from "./evaluator.ts";
export * from "./resident-dataset.ts";
export * from "./trainer.ts";
