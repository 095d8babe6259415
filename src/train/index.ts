/** Training: data sets in memory, steps and epochs, evaluation, divergence, checkpoints, weights for PyTorch and from it. */

export {
  type Checkpoint,
  type CheckpointAdditions,
  type CheckpointNotes,
  masksOf,
  networkMasks,
  takeCheckpoint,
  type WeightDescription,
} from "./checkpoint/checkpoint.ts";
export { decodeCheckpoint, encodeCheckpoint } from "./checkpoint/encoding.ts";
export { type NamedTensor, networkTensors } from "./checkpoint/network-tensors.ts";
export { restoreNetwork, restoreTraining } from "./checkpoint/restore.ts";
export { type CheckpointWriter, loadCheckpoint, saveCheckpoint } from "./checkpoint/save.ts";
export * from "./epoch-order.ts";
export * from "./evaluator.ts";
export * from "./resident-dataset.ts";
export * from "./trainer.ts";
export {
  type Json,
  plainSettings,
  type SettingDifference,
  settingDifferences,
  type TrainingSettings,
} from "./training-settings.ts";
export type { TrainingWindows } from "./values-by-step.ts";
export { type LeftOut, type LoadOptions, loadWeights } from "./weights/load-weights.ts";
export { masksFromWeights } from "./weights/masks-from-weights.ts";
export type { GivenTensor, NamingOptions } from "./weights/named-weights.ts";
export {
  denseWeight,
  loadNetworkValues,
  type NetworkValues,
  networkFromValues,
  networkValues,
  readNetworkValues,
  type ValueTensor,
} from "./weights/network-values.ts";
export { loadNetwork, type OpenedNetwork, openNetwork } from "./weights/open-network.ts";
export { weightTensors } from "./weights/weight-places.ts";
export { encodeWeights, saveWeights } from "./weights/weights-file.ts";
