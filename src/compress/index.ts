/** Compression: groups of weights that vanish together, and the smaller network that is left without them. */

export { type CompareOptions, type Comparison, compareNetworks, outputsOf } from "./compare.ts";
export { costOf, type LayerCost, type NetworkCost, type StoredBytes, sparseBytes } from "./cost.ts";
export { type LatencyOptions, latenciesOf } from "./latency.ts";
export { type PruningGroups, type PruningGroupsOptions, pruningGroups, type Unprunable } from "./pruning-groups.ts";
export {
  type CostKind,
  type CostTarget,
  costKinds,
  groupsForTarget,
  lowest,
  narrowToTarget,
  shareLeft,
  type TargetGroups,
} from "./reach-target.ts";
export type { RemovalReason, RemovedChannels } from "./remove-channels.ts";
export { type ShrinkOptions, type ShrunkNetwork, shrinkNetwork } from "./shrink.ts";
export {
  drawGroups,
  groupNorms,
  groupSparsity,
  type PerGroup,
  setGroupsToZero,
  zeroGroups,
} from "./zero-groups.ts";
