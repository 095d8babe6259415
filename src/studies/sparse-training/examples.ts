/** Which training examples a look at the network reads: those of coming or past steps, or the first ones, as the training would. */

import { type Augmentation, augment } from "../../data/index.ts";
import type { Engine, Graph, Tensor } from "../../tensor/index.ts";
import { batchNodes, epochOrder, type ResidentDataset } from "../../train/index.ts";

/** Examples by number; those of a training with augmentation are its augmented copies. */
export interface LookedAt {
  readonly examples: Uint32Array;
  readonly augmented?: { readonly augmentation: Augmentation; readonly seed: number; readonly epoch: number };
}

export interface StepsOf {
  readonly seed: number;
  readonly count: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
}

/** The examples of the steps [from, to) of a training, in its order. */
export function examplesOfSteps(
  { seed, count, batchSize, stepsPerEpoch }: StepsOf,
  from: number,
  to: number,
): Uint32Array {
  const found: number[] = [];
  let order: Uint32Array | undefined;
  for (let step = from; step < to; step++) {
    const [epoch, place] = [Math.floor(step / stepsPerEpoch), step % stepsPerEpoch];
    if (order === undefined || place === 0) order = epochOrder(count, seed, epoch);
    found.push(...order.subarray(place * batchSize, Math.min(count, (place + 1) * batchSize)));
  }
  return Uint32Array.from(found);
}

/** The first examples of the training split. */
export function firstExamples(data: ResidentDataset, count: number): Uint32Array {
  return Uint32Array.from({ length: Math.min(count, data.train.count) }, (_, b) => b);
}

/** Nodes that read a number of examples, and which ones these are. */
export interface ExampleBatch {
  readonly x: Tensor;
  readonly labels: Tensor;
  /** Says which examples the nodes read from here on: as many as at first, augmented like them or not. */
  show(looked: LookedAt): void;
}

/** Input and labels of so many examples as nodes. What it allocates lives in the engine's innermost scope. */
export function exampleBatch(
  engine: Engine,
  graph: Graph,
  data: ResidentDataset,
  { count, augmented }: { readonly count: number; readonly augmented: boolean },
): ExampleBatch {
  const numbers = () => engine.variable("look.indices", [count], { batched: true, type: "int32" });
  const examples = numbers();
  if (!augmented) {
    return { ...batchNodes(graph, data, data.train, examples), show: (looked) => examples.set(looked.examples) };
  }
  const { train, featureShape } = data.dataset;
  const length = count * data.features;
  const copies = train.values instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
  const values = engine.resident(copies);
  const places = numbers();
  places.set(Array.from({ length: count }, (_, b) => b));
  const show = (looked: LookedAt) => {
    const { augmentation, ...stream } = looked.augmented as NonNullable<LookedAt["augmented"]>;
    augment(train.values, featureShape, augmentation, stream, looked.examples, copies);
    engine.writeResident(values, copies);
    examples.set(looked.examples);
  };
  return { ...batchNodes(graph, data, { values, labels: data.train.labels }, places, examples), show };
}

/** The same for one look. */
export function exampleNodes(
  engine: Engine,
  graph: Graph,
  data: ResidentDataset,
  looked: LookedAt,
): Pick<ExampleBatch, "x" | "labels"> {
  const { show, ...nodes } = exampleBatch(engine, graph, data, {
    count: looked.examples.length,
    augmented: looked.augmented !== undefined,
  });
  show(looked);
  return nodes;
}
