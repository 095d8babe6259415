/**
 * Training: epochs of optimizer steps over a seeded order of examples.
 *
 * A step is computed, its loss looked at, and only then its updates applied: a network that leaves the finite numbers is
 * stopped with its last weights in place, so that the layer where it began can be told.
 */

import { DivergedError, InputError } from "../base/index.ts";
import type { Augmentation, BatchRange } from "../data/index.ts";
import { augment, batches } from "../data/index.ts";
import type { Network } from "../nn/index.ts";
import type {
  ClipOptions,
  GroupBlock,
  OptimizerName,
  OptimizerSettings,
  ScheduleOptions,
  StepValues,
} from "../optim/index.ts";
import { clipGradients, Optimizer, stepsInTraining } from "../optim/index.ts";
import type { Engine, Program, Resident, Tensor, Variable } from "../tensor/index.ts";
import { compile, crossEntropy, Graph, gradient } from "../tensor/index.ts";
import { layerOfDivergence } from "./divergence.ts";
import { epochOrder } from "./epoch-order.ts";
import { checkGroups, groupSettings, lambdaOf } from "./groups-in-training.ts";
import type { ResidentDataset } from "./resident-dataset.ts";
import { batchNodes, checkFits } from "./resident-dataset.ts";
import type { TrainingSettings } from "./training-settings.ts";
import { plainSettings } from "./training-settings.ts";
import type { TrainingWindows } from "./values-by-step.ts";
import { rateOf, valuesInPlace } from "./values-by-step.ts";

export interface TrainerOptions {
  readonly network: Network;
  readonly data: ResidentDataset;
  readonly optimizer: OptimizerName;
  readonly optimizerSettings?: OptimizerSettings;
  /** Of an optimizer that sets weights to zero: what it sets to zero together; each weight alone without them. */
  readonly groups?: readonly GroupBlock[];
  /** Of such an optimizer's `lambda`, which is 0 once it has fallen to 1e-6. Default constant. */
  readonly lambdaSchedule?: Omit<ScheduleOptions, "totalSteps">;
  /** Base rate, > 0, times the schedule's factor. */
  readonly learningRate: number;
  /** Default constant. `totalSteps` is filled in. */
  readonly schedule?: Omit<ScheduleOptions, "totalSteps">;
  /**
   * Values window by window over all steps, in place of `learningRate` and its schedule, of the optimizer's momentum, of its
   * coupled weight decay: see `piecewise`.
   */
  readonly windows?: TrainingWindows;
  readonly epochs: number;
  /** ≥ 1. A last batch of a single example among larger ones is left out: statistics over one example say nothing. */
  readonly batchSize: number;
  readonly seed: number;
  readonly clip?: ClipOptions;
  /** Images only. */
  readonly augmentation?: Augmentation;
}

interface StepProgram {
  readonly program: Program;
  readonly loss: Tensor;
  /** Which examples: of the split, or of the augmented copies. */
  readonly indices: Variable;
  /** Which labels, where examples are augmented copies. */
  readonly labelIndices: Variable;
  readonly staging?: { readonly resident: Resident; readonly copies: Uint8Array | Float32Array };
  /** Pre-activation of each weight layer, for the search of a divergence. */
  readonly layers: readonly Tensor[];
  /** Of prox-svrg: leaves the batch's gradients at the snapshot. */
  readonly snapshot?: Program;
}

/**
 * Where a training is. Orders, masks of dropout and augmentations are streams named by seed, epoch and step, so that nothing
 * else of the random numbers need be remembered.
 */
export interface TrainingPosition {
  /** Steps done in all. */
  readonly step: number;
  /** Epochs done. */
  readonly epoch: number;
  /** Steps done of the epoch in progress, in [0, stepsPerEpoch). */
  readonly stepInEpoch: number;
  /** Sum of the losses of those steps, as float64 has it. */
  readonly lossSum: number;
}

/** A training in progress. */
export class Trainer {
  readonly network: Network;
  readonly data: ResidentDataset;
  readonly stepsPerEpoch: number;
  readonly optimizer: Optimizer;
  readonly #engine: Engine;
  readonly #options: TrainerOptions;
  readonly #rate: (step: number) => number;
  readonly #inPlace: (step: number) => StepValues | undefined;
  readonly #programs = new Map<number, StepProgram>();
  readonly #dropoutStep: Variable;
  readonly #ranges: readonly BatchRange[];
  #step = 0;
  #epoch = 0;
  #stepInEpoch = 0;
  #lossSum = 0;
  /** The order of the epoch in progress, once it is needed. */
  #order: Uint32Array | undefined;

  constructor(engine: Engine, options: TrainerOptions) {
    const { network, data, learningRate, epochs, batchSize } = options;
    checkFits(network, data);
    if (!(learningRate > 0 && Number.isFinite(learningRate))) {
      throw new InputError(`train: learningRate must be a finite number > 0, got ${learningRate}`);
    }
    if (!Number.isInteger(epochs) || epochs < 0) {
      throw new InputError(`train: epochs must be an integer ≥ 0, got ${epochs}`);
    }
    this.#engine = engine;
    this.#options = options;
    this.network = network;
    this.data = data;
    this.#ranges = usedBatches(data.train.count, batchSize);
    this.stepsPerEpoch = this.#ranges.length;
    checkGroups(options);
    const totalSteps = Math.max(1, epochs * this.stepsPerEpoch);
    const lengths = { totalSteps, stepsPerEpoch: this.stepsPerEpoch };
    const settings = stepsInTraining(options.optimizer, options.optimizerSettings ?? {}, lengths);
    const { parameters } = network;
    this.optimizer = new Optimizer(engine, options.optimizer, settings, { parameters, groups: options.groups });
    this.#rate = rateOf(options, totalSteps);
    const lambda = lambdaOf(this.optimizer.settings.lambda, options.lambdaSchedule, totalSteps);
    this.#inPlace = valuesInPlace(options, { totalSteps, lambda });
    this.#dropoutStep = engine.variable("dropout.step", [], { type: "int32" });
  }

  /** All that decides what a step does, but for the network and the data. */
  get settings(): TrainingSettings {
    const { learningRate, schedule: rates, windows, epochs, batchSize, seed, clip, augmentation } = this.#options;
    const { name, settings } = this.optimizer;
    return plainSettings({
      optimizer: { name, ...settings },
      learningRate,
      schedule: { name: "constant", ...rates },
      windows,
      ...groupSettings(this.#options),
      epochs,
      batchSize,
      seed,
      clip: clip ?? {},
      augmentation: augmentation ?? {},
      trainExamples: this.data.train.count,
      elementType: this.#engine.backend.elementType,
    });
  }

  /** Steps done. */
  get step(): number {
    return this.#step;
  }

  /** Epochs done. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Steps done of the epoch in progress; 0 at its start, which is the end of the one before. */
  get stepInEpoch(): number {
    return this.#stepInEpoch;
  }

  /** Where the training is, for `moveTo`. */
  get position(): TrainingPosition {
    return { step: this.#step, epoch: this.#epoch, stepInEpoch: this.#stepInEpoch, lossSum: this.#lossSum };
  }

  /**
   * Runs the rest of the epoch in progress, or its next `maxSteps` steps.
   *
   * @returns the mean of the losses of the epoch's steps so far, each over its batch before its update
   * @throws DivergedError  with step and layer, at the first loss that is not finite; the weights are those before that step
   */
  trainEpoch({ maxSteps = Number.POSITIVE_INFINITY } = {}): number {
    this.#order ??= epochOrder(this.data.train.count, this.#options.seed, this.#epoch);
    const last = Math.min(this.stepsPerEpoch, this.#stepInEpoch + maxSteps);
    while (this.#stepInEpoch < last) {
      const { start, end } = this.#ranges[this.#stepInEpoch];
      this.#lossSum += this.#trainStep(this.#order, start, end);
      this.#step += 1;
      this.#stepInEpoch += 1;
    }
    const loss = this.#lossSum / this.#stepInEpoch;
    if (this.#stepInEpoch === this.stepsPerEpoch) this.#place(this.#step, this.#epoch + 1);
    return loss;
  }

  /**
   * Goes on from a position, with whatever weights and optimizer state are in place.
   *
   * @throws InputError  for a position that a training of these batches does not come to
   */
  moveTo({ step, epoch, stepInEpoch, lossSum }: TrainingPosition): void {
    const whole = [step, epoch, stepInEpoch].every((count) => Number.isSafeInteger(count) && count >= 0);
    if (!whole || stepInEpoch >= this.stepsPerEpoch || step !== epoch * this.stepsPerEpoch + stepInEpoch) {
      throw new InputError(
        `train: with ${this.stepsPerEpoch} steps per epoch, a position must be ${this.stepsPerEpoch} * epoch + stepInEpoch steps, ` +
          `got step ${step}, epoch ${epoch} and stepInEpoch ${stepInEpoch}; take the position of the same training`,
      );
    }
    if (!Number.isFinite(lossSum)) {
      throw new InputError(`train: the sum of losses must be a finite number, got ${lossSum}; take another position`);
    }
    this.#place(step, epoch, stepInEpoch, lossSum);
  }

  #place(step: number, epoch: number, stepInEpoch = 0, lossSum = 0): void {
    this.#step = step;
    this.#epoch = epoch;
    this.#stepInEpoch = stepInEpoch;
    this.#lossSum = lossSum;
    this.#order = undefined;
  }

  /** The learning rate of a step. */
  learningRate(step: number): number {
    return this.#rate(step);
  }

  /** One step on the examples at `order[start]` to `order[end - 1]`. Makes no garbage worth the name: no views, no lists. */
  #trainStep(order: Uint32Array, start: number, end: number): number {
    this.#dropoutStep.view()[0] = this.step;
    const { varianceReduction } = this.optimizer;
    if (varianceReduction !== undefined && this.stepInEpoch === 0) this.#takeSnapshot(order);
    const made = this.#placeBatch(order, start, end);
    varianceReduction?.inSnapshot(() => made.snapshot?.run());
    this.optimizer.prepareStep(this.learningRate(this.step), this.#inPlace(this.step));
    made.program.compute();
    const loss = made.program.scalar(made.loss);
    if (!Number.isFinite(loss)) {
      const layer = layerOfDivergence(this.#engine, this.#options.network, made.layers);
      throw new DivergedError(`the loss became ${loss} at step ${this.step}, beginning in ${layer}`, {
        step: this.step,
        layer,
      });
    }
    made.program.update();
    this.optimizer.finishStep();
    if (this.stepInEpoch === this.stepsPerEpoch - 1) varianceReduction?.endEpoch();
    return loss;
  }

  /** The program for a batch, with its examples in place. */
  #placeBatch(order: Uint32Array, start: number, end: number): StepProgram {
    const made = this.#stepProgram(end - start);
    const labels = made.labelIndices.view();
    for (let b = 0; b < end - start; b++) labels[b] = order[start + b];
    if (made.staging !== undefined) this.#augment(made, order.subarray(start, end));
    return made;
  }

  /** The weights as prox-svrg's snapshot, and the gradient of the whole epoch there. */
  #takeSnapshot(order: Uint32Array): void {
    const { varianceReduction } = this.optimizer;
    varianceReduction?.beginEpoch();
    const examples = this.#ranges.reduce((sum, { start, end }) => sum + end - start, 0);
    for (const { start, end } of this.#ranges) {
      this.#placeBatch(order, start, end).snapshot?.run();
      varianceReduction?.addToFullGradient((end - start) / examples);
    }
  }

  #augment({ indices, staging }: StepProgram, examples: Uint32Array): void {
    if (staging === undefined) return;
    const { data, augmentation, seed } = this.#options;
    const { train, featureShape } = data.dataset;
    const stream = { seed, epoch: this.epoch };
    augment(train.values, featureShape, augmentation as Augmentation, stream, examples, staging.copies);
    this.#engine.writeResident(staging.resident, staging.copies);
    const places = indices.view();
    for (let b = 0; b < examples.length; b++) places[b] = b;
  }

  #stepProgram(size: number): StepProgram {
    let made = this.#programs.get(size);
    if (made === undefined) {
      made = this.#makeStepProgram(size);
      this.#programs.set(size, made);
    }
    return made;
  }

  #makeStepProgram(size: number): StepProgram {
    const { network, data, clip = {}, augmentation } = this.#options;
    const engine = this.#engine;
    const graph = new Graph();
    const labelIndices = engine.variable("train.indices", [size], { batched: true, type: "int32" });
    const staging = augmentation === undefined ? undefined : this.#makeStaging(size);
    const indices =
      staging === undefined ? labelIndices : engine.variable("train.places", [size], { batched: true, type: "int32" });
    const source = { values: staging?.resident ?? data.train.values, labels: data.train.labels };
    const { x, labels } = batchNodes(graph, data, source, indices, labelIndices);
    const forward = network.forward(graph, x, { mode: "train", dropoutStep: this.#dropoutStep });
    const loss = crossEntropy(forward.logits, labels);
    const weights = network.parameters.map((parameter) => graph.read(parameter.variable));
    const gradients = clipGradients(gradient(loss, weights, { disconnected: "zero" }), clip);
    const given = network.parameters.map(({ variable }, i) => ({ variable, gradient: gradients[i] }));
    const layers = forward.layers.map((layer) => layer.output);
    const updates = [...this.optimizer.updates(given), ...forward.updates];
    const program = compile(engine, { outputs: [loss], updates });
    const kept = this.optimizer.varianceReduction?.snapshotUpdates(given);
    const snapshot = kept && compile(engine, { updates: kept });
    return { program, loss, indices, labelIndices, staging, layers, snapshot };
  }

  #makeStaging(size: number) {
    const { values } = this.#options.data.dataset.train;
    const length = size * this.#options.data.features;
    const copies = values instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
    return { resident: this.#engine.resident(copies), copies };
  }
}

/** Steps that a trainer takes per epoch over `count` examples. */
export function stepsPerEpoch(count: number, batchSize: number): number {
  return usedBatches(count, batchSize).length;
}

/** The batches of an epoch, without a last one of a single example among larger ones. */
function usedBatches(count: number, batchSize: number) {
  const ranges = batches(count, batchSize);
  const last = ranges[ranges.length - 1];
  return ranges.length > 1 && batchSize > 1 && last.end - last.start === 1 ? ranges.slice(0, -1) : ranges;
}
