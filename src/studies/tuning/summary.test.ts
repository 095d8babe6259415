/** The summary of searches from records made by hand: means, differences by seed, and trainings that diverged. */

import { expect, test } from "vitest";
import type { StoredStudy, TrialRecord } from "../../experiment/index.ts";
import { cellName, searchLabel, summariseTuning, tuningSummaryJson } from "./summary.ts";
import { searchTable } from "./tables.ts";

const study = { kind: "tuning", name: "by hand" } as StoredStudy;

function record(index: number, factors: Record<string, string | number>, seed: number, found: number, test: number) {
  const columns = {
    cost: 100,
    trainings: 2,
    validation_loss: 1,
    search_accuracy: found,
    last_accuracy: found,
    test_accuracy: test,
  };
  const spec = { index, factors, seed, kind: "forward", columns: {} };
  return { spec, state: "done", result: { status: "done", columns, epochs: [] } } as unknown as TrialRecord;
}

const records = [
  record(0, { by: "learned", epochs: 5 }, 0, 0.9, 0.95),
  record(1, { by: "learned", epochs: 5 }, 1, 0.8, 0.85),
  record(2, { by: "random", epochs: 5 }, 0, 0.7, Number.NaN),
  record(3, { by: "random", epochs: 5 }, 1, 0.5, 0.75),
  { ...record(4, { by: "random", epochs: 5 }, 2, 0, 0), state: "diverged" } as TrialRecord,
];

test("settings of the training make cells, named levels and settings of the search tell searches apart", () => {
  const factors = { by: "learned", rounds: 5, epochs: 3, model: "mlp" };
  expect(searchLabel({ factors, kind: "forward" })).toBe("learned, rounds 5");
  expect(cellName(factors)).toBe("epochs 3, model mlp");
  expect(searchLabel({ factors: { epochs: 3 }, kind: "halving" })).toBe("halving");
});

test("a training that diverged with what was found is left out of that mean alone, and of its pair", () => {
  const summary = summariseTuning(study, records);
  const [cell, ...others] = summary.cells;
  expect([others.length, cell.factors]).toEqual([0, { epochs: 5 }]);
  const [learned, random] = cell.searches;
  expect([learned.n, learned.leftOut, random.n, random.leftOut]).toEqual([2, 0, 2, 1]);
  expect(learned.search_accuracy.mean).toBeCloseTo(0.85, 12);
  expect([random.search_accuracy.n, random.test_accuracy.n, random.test_accuracy.mean]).toEqual([2, 1, 0.75]);
  const [search, everything] = cell.comparisons;
  expect([search.first, search.second, search.difference.n]).toEqual(["random", "learned", 2]);
  expect(search.difference.mean).toBeCloseTo((-0.2 - 0.3) / 2, 12);
  expect(everything.difference.n).toBe(1);
  expect(everything.difference.mean).toBeCloseTo(-0.1, 12);
  const notes = searchTable(summary).notes ?? [];
  expect(notes).toContain("random: 1 left out: every training diverged, or the search failed or is not done");
  expect(notes).toContain("random: 1 of 2 diverged when trained on everything, and are left out there");
  expect(tuningSummaryJson(summary)).toMatchObject({ trials: { done: 4, diverged: 1 } });
});
