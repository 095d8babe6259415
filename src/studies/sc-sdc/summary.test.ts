/** The summary of made-up results: tests against SciPy's numbers, pairs left out, Holm, correlations. */

import { describe, expect, test } from "vitest";
import type { TrialSpec } from "../../experiment/index.ts";
import { designOf, type MadeResult, madeRecords, storedStudy } from "./fixtures/made-study.ts";
import { summaryJson } from "./outputs.ts";
import { summariseStudy } from "./summary.ts";

// Two cells of 5 widths x 2 seeds. Differences sparse - dense of the first in the order of its pairs:
const differences = [0.01, 0.02, -0.005, 0.03, 0.04, 0.015, -0.025, 0.06, 0.05, 0.035];
// scipy 1.17: wilcoxon(differences, alternative="greater") has statistic 49 and p 0.013671875; "less" p 0.990234375.

const design = designOf({
  settings: { sparse_width: 100 },
  factors: { dense_width: [10, 30, 50, 70, 90], batch_norm: [true, false] },
  seeds: 2,
});

const widths = [10, 30, 50, 70, 90];
/** The pair's place within its cell: by width, then seed. */
const placeOf = ({ factors, seed }: TrialSpec) => 2 * widths.indexOf(Number(factors.dense_width)) + (seed - firstSeed);
const firstSeed = Math.min(...design.trials.map(({ seed }) => seed));

/** Batch norm on: the differences above. Off: their opposites, for the first 6 pairs; the other trials are given. */
function result(spec: TrialSpec, others: MadeResult = "queued"): MadeResult {
  const place = placeOf(spec);
  const on = spec.factors.batch_norm === true;
  if (!on && place >= 6) return others;
  const dense = 0.5 + place / 100;
  const difference = (on ? 1 : -1) * differences[place];
  const accuracy = spec.kind === "dense" ? dense : dense + difference;
  const egf = (spec.kind === "dense" ? 2 : 3) + place;
  return {
    columns: { test_accuracy: accuracy, test_loss: 2 - accuracy, egf_1: 1, egf_2: egf, gf_1: 2 * egf, gf_2: -egf },
  };
}

const stored = storedStudy(design);
const records = madeRecords(design, (spec) => result(spec));
const summary = summariseStudy(stored, records);
const [on, off] = summary.cells;

describe("a cell's test:", () => {
  test("10 pairs over widths and seeds: W+ 49 and p 0.013671875 for better, 0.990234375 for worse, as SciPy's", () => {
    expect(on.factors).toEqual({ batch_norm: true });
    expect(on).toMatchObject({ n: 10, leftOut: 0, statistic: 49, method: "exact", warnings: [] });
    expect(on.pGreater).toBe(0.013671875);
    expect(on.pLess).toBe(0.990234375);
  });

  test("means and their difference, 0.023, inside its interval; the interval is the same each time", () => {
    expect(on.meanDense).toBeCloseTo(0.545, 12);
    expect(on.meanSparse).toBeCloseTo(0.568, 12);
    expect(on.meanDifference).toBeCloseTo(0.023, 12);
    expect(on.low).toBeGreaterThan(0);
    expect(on.low).toBeLessThan(0.023);
    expect(on.high).toBeGreaterThan(0.023);
    expect(on.high).toBeLessThan(0.06);
    expect(summariseStudy(stored, records)).toEqual(summary);
  });

  test("EGF_2 is the median over trials: of 2..11 dense and 3..12 sparse", () => {
    expect([on.egf2Dense, on.egf2Sparse]).toEqual([6.5, 7.5]);
  });

  test("4 queued pairs are left out, counted, and told; the 6 others have W+ 1 and p 0.984375 and 0.03125", () => {
    expect(off).toMatchObject({ n: 6, leftOut: 4, statistic: 1, pGreater: 0.984375, pLess: 0.03125 });
    expect(off.warnings).toContain("4 of 10 pairs are left out: a trial diverged, failed or is not done");
    expect(summary.trials).toEqual({ done: 32, queued: 8 });
  });

  test("Holm over the two cells: the smaller p doubles, the larger stays, none passes 1", () => {
    expect([on.pGreaterHolm, off.pGreaterHolm]).toEqual([2 * 0.013671875, 0.984375]);
    expect([on.pLessHolm, off.pLessHolm]).toEqual([0.990234375, 2 * 0.03125]);
  });
});

describe("one trial that diverged", () => {
  const diverging = (spec: TrialSpec): MadeResult =>
    spec.factors.batch_norm === true && placeOf(spec) === 9 && spec.kind === "sparse"
      ? { diverged: [12, "layer2"] }
      : result(spec);
  const cut = summariseStudy(stored, madeRecords(design, diverging));

  test("takes its partner out of the test with it: 9 pairs, W+ 39, p 0.02734375 as SciPy's without that pair", () => {
    expect(cut.cells[0]).toMatchObject({ n: 9, leftOut: 1, statistic: 39, pGreater: 0.02734375, pLess: 0.98046875 });
    expect(cut.cells[0].warnings).toEqual(["1 of 10 pairs are left out: a trial diverged, failed or is not done"]);
  });

  test("is listed with step, layer and reason", () => {
    expect(cut.diverged).toEqual([
      {
        trial: expect.any(Number),
        kind: "sparse",
        factors: { dense_width: 90, batch_norm: true },
        seed: firstSeed + 1,
        step: 12,
        layer: "layer2",
        reason: "the loss became NaN at step 12, beginning in layer2",
      },
    ]);
  });

  test("leaves its partner in the dense networks' EGF and correlations", () => {
    expect(cut.cells[0].egf2Dense).toBe(6.5);
    const n = (kind: string) => cut.correlations.find((one) => one.kind === kind && one.measure === "egf_2")?.n;
    expect([n("sparse"), n("dense")]).toEqual([15, 16]);
  });
});

describe("correlations:", () => {
  const find = (kind: string, measure: string, target: string) =>
    summary.correlations.find((one) => one.kind === kind && one.measure === measure && one.target === target);

  test("one per kind, measure and target, over all trials of a data set that are done", () => {
    expect(summary.correlations).toHaveLength(2 * 4 * 2);
    expect(summary.correlations.every(({ data, n }) => data === "digits" && n === 16)).toBe(true);
  });

  test("dense EGF_2 grows with accuracy pair by pair: tau-b 1 with it, -1 with the loss, |tau-b| 1 with both; gf_2 the reverse", () => {
    expect(find("dense", "egf_2", "test_accuracy")?.tau).toBeCloseTo(1, 12);
    expect(find("dense", "egf_2", "test_loss")?.tau).toBeCloseTo(-1, 12);
    expect(find("dense", "egf_2", "test_loss")?.absoluteTau).toBeCloseTo(1, 12);
    expect(find("dense", "gf_2", "test_accuracy")?.tau).toBeCloseTo(-1, 12);
  });

  test("a measure that never varies has no tau", () => {
    expect(find("sparse", "egf_1", "test_accuracy")).toMatchObject({ n: 16, tau: Number.NaN, absoluteTau: Number.NaN });
  });
});

test("a study of which nothing is done has cells without numbers and takes no part in Holm's correction", () => {
  const empty = summariseStudy(
    stored,
    madeRecords(design, () => "queued"),
  );
  expect(empty.cells.map(({ n, leftOut, method }) => [n, leftOut, method])).toEqual([
    [0, 10, "none"],
    [0, 10, "none"],
  ]);
  expect(empty.correlations).toEqual([]);
  const half = summariseStudy(
    stored,
    madeRecords(design, (spec) => (spec.factors.batch_norm === true ? result(spec) : "queued")),
  );
  expect(half.cells[0].pGreaterHolm).toBe(0.013671875);
  expect(half.cells[1].pGreaterHolm).toBeNaN();
});

test("summary.json names cells, statistics and correlations as the exports do; what is no number is null", () => {
  const json = JSON.parse(
    JSON.stringify(
      summaryJson(
        summariseStudy(
          stored,
          madeRecords(design, (spec) => (spec.factors.batch_norm === true ? result(spec) : "queued")),
        ),
      ),
    ),
  );
  expect(json).toMatchObject({ study: "sc-sdc", name: "made up", trials: { done: 20, queued: 20 } });
  expect(json.cells[0]).toMatchObject({
    factors: { batch_norm: true },
    n: 10,
    left_out: 0,
    mean_difference: expect.closeTo(0.023, 12),
    interval: { low: expect.any(Number), high: expect.any(Number), confidence: 0.95, method: "bootstrap BCa" },
    statistic: 49,
    p: 0.013671875,
    p_less: 0.990234375,
    alternative: "greater",
    method: "exact",
  });
  expect(json.cells[1]).toMatchObject({ n: 0, p: null, statistic: null, method: "none" });
  expect(json.correlations[0]).toHaveProperty("absolute_tau");
});
