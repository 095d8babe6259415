/** Which training examples a look at the network reads: those of coming or past steps, or the first ones, as the training would. */

import { type Augmentation, augment } from "../../data/index.ts";
import type { Engine, Graph, Resident, Tensor, Variable } from "../../tensor/index.ts";
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

/** Input and labels of the examples as nodes. What it allocates lives in the engine's innermost scope. */
export function exampleNodes(
  engine: Engine,
  graph: Graph,
  data: ResidentDataset,
  { examples, augmented }: LookedAt,
): { readonly x: Tensor; readonly labels: Tensor } {
  const numbers = (values: ArrayLike<number>): Variable => {
    const variable = engine.variable("look.indices", [values.length], { batched: true, type: "int32" });
    variable.set(values);
    return variable;
  };
  const labelIndices = numbers(examples);
  if (augmented === undefined) return batchNodes(graph, data, data.train, labelIndices);
  const { train, featureShape } = data.dataset;
  const length = examples.length * data.features;
  const copies = train.values instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
  augment(train.values, featureShape, augmented.augmentation, augmented, examples, copies);
  const values: Resident = engine.resident(copies);
  const places = numbers(Array.from(examples, (_, b) => b));
  return batchNodes(graph, data, { values, labels: data.train.labels }, places, labelIndices);
}
