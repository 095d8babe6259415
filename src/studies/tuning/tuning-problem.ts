/** What every search works on: a network's training as a problem, trained with given schedules and judged, step by step. */

import {
  drawSample,
  ForwardMode,
  NetworkProblem,
  perFamily,
  type Schedules,
  type SgdRule,
  ValidationGradient,
} from "../../hyperopt/index.ts";
import type { Network } from "../../nn/index.ts";
import type { ClipOptions } from "../../optim/index.ts";
import type { Engine } from "../../tensor/index.ts";
import { Evaluator, type ResidentDataset } from "../../train/index.ts";
import { buildTunedNetwork } from "./networks.ts";
import type { TuningPlan } from "./plan.ts";
import type { TuningSettings } from "./settings.ts";

/** What came of a training. */
export interface Judged {
  /** Mean over the steps of the losses of their batches. */
  readonly trainLoss: number;
  /** NaN where the training diverged. */
  readonly validationLoss: number;
  readonly validationAccuracy: number;
}

export interface TuningOptions {
  readonly seed: number;
  readonly data: ResidentDataset;
  readonly plan: TuningPlan;
}

/** A search's problem. Its variables live in the engine's innermost scope. */
export class TuningProblem {
  readonly problem: NetworkProblem;
  readonly network: Network;
  readonly rule: SgdRule;
  readonly clip: ClipOptions;
  readonly #resample: (round: number) => void;
  readonly #judging: ValidationGradient;
  readonly #trainings = new Map<string, ForwardMode>();
  readonly #evaluator: Evaluator;

  constructor(engine: Engine, settings: TuningSettings, { seed, data, plan }: TuningOptions) {
    const { network, drawn } = buildTunedNetwork(engine, settings, { seed, data });
    const { train, validation } = plan;
    const sampleOf = (round: number) => drawSample(data.train.count, { train, validation }, { seed, round });
    const augmentation = settings.augmentation ? { padCrop: 4, horizontalFlip: true } : undefined;
    const options = { ...drawn, network, data, batchSize: settings.batch_size, seed, augmentation };
    this.network = network;
    this.problem = new NetworkProblem(engine, options, sampleOf(0));
    this.rule = { nesterov: settings.optimizer === "nesterov" };
    this.clip = { norm: settings.clip_norm ?? undefined, value: settings.clip_value ?? undefined };
    this.#resample = (round) => this.problem.resample(round, sampleOf(round));
    this.#judging = new ValidationGradient(this.problem);
    this.#evaluator = new Evaluator(engine, network, data, "test");
  }

  /** Puts a round's examples, order and initial weights in place. */
  resample(round: number): void {
    this.#resample(round);
  }

  /** Trains with schedules from the round's start; pauses after every step and yields 1, the gradients it took. */
  *train(schedules: Schedules, steps: number): Generator<number, Judged, void> {
    const windows = perFamily((family) => schedules[family].length);
    const key = Object.values(windows).join();
    let training = this.#trainings.get(key);
    if (training === undefined) {
      training = new ForwardMode(this.problem, { windows, learn: [], rule: this.rule, clip: this.clip });
      this.#trainings.set(key, training);
    }
    const pauses = training.stepwise(schedules, steps);
    let next = pauses.next();
    for (; !next.done; next = pauses.next()) yield 1;
    const trainLoss = next.value;
    if (training.diagnostics.diverged !== undefined) {
      return { trainLoss, validationLoss: Number.NaN, validationAccuracy: Number.NaN };
    }
    const { loss, accuracy = Number.NaN } = this.#judging.measure();
    return { trainLoss, validationLoss: loss, validationAccuracy: accuracy };
  }

  /** Share of right answers on the test split, of the weights in place. */
  testAccuracy(): number {
    return this.#evaluator.evaluate().accuracy;
  }
}
