/** From settings to a network and its training: what a study's trial and a single `train` share. */

import { sizeOf } from "../../base/index.ts";
import type { ArchitectureMatch, Fans, LayerMatch, Network } from "../../nn/index.ts";
import { buildNetwork, matchArchitectures, weightLayers } from "../../nn/index.ts";
import type { OptimizerName } from "../../optim/index.ts";
import { defaultLearningRates } from "../../optim/index.ts";
import { allocate, density, randomMask } from "../../sparsity/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { ResidentDataset } from "../../train/index.ts";
import { stepsPerEpoch, Trainer, type TrainingWindows } from "../../train/index.ts";
import { architecturePair, type DataShape } from "./pair.ts";
import type { ScSdcSettings, SharedSettings } from "./settings.ts";
import { zeroingOptions } from "./zeroing-settings.ts";

/** The two networks of a pair. */
export type NetworkKind = "sparse" | "dense";

/** The capacity that settings ask for on data of a shape. */
export function capacityOf(settings: ScSdcSettings, data: DataShape): ArchitectureMatch {
  const { dense, sparse } = architecturePair(settings, data);
  if (settings.density === null) return matchArchitectures(dense, sparse);
  const allocated = allocate(weightLayers(sparse), { name: settings.allocation, density: density(settings.density) });
  return matchArchitectures(dense, sparse, { active: allocated.map(({ active }) => active) });
}

/**
 * One network of a pair. Both draw each layer's weights from one distribution, that of the dense shape; the sparse one has a
 * random, fixed mask of exactly the dense one's number of weights per layer. A sparse network of a density of its own has the
 * allocated numbers, and weights drawn for its active fans.
 */
export function buildPairNetwork(
  engine: Engine,
  settings: ScSdcSettings,
  { kind, seed, data }: { readonly kind: NetworkKind; readonly seed: number; readonly data: ResidentDataset },
): Network {
  const { dense, sparse } = architecturePair(settings, data.dataset);
  const { layers } = capacityOf(settings, data.dataset);
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
    initialFans: pairFans(settings, { kind, data: data.dataset }),
  });
}

/** The fans that each weight layer's initial distribution is of. */
export function pairFans(
  settings: ScSdcSettings,
  { kind, data }: { readonly kind: NetworkKind; readonly data: DataShape },
): readonly Fans[] {
  return kind === "sparse" && settings.density !== null
    ? capacityOf(settings, data).layers.map(activeFans)
    : weightLayers(architecturePair(settings, data).dense);
}

/** Active inputs and outputs of a unit on average: what weights allocated by a density are drawn for (Liu et al. 2019). */
function activeFans({ active, sparseShape: [units, inputs] }: LayerMatch): Fans {
  return { fanIn: Math.max(1, active / units), fanOut: Math.max(1, active / inputs) };
}

/** The training that settings ask for. */
export function buildTrainer(
  engine: Engine,
  settings: SharedSettings,
  { network, seed, data }: { readonly network: Network; readonly seed: number; readonly data: ResidentDataset },
): Trainer {
  const optimizer = settings.optimizer as OptimizerName;
  const steps = stepsPerEpoch(data.train.count, settings.batch_size);
  const zeroing = zeroingOptions(settings, { architecture: network.architecture, stepsPerEpoch: steps });
  return new Trainer(engine, {
    network,
    data,
    optimizer,
    groups: zeroing.groups,
    lambdaSchedule: zeroing.lambdaSchedule,
    optimizerSettings: {
      // Nesterov's needs a momentum > 0 to be built with; windows replace it at every step.
      momentum: settings.momenta === null ? settings.momentum : undefined,
      weightDecay: settings.weight_decay,
      decoupledDecay: settings.decoupled_decay ?? undefined,
      ...zeroing.settings,
    },
    learningRate: settings.learning_rate ?? defaultLearningRates[optimizer],
    schedule: {
      name: settings.schedule,
      every: settings.schedule_every * steps,
      ...(settings.schedule_at === null ? {} : { at: settings.schedule_at.map((epoch) => Math.round(epoch * steps)) }),
      factor: settings.schedule_factor,
      warmUpSteps: settings.warm_up_epochs * steps,
    },
    windows: windowsOf(settings),
    epochs: settings.epochs,
    batchSize: settings.batch_size,
    seed,
    clip: { norm: settings.clip_norm ?? undefined, value: settings.clip_value ?? undefined },
    augmentation: settings.augmentation ? { padCrop: 4, horizontalFlip: true } : undefined,
  });
}

/** Undefined where a training has none, so that its checkpoint says nothing of them. */
function windowsOf({ learning_rates, momenta, weight_decays }: SharedSettings): TrainingWindows | undefined {
  if (learning_rates === null && momenta === null && weight_decays === null) return undefined;
  return {
    ...(learning_rates === null ? {} : { learningRate: learning_rates }),
    ...(momenta === null ? {} : { momentum: momenta }),
    ...(weight_decays === null ? {} : { weightDecay: weight_decays }),
  };
}
