/** Simultaneous smoothing: the fixture meshes after 1 and 5 iterations, the invariants, and the guard. */

import { describe, expect, test } from "vitest";
import { freePoints } from "./boundary.ts";
import { cubeGrid, shuffled } from "./fixtures/cube-grid.ts";
import { readFixture } from "./fixtures/read-fixture.ts";
import { nodesPerElement } from "./mesh.ts";
import { type SimultaneousOptions, simultaneous } from "./simultaneous.ts";
import { solidsOf } from "./solids.ts";
import { qualityOf, summarize } from "./statistics.ts";
import { volumeSum } from "./validity.ts";

const plain = { guard: false, gain: Number.NEGATIVE_INFINITY } as const;
/** A: plain means and best steps; B: weights √(1 - q) and half of them. */
const a = { ...plain, weightExponent: 0, stepFraction: 1 } as const;
const b = { ...plain, weightExponent: 0.5, stepFraction: 0.5 } as const;

/** From another program in float64; the guard and the choice of the best iterate play no part. */
const expected = [
  {
    name: "valve-block-tet-distorted",
    volume: 78438.032188641,
    a1: 0.804116047,
    absolute: 86411.19442145,
    a5: [0.8291882233, 0.1394922787],
    b1: 0.7929719787,
    b5: [0.8261561212, 0.2221194173],
  },
  {
    name: "hybrid-distorted",
    volume: 58940,
    a1: 0.8336412385,
    absolute: 124294.5488331,
    a5: [0.8614802667, 0.2205614285],
    b1: 0.8195585401,
    b5: [0.8582242289, 0.3175184435],
  },
] as const;

describe.each(expected)("$name", ({ name, volume, a1, absolute, a5, b1, b5 }) => {
  const mesh = readFixture(name);
  const solids = solidsOf(mesh);
  const free = freePoints(mesh);
  const run = (options: SimultaneousOptions) => {
    const { points } = simultaneous(solids, mesh.points, free, options);
    const { mean, min } = summarize(solids, points, qualityOf(solids, points));
    return { points, mean, min };
  };

  test("has the given means, least qualities and sum of |x| after 1 and 5 iterations to 1e-9", () => {
    const once = run({ ...a, maxIterations: 1 });
    expect(once.mean).toBeCloseTo(a1, 9);
    expect(once.points.reduce((sum, x) => sum + Math.abs(x), 0) / absolute).toBeCloseTo(1, 12);
    expect(run({ ...b, maxIterations: 1 }).mean).toBeCloseTo(b1, 9);
    const five = [run({ ...a, maxIterations: 5 }), run({ ...b, maxIterations: 5 })];
    [a5, b5].forEach(([mean, min], i) => {
      expect(five[i].mean).toBeCloseTo(mean, 9);
      expect(five[i].min).toBeCloseTo(min, 9);
    });
  });

  test("keeps the sum of mean volumes to 1e-9 of itself, whatever the iterations do, and fixed points to the bit", () => {
    expect(volumeSum(solids, mesh.points) / volume).toBeCloseTo(1, 12);
    const { points } = run({ ...a, maxIterations: 5 });
    expect(volumeSum(solids, points) / volume).toBeCloseTo(1, 12);
    for (let node = 0; node < free.length; node++) {
      if (free[node] === 0)
        expect(points.slice(3 * node, 3 * node + 3)).toEqual(mesh.points.slice(3 * node, 3 * node + 3));
    }
  });

  test("leaves the same mesh to 1e-9 when points and elements come in another order", () => {
    const count = free.length;
    const order = Int32Array.from({ length: count }, (_, i) => (i * 997 + 5) % count);
    const other = shuffled(mesh, order, nodesPerElement);
    const { points } = simultaneous(solidsOf(other), other.points, freePoints(other), { ...b, maxIterations: 5 });
    const same = run({ ...b, maxIterations: 5 }).points;
    let largest = 0;
    for (let p = 0; p < same.length; p++) {
      const to = 3 * order[Math.floor(p / 3)] + (p % 3);
      largest = Math.max(largest, Math.abs(same[p] - points[to]));
    }
    expect(largest).toBeLessThan(1e-9);
  });

  test("returns the iterate of fewest invalid elements and highest mean, and says which", () => {
    const { points, best, history, stop } = simultaneous(solids, mesh.points, free);
    const { mean, invalid } = summarize(solids, points, qualityOf(solids, points));
    expect(stop).toBe("converged");
    expect(history[best].mean).toBeCloseTo(mean, 12);
    expect(history[best].invalid).toBe(invalid);
    expect(Math.min(...history.map((one) => one.invalid))).toBe(invalid);
  });
});

describe.each(["hexahedron", "wedge", "tetrahedron"] as const)("a box of dented %ss", (kind) => {
  const mesh = cubeGrid(kind, 4, 0.55);
  const solids = solidsOf(mesh);
  const free = freePoints(mesh);

  test("the guard lets no valid element become invalid", () => {
    const valid = qualityOf(solids, mesh.points).map((q) => (q > 0 ? 1 : 0));
    for (let maxIterations = 1; maxIterations <= 4; maxIterations++) {
      // Full steps with full weights are violent on purpose.
      const options = { stepFraction: 2, weightExponent: 1, gain: Number.NEGATIVE_INFINITY, maxIterations } as const;
      const after = qualityOf(solids, simultaneous(solids, mesh.points, free, options).points);
      expect(after.filter((q, e) => valid[e] === 1 && !(q > 0)).length).toBe(0);
    }
  });

  test("every element is valid at the end", () => {
    const { history } = simultaneous(solids, mesh.points, free, { ...a, gain: 1e-6, maxIterations: 200 });
    expect(history[0].invalid).toBeGreaterThan(kind === "tetrahedron" ? 3 : 0);
    expect(history.at(-1)?.invalid).toBe(0);
  });
});

test("cubes whose inner points are moved by up to .55 of their side become cubes within 1e-6", () => {
  const mesh = cubeGrid("hexahedron", 4, 0.55);
  const exact = cubeGrid("hexahedron", 4).points;
  const options = { ...a, gain: 1e-15, maxIterations: 500 };
  const { points } = simultaneous(solidsOf(mesh), mesh.points, freePoints(mesh), options);
  expect(points.reduce((largest, x, i) => Math.max(largest, Math.abs(x - exact[i])), 0)).toBeLessThan(1e-6);
});

test("the caller stops it after 2 iterations", () => {
  const mesh = cubeGrid("hexahedron", 3, 0.4);
  const { stop, iterations } = simultaneous(solidsOf(mesh), mesh.points, freePoints(mesh), {
    onIteration: ({ iteration }) => iteration < 2,
  });
  expect([stop, iterations]).toEqual(["stopped by caller", 2]);
});

test("with every point fixed nothing moves; options out of range are refused", () => {
  const mesh = cubeGrid("hexahedron", 1);
  const solids = solidsOf(mesh);
  const free = freePoints(mesh);
  expect(simultaneous(solids, mesh.points, free)).toMatchObject({ points: mesh.points, stop: "no free nodes" });
  const refused = (options: SimultaneousOptions) => () => simultaneous(solids, mesh.points, free, options);
  expect(refused({ relaxation: 0 })).toThrow("simultaneous: relaxation must be in (0, 1], got 0");
  expect(refused({ stepFraction: -1 })).toThrow("simultaneous: stepFraction must be positive, got -1");
  expect(refused({ weightExponent: 2 as 1 })).toThrow("simultaneous: weightExponent must be 0, 0.5 or 1, got 2");
});
