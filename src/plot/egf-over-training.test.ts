import { expect, test } from "vitest";
import { type EgfPoint, egfOverTraining } from "./egf-over-training.ts";

const point = (epoch: number, egf: number, more: Partial<EgfPoint> = {}): EgfPoint => ({
  kind: "sparse",
  layer: "fc1",
  epoch,
  egf,
  ...more,
});

test("three trials are drawn as their median", async () => {
  const svg = await egfOverTraining([point(0, 0.1), point(0, 0.4), point(0, 0.2)]);
  expect(svg).toContain("fc1, sparse, epoch 0: median 0.200 of 3");
  expect(svg).toContain("median over up to 3 trials");
});

test("zeros are drawn at the lower edge and counted; NaN and negative values are left out and counted", async () => {
  const svg = await egfOverTraining([point(0, 1), point(1, 0), point(2, Number.NaN), point(3, -1)]);
  expect(svg).toContain("1 points have an EGF of 0");
  expect(svg).toContain("2 of 4 values left out: not finite.");
});

test("values that are all zero still make a figure", async () => {
  expect(await egfOverTraining([point(0, 0), point(1, 0)])).toContain("2 points have an EGF of 0");
});

test("sparse stands before dense whichever comes first in the data", async () => {
  const svg = await egfOverTraining([point(0, 1, { kind: "dense" }), point(0, 1)]);
  expect(svg.indexOf(">sparse<")).toBeLessThan(svg.indexOf(">dense<"));
});

test("ten layers are labelled at their lines' ends, eleven get a legend", async () => {
  const layers = (count: number) => Array.from({ length: count }, (_, i) => point(0, i + 1, { layer: `layer${i}` }));
  expect(await egfOverTraining(layers(10))).not.toContain('<g aria-hidden="true"><path');
  expect(await egfOverTraining(layers(11))).toContain('<g aria-hidden="true"><path');
});
