/**
 * Lottery tickets: train and prune, go back to the weights of an early step, and train what is left again.
 *
 *     one gradual run       train, pruning by the cubic schedule  ->  mask m
 *     n rounds              (train, prune to ρ^(k/n), rewind) for k = 1..n  ->  mask m
 *     the ticket            m, and the weights, biases and velocities of step k0, at step k0
 *
 * @see Frankle, Carbin 2019, arXiv:1803.03635; with one gradual run, Evci et al. 2022, arXiv:2010.03533
 */

import { DivergedError } from "../../base/index.ts";
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
  /** Trainings it took. */
  readonly trainings: number;
  readonly diverged?: { readonly step: number; readonly layer: string; readonly reason: string };
  readonly network: Network;
}

interface Options {
  readonly seed: number;
  readonly data: ResidentDataset;
  readonly onEpoch?: (epochs: number, of: number) => void;
}

/** Finds a ticket. */
export function findTicket(engine: Engine, settings: SparseTrainingSettings, options: Options): TicketOutcome {
  const { seed, data, onEpoch } = options;
  const { epochs, ticket_rounds } = settings;
  const made = trainingOptions(engine, settings, { seed, data });
  const rounds = Math.max(1, ticket_rounds);
  const all = (rounds + 1) * epochs;
  const allocation = allocationOf(settings, made.architecture);
  const perEpoch = stepsPerEpoch(data.train.count, settings.batch_size);
  const lengths = { totalSteps: epochs * perEpoch, stepsPerEpoch: perEpoch };
  let start: Checkpoint | undefined;
  let rewound: Checkpoint | undefined;
  let solution: Checkpoint | undefined;
  for (let round = 1; round <= rounds; round++) {
    using training = new SparseTrainer(engine, {
      ...made,
      start: start ?? startOf(engine, settings, { ...made, seed, data }),
      plan: ticket_rounds === 0 ? gradualPlan(settings, allocation, lengths) : undefined,
    });
    const rewindStep = Math.floor(settings.rewind * epochs * training.trainer.stepsPerEpoch);
    try {
      if (rewound === undefined) {
        while (training.trainer.step < rewindStep) {
          training.advance({ maxSteps: rewindStep - training.trainer.step });
        }
        rewound = takeCheckpoint(training.trainer);
      }
      while (training.trainer.epoch < epochs) {
        training.advance();
        onEpoch?.((round - 1) * epochs + training.trainer.epoch, all);
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
    start = ticketOf(settings, rewound, solution, training.network, seed);
  }
  const found = networkFrom(engine, solution as Checkpoint, seed);
  return {
    start: start as Checkpoint,
    trainings: rounds,
    pruned: prunedSolution(engine, found, data),
    network: found,
  };
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

function networkFrom(engine: Engine, checkpoint: Checkpoint, seed: number): Network {
  const network = buildNetwork(engine, checkpoint.architecture, { seed, masks: masksOf(checkpoint) });
  restoreNetwork(network, checkpoint);
  return network;
}
