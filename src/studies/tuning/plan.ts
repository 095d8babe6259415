/**
 * What a search will do, before it does anything: examples, steps, rounds or candidates, and what they cost.
 *
 * Cost is counted in gradients of a training step: a step is one, a Hessian-vector product `product_cost`, and the adjoint's
 * three passes three. Judging by the validation examples is not counted, for any search.
 */

import { InputError } from "../../base/index.ts";
import {
  type Family,
  families,
  halvingCost,
  halvingRungs,
  type PerFamily,
  perFamily,
  windowOf,
} from "../../hyperopt/index.ts";
import { stepsPerEpoch } from "../../train/index.ts";
import type { DataShape } from "../sc-sdc/pair.ts";
import { tunedArchitecture } from "./networks.ts";
import type { TuningSettings } from "./settings.ts";

export interface TuningPlan {
  /** Examples of each round. */
  readonly train: number;
  readonly validation: number;
  /** Steps of a whole training of the search. */
  readonly steps: number;
  /** Steps of the training that the result is for. */
  readonly finalSteps: number;
  /** Number of values of each family that is searched; 0 for the others. */
  readonly learned: PerFamily<number>;
  readonly bounds: PerFamily<readonly [low: number, high: number]>;
  readonly mode: "forward" | "adjoint";
  /** Undefined for no clamp. */
  readonly clipTangent: number | undefined;
  /** First steps of the sign update: with batch norm larger ones do. */
  readonly firstStepOf: PerFamily<number>;
  /** Of forward: rounds. Of others: candidates, 1 for what is set by hand. */
  readonly count: number;
  /** Trainings of the search: of halving more than candidates. */
  readonly trainings: number;
  /** Of halving: steps of the first rung. */
  readonly firstSteps: number;
  /** Gradients that the search may compute. */
  readonly budget: number;
  /** Gradients that it computes where nothing diverges. */
  readonly cost: number;
}

/** Of the steps of a whole training, successive halving begins with one in so many. */
const firstRung = 9;

/**
 * @param data  its shape, and how many training examples it has
 * @throws InputError  for settings that leave nothing to search, to train on or to be judged by, or more values than steps
 */
export function planSearch(
  settings: TuningSettings,
  data: DataShape & { readonly train: { readonly count: number } },
): TuningPlan {
  const trainCount = data.train.count;
  const learned = learnedOf(settings);
  const validation = settings.validation_examples ?? Math.max(1, Math.floor(trainCount / 10));
  const train = settings.search_examples ?? trainCount - validation;
  if (train < settings.batch_size || train + validation > trainCount) {
    throw new InputError(
      `tune: of ${trainCount} training examples, a search must be able to train on a batch of ${settings.batch_size} and be judged by ` +
        `others, got search_examples ${train} and validation_examples ${validation}; lower one of them, or batch_size`,
    );
  }
  const steps = settings.search_steps ?? settings.epochs * Math.floor(train / settings.batch_size);
  const most = Math.max(...Object.values(learned));
  if (most > steps) {
    throw new InputError(
      `tune: a window must have at least one step, got ${most} windows of ${steps} steps; take fewer windows, or more epochs or search_steps`,
    );
  }
  const batchNorm = tunedArchitecture(settings, data).layers.some(({ kind }) => kind === "batchNorm");
  const clip = settings.clip_tangent ?? (batchNorm ? 0 : 1);
  if (settings.mode === "adjoint" && clip > 0) {
    throw new InputError(
      `tune: the adjoint has no products to clamp, got clip_tangent ${clip}; take clip_tangent=0, or mode=forward`,
    );
  }
  const active = (family: Family) => (learned[family] === 0 ? 0 : (learned[family] + 1) / 2);
  const columns = families.reduce((total, family) => total + active(family), 0);
  const mode = settings.mode === "auto" ? (columns > 3 && clip === 0 ? "adjoint" : "forward") : settings.mode;
  const roundCost = costOfRound(learned, steps, { mode, product: settings.product_cost });
  const budget = settings.budget ?? settings.rounds * roundCost;
  const firstSteps = Math.max(Math.ceil(steps / firstRung), Math.min(most, steps));
  const { count, cost } = countAndCost(settings, { budget, roundCost, steps, firstSteps });
  return {
    train,
    validation,
    steps,
    finalSteps: settings.epochs * stepsPerEpoch(trainCount, settings.batch_size),
    learned,
    bounds: {
      learningRate: [0, settings.highest_rate],
      momentum: [0, settings.highest_momentum],
      weightDecay: [0, settings.highest_decay],
    },
    mode,
    clipTangent: clip === 0 ? undefined : clip,
    firstStepOf: {
      learningRate: settings.rate_step ?? (batchNorm ? 0.1 : 0.05),
      momentum: settings.momentum_step ?? (batchNorm ? 0.3 : 0.2),
      weightDecay: settings.decay_step ?? 4e-4,
    },
    count,
    trainings:
      settings.search === "halving"
        ? halvingRungs({ draws: count, steps, firstSteps }).reduce((sum, rung) => sum + rung.count, 0)
        : count,
    firstSteps,
    budget,
    cost,
  };
}

/** Values of each family that a search looks for. */
export function learnedOf({
  learned_rates,
  learned_momenta,
  learned_decays,
}: Pick<TuningSettings, "learned_rates" | "learned_momenta" | "learned_decays">): PerFamily<number> {
  return { learningRate: learned_rates, momentum: learned_momenta, weightDecay: learned_decays };
}

/** Gradients of one round: forward mode has a product per step for each value whose window has begun. */
export function costOfRound(
  learned: PerFamily<number>,
  steps: number,
  { mode, product }: { readonly mode: "forward" | "adjoint"; readonly product: number },
): number {
  if (mode === "adjoint") return steps * (3 + product);
  let products = 0;
  const counts = Object.values(perFamily((family) => learned[family])).filter((count) => count > 0);
  for (let t = 0; t < steps; t++) for (const count of counts) products += windowOf(count, t, steps) + 1;
  return steps + product * products;
}

function countAndCost(
  { search, rounds, budget: given }: TuningSettings,
  of: { readonly budget: number; readonly roundCost: number; readonly steps: number; readonly firstSteps: number },
): { count: number; cost: number } {
  const { budget, roundCost, steps, firstSteps } = of;
  switch (search) {
    case "forward": {
      const count = given === null ? rounds : Math.max(1, Math.min(rounds, Math.floor(budget / roundCost)));
      return { count, cost: count * roundCost };
    }
    case "random": {
      const count = Math.max(1, Math.floor(budget / steps));
      return { count, cost: count * steps };
    }
    case "halving": {
      const cost = (draws: number) => halvingCost({ draws, steps, firstSteps });
      let count = 1;
      while (cost(count + 1) <= budget) count += 1;
      return { count, cost: cost(count) };
    }
    case "cosine":
    case "given":
      return { count: 1, cost: steps };
    default:
      return search satisfies never;
  }
}
