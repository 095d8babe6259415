/** Summaries of made-up results: which factors make cells, which trials are paired, what is left out. */

import { expect, test } from "vitest";
import { designStudy, parseStudy } from "../../experiment/index.ts";
import { madeRecords, storedStudy } from "../sc-sdc/fixtures/made-study.ts";
import { sparseTraining } from "./kind.ts";
import { sparseLead } from "./report.ts";
import { isCellFactor, sparseSummaryJson, summariseSparseStudy } from "./summary.ts";
import { comparisonTable, methodTable } from "./tables.ts";

const design = designStudy(
  parseStudy(
    JSON.stringify({
      study: "sparse-training",
      name: "made up",
      factors: { density: [0.1, 0.2], network: { scratch: { method: "static" }, RigL: { method: "rigl" } } },
      seeds: 5,
    }),
    "made-up.json",
    [sparseTraining],
  ),
);

/** RigL is better by 1, 2, 3, 4 and 5 points for the seeds 0 to 4; at 0.2 its seed 4 diverged. */
const records = madeRecords(design, ({ factors, seed, kind }) => {
  if (kind === "rigl" && factors.density === 0.2 && seed === 4) return { diverged: [7, "layer1"] };
  const gain = kind === "rigl" ? (seed + 1) / 100 : 0;
  return { columns: { test_accuracy: 0.8 + gain, gradient_norm_start: kind === "rigl" ? 6 : 2 } };
});
const summary = summariseSparseStudy(storedStudy(design), records);

test("density makes cells and names of networks make methods", () => {
  expect(["density", "data", "width", "network", "method", "update_every"].map(isCellFactor)).toEqual([
    ...[true, true, true, false, false, false],
  ]);
  expect(summary.cells.map(({ factors }) => factors)).toEqual([{ density: 0.1 }, { density: 0.2 }]);
  expect(summary.cells[0].methods.map(({ method, n }) => [method, n])).toEqual([
    ["scratch", 5],
    ["RigL", 5],
  ]);
});

test("five seeds that all gain have a one-sided p of 2^-5, a mean gain of 3 points and 3 times the gradient norm", () => {
  const [{ comparisons }] = summary.cells;
  expect(comparisons).toHaveLength(1);
  expect(comparisons[0]).toMatchObject({ first: "RigL", second: "scratch", n: 5, pGreater: 1 / 32, pTwoSided: 1 / 16 });
  expect(comparisons[0].meanDifference).toBeCloseTo(0.03, 12);
  expect(comparisons[0].gradientNormRatio).toBe(3);
  // Two comparisons in the study: p = 1/16 and 1/8 (four pairs).
  expect(summary.cells.map((cell) => cell.comparisons[0].pHolm)).toEqual([0.125, 0.125]);
});

test("a diverged trial is left out with its seed, counted and listed", () => {
  const [, { methods, comparisons }] = summary.cells;
  expect(methods.map(({ leftOut }) => leftOut)).toEqual([0, 1]);
  expect(comparisons[0].n).toBe(4);
  expect(summary.diverged).toMatchObject([{ seed: 4, step: 7, layer: "layer1" }]);
  expect(methodTable(summary).notes).toContain("RigL: 1 left out: diverged, failed or not done");
  expect(comparisonTable(summary).rows.map(({ n }) => n)).toEqual([5, 4]);
});

test("the lead ranks the methods of each cell, and the JSON has the exports' names", () => {
  expect(sparseLead(summary)).toBe(
    "At density 0.1: RigL 83.00 %, scratch 80.00 %. At density 0.2: RigL 82.50 %, scratch 80.00 %. 1 trial diverged and is left out.",
  );
  expect(sparseSummaryJson(summary)).toMatchObject({ cells: [{ comparisons: [{ p_greater: 1 / 32 }] }, {}] });
});
