/**
 * A network's training as a problem to differentiate through: one resident data set, of which each round trains and judges on
 * examples of its own, from weights of its own.
 *
 * Everything random follows from (seed, round, step): the weights of round 0 are those `buildNetwork` draws from that seed.
 */

import { InputError, Rng } from "../base/index.ts";
import type { Augmentation } from "../data/index.ts";
import { augment, shuffledIndices } from "../data/index.ts";
import type { Fans, InitialDistribution, Network } from "../nn/index.ts";
import { initialWeights } from "../nn/index.ts";
import type { Engine, Graph, Resident, Variable } from "../tensor/index.ts";
import { batchMean, correct, crossEntropy } from "../tensor/index.ts";
import type { ResidentDataset } from "../train/index.ts";
import { batchNodes, checkFits } from "../train/index.ts";
import type { BatchLoss, InnerProblem, Objective } from "./problem.ts";

/** Rounds have disjoint epochs and steps below these numbers of them. */
const epochsPerRound = 2 ** 16;
const stepsPerRound = 2 ** 20;

export interface NetworkProblemOptions {
  readonly network: Network;
  readonly data: ResidentDataset;
  /** ≥ 1. Batches have this size; what an epoch has left over is not used. */
  readonly batchSize: number;
  /** Of the validation, whose last batch may be smaller. Default 500. */
  readonly validationBatchSize?: number;
  readonly seed: number;
  /** The distribution the network was built with. Default "he-normal". */
  readonly initial?: InitialDistribution;
  /** Fans of each weight layer's distribution, as the network was built with them. Default the nominal ones. */
  readonly initialFans?: readonly Fans[];
  /** Draws a round's weights, [active], of the weight layer at a place, for networks whose weights `initial` does not describe. */
  readonly drawWeights?: (place: number, round: number) => ArrayLike<number>;
  /** Images only; of the training batches alone. */
  readonly augmentation?: Augmentation;
}

/** What a round trains on and is judged by: places in the training split of the data. */
export interface Sample {
  readonly train: ArrayLike<number>;
  readonly validation: ArrayLike<number>;
}

/** Draws disjoint examples for a round, from the stream (seed, "split", 0, round). */
export function drawSample(
  count: number,
  sizes: { readonly train: number; readonly validation: number },
  { seed, round }: { readonly seed: number; readonly round: number },
): Sample {
  const { train, validation } = sizes;
  const whole = [train, validation].every((size) => Number.isInteger(size) && size >= 1);
  if (!whole || train + validation > count) {
    throw new InputError(
      `drawSample: train and validation must be integers ≥ 1 that add up to at most ${count}, got ${train} and ${validation}`,
    );
  }
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  new Rng(seed, "split", 0, round).shuffle(order);
  return { train: order.slice(0, train), validation: order.slice(train, train + validation) };
}

/** The inputs of batches of one size. */
interface Feed {
  readonly indices: Variable;
  /** Where the labels are, if the examples are augmented copies. */
  readonly labelIndices: Variable;
  readonly staging?: { readonly resident: Resident; readonly copies: Uint8Array | Float32Array };
}

/** A network's training; `resample` puts another round in place. */
export class NetworkProblem implements InnerProblem {
  readonly engine: Engine;
  readonly parameters: readonly Variable[];
  readonly buffers: readonly Variable[];
  readonly training: Objective;
  validation: InnerProblem["validation"];
  readonly #options: NetworkProblemOptions;
  readonly #dropoutStep: Variable;
  readonly #trainFeed: Feed;
  readonly #validationFeeds = new Map<number, Feed>();
  /** Biases, slopes and statistics as the network was built with them. */
  readonly #constants: ReadonlyMap<Variable, Float64Array>;
  #round = 0;
  #sample: Sample;
  #order: { readonly epoch: number; readonly places: Uint32Array } | undefined;

  /** @throws InputError  where network and data do not fit, or the sample has fewer examples than a batch */
  constructor(engine: Engine, options: NetworkProblemOptions, sample: Sample, round = 0) {
    const { network, data, batchSize } = options;
    checkFits(network, data);
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new InputError(`network problem: batchSize must be an integer ≥ 1, got ${batchSize}`);
    }
    this.engine = engine;
    this.#options = options;
    this.parameters = network.parameters.map(({ variable }) => variable);
    this.buffers = network.buffers;
    const drawn = new Set(network.weightLayers.map(({ weight }) => weight.variable));
    const constant = [...this.parameters, ...this.buffers].filter((variable) => !drawn.has(variable));
    this.#constants = new Map(constant.map((variable) => [variable, variable.get()]));
    this.#dropoutStep = engine.variable("dropout.step", [], { type: "int32" });
    this.#trainFeed = this.#feed("train", batchSize, options.augmentation !== undefined);
    this.#sample = sample;
    this.training = {
      kind: () => "batch",
      build: (graph) => this.#loss(graph, this.#trainFeed),
      feed: (step) => this.#feedTraining(step),
    };
    this.validation = this.#place(round, sample);
  }

  /**
   * Puts a round in place: its weights (at the next `start`), its order of examples, and its sample, if it has another. A sample
   * whose validation has another size than those before allocates for it, in the innermost scope of the engine.
   */
  resample(round: number, sample: Sample = this.#sample): void {
    this.validation = this.#place(round, sample);
  }

  #place(round: number, sample: Sample): InnerProblem["validation"] {
    if (!Number.isInteger(round) || round < 0 || round >= 2 ** 11) {
      throw new InputError(`network problem: the round must be an integer in [0, 2048), got ${round}`);
    }
    const { batchSize, validationBatchSize = 500 } = this.#options;
    if (sample.train.length < batchSize || sample.validation.length < 1) {
      throw new InputError(
        `network problem: a sample needs a batch of ${batchSize} to train on and 1 example to be judged by, ` +
          `got ${sample.train.length} and ${sample.validation.length}; give more examples, or a smaller batch`,
      );
    }
    this.#round = round;
    this.#sample = sample;
    this.#order = undefined;
    const { length } = sample.validation;
    const sizes: number[] = [];
    for (let first = 0; first < length; first += validationBatchSize) {
      sizes.push(Math.min(validationBatchSize, length - first));
    }
    // Statistics over one example say nothing.
    if (sizes.length > 1 && sizes[sizes.length - 1] === 1) sizes.pop();
    const judged = sizes.reduce((a, b) => a + b);
    for (const size of sizes) {
      if (!this.#validationFeeds.has(size)) this.#validationFeeds.set(size, this.#feed("validation", size, false));
    }
    return {
      shares: sizes.map((size) => size / judged),
      kind: (index) => String(sizes[index]),
      build: (graph, kind) => {
        // Judging changes no running statistics.
        const { loss, accuracy } = this.#loss(graph, this.#validationFeeds.get(Number(kind)) as Feed);
        return { loss, accuracy };
      },
      feed: (index) => {
        const first = index * validationBatchSize;
        const chosen = (this.#validationFeeds.get(sizes[index]) as Feed).indices.view();
        for (let b = 0; b < sizes[index]; b++) chosen[b] = sample.validation[first + b];
      },
    };
  }

  /** Draws the round's weights; everything else is as the network was built. */
  start(): void {
    const { network, seed, initial = "he-normal", initialFans, drawWeights } = this.#options;
    for (const [place, { weight, layer, fanIn, fanOut }] of network.weightLayers.entries()) {
      if (drawWeights !== undefined) {
        weight.variable.set(drawWeights(place, this.#round));
        continue;
      }
      const count = weight.variable.shape.reduce((a, b) => a * b, 1);
      const rng = new Rng(seed, "weights", layer, this.#round);
      weight.variable.set(initialWeights(initial, count, initialFans?.[place] ?? { fanIn, fanOut }, rng));
    }
    for (const [variable, values] of this.#constants) variable.set(values);
  }

  #feed(which: string, size: number, staged: boolean): Feed {
    const indices = (name: string) =>
      this.engine.variable(`${which}.${name}`, [size], { batched: true, type: "int32" });
    const labelIndices = indices("indices");
    if (!staged) return { indices: labelIndices, labelIndices };
    const { data } = this.#options;
    const length = size * data.features;
    const copies = data.dataset.train.values instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
    const places = indices("places");
    places.set(Array.from({ length: size }, (_, b) => b));
    return { indices: places, labelIndices, staging: { resident: this.engine.resident(copies), copies } };
  }

  #loss(graph: Graph, { indices, labelIndices, staging }: Feed): BatchLoss {
    const { network, data } = this.#options;
    const source = { values: staging?.resident ?? data.train.values, labels: data.train.labels };
    const { x, labels } = batchNodes(graph, data, source, indices, labelIndices);
    const { logits, updates } = network.forward(graph, x, { mode: "train", dropoutStep: this.#dropoutStep });
    return { loss: crossEntropy(logits, labels), accuracy: batchMean(correct(logits, labels)), updates };
  }

  #feedTraining(step: number): void {
    const { batchSize, augmentation, seed, data } = this.#options;
    const { train } = this.#sample;
    const perEpoch = Math.floor(train.length / batchSize);
    const epoch = this.#round * epochsPerRound + Math.floor(step / perEpoch);
    if (this.#order?.epoch !== epoch) {
      this.#order = { epoch, places: shuffledIndices(train.length, seed, epoch) };
    }
    const { labelIndices, staging } = this.#trainFeed;
    const chosen = labelIndices.view();
    const first = (step % perEpoch) * batchSize;
    for (let b = 0; b < batchSize; b++) chosen[b] = train[this.#order.places[first + b]];
    this.#dropoutStep.view()[0] = this.#round * stepsPerRound + (step % stepsPerRound);
    if (staging !== undefined) {
      const { values } = data.dataset.train;
      const stream = { seed, epoch };
      const examples = chosen.subarray(0, batchSize);
      augment(values, data.dataset.featureShape, augmentation as Augmentation, stream, examples, staging.copies);
      this.engine.writeResident(staging.resident, staging.copies);
    }
  }
}
