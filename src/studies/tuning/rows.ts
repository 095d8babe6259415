/** The trainings of a search as rows: what they trained with, what came of it, and where forward mode went from there. */

import type { PerFamily, Schedules } from "../../hyperopt/index.ts";
import { families, windowOf } from "../../hyperopt/index.ts";

/** One training. */
export interface TuningRow {
  /** A round of forward mode, a candidate of another search, or a point of the loss surface. */
  readonly what: "round" | "candidate" | "surface";
  /** Place among the rows of its kind, from 0. */
  readonly index: number;
  readonly steps: number;
  readonly schedules: Schedules;
  readonly trainLoss: number;
  /** NaN where the training diverged. */
  readonly validationLoss: number;
  readonly validationAccuracy: number;
  /** Gradients that the search has computed by its end; the loss surface counts for none. */
  readonly cost: number;
  /** Of a round: the signs of the hypergradients, and the steps that values moved against them by. */
  readonly signs?: Partial<PerFamily<readonly number[]>>;
  readonly stepSizes?: Partial<PerFamily<readonly number[]>>;
}

/** Columns of epochs.csv. Lists are texts, values apart by a blank. */
export const rowColumns = [
  "what",
  "index",
  "steps",
  "cost",
  "train_loss",
  "validation_loss",
  "validation_accuracy",
  "learning_rates",
  "momenta",
  "weight_decays",
  "signs",
  "step_sizes",
] as const;

/** Names of the columns of each family. */
export const familyColumns: PerFamily<"learning_rates" | "momenta" | "weight_decays"> = {
  learningRate: "learning_rates",
  momentum: "momenta",
  weightDecay: "weight_decays",
};

/** Of a schedule with a value for each of very many steps, this many stand in the exports. */
const mostListed = 200;

const list = (values: readonly number[]) => values.join(" ");
const thinned = (values: readonly number[]) =>
  values.length <= mostListed
    ? values
    : Array.from({ length: mostListed }, (_, i) => values[windowOf(values.length, i, mostListed)]);
const numbers = (text: unknown) => (text === "" ? [] : String(text).split(" ").map(Number));

/** A row as epochs.csv has it. Signs and step sizes are those of all searched values, rates first; empty where there are none. */
export function encodeRow(row: TuningRow): Record<string, number | string> {
  const flat = (of: TuningRow["signs"]) => list(families.flatMap((family) => of?.[family] ?? []));
  return {
    what: row.what,
    index: row.index,
    steps: row.steps,
    cost: row.cost,
    train_loss: row.trainLoss,
    validation_loss: row.validationLoss,
    validation_accuracy: row.validationAccuracy,
    ...Object.fromEntries(families.map((family) => [familyColumns[family], list(thinned(row.schedules[family]))])),
    signs: flat(row.signs),
    step_sizes: flat(row.stepSizes),
  };
}

/** A row read back, for reports. Signs and step sizes are flat lists. */
export interface ReadRow extends Omit<TuningRow, "signs" | "stepSizes"> {
  readonly signs: readonly number[];
  readonly stepSizes: readonly number[];
}

export function decodeRow(row: Readonly<Record<string, number | string>>): ReadRow {
  return {
    what: row.what as TuningRow["what"],
    index: Number(row.index),
    steps: Number(row.steps),
    cost: Number(row.cost),
    trainLoss: Number(row.train_loss),
    validationLoss: Number(row.validation_loss),
    validationAccuracy: Number(row.validation_accuracy),
    schedules: {
      learningRate: numbers(row.learning_rates),
      momentum: numbers(row.momenta),
      weightDecay: numbers(row.weight_decays),
    },
    signs: numbers(row.signs),
    stepSizes: numbers(row.step_sizes),
  };
}
