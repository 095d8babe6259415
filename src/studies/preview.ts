/** What `study check` shows before anything runs: capacities, and how long it will take by a short calibration. */

import type { Design, Table, TrialSpec } from "../experiment/index.ts";
import { type Engine, openEngine } from "../tensor/index.ts";
import type { ResidentDataset } from "../train/index.ts";
import { compression } from "./compression/kind.ts";
import { lookAtCompression } from "./compression/preview.ts";
import { saliencyStudy } from "./saliency/kind.ts";
import { lookAtSaliency } from "./saliency/preview.ts";
import { scSdc } from "./sc-sdc/kind.ts";
import { lookAtPair } from "./sc-sdc/preview.ts";
import { TrialDataCache } from "./sc-sdc/trial-data.ts";
import { lookAtMethod } from "./sparse-training/preview.ts";
import { tuning } from "./tuning/kind.ts";
import { lookAtSearch } from "./tuning/preview.ts";

/** What a kind of study says of a trial before it runs. */
export interface TrialLook {
  /** Caption names the networks; one table of a caption is shown. */
  readonly capacity: Table;
  /** In proportion to the time of a trial that is not timed. */
  readonly work: number;
  /** Times a few steps. @returns milliseconds of the whole trial */
  readonly time: () => number;
}

/** Time the calibration may take; networks it has no time for are judged by their active weights. */
const calibrationMs = 4000;

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
    const data = await cache.get(first.payload as Parameters<TrialDataCache["get"]>[0]);
    const { capacity, work, time } = lookAt(design, engine, first, data);
    if (!capacities.has(capacity.caption)) capacities.set(capacity.caption, capacity);
    if (performance.now() - started < calibrationMs || measured.length === 0) {
      const trialMs = time();
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

function lookAt({ study }: Design, engine: Engine, trial: TrialSpec, data: ResidentDataset): TrialLook {
  if (study.kind.name === compression.name) return lookAtCompression(engine, trial, data);
  if (study.kind.name === tuning.name) return lookAtSearch(engine, trial, data);
  if (study.kind.name === saliencyStudy.name) return lookAtSaliency(engine, trial, data);
  return study.kind.name !== scSdc.name ? lookAtMethod(engine, trial, data) : lookAtPair(engine, trial, data);
}
