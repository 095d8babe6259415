/** The setting of the small experiments: a perceptron of one hidden layer on examples drawn from a data set's training split. */

import type { Network } from "../../nn/index.ts";
import { mlp } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { ResidentDataset } from "../../train/index.ts";
import { Evaluator } from "../../train/index.ts";
import { ForwardMode } from "../forward.ts";
import { drawSample, NetworkProblem, type Sample } from "../network-problem.ts";
import type { Schedules } from "../schedules.ts";
import { perFamily } from "../schedules.ts";
import { ValidationGradient } from "../validation.ts";

export interface PerceptronOptions {
  readonly seed: number;
  /** Default 10,000. */
  readonly train?: number;
  /** Default 2,000. */
  readonly validation?: number;
  /** Default 32. */
  readonly hidden?: number;
  /** Default 128. */
  readonly batchSize?: number;
}

/** Elements of the batch's gradient are clamped to ± this. */
export const gradientClip = 3;

/** A perceptron of one hidden layer with ReLU, Glorot's normal weights, and what it is trained on. */
export class PerceptronSetting {
  readonly engine: Engine;
  readonly seed: number;
  readonly network: Network;
  readonly problem: NetworkProblem;
  readonly #evaluator: Evaluator;
  readonly #drawn: (round: number) => Sample;
  readonly #trainings = new Map<string, ForwardMode>();
  readonly #judging: ValidationGradient;

  constructor(engine: Engine, data: ResidentDataset, options: PerceptronOptions) {
    const { seed, train = 10_000, validation = 2000, hidden = 32, batchSize = 128 } = options;
    const initial = "glorot-normal";
    this.engine = engine;
    this.seed = seed;
    this.network = mlp(engine, { inputs: data.features, hidden: [hidden], outputs: data.classes, seed, initial });
    this.#drawn = (round) => drawSample(data.train.count, { train, validation }, { seed, round });
    this.problem = new NetworkProblem(
      engine,
      { network: this.network, data, batchSize, seed, initial },
      this.#drawn(0),
    );
    this.#evaluator = new Evaluator(engine, this.network, data, "test");
    this.#judging = new ValidationGradient(this.problem);
  }

  /** Other examples, weights and orders. */
  resample(round: number): void {
    this.problem.resample(round, this.#drawn(round));
  }

  /** Trains with schedules. @returns the validation loss, NaN where it diverged */
  train(schedules: Schedules, steps: number): number {
    const windows = perFamily((family) => schedules[family].length);
    const key = Object.values(windows).join();
    let training = this.#trainings.get(key);
    if (training === undefined) {
      training = new ForwardMode(this.problem, { windows, learn: [], clip: { value: gradientClip } });
      this.#trainings.set(key, training);
    }
    training.run(schedules, steps);
    return training.diagnostics.diverged === undefined ? this.#judging.measure().loss : Number.NaN;
  }

  /** Share of right answers on the test split, of the weights in place. */
  testAccuracy(): number {
    return this.#evaluator.evaluate().accuracy;
  }
}
