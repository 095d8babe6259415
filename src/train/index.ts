/** Training: data sets in memory, steps and epochs, evaluation, divergence, checkpoints. */

export {
  type Checkpoint,
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
