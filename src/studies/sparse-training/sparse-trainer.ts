/**
 * A training whose topology changes. The trainer runs the steps between two changes; at a change everything that it keeps is
 * taken out as numbers and the masks are changed. Where every layer keeps its number of weights, indices and numbers are written
 * over in place, and the compiled programs go on; otherwise network, optimizer and programs are built again in a fresh engine
 * scope. Either way the steps that follow have the same bits.
 *
 * Memory stays O(active): a sparse layer is at no time dense, its gradients neither.
 */

import { DivergedError } from "../../base/index.ts";
import type { Augmentation } from "../../data/index.ts";
import type { Architecture, Network, NetworkLayer } from "../../nn/index.ts";
import { buildNetwork } from "../../nn/index.ts";
import {
  adamDirection,
  type DynamicMethod,
  fullMask,
  type LayerChange,
  pruneTopology,
  type SparseLayer,
  updateTopology,
} from "../../sparsity/index.ts";
import type { Engine } from "../../tensor/index.ts";
import {
  type Checkpoint,
  masksOf,
  type ResidentDataset,
  restoreTraining,
  type Trainer,
  type TrainingPosition,
  takeCheckpoint,
} from "../../train/index.ts";
import { changeCheckpoint } from "./change-checkpoint.ts";
import { examplesOfSteps, type LookedAt } from "./examples.ts";
import { type GrowthLook, GrowthLooks } from "./growth-source.ts";
import type { Start } from "./start.ts";
import type { TopologyPlan, TopologyStep } from "./topology-plan.ts";

/**
 * Batches whose gradient stands in for the momentum of weights that are not there. Theirs would be Σ_j μ^j g_(t-j), each gradient
 * that of its own step, in a buffer of dense size. A momentum of μ = 0.9 remembers 1 / (1 - μ) = 10 steps; these are weighed alike
 * and seen at the present weights, in blocks.
 */
const momentumBatches = 10;

export interface SparseTrainerOptions {
  readonly architecture: Architecture;
  readonly data: ResidentDataset;
  readonly seed: number;
  readonly batchSize: number;
  readonly augmentation?: Augmentation;
  /** Where it begins: masks and weights, or a checkpoint of the same training. */
  readonly start: Start | Checkpoint;
  /** For each weight layer whether it takes part in changes. */
  readonly sparse: readonly boolean[];
  readonly plan?: TopologyPlan;
  /** Makes the training of a network; called anew after each change, always with the same settings. */
  readonly trainerOf: (network: Network) => Trainer;
  /** Called around each change, `before` and after it. */
  readonly onChange?: (when: "before" | "after", training: SparseTrainer) => void;
}

/** A change that was made. */
export interface TopologyRecord {
  readonly step: number;
  readonly layers: readonly Omit<LayerChange, "mask" | "carry">[];
}

/** A training in progress; holds an engine scope, which must be the innermost one when its topology changes. */
export class SparseTrainer {
  #trainer: Trainer;
  /** Of the network as it was built last. */
  #looks: GrowthLooks | undefined;
  /** The last change. */
  lastChange: TopologyRecord | undefined;
  readonly #engine: Engine;
  readonly #options: SparseTrainerOptions;
  #scope: Disposable;

  constructor(engine: Engine, options: SparseTrainerOptions) {
    this.#engine = engine;
    this.#options = options;
    const { start, architecture, seed, trainerOf } = options;
    this.#scope = engine.scope();
    if ("tensors" in start) {
      this.#trainer = this.#built(start);
      return;
    }
    const network = buildNetwork(engine, architecture, { seed, masks: start.masks, initial: start.initial });
    network.weightLayers.forEach(({ weight }, l) => {
      const values = start.weights[l];
      if (values !== undefined) weight.variable.set(values);
    });
    this.#trainer = trainerOf(network);
  }

  get trainer(): Trainer {
    return this.#trainer;
  }

  get network(): Network {
    return this.#trainer.network;
  }

  /**
   * Runs up to so many steps, to the end of the epoch at most; a change that is due before a step is made before it, or in its
   * place.
   *
   * @returns  mean loss of the epoch's steps so far, as `trainEpoch` does
   * @throws DivergedError  as `trainEpoch` does, and where a weight or a gradient that a change reads is no number
   */
  advance({ maxSteps = Number.POSITIVE_INFINITY } = {}): number {
    const { plan } = this.#options;
    const { epoch } = this.trainer;
    let left = maxSteps;
    let loss = Number.NaN;
    while (left > 0 && this.trainer.epoch === epoch) {
      const due = plan?.(this.trainer.step);
      if (due !== undefined) {
        const { step } = this.trainer;
        loss = this.#change(due) ?? loss;
        left -= this.trainer.step - step;
        if (this.trainer.step > step) continue;
      }
      const steps = Math.min(left, this.#stepsToNext());
      loss = this.trainer.trainEpoch({ maxSteps: steps });
      left -= steps;
    }
    return loss;
  }

  /** Steps from here to the next change or the end of the epoch. */
  #stepsToNext(): number {
    const { step, stepInEpoch, stepsPerEpoch } = this.trainer;
    const most = stepsPerEpoch - stepInEpoch;
    const { plan } = this.#options;
    if (plan === undefined) return most;
    let steps = 1;
    while (steps < most && plan(step + steps) === undefined) steps++;
    return steps;
  }

  /** @returns the epoch's mean loss, where the change took the place of a step */
  #change(due: TopologyStep): number | undefined {
    const { seed, onChange } = this.#options;
    const { step } = this.trainer;
    onChange?.("before", this);
    const checkpoint = takeCheckpoint(this.trainer);
    const layers = sparseLayers(this.network, checkpoint, this.#options.sparse);
    let changes: LayerChange[];
    let mean: number | undefined;
    let position = checkpoint.position;
    if (due.kind === "prune") {
      const keep = due.keep.filter((_, l) => this.#options.sparse[l]);
      changes = pruneTopology(layers, { score: "magnitude", keep, seed, step });
    } else {
      const { method, fraction } = due;
      const instead = method.timing === "instead-of-step";
      const random = method.grow === "random";
      const look = random && !instead ? undefined : this.#look(method);
      const growthSource = random ? undefined : look?.source;
      changes = updateTopology(layers, { method, fraction, seed, step, growthSource });
      if (instead) ({ position, mean } = this.#passed(position, look as GrowthLook));
    }
    this.lastChange = { step, layers: changes.map(({ mask: _, carry: __, ...rest }) => rest) };
    const changed = changeCheckpoint(checkpoint, new Map(changes.map((change) => [`${change.name}.weight`, change])));
    // The optimizer counts a step that was given to the topology, and does nothing in it.
    this.#goOn({ ...changed, position, optimizer: { ...changed.optimizer, steps: position.step } });
    onChange?.("after", this);
    return mean;
  }

  /** The batch of the step to come, or the batches that momentum remembers. */
  #look({ grow }: DynamicMethod): GrowthLook {
    const past = grow === "momentum-magnitude";
    const { data, seed, batchSize, augmentation } = this.#options;
    const { step, stepsPerEpoch, epoch } = this.trainer;
    const steps = { seed, count: data.train.count, batchSize, stepsPerEpoch };
    const examples = past
      ? examplesOfSteps(steps, Math.max(0, step - momentumBatches), step)
      : examplesOfSteps(steps, step, step + 1);
    const augmented = augmentation === undefined ? undefined : { augmentation, seed, epoch };
    const looked: LookedAt = { examples, augmented };
    this.#looks ??= new GrowthLooks(this.#engine, this.network, data, { gradients: grow !== "random" });
    const look = this.#looks.look({ ...looked, dropoutStep: step });
    if (Number.isFinite(look.loss)) return look;
    throw new DivergedError(`the loss became ${look.loss} at step ${step}, where the topology was to change`, {
      step,
      layer: "loss",
    });
  }

  /** The position after a step that went to the topology, and the epoch's mean loss until then. */
  #passed(position: TrainingPosition, { loss }: GrowthLook): { position: TrainingPosition; mean: number } {
    const { stepsPerEpoch } = this.trainer;
    const step = position.step + 1;
    const stepInEpoch = position.stepInEpoch + 1;
    const lossSum = position.lossSum + loss;
    const mean = lossSum / stepInEpoch;
    if (stepInEpoch < stepsPerEpoch) return { position: { ...position, step, stepInEpoch, lossSum }, mean };
    return { position: { step, epoch: position.epoch + 1, stepInEpoch: 0, lossSum: 0 }, mean };
  }

  /** Goes on from a checkpoint of this training with other masks. */
  #goOn(checkpoint: Checkpoint): void {
    const move = ({ weight: { name, pattern } }: NetworkLayer): boolean => {
      const mask = checkpoint.masks.get(name);
      return mask === undefined ? pattern === undefined : pattern?.move(mask) === true;
    };
    // An optimizer that sets groups of weights to zero has noted where their rows begin.
    if (!this.#trainer.optimizer.zeroing && this.network.weightLayers.every(move)) {
      restoreTraining(this.#trainer, checkpoint);
      return;
    }
    this.#scope[Symbol.dispose]();
    this.#scope = this.#engine.scope();
    this.#looks = undefined;
    this.#trainer = this.#built(checkpoint);
  }

  #built(checkpoint: Checkpoint): Trainer {
    const { architecture, seed, trainerOf } = this.#options;
    const network = buildNetwork(this.#engine, architecture, { seed, masks: masksOf(checkpoint) });
    const trainer = trainerOf(network);
    restoreTraining(trainer, checkpoint);
    return trainer;
  }

  /** Gives its memory back; its numbers must have been taken out before. */
  [Symbol.dispose](): void {
    this.#scope[Symbol.dispose]();
  }
}

/** The layers that change, as `sparsity` sees them. */
function sparseLayers(network: Network, checkpoint: Checkpoint, sparse: readonly boolean[]): SparseLayer[] {
  return network.weightLayers.flatMap(({ weight, name, layer, shape, fanIn }, l) => {
    if (!sparse[l]) return [];
    const mask = checkpoint.masks.get(weight.name) ?? fullMask({ fanOut: shape[0], fanIn });
    const weights = checkpoint.tensors.get(weight.name)?.values as ArrayLike<number>;
    const slots = checkpoint.optimizer.slots.get(weight.name);
    const [mean, square] = [slots?.get("mean"), slots?.get("square")];
    const momenta = mean !== undefined && square !== undefined ? adamDirection(mean, square) : slots?.get("velocity");
    return [{ name, layer, mask, weights, momenta }];
  });
}
