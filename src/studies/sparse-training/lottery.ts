/**
 * Lottery tickets: train and prune, go back to the weights of an early step, and train what is left again.
 *
 *     one gradual run       train, pruning by the cubic schedule  ->  mask m
 *     n rounds              (train, prune to ρ^(k/n), rewind) for k = 1..n  ->  mask m
 *     the ticket            m, and the weights, biases and velocities of step k0, at step k0
 *
 * @see Frankle, Carbin 2019, arXiv:1803.03635; with one gradual run, Evci et al. 2022, arXiv:2010.03533
 */

import { DivergedError, InputError } from "../../base/index.ts";
import { buildNetwork, type Network } from "../../nn/index.ts";
import {
  allocationTotal,
  carryBetween,
  density,
  densityAfterRound,
  fullMask,
  pruneTopology,
} from "../../sparsity/index.ts";
import type { Engine } from "../../tensor/index.ts";
import {
  type Checkpoint,
  masksOf,
  type ResidentDataset,
  restoreNetwork,
  stepsPerEpoch,
  type Trainer,
  takeCheckpoint,
} from "../../train/index.ts";
import { changeCheckpoint, type WeightChange, withValues } from "./change-checkpoint.ts";
import { allocationOf } from "./networks.ts";
import { type PrunedSolution, prunedSolution } from "./pruned-solution.ts";
import type { SparseTrainingSettings } from "./settings.ts";
import { SparseTrainer } from "./sparse-trainer.ts";
import { startOf, ticketStart } from "./start.ts";
import { gradualPlan } from "./topology-plan.ts";
import { trainingOptions } from "./training-options.ts";

export interface TicketOutcome {
  /** The ticket, at the step it is rewound to. */
  readonly start: Checkpoint;
  /** What it was pruned from; none where finding it diverged. */
  readonly pruned?: PrunedSolution;
  /** The checkpoint of that. */
  readonly solution?: Checkpoint;
  /** Trainings it took. */
  readonly trainings: number;
  readonly diverged?: { readonly step: number; readonly layer: string; readonly reason: string };
  readonly network: Network;
}

/** A lottery between two steps of one of its trainings. */
export interface LotteryPlace {
  /** Which of them, from 1; the last is the ticket's. */
  readonly training: number;
  /** What has to be kept of the others: "rewound" while a ticket is looked for, then "ticket" and "solution". */
  readonly attached: ReadonlyMap<string, Checkpoint>;
}

interface Options {
  readonly seed: number;
  readonly data: ResidentDataset;
  readonly onEpoch?: (epochs: number, of: number) => void;
  /** Steps between two pauses. */
  readonly pauseEvery: number;
  /** A checkpoint of the training that was in progress, with what was attached to it. */
  readonly resume?: { readonly checkpoint: Checkpoint; readonly training: number };
}

/** Trainings of a lottery before that of its ticket. */
export function ticketTrainings({ ticket_rounds }: SparseTrainingSettings): number {
  return Math.max(1, ticket_rounds);
}

/** Finds a ticket, with pauses in which the search can be saved. */
export function* findTicket(
  engine: Engine,
  settings: SparseTrainingSettings,
  options: Options,
): Generator<LotteryPlace & { readonly trainer: Trainer }, TicketOutcome, void> {
  const { seed, data, onEpoch, pauseEvery, resume } = options;
  const { epochs, ticket_rounds } = settings;
  const made = trainingOptions(engine, settings, { seed, data });
  const rounds = ticketTrainings(settings);
  const all = (rounds + 1) * epochs;
  const allocation = allocationOf(settings, made.architecture);
  const perEpoch = stepsPerEpoch(data.train.count, settings.batch_size);
  const lengths = { totalSteps: epochs * perEpoch, stepsPerEpoch: perEpoch };
  const rewindStep = Math.floor(settings.rewind * lengths.totalSteps);
  let start = resume?.checkpoint;
  let rewound = resume?.checkpoint.attached.get("rewound");
  let solution: Checkpoint | undefined;
  for (let round = resume?.training ?? 1; round <= rounds; round++) {
    using training = new SparseTrainer(engine, {
      ...made,
      start: start ?? startOf(engine, settings, { ...made, seed, data }),
      plan: ticket_rounds === 0 ? gradualPlan(settings, allocation, lengths) : undefined,
    });
    try {
      for (;;) {
        const { step, epoch } = training.trainer;
        if (rewound === undefined && step === rewindStep) rewound = takeCheckpoint(training.trainer);
        if (epoch >= epochs) break;
        training.advance({
          maxSteps: Math.min(pauseEvery, rewound === undefined ? rewindStep - step : lengths.totalSteps),
        });
        if (training.trainer.stepInEpoch === 0) onEpoch?.((round - 1) * epochs + training.trainer.epoch, all);
        const attached = new Map(rewound === undefined ? [] : [["rewound", rewound] as const]);
        yield { training: round, trainer: training.trainer, attached };
      }
    } catch (error) {
      if (!(error instanceof DivergedError)) throw error;
      const { network, trainer } = training;
      return {
        start: rewound ?? takeFirst(start, trainer),
        trainings: round,
        network,
        diverged: { step: error.step, layer: error.layer, reason: `while finding the ticket, ${error.message}` },
      };
    }
    solution = takeCheckpoint(training.trainer);
    if (ticket_rounds > 0) {
      const left = densityAfterRound(density(settings.density), round, rounds);
      const { active, positions } = allocationTotal(allocation.filter((_, l) => made.sparse[l]));
      const keep = round === rounds ? active : Math.ceil(left * positions);
      solution = pruned(solution, training.network, made.sparse, { keep, seed, step: round });
    }
    start = ticketOf(settings, rewound as Checkpoint, solution, training.network, seed);
  }
  return foundTicket(engine, settings, { start, solution }, { seed, data });
}

/** A ticket that was found, from its checkpoints: those of the search, or those attached to its training. */
export function foundTicket(
  engine: Engine,
  settings: SparseTrainingSettings,
  { start, solution }: { readonly start?: Checkpoint; readonly solution?: Checkpoint },
  { seed, data }: Pick<Options, "seed" | "data">,
): TicketOutcome {
  if (start === undefined || solution === undefined) {
    throw new InputError(
      "lottery: the checkpoint of a ticket's training must have ticket and solution attached; use another",
    );
  }
  const network = networkFrom(engine, solution, seed);
  const trainings = ticketTrainings(settings);
  return { start, solution, trainings, pruned: prunedSolution(engine, network, data), network };
}

const takeFirst = (start: Checkpoint | undefined, trainer: Trainer): Checkpoint => start ?? takeCheckpoint(trainer);

/** A trained network's smallest weights removed, over all sparse layers. */
function pruned(
  checkpoint: Checkpoint,
  network: Network,
  sparse: readonly boolean[],
  { keep, seed, step }: { readonly keep: number; readonly seed: number; readonly step: number },
): Checkpoint {
  const layers = network.weightLayers.flatMap(({ weight, name, layer, shape, fanIn }, l) => {
    if (!sparse[l]) return [];
    const mask = checkpoint.masks.get(weight.name) ?? fullMask({ fanOut: shape[0], fanIn });
    return [{ name, layer, mask, weights: checkpoint.tensors.get(weight.name)?.values as ArrayLike<number> }];
  });
  const changes = pruneTopology(layers, { score: "magnitude", keep, seed, step });
  return changeCheckpoint(checkpoint, new Map(changes.map((change) => [`${change.name}.weight`, change])));
}

/** The rewound training at the solution's masks, with the weights that the settings leave it. */
function ticketOf(
  settings: SparseTrainingSettings,
  rewound: Checkpoint,
  solution: Checkpoint,
  network: Network,
  seed: number,
): Checkpoint {
  const names = network.weightLayers.map(({ weight }) => weight.name);
  const { masks, weights } = ticketStart(settings, network.architecture, {
    masks: masksOf(solution),
    weights: names.map((name) => rewound.tensors.get(name)?.values),
    seed,
  });
  const changes = new Map<string, WeightChange>();
  masks.forEach((mask, l) => {
    if (mask !== undefined) changes.set(names[l], { mask, carry: carryBetween(fullMask(mask), mask) });
  });
  const changed = changeCheckpoint(rewound, changes);
  const tensors = new Map(changed.tensors);
  weights.forEach((values, l) => {
    const before = tensors.get(names[l]);
    if (values !== undefined && before !== undefined) tensors.set(names[l], withValues(before.values, values));
  });
  return { ...changed, tensors };
}

/** The network that a checkpoint is of, in the engine's innermost scope. */
export function networkFrom(engine: Engine, checkpoint: Checkpoint, seed: number): Network {
  const network = buildNetwork(engine, checkpoint.architecture, { seed, masks: masksOf(checkpoint) });
  restoreNetwork(network, checkpoint);
  return network;
}
