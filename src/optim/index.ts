/** Optimizers, learning-rate schedules and gradient clipping. */

export * from "./clip.ts";
export * from "./groups.ts";
export * from "./optimizer.ts";
export type { OptimizerState } from "./optimizer-state.ts";
export * from "./schedule.ts";
