/**
 * Training: epochs of optimizer steps over a seeded order of examples.
 *
 * A step is computed, its loss looked at, and only then its updates applied: a network that leaves the finite numbers is
 * stopped with its last weights in place, so that the layer where it began can be told.
 */

import { DivergedError, InputError } from "../base/index.ts";
import type { Augmentation } from "../data/index.ts";
import { augment, batches, shuffledIndices } from "../data/index.ts";
import type { Network } from "../nn/index.ts";
import type { ClipOptions, OptimizerName, OptimizerSettings, ScheduleOptions } from "../optim/index.ts";
import { clipGradients, Optimizer, schedule } from "../optim/index.ts";
import type { Engine, Program, Resident, Tensor, Variable } from "../tensor/index.ts";
import { compile, crossEntropy, Graph, gradient } from "../tensor/index.ts";
import { layerOfDivergence } from "./divergence.ts";
import type { ResidentDataset } from "./resident-dataset.ts";
import { batchNodes, checkFits } from "./resident-dataset.ts";

export interface TrainerOptions {
  readonly network: Network;
  readonly data: ResidentDataset;
  readonly optimizer: OptimizerName;
  readonly optimizerSettings?: OptimizerSettings;
  /** Base rate, > 0, times the schedule's factor. */
  readonly learningRate: number;
  /** Default constant. `totalSteps` is filled in. */
  readonly schedule?: Omit<ScheduleOptions, "totalSteps">;
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
}

/** A training in progress. `step` and `epoch` count what is done. */
export class Trainer {
  step = 0;
  epoch = 0;
  readonly stepsPerEpoch: number;
  readonly optimizer: Optimizer;
  readonly #engine: Engine;
  readonly #options: TrainerOptions;
  readonly #rate: (step: number) => number;
  readonly #programs = new Map<number, StepProgram>();
  readonly #dropoutStep: Variable;

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
    this.stepsPerEpoch = stepsPerEpoch(data.train.count, batchSize);
    this.optimizer = new Optimizer(engine, options.optimizer, options.optimizerSettings);
    this.#rate = schedule({ ...options.schedule, totalSteps: Math.max(1, epochs * this.stepsPerEpoch) });
    this.#dropoutStep = engine.variable("dropout.step", [], { type: "int32" });
  }

  /**
   * Runs one epoch, or its first `maxSteps` steps, which is for timing.
   *
   * @returns the mean of the steps' losses, each over its batch before its update
   * @throws DivergedError  with step and layer, at the first loss that is not finite; the weights are those before that step
   */
  trainEpoch({ maxSteps = Number.POSITIVE_INFINITY } = {}): number {
    const { data, batchSize, seed } = this.#options;
    const order = shuffledIndices(data.train.count, seed, this.epoch);
    let total = 0;
    const ranges = usedBatches(data.train.count, batchSize).slice(0, maxSteps);
    for (const { start, end } of ranges) {
      total += this.#trainStep(order, start, end);
      this.step += 1;
    }
    this.epoch += 1;
    return total / ranges.length;
  }

  /** The learning rate of a step. */
  learningRate(step: number): number {
    return this.#options.learningRate * this.#rate(step);
  }

  /** One step on the examples at `order[start]` to `order[end - 1]`. Makes no garbage worth the name: no views, no lists. */
  #trainStep(order: Uint32Array, start: number, end: number): number {
    const made = this.#stepProgram(end - start);
    const labels = made.labelIndices.view();
    for (let b = 0; b < end - start; b++) labels[b] = order[start + b];
    if (made.staging !== undefined) this.#augment(made, order.subarray(start, end));
    this.#dropoutStep.view()[0] = this.step;
    this.optimizer.prepareStep(this.learningRate(this.step));
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
    return loss;
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
    const steps = this.optimizer.updates(
      network.parameters.map(({ variable }, i) => ({ variable, gradient: gradients[i] })),
    );
    const layers = forward.layers.map((layer) => layer.output);
    const program = compile(engine, { outputs: [loss], updates: [...steps, ...forward.updates] });
    return { program, loss, indices, labelIndices, staging, layers };
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
