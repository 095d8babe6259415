import { expect, test } from "vitest";
import { qualityHistogram } from "./quality-histogram.ts";

const before = { label: "before", counts: [1, 0, 3, 12] };
const after = { label: "after", counts: [0, 0, 4, 12] };

test("one element of 16 in the worst bin is drawn, half as high as a quarter of all would be", async () => {
  const svg = await qualityHistogram([{ label: "mesh", counts: [1, 0, 4, 11] }]);
  const heights = [...svg.matchAll(/<rect[^>]* height="([\d.]+)"[^>]*><title>/g)].map((match) => Number(match[1]));
  expect(heights.length).toBe(4);
  // Square roots of 1/16 and 4/16.
  expect(heights[2] / heights[0]).toBeCloseTo(2, 1);
});

test("before and after are told apart by form: bars and a line; the counts are read out", async () => {
  const svg = await qualityHistogram([before, after], { title: "Two" });
  expect(svg).toContain('aria-label="Two"');
  expect(svg).toMatch(/<desc>before: 1 elements of quality 0\.00 to 0\.25; before: 3 .*\. after: 4 elements/);
  expect(svg).toContain(">before<");
  expect(svg).toContain(">after<");
});

test("three distributions, or two with other bins, are refused with what came", async () => {
  await expect(qualityHistogram([before, { label: "x", counts: [1] }])).rejects.toThrow(
    "qualityHistogram: one or two histograms with the same number of bins, got 4 and 1",
  );
  await expect(qualityHistogram([])).rejects.toThrow("got none");
});
