/** What networks say of the same examples: where they disagree, and what they say together. */

import { InputError } from "../../base/index.ts";
import type { Network } from "../../nn/index.ts";
import { compile, type Engine, Graph, softmax } from "../../tensor/index.ts";
import type { Examples } from "./loss-surface.ts";

export interface Predictions {
  /** Of the network, for tables and messages. */
  readonly name: string;
  readonly classes: number;
  /** [N, classes], row-major: softmax of the logits. */
  readonly probabilities: Float64Array;
}

const chunkSize = 256;

/** The probabilities that a network gives each class of each example, in evaluation mode. */
export function predict(engine: Engine, network: Network, examples: Examples, name = "network"): Predictions {
  const { count } = examples;
  const classes = network.outputs;
  const probabilities = new Float64Array(count * classes);
  using _ = engine.scope();
  for (let start = 0; start < count; start += chunkSize) {
    const size = Math.min(chunkSize, count - start);
    using __ = engine.scope();
    const indices = engine.variable("predict.indices", [size], { batched: true, type: "int32" });
    indices.set(Array.from({ length: size }, (_, b) => start + b));
    const graph = new Graph();
    const nodes = examples.nodes(graph, indices);
    const shares = softmax(network.forward(graph, nodes.x, { mode: "eval" }).logits);
    const program = compile(engine, { outputs: [shares] });
    program.run();
    const values = program.read(shares);
    for (let c = 0; c < classes; c++) {
      for (let b = 0; b < size; b++) probabilities[(start + b) * classes + c] = values[c * size + b];
    }
  }
  return { name, classes, probabilities };
}

/** The class of each example: the first of those with the largest probability. */
export function predictedClasses({
  classes,
  probabilities,
}: Pick<Predictions, "classes" | "probabilities">): Int32Array {
  return Int32Array.from({ length: probabilities.length / classes }, (_, n) => {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if (probabilities[n * classes + c] > probabilities[n * classes + best]) best = c;
    }
    return best;
  });
}

/** Share of the examples that two networks put into different classes, for every pair: [n, n], 0 on the diagonal. */
export function disagreement(predictions: readonly Predictions[]): number[][] {
  checkAlike("disagreement", predictions);
  const said = predictions.map(predictedClasses);
  return said.map((own) => said.map((other) => own.filter((label, n) => label !== other[n]).length / own.length));
}

/** Share of the examples whose class a network hits, in [0, 1]. @param labels  [N] */
export function accuracyOf(
  predictions: Pick<Predictions, "classes" | "probabilities">,
  labels: ArrayLike<number>,
): number {
  const said = predictedClasses(predictions);
  if (labels.length < said.length) {
    throw new InputError(`accuracyOf: needs ${said.length} labels, one per example, got ${labels.length}`);
  }
  return said.filter((label, n) => label === labels[n]).length / said.length;
}

/** All networks together: the mean of their probabilities. @throws InputError  for none, or other examples or classes */
export function ensemble(predictions: readonly Predictions[], name = "ensemble"): Predictions {
  if (predictions.length === 0)
    throw new InputError("ensemble: expected the predictions of at least one network, got none");
  checkAlike("ensemble", predictions);
  const [{ classes, probabilities }] = predictions;
  const mean = new Float64Array(probabilities.length);
  for (const { probabilities: own } of predictions) {
    for (let k = 0; k < mean.length; k++) mean[k] += own[k] / predictions.length;
  }
  return { name, classes, probabilities: mean };
}

function checkAlike(where: string, predictions: readonly Predictions[]): void {
  const [first] = predictions;
  for (const { name, classes, probabilities } of predictions) {
    if (classes === first.classes && probabilities.length === first.probabilities.length) continue;
    throw new InputError(
      `${where}: networks must see the same examples and classes, but ${first.name} has ` +
        `${first.probabilities.length / first.classes} of ${first.classes} classes, ${name} ` +
        `${probabilities.length / classes} of ${classes}; compare them on one data set`,
    );
  }
}
