/** Whether two networks compute the same: both are run in evaluation on the same normal numbers. */

import { formatShape, InputError, Rng, ShapeError, sameShape, sizeOf } from "../base/index.ts";
import { compile, type Engine, Graph } from "../tensor/index.ts";
import { type NetworkValues, networkFromValues } from "../train/index.ts";

export interface CompareOptions {
  /** Inputs, each of N(0, 1) numbers. Default 16. */
  readonly examples?: number;
  /** Default 0. */
  readonly seed?: number;
}

export interface Comparison {
  /** max |a - b| over examples and outputs. */
  readonly largestDifference: number;
  /** max |a|, which the difference is to be seen against. */
  readonly largestOutput: number;
  /** What is allowed: tolerance · max(1, largest output). */
  readonly allowed: number;
  readonly agrees: boolean;
}

/** Of the largest output, or of 1 where that is smaller: sums in another order, and folded biases, differ by rounding. */
const tolerances = { float32: 1e-5, float64: 1e-10 };

/** The outputs of a network in evaluation, [outputs, B]. @param inputs  [features, B] */
export function outputsOf(engine: Engine, values: NetworkValues, inputs: ArrayLike<number>): Float64Array {
  using _ = engine.scope();
  const network = networkFromValues(engine, values);
  const examples = inputs.length / network.inputs;
  if (!Number.isInteger(examples) || examples < 1) {
    throw new InputError(
      `outputsOf: inputs must be ${network.inputs} numbers for each example, [features, B], got ${inputs.length} numbers`,
    );
  }
  const x = engine.variable("x", [network.inputs, examples], { batched: true });
  x.set(inputs);
  const graph = new Graph();
  const { logits } = network.forward(graph, graph.read(x), { mode: "eval" });
  const program = compile(engine, { outputs: [logits] });
  program.run();
  return program.read(logits);
}

/**
 * Runs two networks on the same inputs.
 *
 * @throws ShapeError  where their inputs or outputs differ in shape
 */
export function compareNetworks(
  engine: Engine,
  one: NetworkValues,
  other: NetworkValues,
  { examples = 16, seed = 0 }: CompareOptions = {},
): Comparison {
  const [a, b] = [one.architecture.input, other.architecture.input];
  if (!sameShape(a, b)) {
    throw new ShapeError(
      `compareNetworks: both must read the same inputs, got ${formatShape(a)} and ${formatShape(b)}`,
    );
  }
  const rng = new Rng(seed, "test");
  const inputs = Float64Array.from({ length: sizeOf(a) * examples }, () => rng.normal());
  const [outputs, others] = [outputsOf(engine, one, inputs), outputsOf(engine, other, inputs)];
  if (outputs.length !== others.length) {
    throw new ShapeError(
      `compareNetworks: both must give the same outputs, got ${outputs.length / examples} and ${others.length / examples}`,
    );
  }
  let [largestDifference, largestOutput] = [0, 0];
  outputs.forEach((value, at) => {
    const difference = Math.abs(value - others[at]);
    // Written so that NaN counts as a difference.
    if (!(difference <= largestDifference)) largestDifference = difference;
    largestOutput = Math.max(largestOutput, Math.abs(value));
  });
  const allowed = tolerances[engine.backend.elementType] * Math.max(1, largestOutput);
  return { largestDifference, largestOutput, allowed, agrees: largestDifference <= allowed };
}
