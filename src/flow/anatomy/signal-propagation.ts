/**
 * Signal propagation: the standard deviation of each weight layer's output for normal inputs, which tells whether a network's
 * initial weights keep a signal alive.
 *
 * @see Evci et al. 2022, arXiv:2010.03533, whose figure shows the last layer's
 */

import { InputError, Rng } from "../../base/index.ts";
import type { Network } from "../../nn/index.ts";
import { compile, type Engine, Graph } from "../../tensor/index.ts";

export interface LayerSignal {
  /** The layer's name in its architecture; the input first, as "input". */
  readonly name: string;
  readonly mean: number;
  /** Over all units, pixels and examples, ≥ 0. */
  readonly std: number;
}

export interface SignalOptions {
  /** Inputs to draw, ≥ 1. Default 1000. */
  readonly examples?: number;
  readonly seed?: number;
}

const chunkSize = 250;

/**
 * Draws inputs from N(0, 1), every feature by itself, and looks at what each weight layer makes of them, before its
 * activation: the last entry is the logits'. Evaluation mode.
 */
export function signalPropagation(engine: Engine, network: Network, options: SignalOptions = {}): LayerSignal[] {
  const { examples = 1000, seed = 0 } = options;
  if (!Number.isInteger(examples) || examples < 1) {
    throw new InputError(`signalPropagation: examples must be an integer ≥ 1, got ${examples}`);
  }
  const totals = ["input", ...network.weightLayers.map(({ name }) => name)].map((name) => new Moments(name));
  const rng = new Rng(seed, "synthetic", 0, 2);
  using _ = engine.scope();
  for (let start = 0; start < examples; start += chunkSize) {
    const size = Math.min(chunkSize, examples - start);
    const input = engine.variable("signal.input", [network.inputs, size], { batched: true });
    input.set(Float64Array.from({ length: network.inputs * size }, () => rng.normal()));
    const graph = new Graph();
    const x = graph.read(input);
    const outputs = network.forward(graph, x, { mode: "eval" }).layers.map(({ output }) => output);
    const program = compile(engine, { outputs: [...new Set(outputs)] });
    program.run();
    totals[0].add(input.get());
    outputs.forEach((output, layer) => {
      totals[layer + 1].add(program.read(output));
    });
    input.free();
  }
  return totals.map((moments) => moments.signal);
}

/** Mean and deviation of numbers that come in parts. @see Chan, Golub and LeVeque 1979 */
class Moments {
  readonly #name: string;
  #count = 0;
  #mean = 0;
  #squares = 0;

  constructor(name: string) {
    this.#name = name;
  }

  add(values: Float64Array): void {
    let total = 0;
    for (const value of values) total += value;
    const mean = total / values.length;
    let squares = 0;
    for (const value of values) squares += (value - mean) * (value - mean);
    const all = this.#count + values.length;
    const apart = mean - this.#mean;
    this.#squares += squares + (apart * apart * this.#count * values.length) / all;
    this.#mean += (apart * values.length) / all;
    this.#count = all;
  }

  get signal(): LayerSignal {
    return { name: this.#name, mean: this.#mean, std: Math.sqrt(this.#squares / this.#count) };
  }
}
