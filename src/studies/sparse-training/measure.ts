/** What is measured of a network between two steps: loss, accuracy, gradient flow, and the norm of its whole gradient. */

import type { FlowMeasures } from "../../flow/index.ts";
import type { Network } from "../../nn/index.ts";
import { compile, crossEntropy, type Engine, Graph, gradient, sumSquares } from "../../tensor/index.ts";
import { Evaluator, type ResidentDataset } from "../../train/index.ts";
import { flowMeter, type Measurement } from "../sc-sdc/run.ts";
import { exampleNodes, firstExamples } from "./examples.ts";
import type { SparseTrainingSettings } from "./settings.ts";

/** A measurement of a training whose topology changes. */
export interface SparseMeasurement extends Measurement {
  /** 2-norm of the gradient by all parameters, masked weights left out, on the fixed sample. */
  readonly gradientNorm: number;
  /** Mean over the updates since the measurement before: the norm after an update less that before it; NaN without any. */
  readonly gainOfUpdates: number;
}

/** Measures a network as it is; what it needs is given back at the end. */
export function measureNetwork(
  engine: Engine,
  settings: SparseTrainingSettings,
  network: Network,
  data: ResidentDataset,
): Omit<SparseMeasurement, "epoch" | "gainOfUpdates"> {
  using _ = engine.scope();
  const flow: FlowMeasures = flowMeter(engine, settings, network, data)();
  return {
    train: new Evaluator(engine, network, data, "train").evaluate(),
    test: new Evaluator(engine, network, data, "test").evaluate(),
    flow,
    gradientNorm: gradientNorm(engine, settings, network, data),
  };
}

/**
 * The 2-norm of the gradient of the mean cross-entropy by all parameters, of sparse weights the active ones, on the first
 * `measure_examples` training examples.
 *
 * @see Evci et al. 2022, arXiv:2010.03533: the measure of gradient flow, there on 1,000 examples
 */
export function gradientNorm(
  engine: Engine,
  { measure_examples }: Pick<SparseTrainingSettings, "measure_examples">,
  network: Network,
  data: ResidentDataset,
): number {
  using _ = engine.scope();
  const graph = new Graph();
  const { x, labels } = exampleNodes(engine, graph, data, { examples: firstExamples(data, measure_examples) });
  const dropoutStep = engine.variable("look.step", [], { type: "int32" });
  const { logits } = network.forward(graph, x, { mode: "train", dropoutStep });
  const weights = network.parameters.map(({ variable }) => graph.read(variable));
  const squares = gradient(crossEntropy(logits, labels), weights, { disconnected: "zero" }).map(sumSquares);
  const program = compile(engine, { outputs: squares });
  program.compute();
  return Math.sqrt(squares.reduce((total, node) => total + program.scalar(node), 0));
}
