/** Our training step, timed: forward, loss, backward, update, on random numbers. */

import { Rng } from "../src/base/index.ts";
import { makeDataset } from "../src/data/index.ts";
import { countParameters, mlp } from "../src/nn/index.ts";
import { randomMask } from "../src/sparsity/index.ts";
import type { Engine } from "../src/tensor/index.ts";
import { residentDataset, Trainer } from "../src/train/index.ts";
import type { StepCase } from "./step-cases.ts";

export interface StepTimer {
  readonly activeWeights: number;
  /** Milliseconds of each of so many steps. */
  time(steps: number): number[];
}

/** Builds the network of a case in the engine's innermost scope. */
export async function ourStep(
  engine: Engine,
  { widths, density, batch, batchNorm, optimizer }: StepCase,
): Promise<StepTimer> {
  const inputs = widths[0];
  const outputs = widths[widths.length - 1];
  const rng = new Rng(0, "test");
  const count = 4 * batch;
  const split = {
    count,
    values: Float32Array.from({ length: count * inputs }, () => rng.normal()),
    labels: Uint8Array.from({ length: count }, (_, i) => (i < outputs ? i : rng.integer(outputs))),
  };
  const dataset = await makeDataset({
    name: "random",
    classes: outputs,
    featureShape: [inputs],
    train: split,
    test: split,
    source: "random numbers",
    licence: "none",
  });
  const data = residentDataset(engine, dataset, "none");
  const masks = widths.slice(1).map((fanOut, l) => {
    const fanIn = widths[l];
    return density === 1
      ? undefined
      : randomMask({ fanOut, fanIn, active: Math.round(density * fanOut * fanIn), seed: 0, layer: l + 1 });
  });
  const network = mlp(engine, { inputs, hidden: widths.slice(1, -1), outputs, seed: 0, batchNorm, masks });
  const trainer = new Trainer(engine, {
    network,
    data,
    optimizer,
    learningRate: optimizer === "adam" ? 0.001 : 0.01,
    epochs: 1,
    batchSize: batch,
    seed: 0,
  });
  const time = (steps: number): number[] => {
    const times: number[] = [];
    while (times.length < steps) {
      // An epoch of one step each: the batch changes, as it does in training.
      const started = performance.now();
      trainer.trainEpoch({ maxSteps: 1 });
      times.push(performance.now() - started);
    }
    return times;
  };
  time(5);
  return { activeWeights: countParameters(network.parameters).weight, time };
}
