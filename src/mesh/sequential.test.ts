/** Sequential smoothing: the worst first, no element lost, the best positions returned. */

import { expect, test } from "vitest";
import { freePoints } from "./boundary.ts";
import { cubeGrid } from "./fixtures/cube-grid.ts";
import { readFixture } from "./fixtures/read-fixture.ts";
import { type SequentialOptions, sequential } from "./sequential.ts";
import { solidsOf } from "./solids.ts";
import { qualityOf, summarize } from "./statistics.ts";

test("raises the clean valve block's least quality from .3967 to .52 at least, and no element becomes invalid", () => {
  const mesh = readFixture("valve-block-tet");
  const solids = solidsOf(mesh);
  const free = freePoints(mesh);
  const { points, history, best, stop } = sequential(solids, mesh.points, free);
  const after = summarize(solids, points, qualityOf(solids, points), { free });
  expect(history[0].minFree).toBeCloseTo(0.3967, 4);
  expect(after.minFree).toBeGreaterThan(0.52);
  expect(after.invalid).toBe(0);
  expect(stop).toBe("converged");
  // The qualities kept up from step to step are those of the positions.
  const kept = history.find(({ iteration }) => iteration === best);
  expect(kept?.minFree).toBe(after.minFree);
  expect(kept?.mean).toBeCloseTo(after.mean, 12);
  expect(Math.max(...history.map(({ minFree }) => minFree))).toBe(after.minFree);
});

test("the first step moves the worst element's free nodes and no others", () => {
  const mesh = cubeGrid("hexahedron", 4, 0.15);
  const solids = solidsOf(mesh);
  const free = freePoints(mesh);
  const quality = qualityOf(solids, mesh.points);
  const worst = quality.indexOf(quality.reduce((a, b) => Math.min(a, b)));
  const moved = new Set<number>();
  const { points } = sequential(solids, mesh.points, free, { maxIterations: 1, period: 1, relaxation: 0.1 });
  points.forEach((x, p) => {
    if (x !== mesh.points[p]) moved.add(Math.floor(p / 3));
  });
  const own = solids.nodes.slice(solids.start[worst], solids.start[worst + 1]).filter((node) => free[node] === 1);
  expect([...moved].sort((a, b) => a - b)).toEqual([...own].sort((a, b) => a - b));
});

test("invalid elements come first: a box of cubes with folded ones has none after 3000 steps", () => {
  const mesh = cubeGrid("hexahedron", 4, 0.45);
  const solids = solidsOf(mesh);
  const { history } = sequential(solids, mesh.points, freePoints(mesh), { relaxation: 0.2, maxIterations: 3000 });
  expect(history[0].invalid).toBeGreaterThan(0);
  expect(history.at(-1)?.invalid).toBe(0);
});

test("the caller stops it at the first look; options out of range are refused", () => {
  const mesh = cubeGrid("hexahedron", 3, 0.3);
  const solids = solidsOf(mesh);
  const free = freePoints(mesh);
  const { stop, iterations } = sequential(solids, mesh.points, free, { onIteration: () => false });
  expect([stop, iterations]).toEqual(["stopped by caller", 100]);
  const refused = (options: SequentialOptions) => () => sequential(solids, mesh.points, free, options);
  expect(refused({ relaxation: 1.5 })).toThrow("sequential: relaxation must be in (0, 1], got 1.5");
  expect(refused({ stepFraction: 0 })).toThrow("sequential: stepFraction must be positive, got 0");
});
