/** What is measured of a network between two steps: loss, accuracy, gradient flow, and the norm of its whole gradient. */

import { type FlowMeasures, gradientNorm } from "../../flow/index.ts";
import type { Network } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import { Evaluator, type ResidentDataset } from "../../train/index.ts";
import { examplesOf } from "../anatomy/analyse.ts";
import { flowMeter, type Measurement } from "../sc-sdc/run.ts";
import type { SparseTrainingSettings } from "./settings.ts";

/** A measurement of a training whose topology changes. */
export interface SparseMeasurement extends Measurement {
  /** 2-norm of the gradient by all parameters, masked weights left out, on the fixed sample, in training mode. */
  readonly gradientNorm: number;
  /** Mean over the updates since the measurement before: the norm after an update less that before it; NaN without any. */
  readonly gainOfUpdates: number;
  /** Updates measured so far. */
  readonly updates: number;
}

/** Measures a network as it is; what it needs is given back at the end. */
export function measureNetwork(
  engine: Engine,
  settings: SparseTrainingSettings,
  network: Network,
  data: ResidentDataset,
): Omit<SparseMeasurement, "epoch" | "gainOfUpdates" | "updates"> {
  using _ = engine.scope();
  const flow: FlowMeasures = flowMeter(engine, settings, network, data)();
  return {
    train: new Evaluator(engine, network, data, "train").evaluate(),
    test: new Evaluator(engine, network, data, "test").evaluate(),
    flow,
    gradientNorm: gradientNorm(engine, network, {
      examples: examplesOf(data, "train", settings.measure_examples),
      mode: "train",
    }).norm,
  };
}
