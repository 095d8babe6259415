/** The final stage: along the front between mean and least quality, under a floor, from valid meshes only. */

import { describe, expect, test } from "vitest";
import { freePoints } from "./boundary.ts";
import { cubeGrid } from "./fixtures/cube-grid.ts";
import { readFixture } from "./fixtures/read-fixture.ts";
import { type OptimizeOptions, optimizeQuality } from "./optimize-quality.ts";
import { simultaneous } from "./simultaneous.ts";
import { solidsOf } from "./solids.ts";
import { qualityOf, summarize } from "./statistics.ts";

const mesh = readFixture("valve-block-tet");
const solids = solidsOf(mesh);
const free = freePoints(mesh);
const start = simultaneous(solids, mesh.points, free).points;

function reach(options: OptimizeOptions) {
  const { points, history, best, stop } = optimizeQuality(solids, start, free, options);
  const { mean, minFree, invalid } = summarize(solids, points, qualityOf(solids, points), { free });
  expect(history[best].mean).toBeCloseTo(mean, 12);
  expect(history[best].minFree).toBeCloseTo(minFree, 14);
  expect(invalid).toBe(0);
  return { mean, minFree, stop };
}

describe("the valve block's tetrahedra", () => {
  test("weights 0, .01, .06 and .3 give falling means and rising least qualities, .83 to .825 and .19 to .53", () => {
    const front = [0, 0.01, 0.06, 0.3].map((leastWeight) => reach({ leastWeight }));
    for (let i = 1; i < front.length; i++) {
      expect(front[i].mean).toBeLessThan(front[i - 1].mean);
      expect(front[i].minFree).toBeGreaterThan(front[i - 1].minFree);
    }
    expect(front[0].mean).toBeGreaterThan(0.831);
    expect(front[2].mean).toBeGreaterThan(0.8284);
    expect(front[2].minFree).toBeGreaterThan(0.5);
    expect(front[3].minFree).toBeGreaterThan(0.53);
  });

  test("a floor of .48 is kept, at a mean above .8300", () => {
    const { mean, minFree } = reach({ floor: 0.48 });
    expect(minFree).toBeGreaterThan(0.48);
    expect(mean).toBeGreaterThan(0.83);
  });

  test("a floor of .7 is beyond reach, and it says so", () => {
    expect(reach({ floor: 0.7, maxSteps: 30 }).stop).toBe("floor not reached");
  });
});

test("cubes of six tetrahedra each, whose mean could rise to .79 at a least quality of .08, keep .75", () => {
  const grid = cubeGrid("tetrahedron", 6, 0.05);
  const { history, best } = optimizeQuality(solidsOf(grid), grid.points, freePoints(grid));
  expect(history[best].minFree).toBeGreaterThan(0.75);
  const weigh = ({ mean, minFree }: { mean: number; minFree: number }) => mean + 0.06 * minFree;
  expect(weigh(history[best])).toBeGreaterThanOrEqual(weigh(history[0]));
});

test("dented cubes become cubes: least quality within 1e-4 of 1", () => {
  const grid = cubeGrid("hexahedron", 4, 0.15);
  const { history } = optimizeQuality(solidsOf(grid), grid.points, freePoints(grid));
  expect(history[0].minFree).toBeLessThan(0.92);
  expect(history.at(-1)?.minFree).toBeGreaterThan(1 - 1e-4);
});

test("an invalid element is refused by its number; so are a negative weight and a floor of 1", () => {
  const grid = cubeGrid("tetrahedron", 3, 0.9);
  const run = (options: OptimizeOptions) => () =>
    optimizeQuality(solidsOf(grid), grid.points, freePoints(grid), options);
  expect(run({})).toThrow(
    /^optimizeQuality: every element that can move must be valid, element \d+ \(cell \d+\) is not; untangle first$/,
  );
  expect(run({ leastWeight: -1 })).toThrow("optimizeQuality: leastWeight must be at least 0, got -1");
  expect(run({ floor: 1 })).toThrow("optimizeQuality: floor must be in [0, 1), got 1");
});

test("the caller stops it after 3 steps", () => {
  const { stop, iterations } = optimizeQuality(solids, start, free, { onIteration: ({ iteration }) => iteration < 3 });
  expect([stop, iterations]).toEqual(["stopped by caller", 3]);
});
