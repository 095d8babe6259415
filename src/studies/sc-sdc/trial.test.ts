/** The worker's trial: the same numbers in any worker, at any time, after any other; and what a divergence leaves. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Design, TrialRecord, TrialResult } from "../../experiment/index.ts";
import { beginStudy, gatherProvenance, openStore, runTrials } from "../../experiment/index.ts";
import { matchCapacity } from "./capacity.ts";
import { designOf } from "./fixtures/made-study.ts";
import { scSdc } from "./kind.ts";
import { runTrial } from "./trial.ts";

const folder = mkdtempSync(join(tmpdir(), "gradientflow-trial-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const settings = {
  data: "digits",
  train_examples: 230,
  hidden_layers: 2,
  dense_width: 12,
  sparse_width: 40,
  epochs: 3,
  batch_size: 50,
  measure_examples: 60,
};
const silent = { progress: () => {} };

/** A result without its time, the one thing that may differ. */
const timeless = ({ wallMs: _, ...rest }: TrialResult) => rest;

let made = 0;
/** Runs a design in worker threads. */
async function runIn(workers: number, design: Design): Promise<TrialRecord[]> {
  const store = await openStore(join(folder, `study-${made++}`));
  const { owner } = await beginStudy(store, design, gatherProvenance({ version: "0.0.0-test" }));
  await runTrials(store, scSdc, { workers, owner, pollMs: 20 });
  const records: TrialRecord[] = [];
  for await (const record of store.records({ epochs: true })) records.push(record);
  await store.close();
  return records;
}

const design = designOf({
  settings,
  factors: { optimizer: ["momentum", "adam"], batch_norm: [false, true] },
  seeds: [3],
});

describe("a trial's numbers", () => {
  test("are the same, column for column and row for row: here, here again in reverse, in one worker, and in two", async () => {
    const here: TrialResult[] = [];
    for (const trial of design.trials) here.push(await runTrial(trial, silent));
    const again: TrialResult[] = [];
    for (const trial of [...design.trials].reverse()) again.unshift(await runTrial(trial, silent));
    const expected = here.map(timeless);
    expect(again.map(timeless)).toEqual(expected);
    for (const workers of [1, 2]) {
      const records = await runIn(workers, design);
      expect(records.map(({ result }) => timeless(result as TrialResult))).toEqual(expected);
    }
    expect(new Set(here.map(({ columns }) => columns.test_loss)).size).toBe(8);
  });

  test("count active weights and everything trained as the capacity does", async () => {
    const capacity = matchCapacity({
      inputs: 64,
      outputs: 10,
      hidden: 2,
      denseWidth: 12,
      sparseWidth: 40,
      batchNorm: true,
    });
    const [sparse, dense] = design.trials.filter(
      ({ factors }) => factors.optimizer === "adam" && factors.batch_norm === true,
    );
    const counts = async (trial: typeof sparse) => {
      const { columns } = await runTrial(trial, silent);
      return [columns.active_weights, columns.parameters];
    };
    expect(await counts(sparse)).toEqual([capacity.activeWeights, capacity.sparse.total]);
    expect(await counts(dense)).toEqual([capacity.activeWeights, capacity.dense.total]);
  });

  test("are the last epoch's accuracies and losses, and the averages of the flow over the 11 epochs (here all of 0..3)", async () => {
    const { columns, epochs, status } = await runTrial(design.trials[0], silent);
    expect(status).toBe("done");
    const whole = epochs.filter(({ layer }) => layer === "all");
    expect(whole.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3]);
    for (const name of ["test_accuracy", "test_loss", "train_accuracy", "train_loss"])
      expect(columns[name]).toBe(whole[3][name]);
    for (const name of ["gf_1", "gf_2", "egf_1", "egf_2"]) {
      const average = whole.reduce((sum, row) => sum + Number(row[name]), 0) / 4;
      expect(Math.abs(Number(columns[name]) - average)).toBeLessThan(1e-12 * average);
    }
    expect(whole[3].train_loss).toBeLessThan(Number(whole[0].train_loss));
  });

  test("tell of each epoch and layer: EGF is the mean of the layers' norms, gf_1 the sum of the unmasked ones", async () => {
    const { epochs } = await runTrial(design.trials[0], silent);
    expect(epochs).toHaveLength(4 * (1 + 3));
    for (let epoch = 0; epoch <= 3; epoch++) {
      const [whole, ...layers] = epochs.filter((row) => row.epoch === epoch);
      expect(layers.map(({ layer }) => layer)).toEqual(["layer1", "layer2", "layer3"]);
      const total = (name: string) => layers.reduce((sum, row) => sum + Number(row[name]), 0);
      expect(total("norm_2") / 3).toBeCloseTo(Number(whole.egf_2), 10);
      expect(total("unmasked_norm_1")).toBeCloseTo(Number(whole.gf_1), 10);
      expect(layers.map((row) => "dead_units" in row)).toEqual([true, true, false]);
    }
  });

  test("are told of as they come: the start and each of 3 epochs", async () => {
    const seen: number[][] = [];
    await runTrial(design.trials[0], { progress: (...at) => void seen.push(at) });
    expect(seen).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });
});

describe("a trial that diverges", () => {
  // A slope on both sides, so that no unit dies and the numbers grow without end.
  const wild = designOf({ settings: { ...settings, activation: "prelu", optimizer: "sgd", learning_rate: 1e6 } });

  test("is a result: step, layer and reason, no measures but what was counted, and the epochs until then", async () => {
    for (const trial of wild.trials) {
      const { status, columns, diverged, epochs } = await runTrial(trial, silent);
      expect(status).toBe("diverged");
      expect(diverged).toMatchObject({
        step: expect.any(Number),
        layer: expect.stringMatching(/^(layer[123](\..*)?|loss)$/),
        reason: expect.stringMatching(/^the loss became (NaN|Infinity) at step \d+, beginning in /),
      });
      expect(diverged?.step).toBeLessThan(15);
      const { active_weights, parameters, ...measures } = columns;
      expect([active_weights, Number(parameters) > Number(active_weights)]).toEqual([12 * 64 + 144 + 120, true]);
      expect(Object.keys(measures)).toHaveLength(8);
      expect(Object.values(measures).every(Number.isNaN)).toBe(true);
      expect(epochs[0]).toMatchObject({ epoch: 0, layer: "all", train_loss: expect.any(Number) });
    }
  });

  test("is kept as diverged by the laboratory, twice alike, and the trials after it are what they are without it", async () => {
    const mixed = designOf({
      settings: { ...settings, activation: "prelu", optimizer: "sgd" },
      factors: { learning_rate: [1e6, 0.1] },
    });
    const tame = designOf({
      settings: { ...settings, activation: "prelu", optimizer: "sgd" },
      factors: { learning_rate: [0.1] },
    });
    const records = await runIn(1, mixed);
    expect(records.map(({ state }) => state)).toEqual(["diverged", "diverged", "done", "done"]);
    const alone = await runIn(1, tame);
    expect(records.slice(2).map(({ result }) => timeless(result as TrialResult))).toEqual(
      alone.map(({ result }) => timeless(result as TrialResult)),
    );
    const again = await runIn(2, mixed);
    expect(again.map(({ result }) => result?.diverged)).toEqual(records.map(({ result }) => result?.diverged));
  });
});
