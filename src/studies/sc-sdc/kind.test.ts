/** The kind as the laboratory sees it: its pairs, its columns, and the rules between settings. */

import { describe, expect, test } from "vitest";
import { InputError } from "../../base/index.ts";
import { designOf } from "./fixtures/made-study.ts";
import { checkSettings, scSdc } from "./kind.ts";
import { type ScSdcSettings, scSdcSettings } from "./settings.ts";

const defaults: ScSdcSettings = scSdcSettings.parse({});

test("a cell makes a sparse and a dense trial of one payload, one pair and one seed", () => {
  const { trials } = designOf({ factors: { dense_width: [16, 32] }, seeds: [7, 9] });
  expect(trials).toHaveLength(8);
  for (let i = 0; i < 8; i += 2) {
    const [sparse, dense] = trials.slice(i, i + 2);
    expect([sparse.kind, dense.kind]).toEqual(["sparse", "dense"]);
    expect(dense).toMatchObject({ pair: sparse.pair, seed: sparse.seed, payload: sparse.payload });
    expect(sparse.id).not.toBe(dense.id);
  }
});

test("trials.csv has the columns that others lean on, every factor in one of its own", () => {
  const { columns } = designOf({ factors: { dense_width: [16, 32], optimizer: ["sgd", "adam"] } });
  expect(columns.trials).toEqual([
    ...["trial", "pair", "kind", "data", "model", "hidden_layers", "dense_width", "sparse_width", "optimizer", "seed"],
    ...["active_weights", "parameters", "test_accuracy", "test_loss", "train_accuracy", "train_loss"],
    ...["gf_1", "gf_2", "egf_1", "egf_2", "status", "wall_ms"],
  ]);
  expect(scSdc.workerModule.pathname).toMatch(/\/sc-sdc\/trial\.ts$/);
});

test("the defaults are a study that can run", () => {
  expect(() => checkSettings(defaults)).not.toThrow();
});

describe("settings that contradict each other are refused:", () => {
  test.each<[Partial<ScSdcSettings>, string]>([
    [
      { dense_width: 300, sparse_width: 256 },
      "dense_width must not exceed sparse_width, got 300 and 256: the sparse network is the wider one",
    ],
    [{ optimizer: "nesterov", momentum: 0 }, "momentum must be > 0 for nesterov, got 0"],
    [{ warm_up_epochs: 11 }, "warm_up_epochs must not exceed epochs, got 11 and 10"],
    [
      { batch_norm: true, batch_size: 1 },
      "batch_size must be at least 2 with batch_norm, got 1: one example has no variance",
    ],
    [
      { batch_norm: true, measure_examples: 1 },
      "measure_examples must be at least 2 with batch_norm, got 1: one example has no variance",
    ],
  ])("%o", (settings, message) => {
    expect(() => checkSettings({ ...defaults, ...settings })).toThrow(new InputError(message));
  });

  test("in a study file, with the place", () => {
    expect(() => designOf({ settings: { sparse_width: 20 }, factors: { dense_width: [16, 32] } })).toThrow(
      /dense_width must not exceed sparse_width, got 32 and 20/,
    );
  });
});
