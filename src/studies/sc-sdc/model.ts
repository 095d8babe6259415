/** From settings to a network and its training: what a study's trial and a single `train` share. */

import type { Network } from "../../nn/index.ts";
import { type ActivationName, mlp } from "../../nn/index.ts";
import type { OptimizerName } from "../../optim/index.ts";
import { defaultLearningRates } from "../../optim/index.ts";
import { randomMask } from "../../sparsity/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { ResidentDataset } from "../../train/index.ts";
import { stepsPerEpoch, Trainer } from "../../train/index.ts";
import type { Capacity } from "./capacity.ts";
import { matchCapacity } from "./capacity.ts";
import type { ScSdcSettings } from "./settings.ts";

/** The two networks of a pair. */
export type NetworkKind = "sparse" | "dense";

/** The capacity that settings ask for on data of so many features and classes. */
export function capacityOf(
  settings: ScSdcSettings,
  data: { readonly features: number; readonly classes: number },
): Capacity {
  return matchCapacity({
    inputs: data.features,
    outputs: data.classes,
    hidden: settings.hidden_layers,
    denseWidth: settings.dense_width,
    sparseWidth: settings.sparse_width,
    bias: settings.bias,
    batchNorm: settings.batch_norm,
  });
}

/**
 * One network of a pair. Both draw each layer's weights from one distribution, that of the dense shape; the sparse one has a
 * random, fixed mask of exactly the dense one's number of weights per layer.
 */
export function buildNetwork(
  engine: Engine,
  settings: ScSdcSettings,
  { kind, seed, data }: { readonly kind: NetworkKind; readonly seed: number; readonly data: ResidentDataset },
): Network {
  const { layers } = capacityOf(settings, data);
  const width = kind === "sparse" ? settings.sparse_width : settings.dense_width;
  const masks =
    kind === "dense"
      ? undefined
      : layers.map(({ layer, sparseShape: [fanOut, fanIn], active }) =>
          randomMask({ fanOut, fanIn, active, seed, layer }),
        );
  return mlp(engine, {
    inputs: data.features,
    hidden: Array.from({ length: settings.hidden_layers }, () => width),
    outputs: data.classes,
    seed,
    activation: settings.activation as ActivationName,
    batchNorm: settings.batch_norm,
    skipConnections: settings.skip_connections,
    dropout: settings.dropout,
    bias: settings.bias,
    initial: settings.initial,
    masks,
    initialFans: layers.map(({ denseShape: [fanOut, fanIn] }) => ({ fanIn, fanOut })),
  });
}

/** The training that settings ask for. */
export function buildTrainer(
  engine: Engine,
  settings: ScSdcSettings,
  { network, seed, data }: { readonly network: Network; readonly seed: number; readonly data: ResidentDataset },
): Trainer {
  const optimizer = settings.optimizer as OptimizerName;
  const steps = stepsPerEpoch(data.train.count, settings.batch_size);
  return new Trainer(engine, {
    network,
    data,
    optimizer,
    optimizerSettings: {
      momentum: settings.momentum,
      weightDecay: settings.weight_decay,
      decoupledDecay: settings.decoupled_decay ?? undefined,
    },
    learningRate: settings.learning_rate ?? defaultLearningRates[optimizer],
    schedule: {
      name: settings.schedule,
      every: settings.schedule_every * steps,
      factor: settings.schedule_factor,
      warmUpSteps: settings.warm_up_epochs * steps,
    },
    epochs: settings.epochs,
    batchSize: settings.batch_size,
    seed,
    clip: { norm: settings.clip_norm ?? undefined, value: settings.clip_value ?? undefined },
    augmentation: settings.augmentation ? { padCrop: 4, horizontalFlip: true } : undefined,
  });
}
