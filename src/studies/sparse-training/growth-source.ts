/**
 * The dense gradient of sparse layers by blocks of rows: what growth chooses from, never held whole.
 *
 *     forward and backward once    delta_l = ∂loss / ∂(W_l x_l + b_l), and x_l, kept over the batch
 *     a block of rows              delta_l[begin..end) x_lᵀ, or the same rows of a convolution's weight gradient
 */

import type { Convolution, Network } from "../../nn/index.ts";
import type { GrowthSource, SparseLayer } from "../../sparsity/index.ts";
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
  sliceChannels,
  sum,
  type Tensor,
  type Variable,
} from "../../tensor/index.ts";
import type { ResidentDataset } from "../../train/index.ts";
import { exampleNodes, type LookedAt } from "./examples.ts";

/** What the gradient of a layer's weight is the product of, over the batch. */
interface Factors {
  readonly cotangent: Variable;
  readonly input: Variable;
}

export interface GrowthLook {
  /** Mean loss of the examples, with the weights as they are. */
  readonly loss: number;
  readonly source: GrowthSource;
}

/**
 * Looks at some examples in training mode and gives the gradient at all positions of the sparse layers. Memory O(active + batch
 * · units + one block), in the engine's innermost scope.
 *
 * @param dropoutStep  whose dropout masks are drawn
 */
export function lookForGrowth(
  engine: Engine,
  network: Network,
  data: ResidentDataset,
  { dropoutStep, ...looked }: LookedAt & { readonly dropoutStep: number },
): GrowthLook {
  const graph = new Graph();
  const { x, labels } = exampleNodes(engine, graph, data, looked);
  const step = engine.variable("look.step", [], { type: "int32" });
  step.view()[0] = dropoutStep;
  const forward = network.forward(graph, x, { mode: "train", dropoutStep: step });
  const loss = crossEntropy(forward.logits, labels);
  const sparse = network.weightLayers.flatMap(({ weight }, l) => (weight.pattern === undefined ? [] : [l]));
  const cotangents = gradient(
    loss,
    sparse.map((l) => forward.layers[l].output),
    { disconnected: "zero" },
  );
  const factors = new Map<string, Factors>();
  const updates = sparse.flatMap((l, i) => {
    const keep = (name: string, value: Tensor) => {
      const variable = engine.variable(name, value.shape, { batched: true });
      return { variable, update: assign(variable, value) };
    };
    const cotangent = keep("look.cotangent", cotangents[i]);
    const input = keep("look.input", forward.layers[l].input);
    factors.set(network.weightLayers[l].name, { cotangent: cotangent.variable, input: input.variable });
    return [cotangent.update, input.update];
  });
  const program = compile(engine, { outputs: [loss], updates });
  program.run();
  return {
    loss: program.scalar(loss),
    source: (layer, begin, end) => rowsOf(engine, network, factors, layer, begin, end),
  };
}

function rowsOf(
  engine: Engine,
  network: Network,
  factors: ReadonlyMap<string, Factors>,
  { name, mask }: SparseLayer,
  begin: number,
  end: number,
): Float64Array {
  using _ = engine.scope();
  const { cotangent, input } = factors.get(name) as Factors;
  const graph = new Graph();
  const layer = network.architecture.layers.find((one) => one.name === name);
  const [y, x] = [graph.read(cotangent), graph.read(input)];
  if (layer?.kind !== "convolution") {
    const block = outer(sliceChannels(y, begin, end), x);
    const program = compile(engine, { outputs: [block] });
    program.run();
    return program.read(block);
  }
  // The rows of a grouped convolution read different channels: its gradient, which groups make small, is computed whole.
  const [first, last] = layer.groups === 1 ? [begin, end] : [0, mask.fanOut];
  const block = convolutionRows(engine, layer, { y, x, first, last });
  return block.subarray((begin - first) * mask.fanIn, (end - first) * mask.fanIn);
}

function convolutionRows(
  engine: Engine,
  { kernel, stride, padding, groups }: Convolution,
  { y, x, first, last }: { readonly y: Tensor; readonly x: Tensor; readonly first: number; readonly last: number },
): Float64Array {
  const weight = engine.variable("look.block", [last - first, x.shape[0] / groups, ...kernel]);
  const read = y.graph.read(weight);
  // The gradient of <conv(W, x), y> by W depends on x and y alone.
  const product = sum(multiply(convolution(read, x, { stride, padding, groups }), sliceChannels(y, first, last)));
  const [block] = gradient(product, [read]);
  const program = compile(engine, { outputs: [block] });
  program.run();
  return program.read(block);
}
