/**
 * One trial of compression: a network by its method, from the start to its end, and what it costs. Every method sees as many
 * epochs, at the same rates: constant for `dense_share` of them, then falling to 0 as a cosine.
 */

import { type CostTarget, costOf, type NetworkCost, narrowToTarget } from "../../compress/index.ts";
import { type Architecture, buildNetwork } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import {
  type Evaluation,
  Evaluator,
  type NetworkValues,
  networkFromValues,
  networkValues,
  type ResidentDataset,
} from "../../train/index.ts";
import { architectureOf, type DataShape, nominalWidth } from "../sc-sdc/pair.ts";
import {
  type CompressedNetwork,
  compressStepwise,
  type PruningMethod,
  pruningMethods,
  type StretchCheckpoints,
  stretchEpochs,
  trainedValues,
} from "./compress-network.ts";
import { type CompressionSettings, sharedOf } from "./settings.ts";
import type { StretchOptions, StretchProgress } from "./stretch.ts";
import { type SparseMethod, trainSparse } from "./unstructured.ts";

export interface CompressionOutcome {
  readonly network: NetworkValues;
  readonly cost: NetworkCost;
  /** Of the full network. */
  readonly denseCost: NetworkCost;
  readonly test: Evaluation;
  /** Where channels were removed. */
  readonly compressed?: CompressedNetwork;
}

export interface CompressionRunOptions extends Pick<StretchOptions, "seed" | "data"> {
  /** Called at each end of an epoch, with how many of all are done. */
  readonly onEpoch?: (epoch: number, of: number, loss: number, stretch: string) => void;
}

const mlpWidth = 256;

/** The full network of settings on data of a shape. */
export function fullArchitecture(settings: CompressionSettings, data: DataShape): Architecture {
  const { width, model } = settings;
  return architectureOf(sharedOf(settings), data, width ?? (model === "mlp" ? mlpWidth : nominalWidth(model)));
}

export function targetOf({ target, target_of }: CompressionSettings): CostTarget {
  return { of: target_of, share: target };
}

/** The network as it starts: seeded weights. */
export function drawnNetwork(
  engine: Engine,
  architecture: Architecture,
  { initial }: CompressionSettings,
  seed: number,
): NetworkValues {
  using _ = engine.scope();
  return networkValues(buildNetwork(engine, architecture, { seed, initial }));
}

/** Trains a network through its first stretch, and with `whole` through the second, without removing anything. */
export function* trainDense(
  engine: Engine,
  settings: CompressionSettings,
  start: NetworkValues,
  {
    whole,
    ...options
  }: Omit<StretchOptions, "resume"> & { readonly whole: boolean; readonly resume?: StretchCheckpoints },
): Generator<StretchProgress, NetworkValues, void> {
  const epochs = stretchEpochs(settings);
  const first = { name: "dense", epochs: epochs.dense, schedule: "constant" } as const;
  const trained = yield* trainedValues(engine, settings, start, first, options);
  if (!whole) return trained;
  const second = { name: "compress", epochs: epochs.compress, schedule: "cosine" } as const;
  return yield* trainedValues(engine, settings, trained, second, options);
}

/** Accuracy and loss of a network on the test split. */
export function evaluateValues(engine: Engine, values: NetworkValues, data: ResidentDataset): Evaluation {
  using _ = engine.scope();
  return new Evaluator(engine, networkFromValues(engine, values), data, "test").evaluate();
}

/** Runs a trial. @throws InputError where the target cannot be met, DivergedError where the training leaves the finite numbers */
export async function runCompression(
  engine: Engine,
  settings: CompressionSettings,
  { seed, data, onEpoch }: CompressionRunOptions,
): Promise<CompressionOutcome> {
  const architecture = fullArchitecture(settings, data.dataset);
  const { method, epochs, finetune_epochs } = settings;
  const of = epochs + (isPruning(method) ? finetune_epochs : 0);
  let done = 0;
  const told = ({ trainer, loss, stretch }: StretchProgress) => {
    if (Number.isNaN(loss) || trainer.stepInEpoch !== 0) return;
    done += 1;
    onEpoch?.(done, of, loss, stretch.name);
  };
  const full = drawnNetwork(engine, architecture, settings, seed);
  let network: NetworkValues;
  let compressed: CompressedNetwork | undefined;
  if (method === "gmp" || method === "rigl") {
    const onSparseEpoch = (epoch: number, loss: number) => onEpoch?.(epoch, of, loss, "compress");
    network = trainSparse(engine, settings, {
      method: method as SparseMethod,
      architecture,
      seed,
      data,
      onEpoch: onSparseEpoch,
    });
  } else {
    const narrow = method === "small-dense" ? narrowToTarget(architecture, targetOf(settings)) : architecture;
    const start = narrow === architecture ? full : drawnNetwork(engine, narrow, settings, seed);
    const whole = !isPruning(method);
    const dense = ended(trainDense(engine, settings, start, { seed, data, whole }), told);
    if (isPruning(method)) {
      const options = { dense, method, target: targetOf(settings), seed, data };
      compressed = ended(compressStepwise(engine, settings, options), told);
    }
    network = compressed?.network ?? dense;
  }
  const test = evaluateValues(engine, network, data);
  return { network, compressed, test, cost: await costOf(network), denseCost: await costOf(full) };
}

export function isPruning(method: string): method is PruningMethod {
  return (pruningMethods as readonly string[]).includes(method);
}

function ended<Pause, Result>(pauses: Generator<Pause, Result, void>, look: (pause: Pause) => void): Result {
  for (;;) {
    const { done, value } = pauses.next();
    if (done === true) return value;
    look(value);
  }
}
