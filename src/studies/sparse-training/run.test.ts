/** Whole runs: what a method starts with, what a lottery keeps, what is measured, and what settings refuse. */

import { describe, expect, test } from "vitest";
import { InputError } from "../../base/index.ts";
import { designStudy, parseStudy } from "../../experiment/index.ts";
import { countParameters, weightLayers } from "../../nn/index.ts";
import { openEngine } from "../../tensor/index.ts";
import { decodeCheckpoint, encodeCheckpoint, networkMasks, takeCheckpoint } from "../../train/index.ts";
import { dataOf, settingsOf } from "./fixtures/small-method.ts";
import { checkMethod, sparseTraining } from "./kind.ts";
import { networkOf } from "./networks.ts";
import { prunedMasks } from "./prune-before.ts";
import { runSparseStepwise, runSparseTraining, type SparseProgress } from "./run.ts";
import { methodNames, type SparseTrainingSettings } from "./settings.ts";

const engine = await openEngine();

async function run(some: Partial<SparseTrainingSettings>) {
  const settings = settingsOf(some);
  using _ = engine.scope();
  return runSparseTraining(engine, settings, { seed: 1, data: await dataOf(engine, settings) });
}

test.each(["set", "rigl", "gmp", "snip", "synflow", "lottery"] as const)(
  "%s learns 300 digits to more than 0.4 of unseen ones (chance: 0.1) with 0.2 of the weights",
  async (method) => {
    const { measurements, activeWeights, steps } = await run({ method, epochs: 12, activation: "relu" });
    expect(measurements.at(-1)?.test.accuracy).toBeGreaterThan(0.4);
    // 0.2 of 64 x 24, of 24 x 24 and of 24 x 10, each rounded up.
    expect(activeWeights).toBe(308 + 116 + 48);
    expect(steps).toBe(120);
  },
);

describe("a lottery", () => {
  test("starts the ticket at the dense network's first weights, and ends with a barrier and its pruned solution's accuracy", async () => {
    const lottery = await run({ method: "lottery" });
    const pruned = await run({ method: "gmp" });
    expect(lottery.prunedAccuracy).toBe(pruned.measurements.at(-1)?.test.accuracy);
    expect(lottery.ticket?.barrier).toBeGreaterThanOrEqual(0);
    expect(lottery.activeWeights).toBe(pruned.activeWeights);
    expect(networkMasks(lottery.network)).toEqual(networkMasks(pruned.network));
  });

  test("is held against its pruned solution: two lines of 15 points that meet in it, distances, and what it says otherwise", async () => {
    const { ticket, measurements, prunedAccuracy } = await run({ method: "lottery" });
    const [start, end] = ticket?.lines ?? [];
    expect([start.from, end.from]).toEqual(["start", "end"]);
    expect(start.points.map(({ alpha }) => alpha)).toEqual(end.points.map(({ alpha }) => alpha));
    const at = (line: typeof start, alpha: number) => line.points.find((point) => point.alpha === alpha)?.loss;
    expect(start.points).toHaveLength(15);
    expect(at(start, 1)).toBe(at(end, 1));
    expect(at(start, 0)).toBeCloseTo(measurements[0].train.loss, 6);
    expect(at(end, 0)).toBeCloseTo(measurements[4].train.loss, 6);
    const between = end.points.slice(2, 13).map(({ loss }) => loss);
    expect(ticket?.barrier).toBe(Math.max(...between) - Math.max(between[0], between[10]));
    // Two networks that are right on shares a and b of the examples differ on |a - b| of them at least.
    expect(ticket?.disagreement).toBeGreaterThanOrEqual(
      Math.abs(prunedAccuracy - measurements[4].test.accuracy) - 1e-12,
    );
    expect(ticket?.disagreement).toBeLessThan(1);
    expect(ticket?.distances.start).toBeGreaterThan(0);
    expect(ticket?.distances.end).toBeGreaterThan(0);
  });

  test("rewound to half of its training does half the epochs again", async () => {
    const late = await run({ method: "lottery", prune_from: 0.5, prune_until: 0.8, rewind: 0.5 });
    expect(late.measurements.map(({ epoch }) => epoch)).toEqual([2, 3, 4]);
    expect(late.steps).toBe(40);
  });

  test("in two rounds prunes over all layers to the same total, and shuffled has no barrier to tell", async () => {
    const rounds = await run({ method: "lottery", ticket_rounds: 2, shuffle_mask: "layer" });
    expect(rounds.activeWeights).toBe(308 + 116 + 48);
    expect(rounds.ticket?.lines).toEqual([]);
    expect(rounds.ticket?.barrier).toBeNaN();
  });
});

test("what changes is measured on demand, and measuring leaves the training alone", async () => {
  const [plain, watched] = [await run({ method: "rigl" }), await run({ method: "rigl", measure_updates: true })];
  expect(plain.measurements.map(({ gainOfUpdates }) => gainOfUpdates)).toEqual(Array(5).fill(Number.NaN));
  expect(watched.measurements.slice(1, 4).every(({ gainOfUpdates }) => Number.isFinite(gainOfUpdates))).toBe(true);
  expect(watched.measurements.map(({ test }) => test)).toEqual(plain.measurements.map(({ test }) => test));
  expect(watched.changes).toBe(7);
  expect(plain.updates).toEqual([]);
  // Every 4 steps until 3/4 of the 40; a change takes the place of a step.
  expect(watched.updates.map(({ step }) => step)).toEqual([5, 9, 13, 17, 21, 25, 29]);
  const [, , second] = watched.measurements;
  const own = watched.updates.filter(({ step }) => step > 10 && step <= 20).map(({ delta }) => delta);
  expect(second.gainOfUpdates).toBeCloseTo(own.reduce((sum, delta) => sum + delta, 0) / own.length, 12);
});

test("a training stopped between two measurements goes on to the same updates and gains", async () => {
  const settings = settingsOf({ method: "rigl", measure_updates: true });
  const data = await dataOf(engine, settings);
  const whole = runSparseTraining(engine, settings, { seed: 1, data });
  const pauses = runSparseStepwise(engine, settings, { seed: 1, data, pauseEvery: 1 });
  let stopped = pauses.next().value as SparseProgress;
  while (stopped.trainer.step < 17) stopped = pauses.next().value as SparseProgress;
  const checkpoint = decodeCheckpoint(encodeCheckpoint(takeCheckpoint(stopped.trainer)), "memory");
  const { measurements, updates } = structuredClone({ measurements: stopped.measurements, updates: stopped.updates });
  expect(updates).toHaveLength(4);
  const rest = runSparseTraining(engine, settings, { seed: 1, data, resume: { checkpoint, measurements, updates } });
  expect(rest.updates).toEqual(whole.updates);
  expect(rest.measurements).toEqual(whole.measurements);
});

test("sparsity-aware weights have more than 5 times the gradient norm of masked dense ones at the start, at a density of 0.05", async () => {
  const start = async (sparse_initial: SparseTrainingSettings["sparse_initial"]) =>
    (await run({ method: "static", density: 0.05, width: 100, epochs: 1, sparse_initial })).measurements[0]
      .gradientNorm;
  expect((await start("unit-fan-in-normal")) / (await start("masked-dense"))).toBeGreaterThan(5);
});

test("the small dense network is the widest with no more weights than the sparse one, and the next has more", async () => {
  const settings = settingsOf({ method: "small-dense" });
  const data = (await dataOf(engine, settings)).dataset;
  const weights = weightLayers(networkOf(settings, data)).reduce((sum, { shape }) => sum + shape[0] * shape[1], 0);
  // 472 weights: 5 units a layer have 64 x 5 + 5 x 5 + 5 x 10 = 395, 6 have 480.
  expect(weights).toBe(395);
  const outcome = await run({ method: "small-dense", epochs: 1 });
  expect(outcome.parameters).toBe(countParameters(outcome.network.parameters).total);
});

test("SNIP keeps the largest |w g| over all layers, held against sorting them", async () => {
  const settings = settingsOf({ method: "snip" });
  const data = await dataOf(engine, settings);
  const architecture = networkOf(settings, data.dataset);
  const { masks, weights } = prunedMasks(engine, { ...settings, method: "snip" }, { architecture, data, seed: 1 });
  const magnitude = prunedMasks(engine, { ...settings, method: "magnitude" }, { architecture, data, seed: 1 });
  expect(magnitude.weights).toEqual(weights);
  const all = weights.flatMap((of) => Array.from(of, Math.abs)).sort((a, b) => b - a);
  const threshold = all[308 + 116 + 48 - 1];
  magnitude.masks.forEach((mask, l) => {
    expect(mask?.columnIndices.length).toBe(weights[l].filter((w) => Math.abs(w) >= threshold).length);
  });
  expect(masks.reduce((sum, mask) => sum + (mask?.columnIndices.length ?? 0), 0)).toBe(308 + 116 + 48);
  expect(masks).not.toEqual(magnitude.masks);
});

test("a study makes one trial per cell, and every method is one of the settings", () => {
  const text = JSON.stringify({ study: "sparse-training", name: "all", factors: { method: methodNames }, seeds: 2 });
  const { trials, columns } = designStudy(parseStudy(text, "all.json", [sparseTraining]));
  expect(trials.map(({ kind }) => kind)).toEqual(methodNames.flatMap((name) => [name, name]));
  expect(columns.trials.slice(0, 9)).toEqual([
    ...["trial", "pair", "kind", "data", "model", "width", "method", "density", "seed"],
  ]);
});

test.each<[Partial<SparseTrainingSettings>, string]>([
  [{ method: "gmp", prune_from: 0.7 }, "prune_from must be below prune_until, got 0.7 and 0.6"],
  [
    { method: "lottery", rewind: 0.5 },
    "rewind must not exceed prune_from, got 0.5 and 0.25: a ticket is rewound to weights that are not yet pruned",
  ],
  [{ method: "lottery", ticket_rounds: 1, rewind: 1 }, "rewind must be below 1, got 1: no training would be left"],
  [
    { method: "snfs", optimizer: "sgd" },
    "snfs grows by momentum: optimizer must be momentum, nesterov, adam or adamw, got sgd",
  ],
])("settings that contradict each other are refused: %o", (some, message) => {
  expect(() => checkMethod(settingsOf(some))).toThrow(new InputError(message));
});
