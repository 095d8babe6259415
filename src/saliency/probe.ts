/**
 * A network run forward and backward on batches by given rules, with what arrives where: the one thing that all methods are
 * made of. Compiled once per batch size.
 */

import type { Network } from "../nn/index.ts";
import { inputName, shapesOf } from "../nn/index.ts";
import type { Engine, Graph, Program, Tensor, Variable } from "../tensor/index.ts";
import { compile, multiply, Graph as NewGraph } from "../tensor/index.ts";
import type { RuleChoice } from "./backward/backward-pass.ts";
import { backwardPass } from "./backward/backward-pass.ts";
import type { Planes } from "./maps/planes.ts";
import { extentOf } from "./maps/planes.ts";

/** Examples and the class of each. */
export interface Batch {
  /** [count, features], example after example. */
  readonly images: Float64Array;
  readonly targets: ArrayLike<number>;
}

export interface ProbeOptions {
  readonly rules: RuleChoice;
  /** What starts at the target's logit: 1, or the logit. Default "one". */
  readonly seed?: "one" | "logit";
  /** Layers, or "input", whose signals are read. */
  readonly signals?: readonly string[];
  /** Layers whose values are read. */
  readonly values?: readonly string[];
  /** Called before a run. */
  readonly prepare?: () => void;
}

/** What a run left. */
export interface Readings {
  signal(name: string): Planes;
  value(name: string): Planes;
  /** [count, classes] */
  readonly logits: Float64Array;
}

interface BatchProgram {
  readonly program: Program;
  readonly x: Variable;
  readonly start: Variable;
  readonly signals: ReadonlyMap<string, Tensor>;
  readonly values: ReadonlyMap<string, Tensor>;
  readonly logits: Tensor;
}

export class Probe {
  readonly #engine: Engine;
  readonly #network: Network;
  readonly #options: ProbeOptions;
  readonly #programs = new Map<number, BatchProgram>();

  constructor(engine: Engine, network: Network, options: ProbeOptions) {
    this.#engine = engine;
    this.#network = network;
    this.#options = options;
  }

  /** One run. What it read is copied out, and stays as it is when the probe runs again. */
  run({ images, targets }: Batch): Readings {
    const count = targets.length;
    let made = this.#programs.get(count);
    if (made === undefined) {
      made = this.#compile(count);
      this.#programs.set(count, made);
    }
    const { program, x, start, signals, values, logits } = made;
    const { inputs, outputs } = this.#network;
    this.#options.prepare?.();
    x.set(batchInnermost(images, count, inputs));
    const chosen = new Float64Array(outputs * count);
    for (let b = 0; b < count; b++) if (targets[b] >= 0) chosen[targets[b] * count + b] = 1;
    start.set(chosen);
    program.run();
    const read = (tensor: Tensor) => batchOutermost(program.read(tensor), count, tensor.rows);
    const planes = (found: ReadonlyMap<string, Tensor>) => {
      const taken = new Map([...found].map(([name, tensor]) => [name, this.#planes(read(tensor), tensor)]));
      return (name: string) => taken.get(name) as Planes;
    };
    return { signal: planes(signals), value: planes(values), logits: read(logits) };
  }

  #planes(values: Float64Array, tensor: Tensor): Planes {
    return { count: tensor.batch, ...extentOf(tensor.shape.slice(0, -1)), values };
  }

  #compile(count: number): BatchProgram {
    const { rules, seed = "one", signals: wanted = [], values: seen = [] } = this.#options;
    const graph: Graph = new NewGraph();
    const { architecture, outputs } = this.#network;
    const x = this.#engine.variable("images", [...architecture.input, count], { batched: true });
    const start = this.#engine.variable("targets", [outputs, count], { batched: true });
    const forward = this.#network.forward(graph, graph.read(x), { mode: "eval" });
    const chosen = graph.read(start);
    const begin = seed === "one" ? chosen : multiply(chosen, forward.logits);
    const arrived = wanted.length === 0 ? new Map() : backwardPass(architecture, forward, begin, rules);
    const pick = (found: ReadonlyMap<string, Tensor>, names: readonly string[]) =>
      new Map(names.map((name) => [name, found.get(name) as Tensor]));
    const signals = pick(arrived, wanted);
    const values = pick(forward.values, seen);
    const { logits } = forward;
    const program = compile(this.#engine, { outputs: [logits, ...signals.values(), ...values.values()] });
    return { program, x, start, signals, values, logits };
  }
}

/** Shape of one example at a layer's output, or of the network's input. */
export function shapeAt({ architecture }: Network, name: string): readonly number[] | undefined {
  return name === inputName ? architecture.input : shapesOf(architecture).get(name);
}

/** [count, rows] as [rows, count]. */
export function batchInnermost(values: ArrayLike<number>, count: number, rows: number): Float64Array {
  const turned = new Float64Array(rows * count);
  for (let b = 0; b < count; b++) for (let r = 0; r < rows; r++) turned[r * count + b] = values[b * rows + r];
  return turned;
}

function batchOutermost(values: Float64Array, count: number, rows: number): Float64Array {
  return batchInnermost(values, rows, count);
}
