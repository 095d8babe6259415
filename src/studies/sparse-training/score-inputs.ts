/** What scores read of a dense network: gradients, Hessian-gradient products and synaptic flow, at all weights. */

import type { Network } from "../../nn/index.ts";
import {
  add,
  compile,
  crossEntropy,
  dot,
  type Engine,
  Graph,
  gradient,
  scale,
  sum,
  type Tensor,
} from "../../tensor/index.ts";
import type { ResidentDataset } from "../../train/index.ts";
import { exampleNodes, firstExamples } from "./examples.ts";

/** GraSP divides its logits by this: the authors' code. */
const graspTemperature = 200;

interface Look {
  readonly engine: Engine;
  readonly network: Network;
  readonly data: ResidentDataset;
  /** Training examples, the first so many. */
  readonly examples: number;
}

/** ∂loss / ∂w of each weight layer, row-major. The loss is the mean over the examples, in training mode. */
export function weightGradients(look: Look): Float64Array[] {
  using _ = look.engine.scope();
  const { loss, weights } = lossNodes(look, 1);
  const gradients = gradient(loss, weights, { disconnected: "zero" });
  const program = compile(look.engine, { outputs: gradients });
  program.run();
  return gradients.map((node) => program.read(node));
}

/**
 * H g of each weight layer: the gradient of <stop(g), g>, with logits divided by 200.
 *
 * @see Wang et al. 2020, arXiv:2002.07376, eq. 8. The authors add g and H g up over two halves of 25 images per class. Ours are
 *   one batch, whose mean loss has the same g and H g up to a factor, but for the statistics of batch norm.
 */
export function hessianGradients(look: Look): Float64Array[] {
  const { engine } = look;
  using _ = engine.scope();
  const { graph, loss, weights } = lossNodes(look, 1 / graspTemperature);
  const gradients = gradient(loss, weights, { disconnected: "zero" });
  const first = compile(engine, { outputs: gradients });
  first.run();
  const stopped = gradients.map((node, l) => {
    const variable = engine.variable(`look.gradient${l + 1}`, node.shape);
    variable.set(first.read(node));
    return graph.read(variable);
  });
  const products = gradients.map((node, l) => dot(stopped[l], node));
  const total = products.reduce((a, b) => add(a, b));
  const seconds = gradient(total, weights, { disconnected: "zero" });
  const program = compile(engine, { outputs: seconds });
  program.run();
  return seconds.map((node) => program.read(node));
}

/**
 * ∂R / ∂|w| of each weight layer: R is the sum of the outputs for an input of ones, every parameter replaced by its magnitude,
 * in evaluation mode. The network's parameters are left as their magnitudes.
 *
 * @see Tanaka et al. 2020, arXiv:2006.05467, algorithm 1
 */
export function synapticFlow(engine: Engine, network: Network): Float64Array[] {
  using _ = engine.scope();
  for (const { variable } of network.parameters) {
    const view = variable.view();
    for (let k = 0; k < view.length; k++) view[k] = Math.abs(view[k]);
  }
  const graph = new Graph();
  const ones = engine.variable("look.ones", [network.inputs, 1], { batched: true });
  ones.set(new Float64Array(network.inputs).fill(1));
  const { logits } = network.forward(graph, graph.read(ones), { mode: "eval" });
  const gradients = gradient(sum(logits), weightNodes(graph, network), { disconnected: "zero" });
  const program = compile(engine, { outputs: gradients });
  program.run();
  return gradients.map((node) => program.read(node));
}

function lossNodes({ engine, network, data, examples }: Look, factor: number) {
  const graph = new Graph();
  const { x, labels } = exampleNodes(engine, graph, data, { examples: firstExamples(data, examples) });
  const dropoutStep = engine.variable("look.step", [], { type: "int32" });
  const { logits } = network.forward(graph, x, { mode: "train", dropoutStep });
  const loss = crossEntropy(factor === 1 ? logits : scale(logits, factor), labels);
  return { graph, loss, weights: weightNodes(graph, network) };
}

const weightNodes = (graph: Graph, { weightLayers }: Network): Tensor[] =>
  weightLayers.map(({ weight }) => graph.read(weight.variable));
