/** The gradient's norm around topology updates of a real training, and its figures. */

import { expect, test } from "vitest";
import { GradientNormRecorder } from "../../flow/index.ts";
import { gradientNormOverSteps, updateEffects } from "../../plot/index.ts";
import { openEngine } from "../../tensor/index.ts";
import { dataOf, settingsOf } from "../sparse-training/fixtures/small-method.ts";
import { SparseTrainer } from "../sparse-training/sparse-trainer.ts";
import { startOf } from "../sparse-training/start.ts";
import { trainingOptions } from "../sparse-training/training-options.ts";
import { examplesOf } from "./analyse.ts";

test("RigL's updates are recorded at the steps where they are made, each with the norms of both sides, and drawn", async () => {
  const engine = await openEngine();
  const settings = settingsOf({ method: "rigl" });
  const data = await dataOf(engine, settings);
  const seed = 1;
  const made = trainingOptions(engine, settings, { seed, data });
  const recorder = new GradientNormRecorder(engine, examplesOf(data, "train", 100));
  const changed: number[] = [];
  using training = new SparseTrainer(engine, {
    ...made,
    start: startOf(engine, settings, { ...made, seed, data }),
    onChange: (when, { network, trainer }) => {
      recorder.recordChange(when, trainer.step, network);
      if (when === "before") changed.push(trainer.step);
    },
  });
  recorder.record(0, training.network);
  while (training.trainer.epoch < settings.epochs) {
    training.advance({});
    recorder.record(training.trainer.step, training.network);
  }
  const { updates, measurements } = recorder;
  expect(updates.length).toBeGreaterThan(1);
  // A change may take the place of a step, which is then counted as done.
  expect(updates.map(({ step }, i) => [0, 1].includes(step - changed[i]))).toEqual(changed.map(() => true));
  expect(updates.every(({ before, after, delta }) => before > 0 && delta === after - before)).toBe(true);
  expect(updates.some(({ delta }) => delta !== 0)).toBe(true);
  expect(measurements).toHaveLength(settings.epochs + 1);
  const effects = await updateEffects(updates.map(({ step, delta }) => ({ series: "RigL", step, delta })));
  expect(effects).toContain(`of ${updates.length} updates raised the norm`);
  const norms = measurements.map(({ step, norm }) => ({ series: "RigL", step, norm }));
  expect(await gradientNormOverSteps(norms)).toContain(`at ${norms.length} steps`);
});
