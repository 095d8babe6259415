/** Studies: what the laboratory does with networks. */

import type { StudyKind } from "../experiment/index.ts";
import { compression } from "./compression/kind.ts";
import { saliencyStudy } from "./saliency/kind.ts";
import { scSdc } from "./sc-sdc/kind.ts";
import { sparseTraining } from "./sparse-training/kind.ts";
import { tuning } from "./tuning/kind.ts";

/** Every kind of study a file can ask for. */
export const studyKinds: readonly StudyKind[] = [scSdc, sparseTraining, saliencyStudy, tuning, compression];

export * from "./anatomy/index.ts";
export * from "./compression/compress-network.ts";
export { checkCompression, compression } from "./compression/kind.ts";
export {
  drawnNetwork,
  evaluateValues,
  fullArchitecture,
  isPruning,
  runCompression,
  targetOf,
  trainDense,
} from "./compression/run.ts";
export { type CompressionSettings, compressionSettings } from "./compression/settings.ts";
export type { StretchName, StretchProgress } from "./compression/stretch.ts";
export * from "./preview.ts";
export * from "./saliency/ended-training.ts";
export { saliencyStudy } from "./saliency/kind.ts";
export * from "./sc-sdc/capacity.ts";
export * from "./sc-sdc/data-hash.ts";
export { networkMeasures } from "./sc-sdc/epoch-rows.ts";
export { checkSettings, scSdc } from "./sc-sdc/kind.ts";
export * from "./sc-sdc/measure-epochs.ts";
export * from "./sc-sdc/model.ts";
export { summaryJson } from "./sc-sdc/outputs.ts";
export * from "./sc-sdc/pair.ts";
export * from "./sc-sdc/run.ts";
export * from "./sc-sdc/settings.ts";
export * from "./sc-sdc/summary.ts";
export {
  capacityJson,
  capacityTable,
  cellTable,
  correlationTable,
  divergedTable,
  pValueTable,
} from "./sc-sdc/tables.ts";
export * from "./sc-sdc/trial-data.ts";
export { zeroingByLength } from "./sc-sdc/zeroing-settings.ts";
export * from "./sparse-training/change-checkpoint.ts";
export { checkMethod, sparseTraining } from "./sparse-training/kind.ts";
export { ticketTrainings } from "./sparse-training/lottery.ts";
export type { SparseMeasurement } from "./sparse-training/measure.ts";
export { allocationOf, dynamicMethodOf, networkOf } from "./sparse-training/networks.ts";
export * from "./sparse-training/pruned-solution.ts";
export * from "./sparse-training/run.ts";
export {
  type MethodName,
  methodNames,
  type SparseTrainingSettings,
  sparseTrainingSettings,
} from "./sparse-training/settings.ts";
export * from "./sparse-training/sparse-trainer.ts";
export * from "./sparse-training/start.ts";
export * from "./sparse-training/summary.ts";
export { comparisonTable, methodTable } from "./sparse-training/tables.ts";
export * from "./sparse-training/topology-plan.ts";
export * from "./sparse-training/training-options.ts";
export { tuning } from "./tuning/kind.ts";
export { planSearch, type TuningPlan } from "./tuning/plan.ts";
export { tuningResult } from "./tuning/result.ts";
export { familyColumns, type TuningRow } from "./tuning/rows.ts";
export * from "./tuning/run.ts";
export type { TuningPause, TuningState } from "./tuning/search.ts";
export { type SearchName, searchNames, type TuningSettings, tuningSettings } from "./tuning/settings.ts";
export { searchLabel, summariseTuning } from "./tuning/summary.ts";
export { type TrainFile, trainFile, trainFileName } from "./tuning/train-file.ts";
export * from "./write-outputs.ts";
