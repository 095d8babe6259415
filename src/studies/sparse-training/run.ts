/**
 * One training by a method, with its measures, from the start, or from where it was stopped, to its last epoch or its
 * divergence. A study's trial and the `train` command both run this.
 */

import { DivergedError, mean } from "../../base/index.ts";
import { GradientNormRecorder, type Solution, solutionOf, type UpdateEffect } from "../../flow/index.ts";
import { countParameters } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { Checkpoint, ResidentDataset, Trainer } from "../../train/index.ts";
import { examplesOf } from "../anatomy/analyse.ts";
import { averagedEpochs, isMeasured } from "../sc-sdc/measure-epochs.ts";
import type { RunOutcome } from "../sc-sdc/run.ts";
import {
  findTicket,
  foundTicket,
  type LotteryPlace,
  networkFrom,
  type TicketOutcome,
  ticketTrainings,
} from "./lottery.ts";
import { measureNetwork, type SparseMeasurement } from "./measure.ts";
import { compareWithPruned, type TicketComparison } from "./pruned-solution.ts";
import type { SparseTrainingSettings } from "./settings.ts";
import { SparseTrainer } from "./sparse-trainer.ts";
import { startOf } from "./start.ts";
import { trainingOptions } from "./training-options.ts";

export interface SparseRunOutcome extends RunOutcome {
  readonly measurements: readonly SparseMeasurement[];
  /** Steps of the last training; a lottery has more of them. */
  readonly steps: number;
  /** Changes of the topology in it. */
  readonly changes: number;
  /** With `measure_updates`, the gradient norm around each of them. */
  readonly updates: readonly UpdateEffect[];
  /** lottery: test accuracy of the pruned solution its ticket comes from, else NaN. */
  readonly prunedAccuracy: number;
  /** lottery: the ticket's training against the pruned solution. */
  readonly ticket?: TicketComparison;
}

/** A training between two steps; of a lottery, whichever of its trainings is in progress. */
export interface SparseProgress extends LotteryPlace {
  readonly trainer: Trainer;
  readonly measurements: readonly SparseMeasurement[];
  readonly updates: readonly UpdateEffect[];
}

export interface SparseRunOptions {
  readonly seed: number;
  readonly data: ResidentDataset;
  /** Called at the end of each epoch of the last training, 0 being the start. */
  readonly onEpoch?: (epoch: number, trainLoss: number, measured: SparseMeasurement | undefined) => void;
  /** Called at the end of each epoch of any training: a lottery runs several. */
  readonly onProgress?: (epochs: number, of: number) => void;
  /** Steps between two pauses; the ends of epochs are pauses too. Default none. */
  readonly pauseEvery?: number;
  /** Where it was stopped, and what was measured until then; `attached` is the checkpoint's own. `training`: default 1. */
  readonly resume?: { readonly checkpoint: Checkpoint; readonly training?: number } & Pick<
    SparseProgress,
    "measurements" | "updates"
  >;
}

/** Runs a training without pauses. */
export function runSparseTraining(
  engine: Engine,
  settings: SparseTrainingSettings,
  options: SparseRunOptions,
): SparseRunOutcome {
  const pauses = runSparseStepwise(engine, settings, options);
  let next = pauses.next();
  while (!next.done) next = pauses.next();
  return next.value;
}

/** Runs a training with pauses, in which it can be saved or left. */
export function* runSparseStepwise(
  engine: Engine,
  settings: SparseTrainingSettings,
  options: SparseRunOptions,
): Generator<SparseProgress, SparseRunOutcome, void> {
  const { seed, data, onEpoch, onProgress, pauseEvery = Number.POSITIVE_INFINITY } = options;
  const { epochs } = settings;
  const made = trainingOptions(engine, settings, { seed, data });
  let ticket: TicketOutcome | undefined;
  let from = options.resume;
  if (settings.method === "lottery") {
    const training = from?.training ?? 1;
    if (from !== undefined && training > ticketTrainings(settings)) {
      const { attached } = from.checkpoint;
      const checkpoints = { start: attached.get("ticket"), solution: attached.get("solution") };
      ticket = foundTicket(engine, settings, checkpoints, { seed, data });
    } else {
      const resumed = from && { checkpoint: from.checkpoint, training };
      const search = findTicket(engine, settings, { seed, data, onEpoch: onProgress, pauseEvery, resume: resumed });
      let next = search.next();
      for (; !next.done; next = search.next()) yield { ...next.value, measurements: [], updates: [] };
      ticket = next.value;
      from = undefined;
    }
    if (ticket.diverged !== undefined) return divergedBefore(ticket);
  }
  const resume = from;
  const start = resume?.checkpoint ?? ticket?.start ?? startOf(engine, settings, { ...made, seed, data });
  const begun = ticket?.pruned && startOfTicket(engine, ticket, seed);
  const measurements: SparseMeasurement[] = [...(resume?.measurements ?? [])];
  const norms = new GradientNormRecorder(engine, examplesOf(data, "train", settings.measure_examples), {
    mode: "train",
  });
  norms.updates.push(...(resume?.updates ?? []));
  let changes = 0;
  using training = new SparseTrainer(engine, {
    ...made,
    start,
    onChange: (when, { network, trainer }) => {
      if (when === "after") changes += 1;
      if (settings.measure_updates) norms.recordChange(when, trainer.step, network);
    },
  });
  const measure = (epoch: number): SparseMeasurement => {
    const updates = norms.updates.length;
    const gainOfUpdates = mean(norms.updates.slice(measurements.at(-1)?.updates ?? 0).map(({ delta }) => delta));
    const measured = measureNetwork(engine, settings, training.network, data);
    const groups = training.trainer.optimizer.groupReport();
    const taken = { epoch, ...measured, groups, gainOfUpdates, updates };
    measurements.push(taken);
    return taken;
  };

  let diverged: RunOutcome["diverged"];
  const endEpoch = (loss: number) => {
    const { epoch, step } = training.trainer;
    const taken = isMeasured(epoch, { epochs, every: settings.measure_every }) ? measure(epoch) : undefined;
    if (taken !== undefined && !Number.isFinite(taken.train.loss)) {
      diverged = {
        step,
        layer: "loss",
        reason: `the training loss was ${taken.train.loss} at the end of epoch ${epoch}`,
      };
    }
    onEpoch?.(epoch, loss, taken);
    onProgress?.((ticket?.trainings ?? 0) * epochs + epoch, ((ticket?.trainings ?? 0) + 1) * epochs);
  };
  if (resume === undefined) {
    const taken = measure(training.trainer.epoch);
    onEpoch?.(training.trainer.epoch, Number.NaN, taken);
  }
  const progress: SparseProgress = {
    get trainer() {
      return training.trainer;
    },
    measurements,
    updates: norms.updates,
    training: 1 + (ticket?.trainings ?? 0),
    attached: new Map(
      ticket?.solution === undefined ? [] : [["ticket", ticket.start] as const, ["solution", ticket.solution] as const],
    ),
  };
  yield progress;
  while (training.trainer.epoch < epochs && diverged === undefined) {
    try {
      const loss = training.advance({ maxSteps: pauseEvery });
      if (training.trainer.stepInEpoch === 0) endEpoch(loss);
    } catch (error) {
      if (!(error instanceof DivergedError)) throw error;
      diverged = { step: error.step, layer: error.layer, reason: error.message };
    }
    if (diverged === undefined) yield progress;
  }
  const { network, trainer } = training;
  const counts = countParameters(network.parameters);
  return {
    activeWeights: counts.weight,
    parameters: counts.total,
    measurements,
    averages: averages(diverged === undefined ? measurements : [], epochs),
    diverged,
    network,
    steps: trainer.step,
    changes,
    updates: norms.updates,
    prunedAccuracy: ticket?.pruned?.accuracy ?? Number.NaN,
    ticket:
      ticket?.pruned === undefined || begun === undefined || diverged !== undefined
        ? undefined
        : compareWithPruned(engine, ticket.pruned, { start: begun, network }, data),
  };
}

function startOfTicket(engine: Engine, { start }: TicketOutcome, seed: number): Solution {
  using _ = engine.scope();
  return solutionOf(networkFrom(engine, start, seed), "ticket's start");
}

function divergedBefore({ diverged, network }: TicketOutcome): SparseRunOutcome {
  const counts = countParameters(network.parameters);
  return {
    activeWeights: counts.weight,
    parameters: counts.total,
    measurements: [],
    averages: { gf1: Number.NaN, gf2: Number.NaN, egf1: Number.NaN, egf2: Number.NaN },
    diverged,
    network,
    steps: diverged?.step ?? 0,
    changes: 0,
    updates: [],
    prunedAccuracy: Number.NaN,
  };
}

function averages(measurements: readonly SparseMeasurement[], epochs: number): RunOutcome["averages"] {
  const wanted = averagedEpochs(epochs);
  const chosen = measurements.filter(({ epoch }) => wanted.includes(epoch));
  const average = (key: "gf1" | "gf2" | "egf1" | "egf2") =>
    chosen.length === wanted.length ? mean(chosen.map(({ flow }) => flow[key])) : Number.NaN;
  return { gf1: average("gf1"), gf2: average("gf2"), egf1: average("egf1"), egf2: average("egf2") };
}
