/** The report of made-up results: with nothing done, with diverged trials, under a hostile name. */

import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { figuresOf, type Provenance, renderHtml, type TrialSpec, tablesOf } from "../../experiment/index.ts";
import { designOf, type MadeResult, madeRecords, storedStudy } from "./fixtures/made-study.ts";
import { buildReport } from "./report.ts";
import { summariseStudy } from "./summary.ts";

const provenance: Provenance = {
  ...{ version: "1.2.3", commit: "0123abc", dataHash: "feed", node: "v24.12.0", platform: "linux-x64", processor: "a" },
  ...{ cores: 2, memoryBytes: 1e9, startedAt: "2026-01-01T00:00:00.000Z" },
};

const factors = { dense_width: [10, 30, 50], batch_norm: [false, true], optimizer: ["momentum", "adam"] };

const done = ({ index, seed, kind }: TrialSpec): MadeResult => {
  const accuracy = 0.8 + 0.01 * ((7 * index) % 11) + (kind === "sparse" ? 0.001 * (seed + 1) : 0);
  const flow = 1 + (index % 5);
  const measures = { gf_1: flow, gf_2: flow, egf_1: flow, egf_2: flow };
  return { columns: { test_accuracy: accuracy, test_loss: 1 - accuracy, active_weights: 100 + index, ...measures } };
};

async function report(result: (spec: TrialSpec) => MadeResult, parts: object = {}) {
  const design = designOf({ settings: { sparse_width: 100 }, factors, seeds: 5, ...parts });
  const study = storedStudy(design);
  const records = madeRecords(design, result);
  return buildReport({ study, records, summary: summariseStudy(study, records), provenance });
}

/** Builds and renders; every figure is an <svg>, every id is there once. */
async function page(result: (spec: TrialSpec) => MadeResult, parts?: object) {
  const built = await report(result, parts);
  const { document } = parseHTML(renderHtml(built));
  expect(figuresOf(built).every(({ svg }) => svg.startsWith("<svg"))).toBe(true);
  return { built, document };
}

test("a finished study has its five sections but that of diverged trials, the answer first, where it comes from last", async () => {
  const { built, document } = await page(done);
  expect(built.sections.map(({ id }) => id)).toEqual(["accuracy", "tests", "flow", "correlations"]);
  expect(tablesOf(built).map(({ name }) => name)).toEqual(["p-values", "cells", "correlations"]);
  expect(figuresOf(built).map(({ name }) => name)).toEqual([
    ...["accuracy-by-width", "differences", "p-value-map", "egf-over-training", "egf-against-loss", "correlations"],
  ]);
  expect(built.lead).toMatch(/^At the same number of active weights in every layer, sparse networks are/);
  expect(built.subtitle).toBe("Sparse against dense networks of the same capacity on digits: 120 done");
  expect(built.provenance).toMatchObject({
    study: "made-up.json",
    seeds: "0, 1, 2, 3, 4",
    commit: "0123abc",
    dataHash: "feed",
  });
  expect(document.body.textContent).toContain("n = 15 pairs per cell, exact");
});

test("with no trial finished it builds, and says so", async () => {
  const { built, document } = await page(() => "queued");
  expect(built.lead).toBe("No pair of trials is finished yet, so there is nothing to compare.");
  expect(built.subtitle).toBe("Sparse against dense networks of the same capacity on digits: 120 queued");
  expect(document.querySelectorAll("table").length).toBeGreaterThan(0);
});

test("with every trial diverged it builds, lists each, and has no p-value", async () => {
  const { built } = await page(({ index }) => ({ diverged: [index, "layer1"] }));
  const diverged = tablesOf(built).find(({ name }) => name === "diverged");
  expect(diverged?.rows).toHaveLength(120);
  expect(built.lead).toBe("No pair of trials is finished yet, so there is nothing to compare.");
});

test("with one trial diverged, the other pairs are compared and that one is listed", async () => {
  const { built, document } = await page((spec) => (spec.index === 4 ? { diverged: [12, "layer2"] } : done(spec)));
  expect(built.sections.map(({ id }) => id)).toContain("diverged");
  expect(built.lead).toMatch(/ 1 trial diverged and is left out with its partner\.$/);
  expect(document.querySelector("#section-diverged")?.textContent).toContain(
    "the loss became NaN at step 12, beginning in layer2",
  );
});

describe("a name that is markup is text:", () => {
  const hostile = `</title><script>alert("1")</script><img src=x onerror='x'> & \${1} 5 %`;
  test.each(["name", "optimizers' level"])("in the study's %s", async (where) => {
    // Named levels of a factor may be called anything.
    const named = { variant: { [hostile]: { batch_norm: true }, plain: { batch_norm: false } } };
    const parts = where === "name" ? { name: hostile } : { factors: { dense_width: [10], ...named } };
    const { document } = await page(done, parts);
    // The page's own two: the report as data, and the code that sorts its tables.
    expect(document.querySelectorAll("script").length).toBe(2);
    expect(JSON.parse(document.querySelector("#report-data")?.textContent ?? "")).toMatchObject({
      lead: expect.any(String),
    });
    expect(document.querySelectorAll("img").length).toBe(0);
    expect(document.body.textContent).toContain(hostile);
  });
});

test("more than 12 panels are one figure per row of the table, each under a name of its own", async () => {
  const optimizers = ["sgd", "momentum", "adam", "rmsprop"];
  const many = { ...factors, optimizer: optimizers, batch_norm: [false, true], skip_connections: [false, true] };
  const { built } = await page(done, { factors: many, seeds: 1 });
  const names = figuresOf(built).map(({ name }) => name);
  expect(names.filter((name) => name.startsWith("accuracy-by-width"))).toEqual(
    optimizers.map((name) => `accuracy-by-width-${name}`),
  );
  expect(new Set(names).size).toBe(names.length);
});
