/** Mean volume against the vectors of the fixture, its identities, and the closed forms of its maximisers. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../base/index.ts";
import { type SolidKind, solidKinds, topology } from "./elements.ts";
import { vectors } from "./fixtures/vectors.ts";
import { meanVolume, meanVolumeGradient, meanVolumeQuality } from "./mean-volume.ts";

/** Coordinates of one element, in thousandths within 1 of the origin: flat and folded ones come often. */
function elements(kind: SolidKind): fc.Arbitrary<number[]> {
  const size = 3 * topology[kind].size;
  return fc
    .array(fc.integer({ min: -1000, max: 1000 }), { minLength: size, maxLength: size })
    .map((all) => all.map((x) => x / 1000));
}

describe.each(vectors)("$name", ({ kind, points, meanVolume: volume, gradient, qMeanVolume }) => {
  test("has the fixture's mean volume, gradient and quality to 1e-12", () => {
    expect(meanVolume(kind, points)).toBeCloseTo(volume, 12);
    expect(meanVolumeQuality(kind, points)).toBeCloseTo(qMeanVolume, 12);
    meanVolumeGradient(kind, points).forEach((g, i) => {
      expect(g).toBeCloseTo(gradient[i], 12);
    });
  });
});

describe.each([...solidKinds])("%s", (kind) => {
  const { size } = topology[kind];

  test("the gradient sums to 0, has no moment about the origin, and p · G = 3V", () => {
    fc.assert(
      fc.property(elements(kind), (points) => {
        const g = meanVolumeGradient(kind, points);
        for (let k = 0; k < 3; k++) {
          let total = 0;
          let moment = 0;
          for (let i = 0; i < size; i++) {
            const [u, v] = [3 * i + ((k + 1) % 3), 3 * i + ((k + 2) % 3)];
            total += g[3 * i + k];
            moment += points[u] * g[v] - points[v] * g[u];
          }
          expect(Math.abs(total)).toBeLessThan(1e-14);
          expect(Math.abs(moment)).toBeLessThan(1e-13);
        }
        const product = points.reduce((sum, x, i) => sum + x * g[i], 0);
        expect(Math.abs(product - 3 * meanVolume(kind, points))).toBeLessThan(1e-13);
      }),
    );
  });

  test("the gradient meets central differences of step 1e-5 within 1e-9", () => {
    fc.assert(
      fc.property(elements(kind), fc.nat(3 * size - 1), (points, at) => {
        const moved = (by: number) => meanVolume(kind, points.with(at, points[at] + by));
        const slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        expect(Math.abs(slope - meanVolumeGradient(kind, points)[at])).toBeLessThan(1e-9);
      }),
      { numRuns: 50 },
    );
  });

  test("moved 1000 away and tripled, the volume is 27 times what it was within 1e-8", () => {
    fc.assert(
      fc.property(elements(kind), (points) => {
        const away = points.map((x, i) => 3 * x + [1000, -1000, 500][i % 3]);
        expect(Math.abs(meanVolume(kind, away) - 27 * meanVolume(kind, points))).toBeLessThan(1e-8);
      }),
    );
  });

  test("the regular element has r = 1, the largest volume of its closed form, quality 1 and G = 3V p", () => {
    const { regular, maxVolume } = topology[kind];
    expect(regular.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 14);
    expect(meanVolume(kind, regular)).toBeCloseTo(maxVolume, 15);
    expect(meanVolumeQuality(kind, regular)).toBeCloseTo(1, 14);
    meanVolumeGradient(kind, regular).forEach((g, i) => {
      expect(g).toBeCloseTo(3 * maxVolume * regular[i], 14);
    });
  });

  test("no element has a quality beyond -1 and 1, and turning one round changes the sign", () => {
    fc.assert(
      fc.property(elements(kind), (points) => {
        const q = meanVolumeQuality(kind, points);
        expect(Math.abs(q)).toBeLessThanOrEqual(1 + 1e-12);
        const turned = topology[kind].reversal.flatMap((i) => points.slice(3 * i, 3 * i + 3));
        expect(meanVolumeQuality(kind, turned)).toBeCloseTo(-q, 10);
      }),
    );
  });

  test("faces are closed: every edge is run through once each way", () => {
    const runs = topology[kind].faces.flatMap((face) => face.map((a, i) => `${a} ${face[(i + 1) % face.length]}`));
    expect(new Set(runs).size).toBe(runs.length);
    expect(runs.map((run) => run.split(" ").reverse().join(" ")).sort()).toEqual([...runs].sort());
    expect(topology[kind].edges.length * 2).toBe(runs.length);
  });
});

test("largest volumes at r = 1 are √3/27, √15/54, 1/(6√6), 1/(6√6) and √6/27", () => {
  const largest = [0.0641500299, 0.0717219138, 0.0680413817, 0.0680413817, 0.0907218423];
  solidKinds.forEach((kind, i) => {
    expect(topology[kind].maxVolume).toBeCloseTo(largest[i], 10);
  });
});

test("the maximal wedge is √(2/3) as high as its triangle's edge, the maximal pyramid √5/2 as high as its base's", () => {
  const wedge = topology.wedge.regular;
  const edge = Math.hypot(wedge[0] - wedge[3], wedge[1] - wedge[4]);
  expect((wedge[11] - wedge[2]) / edge).toBeCloseTo(Math.sqrt(2 / 3), 14);
  const pyramid = topology.pyramid.regular;
  const base = Math.hypot(pyramid[0] - pyramid[3], pyramid[1] - pyramid[4]);
  expect((pyramid[14] - pyramid[2]) / base).toBeCloseTo(Math.sqrt(5) / 2, 14);
});

test("a wrong number of coordinates and an unknown kind are refused by name", () => {
  expect(() => meanVolume("tetrahedron", [0, 0, 0])).toThrow(
    new InputError("meanVolume: a tetrahedron has 4 nodes, so 12 coordinates, got 3"),
  );
  expect(() => meanVolumeQuality("tetrahedra" as SolidKind, [])).toThrow(
    'meanVolumeQuality: unknown solid element "tetrahedra"; known: tetrahedron, pyramid, wedge, hexahedron, octahedron. Did you mean tetrahedron?',
  );
});
