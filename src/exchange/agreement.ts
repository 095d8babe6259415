/** Whether an exported network computes what the network computes: outputs of both on drawn inputs, and how far they are apart. */

import { InputError, Rng, sizeOf } from "../base/index.ts";
import type { Architecture } from "../nn/index.ts";
import { compile, type Engine, Graph } from "../tensor/index.ts";
import { type NetworkValues, networkFromValues } from "../train/index.ts";

/** Standard normal numbers, example by example: [batch, ...input]. */
export function drawnInputs({ input }: Pick<Architecture, "input">, batch: number, seed = 0): Float32Array {
  const rng = new Rng(seed, "noise");
  return Float32Array.from({ length: batch * sizeOf(input) }, () => rng.normal());
}

/** What a network gives on the engine in evaluation mode. @param inputs  [batch, ...input]. @returns [batch, outputs] */
export function networkOutputs(
  engine: Engine,
  values: NetworkValues,
  inputs: Float32Array,
  batch: number,
): Float64Array {
  using _ = engine.scope();
  const network = networkFromValues(engine, values);
  const { inputs: features, outputs } = network;
  if (inputs.length !== batch * features) {
    throw new InputError(
      `networkOutputs: ${batch} examples of ${values.architecture.name} are ${batch * features} numbers, got ${inputs.length}`,
    );
  }
  const x = engine.variable("x", [features, batch], { batched: true });
  x.set(inputs.map((__, at) => inputs[(at % batch) * features + Math.floor(at / batch)]));
  const graph = new Graph();
  const { logits } = network.forward(graph, graph.read(x), { mode: "eval" });
  const program = compile(engine, { outputs: [logits] });
  program.run();
  const numbers = program.read(logits);
  return Float64Array.from(numbers, (__, at) => numbers[(at % outputs) * batch + Math.floor(at / outputs)]);
}

export interface Difference {
  /** Greatest distance of two numbers; NaN where either is none. */
  readonly greatest: number;
  /** The same as a share of the greatest number of `expected`; 0 where both are 0. */
  readonly relative: number;
}

/** How far two lists of numbers are apart. @throws InputError where they differ in length */
export function differenceOf(got: ArrayLike<number>, expected: ArrayLike<number>): Difference {
  if (got.length !== expected.length) {
    throw new InputError(`differenceOf: must be ${expected.length} numbers, got ${got.length}`);
  }
  let [greatest, scale] = [0, 0];
  for (let k = 0; k < got.length; k++) {
    // Math.max keeps NaN once it is there.
    greatest = Math.max(greatest, Math.abs(got[k] - expected[k]));
    scale = Math.max(scale, Math.abs(expected[k]));
  }
  return { greatest, relative: greatest === 0 ? 0 : greatest / scale };
}
