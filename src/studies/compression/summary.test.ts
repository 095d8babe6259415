/** Summaries of made-up results: what is paired with the dense network, what a reduction is, what is told of what went wrong. */

import { expect, test } from "vitest";
import { designStudy, parseStudy } from "../../experiment/index.ts";
import { previewStudy } from "../preview.ts";
import { madeRecords, storedStudy } from "../sc-sdc/fixtures/made-study.ts";
import { compression } from "./kind.ts";
import { compressionAnswer } from "./outputs.ts";
import { buildCompressionReport, compressionLead } from "./report.ts";
import { compressionJson, summariseCompression } from "./summary.ts";
import { methodTable } from "./tables.ts";

const study = (text: object) => designStudy(parseStudy(JSON.stringify(text), "made-up.json", [compression]));
const design = study({
  study: "compression",
  name: "made up",
  factors: { activation: ["relu", "tanh"], network: { whole: { method: "dense" }, small: { method: "hesso" } } },
  seeds: 3,
});

/** The small network loses 1, 2 and 3 points on seeds 0 to 2 at a third of the MACs; with tanh its seed 2 diverged. */
const full = { full_macs: 3000, full_parameters: 500, full_bytes: 2000, full_gzip_bytes: 1900 };
const records = madeRecords(design, ({ kind, seed, factors }) => {
  if (kind === "dense") {
    const costs = { macs: 3000, parameters: 500, bytes: 2000, gzip_bytes: 1900, groups_removed_at_end: 0 };
    return { columns: { test_accuracy: 0.9 + seed / 100, ...costs, ...full } };
  }
  if (factors.activation === "tanh" && seed === 2) return { diverged: [7, "layer1"] };
  const costs = { macs: 1000, parameters: 250, bytes: 1000, gzip_bytes: 950, groups_removed_at_end: 4 };
  return { columns: { test_accuracy: 0.89, ...costs, ...full } };
});
const summary = summariseCompression(storedStudy(design), records);

test("differences are from the dense network of the same seed, reductions full over small", () => {
  const [{ factors, methods }] = summary.cells;
  expect(factors).toEqual({ activation: "relu" });
  const [dense, small] = methods;
  expect([dense.lossOfAccuracy.mean, dense.reductions.macs]).toEqual([0, 1]);
  expect(small.lossOfAccuracy.mean).toBeCloseTo(-0.02, 12);
  expect([small.reductions.macs, small.reductions.bytes, small.reductions.parameters]).toEqual([3, 2, 2]);
});

test("a diverged seed is left out of both, counted and listed; groups left to the end are told", () => {
  const [, { methods }] = summary.cells;
  expect([methods[1].accuracy.n, methods[1].leftOut]).toEqual([2, 1]);
  expect(methods[1].lossOfAccuracy.mean).toBeCloseTo(-0.015, 12);
  expect(summary.diverged).toMatchObject([{ seed: 2, step: 7, layer: "layer1" }]);
  const { notes } = methodTable(summary);
  expect(notes).toContain("activation tanh, small: 1 left out: diverged, failed or not done");
  expect(notes).toContain(
    "activation relu, small: groups of smallest norm set to zero after training, where the optimizer had left them: 4",
  );
  expect(compressionJson(summary)).toMatchObject({ cells: [{ methods: [{ method: "whole" }, { left_out: 0 }] }, {}] });
});

test("the report opens with accuracy and cost of each method, and draws both costs of each cell", async () => {
  expect(compressionLead(summary)).toBe(
    "At activation relu, test accuracy: whole 91.00 %; small 89.00 % at 3.0 times fewer MACs and 2.0 times fewer bytes. " +
      "At activation tanh, test accuracy: whole 91.00 %; small 89.00 % at 3.0 times fewer MACs and 2.0 times fewer bytes. " +
      "1 trial diverged and is left out.",
  );
  const source = { study: storedStudy(design), records, provenance: undefined };
  const { sections } = await buildCompressionReport(source, summary);
  expect(sections.map(({ id }) => id)).toEqual(["accuracy", "diverged"]);
  expect(sections[0].figures?.map(({ name }) => name)).toEqual([
    "accuracy-by-macs",
    "accuracy-by-bytes",
    "accuracy-by-macs-2",
    "accuracy-by-bytes-2",
  ]);
  expect(compressionAnswer(source).tables.map(({ name }) => name)).toEqual(["methods", "diverged"]);
});

test("before it runs, the full network is shown once and the narrow one beside it, with their MACs", async () => {
  const { capacities, estimateMs } = await previewStudy(
    study({
      study: "compression",
      settings: { train_examples: 100 },
      factors: { method: ["dense", "hesso", "small-dense"] },
    }),
  );
  expect(capacities.map(({ caption }) => caption)).toEqual([
    `digits, mlp, full: ${(64 * 256 + 256 * 256 + 2560).toLocaleString("en")} MACs`,
    expect.stringMatching(/^digits, mlp, small-dense: 2\d,\d{3} MACs$/),
  ]);
  expect(estimateMs(1)).toBeGreaterThan(0);
});

test("magnitude, whatever the factors call it, leaves nothing for the end that would have to be told", () => {
  const cut = study({
    study: "compression",
    name: "cut",
    factors: { network: { whole: { method: "dense" }, cut: { method: "magnitude" } } },
    seeds: 2,
  });
  const made = madeRecords(cut, ({ kind }) => ({
    columns: { test_accuracy: 0.9, ...full, macs: 1000, groups_removed_at_end: kind === "dense" ? 0 : 7 },
  }));
  const { notes = [] } = methodTable(summariseCompression(storedStudy(cut), made));
  expect(notes.filter((note) => note.includes("set to zero after training"))).toEqual([]);
});
