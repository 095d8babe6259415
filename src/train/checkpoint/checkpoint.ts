/**
 * A training stopped at a step, as numbers outside any engine: weights, running statistics, masks, the optimizer's state and
 * the place in the epoch. It is all that a training needs to go on with the bits it would have had.
 */

import { InputError } from "../../base/index.ts";
import type { Architecture, Mask, Network } from "../../nn/index.ts";
import type { OptimizerState } from "../../optim/index.ts";
import type { Trainer, TrainingPosition } from "../trainer.ts";
import type { TrainingSettings } from "../training-settings.ts";
import { type NamedTensor, networkTensors } from "./network-tensors.ts";

/** A weight of the network. */
export interface WeightDescription {
  readonly name: string;
  /** Of the weight, dense or sparse: [O, I], or [O, I / groups, h, w]. */
  readonly shape: readonly number[];
  readonly sparse: boolean;
}

/** What the caller keeps with a training, as JSON; the checkpoint takes no notice of it. */
export interface CheckpointNotes {
  /** What the architecture does not say of the model: its name, its classes. Default null. */
  readonly model?: unknown;
  /** Anything else: the settings of a command, measures so far. Default null. */
  readonly notes?: unknown;
  /** Name and version of the program. Default "gradientflow". */
  readonly writtenBy?: string;
}

/** What goes into a checkpoint beside its training. */
export interface CheckpointAdditions extends CheckpointNotes {
  /** Checkpoints of other trainings, by name; none of them has any of its own. Default none. */
  readonly attached?: ReadonlyMap<string, Checkpoint>;
}

export interface Checkpoint extends Required<CheckpointAdditions> {
  /** Where it comes from, for messages: a file's name. */
  readonly source: string;
  /** The network's; `buildNetwork` builds it again. */
  readonly architecture: Architecture;
  readonly settings: TrainingSettings;
  readonly data: { readonly name: string; readonly sha256: string };
  readonly position: TrainingPosition;
  /** Slots by the names of the network's parameters. */
  readonly optimizer: OptimizerState;
  /** The weights of the weight layers, in order. */
  readonly weights: readonly WeightDescription[];
  /** Masks of the sparse weights, by name. */
  readonly masks: ReadonlyMap<string, Mask>;
  /** Parameters and running statistics by name; of sparse weights the active ones. */
  readonly tensors: ReadonlyMap<string, NamedTensor>;
}

/**
 * Takes a checkpoint of a training, between two steps. Everything in it is a copy.
 *
 * @throws InputError  for a training that has diverged, names that are not unique, notes that JSON cannot hold
 */
export function takeCheckpoint(trainer: Trainer, notes: CheckpointAdditions = {}): Checkpoint {
  const { network, data, optimizer, position } = trainer;
  if (optimizer.steps !== position.step) {
    throw new InputError(
      `takeCheckpoint: the training must be between two steps, but it left the finite numbers at step ${position.step}; ` +
        "keep the checkpoint of an earlier step",
    );
  }
  const { model = null, notes: rest = null, writtenBy = "gradientflow", attached = new Map() } = notes;
  const state = optimizer.save();
  const slots = network.parameters.map(
    ({ name, variable }) => [name, state.slots.get(variable.name) ?? new Map()] as const,
  );
  return {
    source: "checkpoint",
    model,
    notes: rest,
    writtenBy,
    attached,
    architecture: network.architecture,
    settings: trainer.settings,
    data: { name: data.dataset.name, sha256: data.dataset.sha256 },
    position,
    optimizer: { ...state, slots: new Map(slots.filter(([, of]) => of.size > 0)) },
    weights: describeWeights(network),
    masks: networkMasks(network),
    tensors: networkTensors(network, { sparse: "active" }),
  };
}

function describeWeights(network: Network): WeightDescription[] {
  return network.weightLayers.map(({ weight: { name, pattern }, shape }) => ({
    name,
    shape,
    sparse: pattern !== undefined,
  }));
}

/** Copies of the masks of a network's sparse parameters, by name. */
export function networkMasks(network: Network): Map<string, Mask> {
  const masks = new Map<string, Mask>();
  for (const { name, pattern } of network.parameters) {
    if (pattern === undefined) continue;
    const { fanOut, fanIn, csr } = pattern;
    masks.set(name, { fanOut, fanIn, rowPointers: csr.rowPointers.slice(), columnIndices: csr.columnIndices.slice() });
  }
  return masks;
}

/** The masks to build the network with, one per weight layer, undefined where it is dense: the `masks` of `buildNetwork` and `mlp`. */
export function masksOf({ weights, masks }: Checkpoint): (Mask | undefined)[] {
  return weights.map(({ name }) => masks.get(name));
}
