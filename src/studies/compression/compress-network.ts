/**
 * From a trained network to a small one: groups chosen for the target, taken to zero by an optimizer that sets groups to zero,
 * cut out, verified, trained further if that is asked for.
 *
 *     counts      how many groups each layer loses, by `groupsForTarget` on the trained weights: the target is met by construction
 *     which       the optimizer's choice; each block's cap is its count
 *     rest        where it leaves fewer zero groups than that, those of smallest norm are set to zero at the end, and counted
 */

import { InputError } from "../../base/index.ts";
import {
  type Comparison,
  type CostTarget,
  compareNetworks,
  groupNorms,
  groupsForTarget,
  lowest,
  type PruningGroups,
  pruningGroups,
  type ShrunkNetwork,
  setGroupsToZero,
  shrinkNetwork,
  type TargetGroups,
  zeroGroups,
} from "../../compress/index.ts";
import { defaultLearningRates, type GroupBlock, type ZeroingName } from "../../optim/index.ts";
import type { Engine } from "../../tensor/index.ts";
import {
  type Checkpoint,
  type NetworkValues,
  networkFromValues,
  networkValues,
  stepsPerEpoch,
} from "../../train/index.ts";
import type { CompressionSettings } from "./settings.ts";
import { runStretch, type Stretch, type StretchName, type StretchOptions, type StretchProgress } from "./stretch.ts";

/** The methods that start from a trained network and remove channels. */
export const pruningMethods = ["hesso", "dhspg", "hspg", "magnitude"] as const;
export type PruningMethod = (typeof pruningMethods)[number];

export interface CompressedNetwork {
  /** The small network, trained to the end. */
  readonly network: NetworkValues;
  /** The network that it was cut from, zeros in it. */
  readonly full: NetworkValues;
  readonly shrunk: ShrunkNetwork;
  /** The two of them on the same inputs, before the small one was trained further. */
  readonly comparison: Comparison;
  readonly groups: PruningGroups;
  /** Groups that were to go, that the optimizer set to zero, and that were set to zero at the end. */
  readonly counts: { readonly wanted: number; readonly byOptimizer: number; readonly atEnd: number };
}

export interface CompressOptions extends Omit<StretchOptions, "resume"> {
  readonly dense: NetworkValues;
  readonly method: PruningMethod;
  readonly target: CostTarget;
  /** Where it was stopped: checkpoints of its stretches, of those that are done from their end. */
  readonly resume?: StretchCheckpoints;
}

export type StretchCheckpoints = Readonly<Partial<Record<StretchName, Checkpoint>>>;

/** What is left after the zeros are cut out. */
interface Cut {
  readonly shrunk: ShrunkNetwork;
  readonly full: NetworkValues;
  readonly comparison: Comparison;
  readonly counts: CompressedNetwork["counts"];
}

/** Epochs of each stretch. */
export function stretchEpochs({ epochs, dense_share, finetune_epochs }: CompressionSettings) {
  const dense = Math.min(epochs - 1, Math.round(dense_share * epochs));
  return { dense, compress: epochs - dense, "fine-tune": finetune_epochs } as const;
}

/**
 * Compresses a trained network, with pauses.
 *
 * @throws InputError     where the target cannot be met, or nothing can be pruned
 * @throws DivergedError  where a stretch leaves the finite numbers
 */
export function* compressStepwise(
  engine: Engine,
  settings: CompressionSettings,
  options: CompressOptions,
): Generator<StretchProgress, CompressedNetwork, void> {
  const { dense, method, target } = options;
  const { architecture } = dense;
  const groups = pruningGroups(architecture, { keep: settings.keep, multipleOf: settings.multiple_of });
  const chosen = groupsForTarget(dense, groups, target);
  const epochs = stretchEpochs(settings);
  let cut: Cut;
  if (method === "magnitude") cut = cutOut(engine, settings, dense, groups, chosen.counts);
  else {
    const steps = epochs.compress * stepsPerEpoch(options.data.train.count, settings.batch_size);
    const optimizer = zeroingOptimizer(settings, method, dense, { groups, chosen, steps });
    const stretch: Stretch = { name: "compress", epochs: epochs.compress, schedule: "cosine", ...optimizer };
    const trained = yield* trainedValues(engine, settings, dense, stretch, options);
    cut = cutOut(engine, settings, trained, groups, chosen.counts);
  }
  // What magnitude removes at once, the others remove while they train: the small network has the rest of the epochs.
  const further: Stretch[] = [];
  if (method === "magnitude") further.push({ name: "compress", epochs: epochs.compress, schedule: "cosine" });
  further.push({ name: "fine-tune", epochs: epochs["fine-tune"], rate: 0.1, schedule: "cosine" });
  let network = cut.shrunk.network;
  for (const stretch of further) network = yield* trainedValues(engine, settings, network, stretch, options);
  return { network, groups, ...cut };
}

/** Cuts out of a network what is zero in it, with no training. @throws InputError where nothing is */
export function cutZeros(engine: Engine, settings: CompressionSettings, network: NetworkValues): CompressedNetwork {
  const groups = pruningGroups(network.architecture, { keep: settings.keep, multipleOf: settings.multiple_of });
  const counts = zeroGroups(network, groups.blocks).map((of) => of.filter((zero) => zero).length);
  const cut = cutOut(engine, settings, network, groups, counts);
  if (cut.shrunk.removed.length > 0 || cut.shrunk.dropped.length > 0)
    return { network: cut.shrunk.network, groups, ...cut };
  throw new InputError(
    `${network.architecture.name}: no channel can be cut out as it is, got a network without channels of zeros; ` +
      "train it with an optimizer that makes them, hesso say, or let compress do it",
  );
}

/** Trains a network's numbers in a scope of their own. */
export function* trainedValues(
  engine: Engine,
  settings: CompressionSettings,
  values: NetworkValues,
  stretch: Stretch,
  { resume, ...options }: Omit<StretchOptions, "resume"> & Pick<CompressOptions, "resume">,
): Generator<StretchProgress, NetworkValues, void> {
  using _ = engine.scope();
  const network = networkFromValues(engine, values);
  yield* runStretch(engine, settings, { ...options, network, stretch, resume: resume?.[stretch.name] });
  return networkValues(network);
}

/** The optimizer that takes groups to zero; hesso is done with a quarter of the stretch, and the rest is for what is left. */
function zeroingOptimizer(
  settings: CompressionSettings,
  method: ZeroingName,
  dense: NetworkValues,
  { groups, chosen, steps }: { readonly groups: PruningGroups; readonly chosen: TargetGroups; readonly steps: number },
): Omit<Stretch, "name" | "epochs" | "schedule"> {
  const blocks = groups.blocks.map((block, b): GroupBlock => ({ ...block, cap: chosen.counts[b] / block.count }));
  const all = blocks.reduce((sum, { count }) => sum + count, 0);
  const targetSparsity = chosen.counts.reduce((sum, count) => sum + count, 0) / all;
  const { optimizer: base, half_space } = settings;
  if (method === "hesso") {
    const periods = Math.max(1, Math.min(10, Math.floor(steps / 4)));
    const periodSteps = Math.max(1, Math.floor(steps / 4 / periods));
    return {
      optimizer: method,
      groups: blocks,
      optimizerSettings: { targetSparsity, base, startStep: 0, periods, periodSteps },
    };
  }
  const lambda = settings.lambda ?? lambdaFor(settings, groupNorms(dense, groups.blocks).flat(), steps);
  const shared = { optimizer: method, groups: blocks, lambdaSchedule: "cosine" } as const;
  const halfSpace = half_space ?? halfSpaces[method as keyof typeof halfSpaces];
  return method === "dhspg"
    ? { ...shared, optimizerSettings: { lambda, halfSpace, targetSparsity, base, startStep: 0 } }
    : { ...shared, optimizerSettings: { lambda, halfSpace, startStep: Math.floor(steps / 4) } };
}

/** ε of the half-space step. The published 0 needs hundreds of epochs. */
const halfSpaces = { dhspg: 0.5, hspg: 0.9 } as const;

/**
 * λ that takes a group of mean norm to zero in the first half of the stretch, were there no gradient: the published 1e-3 is for
 * hundreds of epochs. Of adaptive rules, which divide by the gradient's size, the optimizer's own.
 */
function lambdaFor(settings: CompressionSettings, norms: readonly number[], steps: number): number | undefined {
  if (!["sgd", "momentum", "nesterov"].includes(settings.optimizer)) return undefined;
  const rate = settings.learning_rate ?? defaultLearningRates[settings.optimizer];
  // The sum of rates over the first half of a cosine from `rate` to 0.
  const rates = rate * steps * (1 / 4 + 1 / (2 * Math.PI));
  return norms.reduce((sum, norm) => sum + norm, 0) / norms.length / rates;
}

/** Sets to zero what is missing, cuts out what is zero, and holds the small network against the full one. */
function cutOut(
  engine: Engine,
  { keep, multiple_of }: CompressionSettings,
  trained: NetworkValues,
  groups: PruningGroups,
  counts: readonly number[],
): Cut {
  const { blocks } = groups;
  const zero = zeroGroups(trained, blocks);
  const which = lowest(groupNorms(trained, blocks), counts);
  const missing = which.map((of, b) => of.map((goes, k) => goes && !zero[b][k]));
  const number = (of: readonly (readonly boolean[])[]) => of.flat().filter((one) => one).length;
  const full = setGroupsToZero(trained, blocks, missing);
  const shrunk = shrinkNetwork(full, { keep, multipleOf: multiple_of });
  const comparison = compareNetworks(engine, full, shrunk.network);
  if (!comparison.agrees) {
    throw new Error(
      `internal: compression: the small network of ${full.architecture.name} differs by ${comparison.largestDifference} from the ` +
        `full one, more than ${comparison.allowed}`,
    );
  }
  const wanted = counts.reduce((sum, count) => sum + count, 0);
  return { full, shrunk, comparison, counts: { wanted, byOptimizer: number(zero), atEnd: number(missing) } };
}
