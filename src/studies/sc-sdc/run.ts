/**
 * One training with its measures, from the start, or from where it was stopped, to its last epoch or its divergence. A study's
 * trial and the `train` command both run this.
 */

import { DivergedError, mean } from "../../base/index.ts";
import type { FlowMeasures } from "../../flow/index.ts";
import { flowNodes } from "../../flow/index.ts";
import type { Network } from "../../nn/index.ts";
import { countParameters } from "../../nn/index.ts";
import type { GroupReport } from "../../optim/index.ts";
import type { Engine } from "../../tensor/index.ts";
import { compile, crossEntropy, Graph } from "../../tensor/index.ts";
import type { Evaluation, ResidentDataset, Trainer } from "../../train/index.ts";
import { batchNodes, Evaluator } from "../../train/index.ts";
import { averagedEpochs, isMeasured } from "./measure-epochs.ts";
import { buildPairNetwork, buildTrainer, type NetworkKind } from "./model.ts";
import type { ScSdcSettings, SharedSettings } from "./settings.ts";

/** What is known at the end of an epoch. */
export interface Measurement {
  readonly epoch: number;
  readonly train: Evaluation;
  readonly test: Evaluation;
  readonly flow: FlowMeasures;
  /** Of an optimizer that sets weights to zero. */
  readonly groups?: GroupReport;
}

export interface RunOutcome {
  readonly activeWeights: number;
  /** Everything trained: active weights, biases, batch-norm and activation parameters. */
  readonly parameters: number;
  readonly measurements: readonly Measurement[];
  /** Averages over the 11 epochs; NaN for a run that diverged. */
  readonly averages: { readonly gf1: number; readonly gf2: number; readonly egf1: number; readonly egf2: number };
  readonly diverged?: { readonly step: number; readonly layer: string; readonly reason: string };
  readonly network: Network;
}

export interface RunOptions {
  readonly kind: NetworkKind;
  readonly seed: number;
  readonly data: ResidentDataset;
  /** Called at the end of each epoch, 0 being the start. */
  readonly onEpoch?: (epoch: number, trainLoss: number, measured: Measurement | undefined) => void;
}

/** A training between two steps. */
export interface RunProgress {
  readonly trainer: Trainer;
  readonly measurements: readonly Measurement[];
}

export interface StepwiseOptions extends RunOptions {
  /** Steps between two pauses, ≥ 1; the ends of epochs are pauses too, the first of them before the first step. */
  readonly pauseEvery: number;
  /** Puts a training back where it was stopped, and returns the measurements until then. Default: from the start. */
  readonly resume?: (trainer: Trainer) => readonly Measurement[];
}

/** Runs a training. Its variables live in the engine's innermost scope. */
export function runTraining(engine: Engine, settings: ScSdcSettings, options: RunOptions): RunOutcome {
  const pauses = runStepwise(engine, settings, { ...options, pauseEvery: Number.POSITIVE_INFINITY });
  let next = pauses.next();
  while (!next.done) next = pauses.next();
  return next.value;
}

/** Runs a training with pauses, in which it can be saved or left. */
export function* runStepwise(
  engine: Engine,
  settings: ScSdcSettings,
  options: StepwiseOptions,
): Generator<RunProgress, RunOutcome, void> {
  const { kind, seed, data, onEpoch, pauseEvery, resume } = options;
  const network = buildPairNetwork(engine, settings, { kind, seed, data });
  const trainer = buildTrainer(engine, settings, { network, seed, data });
  const trainEvaluator = new Evaluator(engine, network, data, "train");
  const testEvaluator = new Evaluator(engine, network, data, "test");
  const measureFlow = flowMeter(engine, settings, network, data);
  const measurements: Measurement[] = [];
  const measure = (epoch: number): Measurement => {
    const taken = {
      epoch,
      train: trainEvaluator.evaluate(),
      test: testEvaluator.evaluate(),
      flow: measureFlow(),
      groups: trainer.optimizer.groupReport(),
    };
    measurements.push(taken);
    return taken;
  };

  let diverged: RunOutcome["diverged"];
  const endEpoch = (loss: number) => {
    const { epoch } = trainer;
    const measured = isMeasured(epoch, { epochs: settings.epochs, every: settings.measure_every });
    const taken = measured ? measure(epoch) : undefined;
    if (taken !== undefined && !Number.isFinite(taken.train.loss)) {
      const reason = `the training loss was ${taken.train.loss} at the end of epoch ${epoch}`;
      diverged = { step: trainer.step, layer: "loss", reason };
    }
    onEpoch?.(epoch, loss, taken);
  };
  if (resume === undefined) {
    // Apart: the arguments of a call that is left out are not evaluated.
    const start = measure(0);
    onEpoch?.(0, Number.NaN, start);
  } else {
    measurements.push(...resume(trainer));
  }
  const progress: RunProgress = { trainer, measurements };
  yield progress;
  while (trainer.epoch < settings.epochs && diverged === undefined) {
    try {
      const loss = trainer.trainEpoch({ maxSteps: pauseEvery });
      if (trainer.stepInEpoch === 0) endEpoch(loss);
    } catch (error) {
      if (!(error instanceof DivergedError)) throw error;
      diverged = { step: error.step, layer: error.layer, reason: error.message };
    }
    if (diverged === undefined) yield progress;
  }
  const counts = countParameters(network.parameters);
  return {
    activeWeights: counts.weight,
    parameters: counts.total,
    measurements,
    averages: averages(diverged === undefined ? measurements : [], settings.epochs),
    diverged,
    network,
  };
}

/** Measures the gradient flow on a fixed sample: the first `measure_examples` training examples, in training mode. */
export function flowMeter(
  engine: Engine,
  settings: SharedSettings,
  network: Network,
  data: ResidentDataset,
): () => FlowMeasures {
  const size = Math.min(settings.measure_examples, data.train.count);
  const graph = new Graph();
  const indices = engine.variable("measure.indices", [size], { batched: true, type: "int32" });
  indices.set(Array.from({ length: size }, (_, b) => b));
  const { x, labels } = batchNodes(graph, data, data.train, indices);
  // A step variable of its own: measuring draws the dropout mask of step 0 and leaves training's masks alone.
  const dropoutStep = engine.variable("measure.step", [], { type: "int32" });
  const forward = network.forward(graph, x, { mode: "train", dropoutStep });
  const loss = crossEntropy(forward.logits, labels);
  const nodes = flowNodes(graph, network, { loss, forward, unmasked: settings.unmasked });
  const program = compile(engine, { outputs: nodes.outputs });
  return () => {
    program.compute();
    return nodes.read(program);
  };
}

function averages(measurements: readonly Measurement[], epochs: number): RunOutcome["averages"] {
  const wanted = averagedEpochs(epochs);
  const chosen = measurements.filter((taken) => wanted.includes(taken.epoch));
  const average = (key: "gf1" | "gf2" | "egf1" | "egf2") =>
    chosen.length === wanted.length ? mean(chosen.map((taken) => taken.flow[key])) : Number.NaN;
  return { gf1: average("gf1"), gf2: average("gf2"), egf1: average("egf1"), egf2: average("egf2") };
}
