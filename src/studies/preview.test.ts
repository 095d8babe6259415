/** What is shown before a study runs. */

import { expect, test } from "vitest";
import { previewStudy } from "./preview.ts";
import { designOf } from "./sc-sdc/fixtures/made-study.ts";

const settings = { hidden_layers: 1, sparse_width: 40, train_examples: 200, batch_size: 50 };

test("one capacity table per width, whatever else varies; two workers take half the time of one", async () => {
  const factors = { dense_width: [8, 20], optimizer: ["sgd", "adam"] };
  const { capacities, estimateMs, notes } = await previewStudy(designOf({ settings, factors, seeds: 3 }));
  expect(capacities.map(({ caption }) => caption)).toEqual([
    "digits, 1 hidden: dense 8, sparse 40",
    "digits, 1 hidden: dense 20, sparse 40",
  ]);
  expect(capacities[0].rows.map(({ active }) => active)).toEqual([512, 80]);
  expect(estimateMs(1)).toBeGreaterThan(0);
  expect(estimateMs(2)).toBe(estimateMs(1) / 2);
  expect(notes).toEqual([]);
});

test("a study whose networks diverge within the steps that are timed is shown like any other", async () => {
  const wild = { ...settings, activation: "prelu", optimizer: "sgd", learning_rate: 1e30 };
  const { capacities, estimateMs } = await previewStudy(designOf({ settings: { ...wild, dense_width: 8 } }));
  expect(capacities).toHaveLength(1);
  expect(estimateMs(1)).toBeGreaterThan(0);
});
