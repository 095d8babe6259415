/** The report of made-up results: which figures and tables there are for what was measured, and their numbers worked by hand. */

import { expect, test } from "vitest";
import { designStudy, figuresOf, parseStudy, type TrialRecord, tablesOf } from "../../experiment/index.ts";
import { madeRecords, storedStudy } from "../sc-sdc/fixtures/made-study.ts";
import { sparseTraining } from "./kind.ts";
import { buildSparseReport } from "./report.ts";
import { sparseSummaryJson, summariseSparseStudy } from "./summary.ts";

const design = designStudy(
  parseStudy(
    JSON.stringify({
      study: "sparse-training",
      name: "made up",
      factors: { network: { scratch: { method: "static" }, RigL: { method: "rigl" }, ticket: { method: "lottery" } } },
      seeds: 3,
    }),
    "made-up.json",
    [sparseTraining],
  ),
);

/** RigL's two changes raise the norm by 0.1 (s + 1) and lower it by 0.1; tickets have barriers of 0, 1 and 2 for the seeds. */
const records: TrialRecord[] = madeRecords(design, ({ kind, seed }) => {
  const of = { test_accuracy: 0.8 + seed / 100, steps: 20 };
  if (kind !== "lottery") return { columns: of };
  const distances = { pruned_distance_start: 3, pruned_distance_end: 1 };
  return { columns: { ...of, pruned_accuracy: 0.9, barrier: seed, pruned_disagreement: 0.125, ...distances } };
}).map((record) => {
  const { kind, seed } = record.spec;
  const updates = [
    { step: 5, gradient_norm_before: 1, gradient_norm_after: 1.1 + seed / 10 },
    { step: 10, gradient_norm_before: 1, gradient_norm_after: 0.9 },
  ];
  const lines = [0, 0.5, 1].flatMap((alpha) => [
    { from: "start", alpha, train_loss: 2 - alpha, train_accuracy: 0.5 },
    { from: "end", alpha, train_loss: alpha === 0.5 ? 1 + seed : 1, train_accuracy: 0.5 },
  ]);
  const tables = kind === "rigl" ? { updates, lines: [] } : { updates: [], lines: kind === "lottery" ? lines : [] };
  return record.result === null ? record : { ...record, result: { ...record.result, tables } };
});

const reportOf = (some: readonly TrialRecord[]) => {
  const study = storedStudy(design);
  return buildSparseReport({ study, records: some, provenance: undefined }, summariseSparseStudy(study, some));
};

test("what was measured has its figure: accuracy, differences, norms, updates, lines", async () => {
  const report = await reportOf(records);
  expect(report.sections.map(({ id }) => id)).toEqual(["accuracy", "flow", "tickets", "comparisons"]);
  expect(figuresOf(report).map(({ name }) => name)).toEqual([
    ...["accuracy", "differences", "gradient-norm", "topology-updates", "interpolation"],
  ]);
  expect(tablesOf(report).map(({ name }) => name)).toEqual(["methods", "updates", "tickets", "comparisons"]);
  const [, , , updates, lines] = figuresOf(report).map(({ svg }) => svg);
  // Medians over seeds: raised by 0.2 at step 5, lowered by 0.1 at step 10.
  expect(updates).toContain("RigL: 1 of 2 updates raised the norm.");
  // The middle seed's barrier is 1: 2 at α = 0.5 and 1 at both ends.
  expect(lines).toContain("ticket, end, barrier 1");
  expect(lines).toContain("ticket, start, barrier 0");
});

test("what was not measured has none, and no table", async () => {
  const report = await reportOf(records.filter(({ spec }) => spec.kind === "static"));
  expect(figuresOf(report).map(({ name }) => name)).toEqual(["accuracy", "differences", "gradient-norm"]);
  expect(tablesOf(report).map(({ name }) => name)).toEqual(["methods", "comparisons"]);
});

test("updates and tickets are summarised over seeds: a mean gain of 0.05, half of the changes up, a mean barrier of 1", () => {
  const { cells } = summariseSparseStudy(storedStudy(design), records);
  const [scratch, rigl, ticket] = cells[0].methods;
  expect([scratch.updates, scratch.ticket, rigl.ticket, ticket.updates]).toEqual(Array(4).fill(undefined));
  // Means of each training: (0.1 - 0.1) / 2, (0.2 - 0.1) / 2, (0.3 - 0.1) / 2.
  expect(rigl.updates?.gain.mean).toBeCloseTo(0.05, 12);
  expect(rigl.updates).toMatchObject({ changes: 2, raised: 0.5, gain: { n: 3 } });
  expect(ticket.ticket).toMatchObject({ prunedAccuracy: 0.9, startDistance: 3, endDistance: 1 });
  expect(ticket.ticket?.barrier).toMatchObject({ mean: 1, n: 3 });
  expect(ticket.ticket?.disagreement).toEqual({ mean: 0.125, low: 0.125, high: 0.125, n: 3 });
  expect(sparseSummaryJson(summariseSparseStudy(storedStudy(design), records))).toMatchObject({
    cells: [{ methods: [{}, { updates: { raised: 0.5 } }, { ticket: { pruned_distance_end: 1 } }] }],
  });
});
