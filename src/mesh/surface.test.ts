/** Points that slide stay on the surface as it was given: looking up the nearest place, and whole smoothings of a barrel. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Rng } from "../base/index.ts";
import { cubeGrid } from "./fixtures/cube-grid.ts";
import type { Mesh } from "./mesh.ts";
import { NearestPieces } from "./nearest.ts";
import { smooth } from "./smooth.ts";

const coordinate = fc.double({ min: -2, max: 2, noNaN: true });

/** The least distance from p to a triangle or segment, by trying places on a fine net of it. */
function leastOnNet(corners: number[], perPiece: 2 | 3, p: number[]): number {
  const net = 60;
  let least = Number.POSITIVE_INFINITY;
  for (let piece = 0; piece < corners.length; piece += 3 * perPiece) {
    for (let i = 0; i <= net; i++) {
      for (let j = 0; j <= (perPiece === 3 ? net - i : 0); j++) {
        const [s, t] = [i / net, j / net];
        const place = [0, 1, 2].map((k) => {
          const [a, b, c] = [0, 3, 6].map((from) => corners[piece + from + k] ?? 0);
          return a + s * (b - a) + (perPiece === 3 ? t * (c - a) : 0);
        });
        least = Math.min(least, Math.hypot(...place.map((x, k) => x - p[k])));
      }
    }
  }
  return least;
}

describe("the nearest place", () => {
  for (const perPiece of [2, 3] as const) {
    test(`is never farther than the nearest of 61 steps along each ${perPiece === 2 ? "segment" : "side of a triangle"}, and is on it`, () => {
      fc.assert(
        fc.property(
          fc.array(fc.array(coordinate, { minLength: 3 * perPiece, maxLength: 3 * perPiece }), {
            minLength: 1,
            maxLength: 8,
          }),
          fc.array(coordinate, { minLength: 3, maxLength: 3 }),
          (pieces, p) => {
            const corners = pieces.flat();
            const pieceLength = 3 * perPiece;
            const found = new NearestPieces(Float64Array.from(corners), perPiece).find(p, 0, () => true, {
              piece: -1,
              x: 0,
              y: 0,
              z: 0,
            });
            const distance = Math.hypot(found.x - p[0], found.y - p[1], found.z - p[2]);
            expect(distance).toBeLessThanOrEqual(leastOnNet(corners, perPiece, p) + 1e-9);
            const own = corners.slice(found.piece * pieceLength, (found.piece + 1) * pieceLength);
            // A place off the piece would be nearer than its own net allows: the net is within 0.1 of any place on it.
            expect(leastOnNet(own, perPiece, [found.x, found.y, found.z])).toBeLessThan(0.1);
          },
        ),
        { numRuns: 60 },
      );
    });
  }

  test("of a triangle with a side of 1e-45 is on its long sides", () => {
    const corners = Float64Array.from([1.7062676844066906e-45, 0, 0, 0, 0, 0, -0.22835670066706412, 0, 0]);
    const found = { piece: -1, x: 0, y: 0, z: 0 };
    new NearestPieces(corners, 3).find([-0.003597259510513559, 0, 0], 0, () => true, found);
    expect(found.x).toBeCloseTo(-0.003597259510513559, 12);
  });

  test("of two squares a metre apart is on the one that is asked for", () => {
    const at = (z: number) => [0, 0, z, 1, 0, z, 0, 1, z];
    const pieces = new NearestPieces(Float64Array.from([...at(0), ...at(1)]), 3);
    const nothing = { piece: -1, x: 0, y: 0, z: 0 };
    expect({ ...pieces.find([0.2, 0.2, 0.1], 0, () => true, nothing) }).toEqual({ piece: 0, x: 0.2, y: 0.2, z: 0 });
    expect({ ...pieces.find([0.2, 0.2, 0.1], 0, (piece) => piece === 1, nothing) }).toEqual({
      piece: 1,
      x: 0.2,
      y: 0.2,
      z: 1,
    });
    expect(pieces.find([0.2, 0.2, 0.1], 0, () => false, nothing).piece).toBe(-1);
  });
});

/** Bulge of the barrel: half its width at height z in [-1, 1]. */
const half = (z: number) => 1 + 0.3 * (1 - z * z);

/** A box of 12³ cubes of tetrahedra whose four sides bulge, points jogged within it and along its surface. */
function barrel(): Mesh {
  const grid = cubeGrid("tetrahedron", 12);
  const points = grid.points.slice();
  const rng = new Rng(3, "split");
  for (let i = 0; i < points.length; i += 3) {
    const [x, y, z] = [0, 1, 2].map((k) => {
      const c = points[i + k] / 6 - 1;
      return Math.abs(c) < 1 - 1e-9 ? c + 0.06 * (rng.uniform() - 0.5) : c;
    });
    points.set([x * half(z), y * half(z), z], i);
  }
  return { ...grid, points };
}

test("points that slide on a barrel of radius 1.7 end within .006 of its true surface, a tenth of what planes alone leave", () => {
  const mesh = barrel();
  const { mesh: smoothed, before, after } = smooth(mesh, { boundary: "slide" });
  let off = 0;
  let moved = 0;
  for (let i = 0; i < mesh.points.length; i += 3) {
    const [x, , z] = mesh.points.subarray(i, i + 3);
    if (Math.abs(Math.abs(x) - half(z)) > 1e-9) continue;
    const [nowX, nowY, nowZ] = smoothed.points.subarray(i, i + 3);
    off = Math.max(off, Math.abs(Math.abs(nowX) - half(nowZ)));
    moved = Math.max(moved, Math.hypot(nowX - x, nowY - mesh.points[i + 1], nowZ - z));
  }
  expect(off).toBeLessThan(0.006);
  expect(moved).toBeGreaterThan(0.05);
  expect(after.minFree).toBeGreaterThan(before.minFree);
  expect(after.mean).toBeGreaterThan(before.mean + 0.1);
});
