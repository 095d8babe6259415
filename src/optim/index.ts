/** Optimizers, learning-rate schedules and gradient clipping. */

export * from "./clip.ts";
export * from "./groups.ts";
export * from "./optimizer.ts";
export type { OptimizerState } from "./optimizer-state.ts";
export * from "./schedule.ts";
export { type GroupReport, groupWarning } from "./zeroing/group-report.ts";
export * from "./zeroing/proximal.ts";
export {
  type BaseName,
  baseNames,
  isZeroing,
  stepsInTraining,
  takersOf,
  type ZeroingName,
  type ZeroingSettings,
  zeroingNames,
} from "./zeroing/settings.ts";
