/** The flow of one element: the fixture's vectors, convergence from anything, symmetry, and what each scale keeps. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flowStep, regularize, type ScaleRule, scaleRules } from "./element-flow.ts";
import { type SolidKind, solidKinds, topology } from "./elements.ts";
import { vectors } from "./fixtures/vectors.ts";
import { meanVolume, meanVolumeQuality } from "./mean-volume.ts";
import { meanRatio } from "./quality.ts";

function coordinates(kind: SolidKind): fc.Arbitrary<number[]> {
  const size = 3 * topology[kind].size;
  return fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: size, maxLength: size });
}

describe.each(vectors)("$name", ({ kind, points, steps }) => {
  test("is the fixture's after 1, 10 and 100 steps of 0.5, to 1e-12", () => {
    expect(steps.map(({ count }) => count)).toEqual([1, 10, 100]);
    for (const after of steps) {
      let now = Float64Array.from(points);
      for (let i = 0; i < after.count; i++) now = Float64Array.from(flowStep(kind, now, { step: 0.5 }).points);
      after.points.forEach((x, i) => {
        expect(now[i]).toBeCloseTo(x, 12);
      });
      expect(meanVolumeQuality(kind, now)).toBeCloseTo(after.qMeanVolume, 12);
      if (after.meanRatio !== undefined) expect(meanRatio(kind, now)).toBeCloseTo(after.meanRatio, 12);
    }
  });
});

describe.each([...solidKinds])("%s", (kind) => {
  test("any element of integer nodes that is not on one line becomes regular within 1e-12 in 300 steps, inverted ones too", () => {
    fc.assert(
      fc.property(coordinates(kind), (points) => {
        const { stop, history } = regularize(kind, points, { maxSteps: 300 });
        fc.pre(stop !== "degenerate");
        expect(stop).toBe("regular");
        expect(1 - history[history.length - 1]).toBeLessThanOrEqual(1e-12);
      }),
      { numRuns: 100 },
    );
  });

  test("a step commutes with a turn, a shift and a scaling", () => {
    // A turn by the rational angles of 3-4-5, about z and then about x.
    const turn = ([x, y, z]: number[]) => {
      const [u, v] = [0.6 * x - 0.8 * y, 0.8 * x + 0.6 * y];
      return [u, 0.6 * v - 0.8 * z, 0.8 * v + 0.6 * z];
    };
    const map = (points: ArrayLike<number>) =>
      Array.from({ length: points.length / 3 }, (_, i) =>
        turn([points[3 * i], points[3 * i + 1], points[3 * i + 2]]).map((x, k) => 2.5 * x + [10, -20, 30][k]),
      ).flat();
    fc.assert(
      fc.property(coordinates(kind), (points) => {
        const one = map(flowStep(kind, points).points);
        const other = flowStep(kind, map(points)).points;
        fc.pre(!flowStep(kind, points).degenerate && Math.abs(meanVolumeQuality(kind, points)) > 1e-3);
        other.forEach((x, i) => {
          expect(Math.abs(x - one[i])).toBeLessThan(1e-6);
        });
      }),
    );
  });

  test("a step keeps the centroid, and the radius, the mean edge or the volume by its scale", () => {
    const { regular, edges } = topology[kind];
    const dented = regular.map((x, i) => x + 0.05 * Math.cos(7 * i));
    const kept: Record<ScaleRule, (points: ArrayLike<number>) => number> = {
      radius: (p) => Array.from(p).reduce((sum, x, i) => sum + (x - centroid(p)[i % 3]) ** 2, 0),
      edge: (p) =>
        edges.reduce((sum, [a, b]) => sum + Math.hypot(...[0, 1, 2].map((k) => p[3 * a + k] - p[3 * b + k])), 0),
      volume: (p) => meanVolume(kind, p),
      none: (p) => centroid(p)[0],
    };
    const centroid = (p: ArrayLike<number>) =>
      [0, 1, 2].map((k) => Array.from(p).reduce((sum, x, i) => (i % 3 === k ? sum + x : sum), 0) / (p.length / 3));
    for (const scale of scaleRules) {
      const { points } = flowStep(kind, dented, { scale });
      expect(kept[scale](points)).toBeCloseTo(kept[scale](dented), 13);
      centroid(points).forEach((x, k) => {
        expect(x).toBeCloseTo(centroid(dented)[k], 14);
      });
    }
  });

  test("with the best step, the distance to the regular element falls as its spectrum says", () => {
    // Rates |1 + τ μ| / (1 + τ) of the slowest shape mode: 0 for tetrahedra, 1/3 for pyramids and octahedra, else 1/2.
    const rate = { tetrahedron: 0, pyramid: 1 / 3, octahedron: 1 / 3, wedge: 1 / 2, hexahedron: 1 / 2 }[kind];
    const { history } = regularize(
      kind,
      topology[kind].regular.map((x, i) => x + 0.1 * Math.cos(11 * i)),
      {
        tolerance: 1e-13,
      },
    );
    // 1 - q goes with the square of the distance. Far enough to be asymptotic, near enough to be above rounding.
    const at = history.findIndex((q) => 1 - q < 1e-6);
    expect(Math.sqrt((1 - history[at + 1]) / (1 - history[at]))).toBeLessThan(rate + 0.02);
  });
});

test("nodes on one line are degenerate: nothing moves", () => {
  const line = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3];
  expect(flowStep("tetrahedron", line)).toEqual({ points: Float64Array.from(line), degenerate: true });
  expect(regularize("tetrahedron", line).stop).toBe("degenerate");
});

test("steps, scales and tolerances out of range are refused", () => {
  const points = topology.tetrahedron.regular;
  expect(() => flowStep("tetrahedron", points, { step: 0 })).toThrow("flowStep: step must be positive, got 0");
  expect(() => flowStep("tetrahedron", points, { scale: "raduis" as ScaleRule })).toThrow(
    'flowStep: unknown scale "raduis"; known: radius, edge, volume, none. Did you mean radius?',
  );
  expect(() => regularize("tetrahedron", points, { tolerance: -1 })).toThrow(
    "regularize: tolerance must be at least 0, got -1",
  );
  expect(() => regularize("tetrahedron", points, { maxSteps: 1.5 })).toThrow(
    "regularize: maxSteps must be an integer at least 0, got 1.5",
  );
});
