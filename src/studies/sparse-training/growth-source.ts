/**
 * The dense gradient of sparse layers by blocks of rows: what growth chooses from, never held whole.
 *
 *     forward and backward once    delta_l = ∂loss / ∂(W_l x_l + b_l), and x_l, kept over the batch
 *     a block of rows              delta_l[begin..end) x_lᵀ, or the same rows of a convolution's weight gradient
 *
 * Programs are compiled at the first look, and serve the next ones.
 */

import type { Convolution, Layer, Network } from "../../nn/index.ts";
import type { GrowthSource } from "../../sparsity/index.ts";
import {
  assign,
  compile,
  convolution,
  crossEntropy,
  type Engine,
  Graph,
  gradient,
  multiply,
  outer,
  type Program,
  sum,
  type Tensor,
  type Variable,
} from "../../tensor/index.ts";
import type { ResidentDataset } from "../../train/index.ts";
import { type ExampleBatch, exampleBatch, type LookedAt } from "./examples.ts";

export interface GrowthLook {
  /** Mean loss of the examples, with the weights as they are. */
  readonly loss: number;
  readonly source: GrowthSource;
}

interface LookProgram {
  readonly program: Program;
  readonly loss: Tensor;
  readonly batch: ExampleBatch;
  readonly dropoutStep: Variable;
  readonly gradients: ReadonlyMap<string, RowGradients>;
}

/**
 * Looks at examples in training mode, again and again. Memory O(active + batch · units + one block) in the scope that is the
 * engine's innermost at the first look of so many examples; the network must live as long.
 */
export class GrowthLooks {
  readonly #engine: Engine;
  readonly #network: Network;
  readonly #data: ResidentDataset;
  readonly #gradients: boolean;
  readonly #programs = new Map<string, LookProgram>();

  /** @param gradients  false where the loss alone is wanted; the source then has nothing to give */
  constructor(engine: Engine, network: Network, data: ResidentDataset, { gradients = true } = {}) {
    this.#engine = engine;
    this.#network = network;
    this.#data = data;
    this.#gradients = gradients;
  }

  /** @param dropoutStep  whose dropout masks are drawn */
  look({ dropoutStep, ...looked }: LookedAt & { readonly dropoutStep: number }): GrowthLook {
    const made = this.#programOf(looked);
    made.batch.show(looked);
    made.dropoutStep.view()[0] = dropoutStep;
    made.program.run();
    return {
      loss: made.program.scalar(made.loss),
      source: ({ name }, begin, end) => (made.gradients.get(name) as RowGradients).rows(begin, end),
    };
  }

  #programOf({ examples, augmented }: LookedAt): LookProgram {
    const key = `${examples.length} ${augmented === undefined}`;
    let made = this.#programs.get(key);
    if (made === undefined) {
      made = this.#compiled(examples.length, augmented !== undefined);
      this.#programs.set(key, made);
    }
    return made;
  }

  #compiled(count: number, augmented: boolean): LookProgram {
    const engine = this.#engine;
    const network = this.#network;
    const graph = new Graph();
    const batch = exampleBatch(engine, graph, this.#data, { count, augmented });
    const dropoutStep = engine.variable("look.step", [], { type: "int32" });
    const forward = network.forward(graph, batch.x, { mode: "train", dropoutStep });
    const loss = crossEntropy(forward.logits, batch.labels);
    const layers = network.weightLayers.map(({ weight }, l) => (weight.pattern === undefined ? -1 : l));
    const sparse = this.#gradients ? layers.filter((l) => l >= 0) : [];
    const cotangents = gradient(
      loss,
      sparse.map((l) => forward.layers[l].output),
      { disconnected: "zero" },
    );
    const gradients = new Map<string, RowGradients>();
    const updates = sparse.flatMap((l, i) => {
      const keep = (name: string, value: Tensor) => {
        const variable = engine.variable(name, value.shape, { batched: true });
        return { variable, update: assign(variable, value) };
      };
      const cotangent = keep("look.cotangent", cotangents[i]);
      const input = keep("look.input", forward.layers[l].input);
      const { name } = network.weightLayers[l];
      const layer = network.architecture.layers.find((one) => one.name === name) as Layer;
      gradients.set(name, new RowGradients(engine, layer, cotangent.variable, input.variable));
      return [cotangent.update, input.update];
    });
    return { program: compile(engine, { outputs: [loss], updates }), loss, batch, dropoutStep, gradients };
  }
}

interface RowProgram {
  readonly program: Program;
  readonly block: Tensor;
  /** The rows of the cotangent that the block is of; undefined where it is of all. */
  readonly cotangent: Variable | undefined;
}

/** Rows of a layer's weight gradient, from what it is the product of over the batch. */
class RowGradients {
  readonly #engine: Engine;
  readonly #layer: Layer;
  readonly #cotangent: Variable;
  readonly #input: Variable;
  readonly #programs = new Map<number, RowProgram>();

  constructor(engine: Engine, layer: Layer, cotangent: Variable, input: Variable) {
    this.#engine = engine;
    this.#layer = layer;
    this.#cotangent = cotangent;
    this.#input = input;
  }

  /** The rows [begin, end), row-major, in memory that the next call writes over. */
  rows(begin: number, end: number): Float32Array | Float64Array {
    const all = this.#cotangent.shape[0];
    // The rows of a grouped convolution read different channels: its gradient, which groups make small, is computed whole.
    const whole = this.#layer.kind === "convolution" && this.#layer.groups > 1;
    const count = whole ? all : end - begin;
    const { program, block, cotangent } = this.#programOf(count);
    cotangent?.copyChannels(this.#cotangent, begin);
    program.run();
    const values = program.view(block);
    const fanIn = values.length / count;
    return whole ? values.subarray(begin * fanIn, end * fanIn) : values;
  }

  #programOf(count: number): RowProgram {
    let made = this.#programs.get(count);
    if (made === undefined) {
      made = this.#compiled(count);
      this.#programs.set(count, made);
    }
    return made;
  }

  #compiled(count: number): RowProgram {
    const [all, ...rest] = this.#cotangent.shape;
    const own = count === all ? undefined : this.#engine.variable("look.rows", [count, ...rest], { batched: true });
    const graph = new Graph();
    const [y, x] = [graph.read(own ?? this.#cotangent), graph.read(this.#input)];
    const block = this.#layer.kind === "convolution" ? this.#kernels(this.#layer, y, x) : outer(y, x);
    return { program: compile(this.#engine, { outputs: [block] }), block, cotangent: own };
  }

  #kernels({ kernel, stride, padding, groups }: Convolution, y: Tensor, x: Tensor): Tensor {
    const weight = this.#engine.variable("look.block", [y.shape[0], x.shape[0] / groups, ...kernel]);
    const read = y.graph.read(weight);
    // The gradient of <conv(W, x), y> by W depends on x and y alone.
    const product = sum(multiply(convolution(read, x, { stride, padding, groups }), y));
    return gradient(product, [read])[0];
  }
}
