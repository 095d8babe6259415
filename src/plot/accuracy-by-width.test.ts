import { describe, expect, test } from "vitest";
import { type AccuracyPoint, accuracyByWidth, studentInterval } from "./accuracy-by-width.ts";

const trial = (kind: "sparse" | "dense", denseWidth: number, accuracy: number, more = {}): AccuracyPoint => ({
  kind,
  denseWidth,
  accuracy,
  ...more,
});

describe("studentInterval", () => {
  test("of 1, 2, 3, 4, 5 is 3 ± 2.776 √(2.5 / 5)", () => {
    const [low, high] = studentInterval([1, 2, 3, 4, 5]);
    expect(low).toBeCloseTo(3 - 2.776 * Math.sqrt(0.5), 12);
    expect(high).toBeCloseTo(3 + 2.776 * Math.sqrt(0.5), 12);
  });
  test("of a single value is unknown", () => expect(studentInterval([1])).toEqual([Number.NaN, Number.NaN]));
});

test("the tooltip of a mean gives mean, interval and number of trials", async () => {
  const svg = await accuracyByWidth([trial("sparse", 8, 0.5), trial("sparse", 8, 0.6), trial("dense", 8, 0.7)]);
  // s = 0.0707, t = 12.706: 55 ± 63.53
  expect(svg).toContain("sparse, width 8: mean 55.00 % [-8.53, 118.53], 2 trials");
  expect(svg).toContain("dense, width 8: mean 70.00 %, 1 trial<");
});

test("two diverged trials are left out and counted in the note", async () => {
  const bad = [trial("sparse", 8, Number.NaN), trial("dense", 16, Number.POSITIVE_INFINITY)];
  expect(await accuracyByWidth([trial("sparse", 8, 0.5), ...bad])).toContain("2 of 3 trials left out: not finite.");
});

test("active weights stand below the width where each width has one count, and nowhere where one has two", async () => {
  const agreed = [
    trial("sparse", 308, 0.5, { activeWeights: 1261568 }),
    trial("dense", 308, 0.5, { activeWeights: 1261568 }),
  ];
  expect(await accuracyByWidth(agreed)).toContain(">1.26M<");
  const disputed = [...agreed, trial("dense", 308, 0.5, { activeWeights: 99 })];
  const svg = await accuracyByWidth(disputed);
  expect(svg).not.toContain(">1.26M<");
  expect(svg).not.toContain("active weights below");
});

test.each([1, 4, 12])("%d panels have a title each and share one legend", async (count) => {
  const names = Array.from({ length: count }, (_, i) => `factor${i}`);
  const svg = await accuracyByWidth(
    names.flatMap((panel) => [8, 16].map((width) => trial("sparse", width, 0.5, { panel }))),
  );
  expect(names.every((panel) => svg.includes(`>${panel}<`))).toBe(true);
  expect(svg.match(/>sparse</g)).toHaveLength(1);
});

test("an interval of the caller's own replaces the default, and its name stands in the note", async () => {
  const points = [trial("sparse", 8, 0.5), trial("sparse", 8, 0.6)];
  const svg = await accuracyByWidth(points, { interval: () => [0.4, 0.7], intervalName: "range" });
  expect(svg).toContain("mean 55.00 % [40.00, 70.00]");
  expect(svg).toContain("Bands: range.");
});
