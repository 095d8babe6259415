import { expect, test } from "vitest";
import { accuracyByMethod } from "./accuracy-by-method.ts";

test("a mean of 0.8717 is printed in percent with its interval and the number of seeds, each of which is a dot", async () => {
  const svg = await accuracyByMethod([
    { label: "RigL", mean: 0.8717, low: 0.8655, high: 0.8803, seeds: [0.866, 0.871, 0.8781] },
  ]);
  expect(svg).toContain(">87.17 [86.55, 88.03]  n 3<");
  expect(svg.match(/<circle/g)).toHaveLength(4);
});

test("a method without an interval shows its mean alone; one without a mean is counted", async () => {
  const svg = await accuracyByMethod([
    { label: "one seed", mean: 0.9, low: Number.NaN, high: Number.NaN },
    { label: "diverged", mean: Number.NaN, low: 0, high: 0 },
  ]);
  expect(svg).toContain(">90.00<");
  expect(svg).toContain("1 of 2 methods left out: not finite.");
});
