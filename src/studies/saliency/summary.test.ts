/** Summaries of made-up maps: pairs by seed, corrections, words. */

import { expect, test } from "vitest";
import { designStudy, parseStudy, type TrialRecord, type TrialSpec } from "../../experiment/index.ts";
import { madeRecords, storedStudy } from "../sc-sdc/fixtures/made-study.ts";
import { saliencyStudy } from "./kind.ts";
import { saliencyLead } from "./report.ts";
import { saliencySummaryJson, summariseSaliency } from "./summary.ts";
import { mapComparisonTable, mapTable, networkTable } from "./tables.ts";

const design = designStudy(
  parseStudy(
    JSON.stringify({
      study: "saliency",
      name: "made up",
      settings: { density: 0.1 },
      factors: { network: { dense: { method: "small-dense" }, sparse: { method: "static" } } },
      seeds: 10,
    }),
    "made-up.json",
    [saliencyStudy],
  ),
);

/** Rows of maps.csv: Grad-CAM++ is alike for two classes by `classRank`, the gradient by 0.3; with 1 and 2 layers random. */
function mapsOf(classRank: number) {
  const row = (method: string, check: string, layers: number, rank: number) => ({
    ...{ method, check, random_layers: layers, layer: layers === 0 ? "" : `fc${3 - layers}`, images: 64 },
    ...{ spearman: rank, absolute_spearman: rank, structural: rank / 2, oriented_gradients: rank },
  });
  return [
    row("grad-cam-plus-plus", "class", 0, classRank),
    row("grad-cam-plus-plus", "random", 1, 0.95),
    row("grad-cam-plus-plus", "random", 2, 0.2),
    ...[row("gradient", "class", 0, 0.3), row("gradient", "random", 1, 0.4), row("gradient", "random", 2, 0.1)],
  ];
}

/** Seed s of the sparse network is alike by 0.01 (s + 1) less than the dense network's 0.93; its seed 9 diverged. */
const records = madeRecords(design, ({ kind, seed }) =>
  kind === "static" && seed === 9 ? { diverged: [3, "fc1"] } : { columns: { active_weights: 100, test_accuracy: 0.9 } },
).map((record): TrialRecord => {
  const { kind, seed }: TrialSpec = record.spec;
  if (record.state !== "done" || record.result === null) return record;
  return {
    ...record,
    result: { ...record.result, tables: { maps: mapsOf(kind === "static" ? 0.92 - seed / 100 : 0.93) } },
  };
});
const summary = summariseSaliency(storedStudy(design), records);

test("nine seeds that all differ have an exact two-sided p of 2^-8, by 0.05 on average, and 4 times that after Holm", () => {
  const [{ comparisons }] = summary.cells;
  const [first] = comparisons;
  expect(first).toMatchObject({
    method: "grad-cam-plus-plus",
    measure: "classRank",
    network: "sparse",
    against: "dense",
  });
  expect([first.n, first.p, first.pHolm]).toEqual([9, 2 / 512, 8 / 512]);
  expect(first.meanDifference).toBeCloseTo(-0.05, 12);
  // The other three differ by nothing.
  expect(comparisons.slice(1).map(({ p, pHolm }) => [p, pHolm])).toEqual([1, 1, 1].map((p) => [p, p]));
});

test("0.93 between classes and 0.95 with the top layer random is insensitive, 0.88 weak, the gradient's 0.3 sensitive", () => {
  expect(summary.cells[0].maps.map(({ method, network, verdict }) => [method, network, verdict])).toEqual([
    ["grad-cam-plus-plus", "dense", "insensitive"],
    ["grad-cam-plus-plus", "sparse", "weak"],
    ["gradient", "dense", "sensitive"],
    ["gradient", "sparse", "sensitive"],
  ]);
  const [row] = mapTable(summary).rows;
  expect(row).toMatchObject({ classStructural: 0.465, topStructural: 0.475, allStructural: 0.1 });
});

test("the diverged trial is left out of its pair, counted and listed; the lead says what remains after correction", () => {
  expect(networkTable(summary).rows.map(({ n }) => n)).toEqual([10, 9]);
  expect(networkTable(summary).notes).toEqual(["sparse: 1 left out: diverged, failed or not done"]);
  expect(summary.diverged).toMatchObject([{ seed: 9, step: 3, layer: "fc1" }]);
  expect(mapComparisonTable(summary).rows[0]).toMatchObject({ check: "class", holm: 8 / 512 });
  expect(saliencyLead(summary)).toBe(
    "1 of 4 comparisons of a network with the first of its cell are clear of chance after Holm's correction: " +
      "grad-cam-plus-plus (class) depends more on sparse than on dense, by 0.05.",
  );
  expect(saliencySummaryJson(summary)).toMatchObject({
    cells: [{ comparisons: [{ p_two_sided: 2 / 512 }, {}, {}, {}] }],
  });
});

test("five pairs cannot be clear of chance among four comparisons: the lead says so, and how many agree in sign", () => {
  const few = summariseSaliency(
    storedStudy(design),
    records.filter(({ spec }) => spec.seed < 5),
  );
  expect(few.cells[0].comparisons[0].p).toBe(1 / 16);
  expect(saliencyLead(few)).toBe(
    "0 of 4 comparisons of a network with the first of its cell are clear of chance after Holm's correction, which 5 pairs cannot be: " +
      "corrected over 4, no p is below 0.25. In 1 of them all pairs agree in sign; more seeds would tell.",
  );
});
