/** The hinge untangler, and the Laplacians it is often compared with. */

import { describe, expect, test } from "vitest";
import { freePoints } from "./boundary.ts";
import { facesOf } from "./faces.ts";
import { cubeGrid } from "./fixtures/cube-grid.ts";
import { readFixture } from "./fixtures/read-fixture.ts";
import { laplacian, smartLaplacian } from "./laplacian.ts";
import { slidingOf } from "./sliding.ts";
import { solidsOf } from "./solids.ts";
import { qualityOf, summarize } from "./statistics.ts";
import { untangle } from "./untangle.ts";

describe("the hinge untangler", () => {
  test.each(["valve-block-tet-distorted", "hybrid-distorted"] as const)("leaves none of the 19 of %s", (name) => {
    const mesh = readFixture(name);
    const solids = solidsOf(mesh);
    const free = freePoints(mesh);
    const { points, invalid, sweeps } = untangle(solids, mesh.points, free);
    expect(invalid).toBe(0);
    expect(sweeps).toBeLessThanOrEqual(5);
    expect(summarize(solids, points, qualityOf(solids, points)).invalid).toBe(0);
  });

  test("a valid mesh comes back to the bit after 0 sweeps", () => {
    const mesh = cubeGrid("hexahedron", 3, 0.1);
    const { points, sweeps } = untangle(solidsOf(mesh), mesh.points, freePoints(mesh));
    expect(sweeps).toBe(0);
    expect(points).toEqual(mesh.points);
  });

  test("one point pushed through the opposite faces of 6 x 8 tetrahedra is put back where all are positive", () => {
    const mesh = cubeGrid("tetrahedron", 2);
    const points = mesh.points.slice();
    points.set([2.6, 2.4, 2.2], 39);
    const solids = solidsOf(mesh);
    expect(untangle(solids, points, freePoints(mesh)).invalid).toBe(0);
  });
});

describe("Laplacians", () => {
  const mesh = readFixture("valve-block-tet-distorted");
  const solids = solidsOf(mesh);
  const free = freePoints(mesh);

  test("plain: 20 sweeps of the distorted valve block bring the mean to .825 and leave 2 elements invalid", () => {
    const points = laplacian(solids, mesh.points, free);
    const { mean, invalid } = summarize(solids, points, qualityOf(solids, points));
    expect(mean).toBeCloseTo(0.8254, 3);
    expect(invalid).toBe(2);
  });

  test("smart: no sum of qualities around a moved node falls, so the mean never does, .827 after 20 sweeps", () => {
    const means = [0, 1, 2, 20].map((iterations) => {
      const points = smartLaplacian(solids, mesh.points, free, { iterations });
      return summarize(solids, points, qualityOf(solids, points)).mean;
    });
    for (let i = 1; i < means.length; i++) expect(means[i]).toBeGreaterThan(means[i - 1]);
    expect(means[3]).toBeCloseTo(0.8272, 3);
  });

  test("of a dented box of cubes both make cubes within 1e-3, sliding points staying in the faces of the box", () => {
    const box = cubeGrid("hexahedron", 3, 0.2);
    const own = solidsOf(box);
    const sliding = slidingOf(facesOf(own), box.points, Math.sqrt(3) / 2);
    // Corners have three normals and stay; edges and faces slide.
    expect([...sliding.how].filter((how) => how === 1).length).toBe(24);
    expect([...sliding.how].filter((how) => how === 2).length).toBe(24);
    const moving = sliding.how.map((how, node) => (how !== 0 || freePoints(box)[node] !== 0 ? 1 : 0));
    const exact = cubeGrid("hexahedron", 3).points;
    for (const smoother of [laplacian, smartLaplacian]) {
      const points = smoother(own, box.points, moving, { sliding, iterations: 60 });
      expect(points.reduce((most, x, i) => Math.max(most, Math.abs(x - exact[i])), 0)).toBeLessThan(1e-3);
    }
  });

  test("a negative number of sweeps and a relaxation of 0 are refused", () => {
    expect(() => laplacian(solids, mesh.points, free, { iterations: -1 })).toThrow(
      "laplacian: iterations must be an integer at least 0, got -1",
    );
    expect(() => smartLaplacian(solids, mesh.points, free, { relaxation: 0 })).toThrow(
      "smartLaplacian: relaxation must be in (0, 1], got 0",
    );
  });

  test("an angle of 90 degrees is refused", () => {
    expect(() => slidingOf(facesOf(solids), mesh.points, 0)).toThrow(
      "slidingOf: the cosine of the angle must be in (0, 1), got 0",
    );
  });
});
