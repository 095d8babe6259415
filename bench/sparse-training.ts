/**
 * What it costs to change the topology while training: 100 steps with one update, by method, beside 100 steps with a static mask;
 * and what it takes of the engine's memory as networks grow wider at one number of active weights.
 *
 *     npm run bench:sparse-training
 *     npm run bench:sparse-training -- --only lenet-5@0.05 --json
 *
 * Methods take turns, each on an engine of its own, and a ratio is that of two neighbours in one turn.
 */

import { parseArgs } from "node:util";
import { InputError, median, Rng, sizeOf } from "../src/base/index.ts";
import { type Dataset, makeDataset } from "../src/data/index.ts";
import type { Table } from "../src/experiment/index.ts";
import { countParameters } from "../src/nn/index.ts";
import {
  SparseTrainer,
  type SparseTrainingSettings,
  sparseTrainingSettings,
  startOf,
  type TopologyPlan,
  trainingOptions,
} from "../src/studies/index.ts";
import { openEngine } from "../src/tensor/index.ts";
import { residentDataset } from "../src/train/index.ts";
import { note, positive, print, rounded, run } from "./print.ts";

const batch = 128;
/** Steps from one update to the next: RigL's. */
const every = 100;
const methods = ["static", "set", "rigl", "snfs", "gmp"] as const;
type Method = (typeof methods)[number];

/** Widths of the table of memory, and the active weights of each of its networks. */
const widths = [512, 1024, 2048, 4096, 8192];
const activeWeights = 100_000;

interface Case {
  readonly name: string;
  readonly density: number;
  readonly settings: Partial<SparseTrainingSettings>;
}

const defaultCases = ["lenet-300-100@0.02", "784-2048-2048-10@0.05", "784-2048-2048-10@0.01", "lenet-5@0.05"];

/** Reads lenet-5@0.05, or 784-W-W-10@0.05 for an mlp of width W. */
function parseCase(text: string): Case {
  const [name, density] = text.split("@");
  const hidden = /^784-(\d+)-\1-10$/.exec(name);
  const known = ["lenet-300-100", "lenet-5", "simple-cnn", "vgg-small"];
  if (!(Number(density) > 0 && Number(density) < 1) || !(hidden !== null || known.includes(name))) {
    throw new InputError(
      `bench: expected a network of ${known.join(", ")} or 784-W-W-10, and a density, such as lenet-5@0.05, got ${text}`,
    );
  }
  const model = hidden === null ? { model: name as "lenet-5" } : { model: "mlp" as const, width: Number(hidden[1]) };
  return { name, density: Number(density), settings: { ...model, density: Number(density) } };
}

/** Random images, as many as 100 steps take. */
function randomImages(): Promise<Dataset> {
  const rng = new Rng(0, "test");
  const featureShape = [1, 28, 28];
  const split = (count: number) => ({
    count,
    values: Uint8Array.from({ length: count * sizeOf(featureShape) }, () => rng.integer(256)),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
  });
  const parts = { name: "random", classes: 10, featureShape, source: "random numbers", licence: "none" };
  return makeDataset({ ...parts, train: split(every * batch), test: split(10) });
}

function settingsOf({ settings }: Case, method: Method): SparseTrainingSettings {
  return sparseTrainingSettings.parse({
    ...{ batch_size: batch, epochs: 1000, learning_rate: 0.001, update_every: every, update_until: 1 },
    ...settings,
    method: method === "gmp" ? "static" : method,
  });
}

/** Gradual pruning near its end: from as many weights as the others have, a hundredth less every 100 steps. */
function pruningPlan(counts: readonly number[]): TopologyPlan {
  return (step) => {
    const kept = 0.99 ** (step / every);
    return step === 0 || step % every !== 0
      ? undefined
      : { kind: "prune", keep: counts.map((count) => Math.ceil(kept * count)) };
  };
}

/** A training by a method, half-way between two updates. */
async function trainingOf(of: Case, method: Method, dataset: Dataset): Promise<SparseTrainer> {
  const engine = await openEngine();
  const data = residentDataset(engine, dataset, "standard");
  const settings = settingsOf(of, method);
  const made = trainingOptions(engine, settings, { seed: 0, data });
  const start = startOf(engine, settings, { ...made, seed: 0, data });
  const counts = start.masks.map((mask) => mask?.columnIndices.length ?? 0);
  const plan = method === "gmp" ? pruningPlan(counts) : made.plan;
  const training = new SparseTrainer(engine, { ...made, start, plan });
  training.advance({ maxSteps: every / 2 });
  return training;
}

/** Milliseconds of the next 100 steps, one of which changes the topology. */
function time(training: SparseTrainer): number {
  const started = performance.now();
  const { step } = training.trainer;
  while (training.trainer.step < step + every) {
    training.advance({ maxSteps: step + every - training.trainer.step });
  }
  return performance.now() - started;
}

interface Row {
  readonly net: string;
  readonly density: number;
  readonly active_weights: number;
  readonly method: Method;
  /** Medians over the turns. */
  readonly step_ms: number;
  readonly ratio: number;
  readonly update_ms: number;
}

async function timeCase(of: Case, dataset: Dataset, rounds: number): Promise<Row[]> {
  const trainings: SparseTrainer[] = [];
  for (const method of methods) trainings.push(await trainingOf(of, method, dataset));
  const active = countParameters(trainings[0].network.parameters).weight;
  const times: number[][] = methods.map(() => []);
  // The first turns warm up: the first updates are the first runs of their code.
  for (let turn = -2; turn < rounds; turn++) {
    trainings.forEach((training, i) => {
      const ms = time(training);
      if (turn >= 0) times[i].push(ms);
    });
  }
  for (const training of trainings) training[Symbol.dispose]();
  return methods.map((method, i) => ({
    net: of.name,
    density: of.density,
    active_weights: active,
    method,
    step_ms: rounded(median(times[i]) / every, 4),
    ratio: rounded(median(times[i].map((ms, turn) => ms / times[0][turn])), 3),
    update_ms: rounded(median(times[i].map((ms, turn) => ms - times[0][turn]))),
  }));
}

interface MemoryRow {
  readonly net: string;
  readonly active_weights: number;
  /** The engine's at the peak, without the data. */
  readonly peak_mb: number;
  /** All weights in full, which nothing ever holds. */
  readonly full_mb: number;
}

/** 60 steps of RigL with an update in the middle. */
async function memoryOf(width: number, dataset: Dataset): Promise<MemoryRow> {
  const positions = 784 * width + width * width + 10 * width;
  const density = activeWeights / positions;
  const engine = await openEngine();
  const { memory } = engine.backend;
  const data = residentDataset(engine, dataset, "standard");
  const before = memory.usedBytes;
  const settings = sparseTrainingSettings.parse({
    ...{ method: "rigl", model: "mlp", width, density, batch_size: batch, update_every: 30, learning_rate: 0.001 },
  });
  const made = trainingOptions(engine, settings, { seed: 0, data });
  using training = new SparseTrainer(engine, {
    ...made,
    start: startOf(engine, settings, { ...made, seed: 0, data }),
  });
  training.advance({ maxSteps: 60 });
  return {
    net: `784-${width}-${width}-10`,
    active_weights: countParameters(training.network.parameters).weight,
    peak_mb: rounded((memory.peakBytes - before) / 1e6, 3),
    full_mb: rounded((4 * positions) / 1e6, 3),
  };
}

function stepTable(rows: readonly Row[]): Table {
  return {
    name: "sparse-training",
    caption: "Steps with an update of the topology every 100, beside a static mask",
    columns: [
      { key: "net", title: "network" },
      { key: "density", title: "density", format: "number", decimals: 2 },
      { key: "active_weights", title: "active weights", format: "integer" },
      { key: "method", title: "method" },
      { key: "step_ms", title: "step", format: "number", decimals: 3, unit: "ms" },
      { key: "ratio", title: "times static", format: "number", decimals: 2 },
      { key: "update_ms", title: "update", format: "number", decimals: 1, unit: "ms" },
    ],
    rows: rows.map((row) => ({ ...row })),
    notes: [
      `Batch ${batch}, random images. Medians over turns; a step's time has a hundredth of an update in it.`,
      "set and rigl update in place of a step, snfs after one. gmp prunes a hundredth of its weights, as near the end of its schedule.",
    ],
  };
}

function memoryTable(rows: readonly MemoryRow[]): Table {
  return {
    name: "sparse-training-memory",
    caption: "RigL: memory of the engine at the peak, updates included",
    columns: [
      { key: "net", title: "network" },
      { key: "active_weights", title: "active weights", format: "integer" },
      { key: "peak_mb", title: "peak", format: "number", decimals: 1, unit: "MB" },
      { key: "full_mb", title: "weights in full", format: "number", decimals: 1, unit: "MB" },
    ],
    rows: rows.map((row) => ({ ...row })),
    notes: [`Without the data. Most of the peak is the activations of ${batch} examples, which grow with the units.`],
  };
}

await run(async () => {
  const { values: options } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: defaultCases },
      rounds: { type: "string", default: "7" },
      "no-memory": { type: "boolean", default: false },
    },
  });
  const cases = options.only.map(parseCase);
  const rounds = positive("rounds", options.rounds);
  const dataset = await randomImages();
  const steps: Row[] = [];
  for (const of of cases) {
    steps.push(...(await timeCase(of, dataset, rounds)));
    if (!options.json) note(`${of.name}@${of.density}`);
  }
  const memory: MemoryRow[] = [];
  if (!options["no-memory"]) for (const width of widths) memory.push(await memoryOf(width, dataset));
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ steps, memory }, null, 2)}\n`);
    return;
  }
  print(stepTable(steps), steps, false);
  if (memory.length > 0) print(memoryTable(memory), memory, false);
});
