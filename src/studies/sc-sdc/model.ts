/** From settings to a network and its training: what a study's trial and a single `train` share. */

import { sizeOf } from "../../base/index.ts";
import type { ArchitectureMatch, Network } from "../../nn/index.ts";
import { buildNetwork, matchArchitectures, weightLayers } from "../../nn/index.ts";
import type { OptimizerName } from "../../optim/index.ts";
import { defaultLearningRates } from "../../optim/index.ts";
import { randomMask } from "../../sparsity/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { ResidentDataset } from "../../train/index.ts";
import { stepsPerEpoch, Trainer } from "../../train/index.ts";
import { architecturePair, type DataShape } from "./pair.ts";
import type { ScSdcSettings } from "./settings.ts";

/** The two networks of a pair. */
export type NetworkKind = "sparse" | "dense";

/** The capacity that settings ask for on data of a shape. */
export function capacityOf(settings: ScSdcSettings, data: DataShape): ArchitectureMatch {
  const { dense, sparse } = architecturePair(settings, data);
  return matchArchitectures(dense, sparse);
}

/**
 * One network of a pair. Both draw each layer's weights from one distribution, that of the dense shape; the sparse one has a
 * random, fixed mask of exactly the dense one's number of weights per layer.
 */
export function buildPairNetwork(
  engine: Engine,
  settings: ScSdcSettings,
  { kind, seed, data }: { readonly kind: NetworkKind; readonly seed: number; readonly data: ResidentDataset },
): Network {
  const { dense, sparse } = architecturePair(settings, data.dataset);
  const { layers } = matchArchitectures(dense, sparse);
  const masks =
    kind === "dense"
      ? undefined
      : layers.map(({ layer, sparseShape: [fanOut, ...ofUnit], active }) =>
          randomMask({ fanOut, fanIn: sizeOf(ofUnit), active, seed, layer }),
        );
  return buildNetwork(engine, kind === "sparse" ? sparse : dense, {
    seed,
    initial: settings.initial,
    masks,
    initialFans: weightLayers(dense),
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
