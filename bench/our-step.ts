/** Our training step, timed: forward, loss, backward, update, on random numbers. */

import { Rng } from "../src/base/index.ts";
import { makeDataset } from "../src/data/index.ts";
import type { Network } from "../src/nn/index.ts";
import { countParameters, mlp } from "../src/nn/index.ts";
import { randomMask } from "../src/sparsity/index.ts";
import type { Engine } from "../src/tensor/index.ts";
import { type ResidentDataset, residentDataset, Trainer } from "../src/train/index.ts";
import type { StepCase } from "./step-cases.ts";

export interface StepTimer {
  readonly activeWeights: number;
  readonly network: Network;
  /** Milliseconds of each of so many steps. */
  time(steps: number): number[];
}

/** Steps taken before any is timed. */
export const warmUpSteps = 5;

/** Builds the network of a case and its training in the engine's innermost scope, and takes the first five steps. */
export function ourStep(engine: Engine, stepCase: StepCase): Promise<StepTimer> {
  return timedStep(engine, caseNetwork(engine, stepCase), stepCase);
}

/** A network's training in the engine's innermost scope, its first five steps taken. */
export async function timedStep(
  engine: Engine,
  network: Network,
  { batch, optimizer }: Pick<StepCase, "batch" | "optimizer">,
): Promise<StepTimer> {
  const data = await randomData(engine, { features: network.inputs, classes: network.outputs, count: 4 * batch });
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
  time(warmUpSteps);
  return { activeWeights: countParameters(network.parameters).weight, network, time };
}

/** The network of a case, seeded by 0. */
export function caseNetwork(engine: Engine, { widths, density, batchNorm }: StepCase): Network {
  const masks = widths.slice(1).map((fanOut, l) => {
    const fanIn = widths[l];
    return density === 1
      ? undefined
      : randomMask({ fanOut, fanIn, active: Math.round(density * fanOut * fanIn), seed: 0, layer: l + 1 });
  });
  return mlp(engine, {
    inputs: widths[0],
    hidden: widths.slice(1, -1),
    outputs: widths[widths.length - 1],
    seed: 0,
    batchNorm,
    masks,
  });
}

/** Seeded normal numbers with random labels. */
export async function randomData(
  engine: Engine,
  { features, classes, count }: { readonly features: number; readonly classes: number; readonly count: number },
): Promise<ResidentDataset> {
  const rng = new Rng(0, "test");
  const split = {
    count,
    values: Float32Array.from({ length: count * features }, () => rng.normal()),
    labels: Uint8Array.from({ length: count }, (_, i) => (i < classes ? i : rng.integer(classes))),
  };
  const dataset = await makeDataset({
    name: "random",
    classes,
    featureShape: [features],
    train: split,
    test: split,
    source: "random numbers",
    licence: "none",
  });
  return residentDataset(engine, dataset, "none");
}
