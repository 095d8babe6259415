/**
 * Loss, accuracy and dead units of a network over a whole split, in evaluation mode.
 *
 * A hidden unit is dead on a split when its activation is the same for every example of it: for ReLU that is 0 throughout. A
 * channel of images is dead when it is so for every pixel of every example.
 */

import { type Network, shapesOf } from "../nn/index.ts";
import type { Engine, Program, Tensor, Variable } from "../tensor/index.ts";
import { compile, correct, crossEntropyPerExample, Graph, rowSum, widenRange } from "../tensor/index.ts";
import type { ResidentDataset } from "./resident-dataset.ts";
import { batchNodes } from "./resident-dataset.ts";

const batchSize = 256;

export interface Evaluation {
  /** Mean cross-entropy per example. */
  readonly loss: number;
  /** Share of examples whose first largest logit is the label's, in [0, 1]. */
  readonly accuracy: number;
  /** Share of dead units or channels of each activation, in [0, 1], and the weight layer before it, from 1. */
  readonly deadUnits: readonly { readonly layer: number; readonly share: number }[];
}

interface BatchProgram {
  readonly program: Program;
  readonly indices: Variable;
  readonly loss: Tensor;
  readonly hits: Tensor;
}

/** Evaluates one network on one split, as often as asked. */
export class Evaluator {
  readonly #count: number;
  readonly #make: (batch: number) => BatchProgram;
  readonly #programs = new Map<number, BatchProgram>();
  readonly #ranges: readonly {
    readonly low: Variable;
    readonly high: Variable;
    readonly layer: number;
    readonly units: number;
  }[];

  constructor(engine: Engine, network: Network, data: ResidentDataset, which: "train" | "test") {
    const split = data[which];
    this.#count = split.count;
    this.#ranges = activationsOf(network).map(({ layer, units }, index) => ({
      low: engine.variable(`${which}.low${index + 1}`, [units]),
      high: engine.variable(`${which}.high${index + 1}`, [units]),
      layer,
      units,
    }));
    this.#make = (batch) => {
      const graph = new Graph();
      const indices = engine.variable(`${which}.indices`, [batch], { batched: true, type: "int32" });
      const { x, labels } = batchNodes(graph, data, split, indices);
      const { logits, activations } = network.forward(graph, x, { mode: "eval" });
      const loss = rowSum(crossEntropyPerExample(logits, labels));
      const hits = rowSum(correct(logits, labels));
      const updates = activations.map(({ value }, index) =>
        widenRange(this.#ranges[index].low, this.#ranges[index].high, value),
      );
      return { program: compile(engine, { outputs: [loss, hits], updates }), indices, loss, hits };
    };
  }

  /** One pass over the split. */
  evaluate(): Evaluation {
    for (const { low, high } of this.#ranges) {
      low.fill(Number.POSITIVE_INFINITY);
      high.fill(Number.NEGATIVE_INFINITY);
    }
    let loss = 0;
    let hits = 0;
    for (let start = 0; start < this.#count; start += batchSize) {
      const size = Math.min(batchSize, this.#count - start);
      const batch = this.#batch(size);
      const indices = batch.indices.view();
      for (let b = 0; b < size; b++) indices[b] = start + b;
      batch.program.run();
      loss += batch.program.scalar(batch.loss);
      hits += batch.program.scalar(batch.hits);
    }
    const deadUnits = this.#ranges.map(({ low, high, layer, units }) => {
      const lows = low.get();
      const highs = high.get();
      return { layer, share: lows.filter((value, unit) => value === highs[unit]).length / units };
    });
    return { loss: loss / this.#count, accuracy: hits / this.#count, deadUnits };
  }

  #batch(size: number): BatchProgram {
    let made = this.#programs.get(size);
    if (made === undefined) {
      made = this.#make(size);
      this.#programs.set(size, made);
    }
    return made;
  }
}

/** The activations of a network in order, each with its units or channels and the weight layer before it, from 1. */
function activationsOf({ architecture }: Network): { readonly layer: number; readonly units: number }[] {
  const shapes = shapesOf(architecture);
  let layer = 0;
  return architecture.layers.flatMap(({ kind, name }) => {
    if (kind === "convolution" || kind === "linear") layer += 1;
    return kind === "activation" ? [{ layer, units: (shapes.get(name) as readonly number[])[0] }] : [];
  });
}
