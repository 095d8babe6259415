/**
 * The networks that a compressed one is held against weight by weight: gradual magnitude pruning and RigL, at the density whose
 * stored bytes are at most those of the narrow dense network of the same target.
 */

import { cosPi, DivergedError } from "../../base/index.ts";
import { narrowToTarget, sparseBytes } from "../../compress/index.ts";
import { type Architecture, countsOf, weightLayers } from "../../nn/index.ts";
import { defaultLearningRates } from "../../optim/index.ts";
import type { Engine } from "../../tensor/index.ts";
import { type NetworkValues, networkValues, type ResidentDataset } from "../../train/index.ts";
import { allocationOf } from "../sparse-training/networks.ts";
import { runSparseStepwise } from "../sparse-training/run.ts";
import { type SparseTrainingSettings, sparseTrainingSettings } from "../sparse-training/settings.ts";
import { stretchEpochs } from "./compress-network.ts";
import { type CompressionSettings, sharedOf } from "./settings.ts";

export type SparseMethod = "gmp" | "rigl";

/** Bytes of a dense architecture's numbers in float32, running statistics included. */
export function denseBytes(architecture: Architecture): number {
  const { parameters, batchNorm } = countsOf(architecture).total;
  // A scale and a shift are trained for each mean and variance that is kept.
  return 4 * (parameters + batchNorm);
}

/** Bytes of a network with so many active weights in each layer, each layer stored as is smaller. */
export function storedBytes(architecture: Architecture, active: readonly number[]): number {
  const layers = weightLayers(architecture);
  const dense = layers.map(({ shape, fanIn }) => 4 * shape[0] * fanIn);
  const sparse = layers.map(({ shape, fanIn }, l) => sparseBytes({ fanOut: shape[0], fanIn }, active[l]));
  const saved = dense.reduce((sum, bytes, l) => sum + Math.max(0, bytes - sparse[l]), 0);
  return denseBytes(architecture) - saved;
}

/** The settings of the sparse training that a compression is held against: the same rates, the density that fits the bytes. */
export function sparseSettings(
  settings: CompressionSettings,
  architecture: Architecture,
  method: SparseMethod,
): SparseTrainingSettings {
  const { target, target_of, width } = settings;
  const bytes = denseBytes(narrowToTarget(architecture, { of: target_of, share: target }));
  const at = (density: number) =>
    sparseTrainingSettings.parse({
      ...sharedOf(settings),
      learning_rates: ratesByWindow(settings),
      learning_rate: null,
      method,
      width,
      density,
      // Accuracy is taken at the end; what is measured on the way costs a pass over the data each.
      measure_every: settings.epochs,
      measure_examples: 2,
      unmasked: false,
    });
  const bytesAt = (density: number) =>
    storedBytes(
      architecture,
      allocationOf(at(density), architecture).map(({ active }) => active),
    );
  let [low, high] = [1e-4, 1];
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (bytesAt(middle) <= bytes) low = middle;
    else high = middle;
  }
  return at(low);
}

/** Windows of an epoch, at most, that stand in for a smooth schedule. */
const windowsPerEpoch = 20;

/** The rates of the other methods, constant and then a cosine, as windows. */
function ratesByWindow(settings: CompressionSettings): number[] {
  const rate = settings.learning_rate ?? defaultLearningRates[settings.optimizer];
  const { dense, compress } = stretchEpochs(settings);
  const per = Math.max(1, Math.min(windowsPerEpoch, Math.floor(2000 / settings.epochs)));
  return Array.from({ length: (dense + compress) * per }, (_, window) => {
    const along = (window + 0.5 - dense * per) / (compress * per);
    return along <= 0 ? rate : (rate * (1 + cosPi(along))) / 2;
  });
}

/** Trains a sparse network. @throws DivergedError as the others do */
export function trainSparse(
  engine: Engine,
  settings: CompressionSettings,
  {
    method,
    architecture,
    seed,
    data,
    onEpoch,
  }: {
    readonly method: SparseMethod;
    readonly architecture: Architecture;
    readonly seed: number;
    readonly data: ResidentDataset;
    readonly onEpoch?: (epoch: number, loss: number) => void;
  },
): NetworkValues {
  using _ = engine.scope();
  const pauses = runSparseStepwise(engine, sparseSettings(settings, architecture, method), {
    seed,
    data,
    onEpoch: (epoch, loss) => (epoch > 0 ? onEpoch?.(epoch, loss) : undefined),
  });
  let trained: NetworkValues | undefined;
  for (;;) {
    const { done, value } = pauses.next();
    if (done === true) {
      const { diverged } = value;
      if (diverged !== undefined) throw new DivergedError(diverged.reason, diverged);
      if (trained === undefined) throw new Error("internal: trainSparse: the training ended without its last epoch");
      return trained;
    }
    // The network goes with its training, so its numbers are taken out at the last pause.
    if (value.trainer.epoch === settings.epochs) trained = networkValues(value.trainer.network);
  }
}
