/**
 * The loss of a network over a set of examples as a function of all its trained numbers, with its gradient and the products
 * of its Hessian with vectors.
 *
 *     L(θ) = (1 / N) Σ_n cross-entropy_n(θ),   θ = active weights, biases, and parameters of batch norm and activations
 *
 * Without weight decay. In evaluation mode, the default, batch norm has its running statistics as constants, there is no
 * dropout, and examples go through in chunks in a fixed order, each chunk in the engine's arithmetic, their sum in float64. In
 * training mode the examples are one batch, whose own statistics batch norm takes, and dropout draws the masks of step 0.
 */

import { formatShape, InputError, sizeOf } from "../../base/index.ts";
import type { Network } from "../../nn/index.ts";
import type { Engine, Program, Tensor, Variable } from "../../tensor/index.ts";
import {
  compile,
  correct,
  crossEntropy,
  Graph,
  gradient,
  hessianVectorProduct,
  rowSum,
  scale,
} from "../../tensor/index.ts";

/** Labelled examples in an engine's memory, as many as are to be looked at. */
export interface Examples {
  /** The first so many are used, in order. */
  readonly count: number;
  /** Input and labels of the examples that the int32 variable `indices` names. */
  nodes(graph: Graph, indices: Variable): { readonly x: Tensor; readonly labels: Tensor };
}

export interface LossAndAccuracy {
  /** Mean cross-entropy per example. */
  readonly loss: number;
  /** Share of examples whose first largest logit is the label's, in [0, 1]. */
  readonly accuracy: number;
}

/** Whose statistics batch norm takes: those gathered in training, or those of the examples themselves. */
export type LossMode = "eval" | "train";

const chunkSize = 256;
type Part = "evaluation" | "gradient" | "product";

interface Chunk {
  readonly program: Program;
  readonly indices: Variable;
  readonly scalars: readonly Tensor[];
  readonly vectors: readonly Tensor[];
}

/** L and its derivatives. Its memory is given back when it is disposed of. */
export class LossSurface {
  /** Trained numbers, in the order of `network.parameters`. */
  readonly size: number;
  readonly network: Network;
  readonly #engine: Engine;
  readonly #examples: Examples;
  readonly #mode: LossMode;
  readonly #chunks = new Map<string, Chunk>();
  readonly #own: Variable[] = [];
  #directions: readonly Variable[] | undefined;

  /** @param mode  default "eval"; "train" takes memory for all examples at once */
  constructor(
    engine: Engine,
    network: Network,
    examples: Examples,
    { mode = "eval" }: { readonly mode?: LossMode } = {},
  ) {
    if (!Number.isInteger(examples.count) || examples.count < 1) {
      throw new InputError(`LossSurface: needs at least one example, got ${examples.count}`);
    }
    this.#engine = engine;
    this.#examples = examples;
    this.#mode = mode;
    this.network = network;
    this.size = network.parameters.reduce((total, { variable }) => total + sizeOf(variable.shape), 0);
  }

  /** A copy of θ, [size]. */
  get(): Float64Array {
    const point = new Float64Array(this.size);
    this.#eachParameter(({ variable }, offset) => point.set(variable.get(), offset));
    return point;
  }

  /** Moves the network to θ, rounded to the engine's type. @param point  [size] */
  set(point: Float64Array): void {
    this.#checkLength("set", point);
    this.#eachParameter(({ variable }, offset) =>
      variable.set(point.subarray(offset, offset + sizeOf(variable.shape))),
    );
  }

  /** L(θ) and the accuracy there. */
  evaluate(): LossAndAccuracy {
    const { scalars } = this.#sum("evaluation");
    return { loss: scalars[0], accuracy: scalars[1] };
  }

  /** L(θ) and ∂L/∂θ, [size]. */
  gradient(): { readonly loss: number; readonly gradient: Float64Array } {
    const { scalars, vector } = this.#sum("gradient");
    return { loss: scalars[0], gradient: vector };
  }

  /** H v with H = ∂²L/∂θ². @param vector  [size]. @returns [size] */
  hessianProduct(vector: Float64Array): Float64Array {
    this.#checkLength("hessianProduct", vector);
    const directions = this.#directionVariables();
    this.#eachParameter(({ variable }, offset, index) =>
      directions[index].set(vector.subarray(offset, offset + sizeOf(variable.shape))),
    );
    return this.#sum("product").vector;
  }

  /** Gives the memory back. */
  [Symbol.dispose](): void {
    for (const variable of this.#own.splice(0)) variable.free();
    this.#chunks.clear();
    this.#directions = undefined;
  }

  #eachParameter(visit: (parameter: Network["parameters"][number], offset: number, index: number) => void): void {
    let offset = 0;
    this.network.parameters.forEach((parameter, index) => {
      visit(parameter, offset, index);
      offset += sizeOf(parameter.variable.shape);
    });
  }

  #checkLength(where: string, vector: Float64Array): void {
    if (vector.length === this.size) return;
    throw new InputError(
      `LossSurface.${where}: the network has ${this.size} trained numbers, got ${formatShape([vector.length])}`,
    );
  }

  /** Means over all examples, of what one kind of program gives. */
  #sum(part: Part): { readonly scalars: number[]; readonly vector: Float64Array } {
    const { count } = this.#examples;
    const scalars = [0, 0];
    const vector = new Float64Array(part === "evaluation" ? 0 : this.size);
    const most = this.#mode === "train" ? count : chunkSize;
    for (let start = 0; start < count; start += most) {
      const size = Math.min(most, count - start);
      const chunk = this.#chunk(part, size);
      const indices = chunk.indices.view();
      for (let b = 0; b < size; b++) indices[b] = start + b;
      chunk.program.run();
      const share = size / count;
      chunk.scalars.forEach((tensor, i) => {
        scalars[i] += chunk.program.scalar(tensor) * share;
      });
      let at = 0;
      for (const tensor of chunk.vectors) {
        const values = chunk.program.read(tensor);
        for (let k = 0; k < values.length; k++) vector[at++] += values[k] * share;
      }
    }
    return { scalars, vector };
  }

  #chunk(part: Part, size: number): Chunk {
    const key = `${part} ${size}`;
    let made = this.#chunks.get(key);
    if (made === undefined) {
      made = this.#makeChunk(part, size);
      this.#chunks.set(key, made);
    }
    return made;
  }

  #makeChunk(part: Part, size: number): Chunk {
    const { network } = this;
    const graph = new Graph();
    const indices = this.#keep(this.#engine.variable("surface.indices", [size], { batched: true, type: "int32" }));
    const { x, labels } = this.#examples.nodes(graph, indices);
    const dropoutStep =
      this.#mode === "train" ? this.#keep(this.#engine.variable("surface.step", [], { type: "int32" })) : undefined;
    const { logits } = network.forward(graph, x, { mode: this.#mode, dropoutStep });
    const loss = crossEntropy(logits, labels);
    const wrt = network.parameters.map(({ variable }) => graph.read(variable));
    const made = (scalars: readonly Tensor[], vectors: readonly Tensor[]): Chunk => ({
      program: compile(this.#engine, { outputs: [...new Set([...scalars, ...vectors])] }),
      indices,
      scalars,
      vectors,
    });
    switch (part) {
      case "evaluation": {
        const hits = rowSum(correct(logits, labels));
        const mean = scale(hits, 1 / size);
        return made([loss, mean], []);
      }
      case "gradient":
        return made([loss], gradient(loss, wrt, { disconnected: "zero" }));
      case "product": {
        const along = this.#directionVariables().map((variable) => graph.read(variable));
        return made([], hessianVectorProduct(loss, wrt, along, { disconnected: "zero" }));
      }
      default:
        return part satisfies never;
    }
  }

  #directionVariables(): readonly Variable[] {
    this.#directions ??= this.network.parameters.map(({ name, variable }) =>
      this.#keep(this.#engine.variable(`surface.direction.${name}`, variable.shape)),
    );
    return this.#directions;
  }

  #keep(variable: Variable): Variable {
    this.#own.push(variable);
    return variable;
  }
}
