/**
 * The laboratory: study files, designs, trials, their store and the runner. It knows nothing of networks: what a trial does
 * is handed in as a `StudyKind`.
 */

export * from "./design.ts";
export { type DesignDocument, designDifferences } from "./design-document.ts";
export * from "./export.ts";
export { ruleOf } from "./field-rule.ts";
export * from "./interrupt.ts";
export * from "./json-schema.ts";
export type { Cell, RunTrial, Scalar, Settings, SettingValue, StudyKind, TrialContext, TrialDraft } from "./kind.ts";
export { findKind } from "./kind.ts";
export { applyOverrides } from "./overrides.ts";
export * from "./progress.ts";
export * from "./provenance.ts";
export * from "./report/index.ts";
export type { RunEvent } from "./run-event.ts";
export * from "./runner.ts";
export * from "./stats/index.ts";
export * from "./status.ts";
export * from "./store/index.ts";
export type { Condition, Conditional, Factor, Level, Seeds, Study } from "./study.ts";
export { parseStudy, readStudyFile } from "./study-file.ts";
export * from "./study-store.ts";
export * from "./take-trial.ts";
export * from "./trial.ts";
