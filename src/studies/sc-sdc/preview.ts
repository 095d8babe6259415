/** What `study check` shows before anything runs: capacities, and how long it will take by a short calibration. */

import { DivergedError } from "../../base/index.ts";
import type { Design, Table, TrialSpec } from "../../experiment/index.ts";
import { type Engine, openEngine } from "../../tensor/index.ts";
import type { Trainer } from "../../train/index.ts";
import { averagedEpochs } from "./measure-epochs.ts";
import { buildPairNetwork, buildTrainer, capacityOf, type NetworkKind } from "./model.ts";
import { widthsOf } from "./pair.ts";
import type { ScSdcSettings } from "./settings.ts";
import { capacityTable } from "./tables.ts";
import { TrialDataCache } from "./trial-data.ts";

/** Time the calibration may take; networks it has no time for are judged by their active weights. */
const calibrationMs = 4000;
const stepsTimed = 3;

export interface StudyPreview {
  /** One per combination of data, depth and widths. */
  readonly capacities: readonly Table[];
  /** Milliseconds that the whole study is expected to take. */
  readonly estimateMs: (workers: number) => number;
  readonly notes: readonly string[];
}

interface Timing {
  readonly trials: number;
  readonly trialMs: number;
}

/** Looks at a design's networks and times a few steps of each. Loads the data sets. */
export async function previewStudy(design: Design): Promise<StudyPreview> {
  const engine = await openEngine();
  const cache = new TrialDataCache(engine);
  const capacities = new Map<string, Table>();
  const timings: Timing[] = [];
  const measured: { readonly work: number; readonly trialMs: number }[] = [];
  const notes: string[] = [];
  const started = performance.now();
  let skipped = 0;
  for (const { trials, first } of distinctNetworks(design.trials)) {
    const settings = first.payload as ScSdcSettings;
    const data = await cache.get(settings);
    const capacity = capacityOf(settings, data.dataset);
    const { model, hidden_layers } = settings;
    const { dense_width, sparse_width } = widthsOf(settings);
    const layers = model === "mlp" ? `${hidden_layers} hidden` : model;
    const name = `${settings.data}, ${layers}: dense ${dense_width}, sparse ${sparse_width}`;
    if (!capacities.has(name)) capacities.set(name, { ...capacityTable(capacity), caption: name });
    const work = capacity.activeWeights * data.train.count * settings.epochs;
    if (performance.now() - started < calibrationMs || measured.length === 0) {
      const trialMs = timeTrial(engine, settings, { kind: first.kind as NetworkKind, seed: first.seed, data });
      measured.push({ work, trialMs });
      timings.push({ trials, trialMs });
    } else {
      skipped += 1;
      const nearest = measured.reduce((a, b) => (Math.abs(a.work - work) <= Math.abs(b.work - work) ? a : b));
      timings.push({ trials, trialMs: (nearest.trialMs * work) / nearest.work });
    }
  }
  if (skipped > 0)
    notes.push(`${skipped} kinds of network were not timed but scaled from the others by active weights`);
  const total = timings.reduce((sum, { trials, trialMs }) => sum + trials * trialMs, 0);
  return { capacities: [...capacities.values()], estimateMs: (workers) => total / Math.max(1, workers), notes };
}

/** Trials that differ in nothing but their seed cost the same: one of each, and how many there are. */
function distinctNetworks(trials: readonly TrialSpec[]): { trials: number; first: TrialSpec }[] {
  const groups = new Map<string, { trials: number; first: TrialSpec }>();
  for (const trial of trials) {
    const key = `${trial.kind} ${JSON.stringify(trial.payload)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { trials: 1, first: trial });
    else group.trials += 1;
  }
  return [...groups.values()];
}

/** Milliseconds of a whole trial: a few steps timed, and a third of a step for each batch that is only evaluated. */
function timeTrial(engine: Engine, settings: ScSdcSettings, options: Parameters<typeof buildPairNetwork>[2]): number {
  using _ = engine.scope();
  const network = buildPairNetwork(engine, settings, options);
  const trainer = buildTrainer(engine, settings, { network, ...options });
  takeSteps(trainer, 1);
  const started = performance.now();
  const taken = takeSteps(trainer, stepsTimed);
  const stepMs = (performance.now() - started) / Math.max(1, taken);
  const { train, test } = options.data;
  const evaluations = settings.measure_every > 0 ? settings.epochs / settings.measure_every : 0;
  const measurements = Math.max(evaluations, averagedEpochs(settings.epochs).length);
  const evaluated = (measurements * (train.count + test.count)) / settings.batch_size;
  return stepMs * (settings.epochs * trainer.stepsPerEpoch + evaluated / 3);
}

/** Takes up to `maxSteps` steps; a network that diverges on the way has shown what a step costs. @returns how many */
function takeSteps(trainer: Trainer, maxSteps: number): number {
  const before = trainer.step;
  try {
    trainer.trainEpoch({ maxSteps });
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
  }
  return trainer.step - before;
}
