/** Trainings whose topology changes, held against counts, a plain training, a dense gradient and themselves stopped. */

import { describe, expect, test } from "vitest";
import { buildNetwork, type Network, weightLayers } from "../../nn/index.ts";
import { maskToDense } from "../../sparsity/index.ts";
import { compile, createReference, crossEntropy, Engine, Graph, gradient, openEngine } from "../../tensor/index.ts";
import { networkMasks, networkTensors, stepsPerEpoch, takeCheckpoint } from "../../train/index.ts";
import { buildTrainer } from "../sc-sdc/model.ts";
import { exampleNodes, examplesOfSteps } from "./examples.ts";
import { convolutional, dataOf, settingsOf } from "./fixtures/small-method.ts";
import { GrowthLooks } from "./growth-source.ts";
import { sparseLayersOf } from "./networks.ts";
import type { MethodName, SparseTrainingSettings } from "./settings.ts";
import { SparseTrainer } from "./sparse-trainer.ts";
import { startOf } from "./start.ts";
import { trainingOptions } from "./training-options.ts";

const quick = await openEngine();
/** Where two ways of computing one number are compared. */
const precise = new Engine(createReference("float64"));

/** A method's training on 300 digits. */
async function trainingOf(engine: Engine, some: Partial<SparseTrainingSettings>) {
  const settings = settingsOf(some);
  const data = await dataOf(engine, settings);
  const made = trainingOptions(engine, settings, { seed: 1, data });
  const start = startOf(engine, settings, { ...made, seed: 1, data });
  return { settings, data, made, start };
}

const networks = [
  ["mlp", {}],
  ["convolutional", convolutional],
] as const;

test("a static method has the bits of the plain trainer on the same network", async () => {
  using _ = quick.scope();
  const { settings, data, made, start } = await trainingOf(quick, { method: "static", sparse_initial: "masked-dense" });
  if ("tensors" in start) throw new Error("not a start");
  using training = new SparseTrainer(quick, { ...made, start });
  while (training.trainer.epoch < settings.epochs) training.advance();
  // masked-dense draws as buildNetwork does, from the same streams.
  const network = buildNetwork(quick, made.architecture, { seed: 1, masks: start.masks });
  const plain = buildTrainer(quick, settings, { network, seed: 1, data });
  while (plain.epoch < settings.epochs) plain.trainEpoch();
  expect(networkTensors(training.network)).toEqual(networkTensors(network));
});

describe.each(networks)("RigL on a network %s", (_, options) => {
  test("grows where the dense gradient of the batch in its turn is largest, at 0, in place of the step", async () => {
    using _scope = precise.scope();
    const { settings, data, made, start } = await trainingOf(precise, { method: "rigl", ...options });
    using training = new SparseTrainer(precise, { ...made, start });
    training.advance({ maxSteps: 4 });
    const before = networkTensors(training.network);
    const oldMasks = networkMasks(training.network);
    const velocities = takeCheckpoint(training.trainer).optimizer.slots;
    const dense = denseGradients(training.network, settings, data);
    training.advance({ maxSteps: 1 });
    expect(training.trainer.step).toBe(5);
    const after = networkTensors(training.network);
    const slots = takeCheckpoint(training.trainer).optimizer.slots;
    for (const { weight, bias } of training.network.weightLayers) {
      if (bias !== undefined) expect(after.get(bias.name)).toEqual(before.get(bias.name));
      const [was, is] = [oldMasks.get(weight.name), networkMasks(training.network).get(weight.name)];
      if (was === undefined || is === undefined) throw new Error("a layer is dense");
      const [old, now] = [maskToDense(was), maskToDense(is)];
      const [values, previous] = [after.get(weight.name)?.values ?? [], before.get(weight.name)?.values ?? []];
      const gradients = dense.get(weight.name) as Float64Array;
      let smallestGrown = Number.POSITIVE_INFINITY;
      let largestLeft = 0;
      now.forEach((active, at) => {
        if (active === 1 && old[at] === 0) {
          expect(values[at]).toBe(0);
          smallestGrown = Math.min(smallestGrown, Math.abs(gradients[at]));
        } else if (active === 1) expect(values[at]).toBe(previous[at]);
        else largestLeft = Math.max(largestLeft, Math.abs(gradients[at]));
      });
      expect(smallestGrown).toBeGreaterThanOrEqual(largestLeft);
      expect(scattered(slots.get(weight.name)?.get("velocity"), now)).toEqual(
        scattered(velocities.get(weight.name)?.get("velocity"), old).map((value, at) => (now[at] === 1 ? value : 0)),
      );
    }
  });

  /** The gradient at every position: of the same network with its weights in full. */
  function denseGradients(
    network: Network,
    settings: SparseTrainingSettings,
    data: Awaited<ReturnType<typeof dataOf>>,
  ): Map<string, Float64Array> {
    const full = buildNetwork(precise, network.architecture, { seed: 1 });
    const tensors = networkTensors(network);
    for (const { name, variable } of full.parameters) variable.set(tensors.get(name)?.values ?? []);
    const graph = new Graph();
    const perEpoch = stepsPerEpoch(data.train.count, settings.batch_size);
    const steps = { seed: 1, count: data.train.count, batchSize: settings.batch_size, stepsPerEpoch: perEpoch };
    const { x, labels } = exampleNodes(precise, graph, data, { examples: examplesOfSteps(steps, 4, 5) });
    const { logits } = full.forward(graph, x, { mode: "train" });
    const weights = full.weightLayers.map(({ weight }) => graph.read(weight.variable));
    const gradients = gradient(crossEntropy(logits, labels), weights);
    const program = compile(precise, { outputs: gradients });
    program.run();
    return new Map(full.weightLayers.map(({ weight }, l) => [weight.name, program.read(gradients[l])]));
  }
});

/** Values at the active positions, 0 elsewhere. */
function scattered(values: ArrayLike<number> | undefined, mask: Uint8Array): number[] {
  let next = 0;
  return Array.from(mask, (active) => (active === 1 ? (values?.[next++] ?? Number.NaN) : 0));
}

test("rows of the dense gradient asked for in blocks of 1, of 5 and whole are the same numbers", async () => {
  using _ = precise.scope();
  const { settings, data, made, start } = await trainingOf(precise, { method: "rigl", ...convolutional });
  using training = new SparseTrainer(precise, { ...made, start });
  const looks = new GrowthLooks(precise, training.network, data);
  const { source } = looks.look({ examples: Uint32Array.of(3, 1, 4, 15, 9, 2, 6), dropoutStep: 0 });
  expect(sparseLayersOf(settings, made.architecture).every(Boolean)).toBe(true);
  weightLayers(made.architecture).forEach(({ name, layer, shape, fanIn }) => {
    const mask = {
      fanOut: shape[0],
      fanIn,
      rowPointers: new Int32Array(shape[0] + 1),
      columnIndices: new Int32Array(0),
    };
    const of = { name, layer, mask, weights: [] };
    const rows = (size: number) =>
      Array.from({ length: Math.ceil(shape[0] / size) }, (_, block) =>
        Array.from(source(of, block * size, Math.min(shape[0], (block + 1) * size)) as Float64Array),
      ).flat();
    expect(rows(1)).toEqual(rows(shape[0]));
    expect(rows(5)).toEqual(rows(shape[0]));
  });
});

test("a training that overflows says so where its topology was to change", async () => {
  using _ = precise.scope();
  const wild = { method: "rigl", update_every: 1, learning_rate: 1e30, optimizer: "sgd", activation: "prelu" } as const;
  const { made, start } = await trainingOf(
    precise,
    wild satisfies Partial<SparseTrainingSettings> & { method: MethodName },
  );
  using training = new SparseTrainer(precise, { ...made, start });
  expect(() => {
    for (let step = 0; step < 40; step++) training.advance({ maxSteps: 1 });
  }).toThrow(/the loss became (NaN|Infinity) at step \d+|weight \d+ of \d+ is NaN at step \d+/);
});
