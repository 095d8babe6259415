import { expect, test } from "vitest";
import { blockWidth, lanePlace, paddedLanes } from "./index.ts";

test("70 examples take 80 lanes: blocks of 32, 32 and 16", () => {
  expect(paddedLanes(70)).toBe(80);
  expect([0, 32, 64].map((first) => blockWidth(70, first))).toEqual([32, 32, 16]);
  expect([1, 16, 17, 128].map(paddedLanes)).toEqual([16, 16, 32, 128]);
});

test("row 1, lane 69 of [3, 70] is element 2 · 96 + 1 · 16 + 5 = 213, lane 40 is 96 + 32 + 8 = 136", () => {
  expect(lanePlace(3, 70, 1, 69)).toBe(213);
  expect(lanePlace(3, 70, 1, 40)).toBe(136);
});

test("every lane has a place of its own, and together they fill rows · lanes elements without a gap", () => {
  for (const batch of [1, 16, 17, 32, 33, 48, 49, 100, 128]) {
    for (const rows of [1, 2, 7]) {
      const places: number[] = [];
      for (let r = 0; r < rows; r++)
        for (let b = 0; b < paddedLanes(batch); b++) places.push(lanePlace(rows, batch, r, b));
      const sorted = places.sort((a, b) => a - b);
      expect(sorted).toEqual(Array.from({ length: rows * paddedLanes(batch) }, (_, i) => i));
    }
  }
});
