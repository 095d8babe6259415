/** Between the settings of a training and the schedules of a search: what settings say step by step, and settings that say what was found. */

import { InputError, mean } from "../../base/index.ts";
import { type Family, families, perFamily, type Schedules, stretch, windowOf } from "../../hyperopt/index.ts";
import { defaultLearningRates, type OptimizerName, schedule } from "../../optim/index.ts";
import type { TuningPlan } from "./plan.ts";
import type { TuningSettings } from "./settings.ts";

/** What a cosine starts from where no rate is given. */
const cosineRate = 0.1;

/** The settings with what is set by hand in force: a cosine's, for that search. */
export function settingsByHand(settings: TuningSettings): TuningSettings {
  if (settings.search !== "cosine") return settings;
  return {
    ...settings,
    learning_rates: null,
    learning_rate: settings.learning_rate ?? cosineRate,
    schedule: "cosine",
    schedule_at: null,
  };
}

/** What the settings say, one value per step of the search; a constant has one value. */
export function givenSchedules(settings: TuningSettings, { steps }: Pick<TuningPlan, "steps">): Schedules {
  const { optimizer, learning_rates, learning_rate, epochs, momentum, momenta, weight_decay, weight_decays } = settings;
  const perEpoch = steps / epochs;
  const factor = schedule({
    name: settings.schedule,
    totalSteps: steps,
    every: Math.max(1, Math.round(settings.schedule_every * perEpoch)),
    at: settings.schedule_at?.map((epoch) => Math.round(epoch * perEpoch)),
    factor: settings.schedule_factor,
    warmUpSteps: Math.round(settings.warm_up_epochs * perEpoch),
  });
  const base = learning_rate ?? defaultLearningRates[optimizer as OptimizerName];
  const rates = Array.from({ length: steps }, (_, t) => base * factor(t));
  return {
    learningRate: constantOr(learning_rates ?? rates),
    momentum: optimizer === "sgd" ? [0] : constantOr(momenta ?? [momentum]),
    weightDecay: constantOr(weight_decays ?? [weight_decay]),
  };
}

const constantOr = (values: readonly number[]) => (values.every((one) => one === values[0]) ? [values[0]] : values);

/**
 * Where forward mode starts: values of 0, or the means over each window of what is given; families that are not searched are as
 * given.
 */
export function startOfSearch(settings: TuningSettings, plan: TuningPlan): Schedules {
  const given = givenSchedules(settings, plan);
  return perFamily((family) => {
    const count = plan.learned[family];
    if (count === 0) return given[family];
    if (settings.start === "zero") return Array.from({ length: count }, () => 0);
    const perStep = stretch(given[family], plan.steps);
    return Array.from({ length: count }, (_, window) =>
      mean(perStep.filter((_value, t) => windowOf(count, t, plan.steps) === window)),
    );
  });
}

/** The settings of a training with the schedules that were found. */
export function settingsWith(
  settings: TuningSettings,
  found: Schedules,
  { learned }: Pick<TuningPlan, "learned">,
): TuningSettings {
  const byHand = settingsByHand(settings);
  if (settings.search === "cosine" || settings.search === "given") return byHand;
  const rates = {
    learning_rates: [...found.learningRate],
    learning_rate: null,
    schedule: "constant",
    schedule_at: null,
    warm_up_epochs: 0,
  };
  return {
    ...settings,
    ...(learned.learningRate === 0 ? {} : (rates as Partial<TuningSettings>)),
    ...(learned.momentum === 0 ? {} : { momenta: [...found.momentum] }),
    ...(learned.weightDecay === 0 ? {} : { weight_decays: [...found.weightDecay] }),
  };
}

/** Rules between the settings of a search. @throws InputError */
export function checkSearch(settings: TuningSettings): void {
  const { search, optimizer, learned_rates, learned_momenta, learned_decays, decoupled_decay } = settings;
  if (optimizer !== "sgd" && optimizer !== "momentum" && optimizer !== "nesterov") {
    throw new InputError(
      `schedules are searched for SGD with momentum: optimizer must be momentum, nesterov or sgd, got ${optimizer}`,
    );
  }
  if (decoupled_decay !== null && decoupled_decay > 0) {
    throw new InputError(
      `schedules are searched with coupled decay, weight_decay; decoupled_decay must be 0, got ${decoupled_decay}`,
    );
  }
  if (optimizer === "sgd" && learned_momenta > 0) {
    throw new InputError(`optimizer sgd has no momentum to search; take learned_momenta=0, or optimizer=momentum`);
  }
  if (search === "cosine" || search === "given") return;
  if (learned_rates + learned_momenta + learned_decays === 0) {
    throw new InputError(
      "a search needs something to search: learned_rates, learned_momenta or learned_decays must be at least 1",
    );
  }
}

/** The families that are searched. */
export function searchedFamilies({ learned }: Pick<TuningPlan, "learned">): Family[] {
  return families.filter((family) => learned[family] > 0);
}
