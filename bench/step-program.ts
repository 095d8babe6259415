/**
 * A training step as one program, as the trainer compiles it, whose gradient flow can be measured on the way.
 *
 * The trainer offers no place between a step's gradients and its updates; a benchmark that needs one builds its own step.
 */

import { type FlowMeasures, flowNodes } from "../src/flow/index.ts";
import type { Network } from "../src/nn/index.ts";
import type { Optimizer } from "../src/optim/index.ts";
import { compile, crossEntropy, type Engine, Graph, gradient } from "../src/tensor/index.ts";
import { batchNodes, type ResidentDataset } from "../src/train/index.ts";

/** What to measure in each step: nothing, the norms over active weights, or those over all positions too. */
export type FlowInStep = "none" | "active" | "all";

export interface StepProgram {
  /** One step on these examples. @returns its loss, and the flow where it is measured */
  step(examples: ArrayLike<number>): { readonly loss: number; readonly flow: FlowMeasures | undefined };
}

export interface StepProgramOptions {
  readonly network: Network;
  readonly data: ResidentDataset;
  /** Programs of one training share it, and with it its state. */
  readonly optimizer: Optimizer;
  readonly learningRate: number;
  readonly batch: number;
  readonly flow?: FlowInStep;
}

/** Compiles a step. */
export function stepProgram(engine: Engine, options: StepProgramOptions): StepProgram {
  const { network, data, optimizer, learningRate, batch, flow = "none" } = options;
  const graph = new Graph();
  const indices = engine.variable("step.indices", [batch], { batched: true, type: "int32" });
  const { x, labels } = batchNodes(graph, data, data.train, indices);
  const forward = network.forward(graph, x, { mode: "train" });
  const loss = crossEntropy(forward.logits, labels);
  const weights = network.parameters.map(({ variable }) => graph.read(variable));
  const gradients = gradient(loss, weights, { disconnected: "zero" });
  const steps = optimizer.updates(network.parameters.map(({ variable }, i) => ({ variable, gradient: gradients[i] })));
  const nodes = flow === "none" ? undefined : flowNodes(graph, network, { loss, forward, unmasked: flow === "all" });
  const program = compile(engine, {
    outputs: [loss, ...(nodes?.outputs ?? [])],
    updates: [...steps, ...forward.updates],
  });
  const step = (examples: ArrayLike<number>) => {
    const places = indices.view();
    for (let b = 0; b < batch; b++) places[b] = examples[b];
    optimizer.prepareStep(learningRate);
    program.compute();
    const taken = { loss: program.scalar(loss), flow: nodes?.read(program) };
    program.update();
    return taken;
  };
  return { step };
}
