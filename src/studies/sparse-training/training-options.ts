/** What a method's training is made of, but for its start: the network, its plan, the trainer. */

import { weightLayers } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import { type ResidentDataset, stepsPerEpoch } from "../../train/index.ts";
import { buildTrainer } from "../sc-sdc/model.ts";
import { allocationOf, networkOf, sparseLayersOf } from "./networks.ts";
import type { SparseTrainingSettings } from "./settings.ts";
import type { SparseTrainerOptions } from "./sparse-trainer.ts";
import { dynamicPlan, gradualPlan, type TopologyPlan } from "./topology-plan.ts";

/** The options of a method's training, without its start. */
export function trainingOptions(
  engine: Engine,
  settings: SparseTrainingSettings,
  { seed, data }: { readonly seed: number; readonly data: ResidentDataset },
): Omit<SparseTrainerOptions, "start"> {
  const architecture = networkOf(settings, data.dataset);
  const perEpoch = stepsPerEpoch(data.train.count, settings.batch_size);
  const lengths = { totalSteps: settings.epochs * perEpoch, stepsPerEpoch: perEpoch };
  const plan: TopologyPlan | undefined =
    settings.method === "gmp"
      ? gradualPlan(settings, allocationOf(settings, architecture), lengths)
      : dynamicPlan(settings, lengths);
  const dense = settings.method === "dense" || settings.method === "small-dense";
  return {
    architecture,
    data,
    seed,
    batchSize: settings.batch_size,
    augmentation: settings.augmentation ? { padCrop: 4, horizontalFlip: true } : undefined,
    sparse: dense ? weightLayers(architecture).map(() => false) : sparseLayersOf(settings, architecture),
    plan,
    trainerOf: (network) => buildTrainer(engine, settings, { network, seed, data }),
  };
}
