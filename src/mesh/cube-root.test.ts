/** The cube root against cubes and against the engine's own. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { cubeRoot } from "./cube-root.ts";

test("the roots of n³ for n = 1 to 1000, and of 2 to the power 3k, are exact", () => {
  for (let n = 1; n <= 1000; n++) expect(cubeRoot(n * n * n)).toBe(n);
  for (let k = -300; k <= 300; k++) expect(cubeRoot(2 ** (3 * k))).toBe(2 ** k);
});

test("is within 2 units in the last place of the engine's root from 1e-290 to 1e300", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-290, max: 1e300, noNaN: true }), (x) => {
      const root = Math.cbrt(x);
      expect(Math.abs(cubeRoot(x) - root)).toBeLessThanOrEqual(2 * Number.EPSILON * root);
    }),
    { numRuns: 2000 },
  );
});

test("0, numbers below 0 and subnormal ones give 0; NaN and infinity stay", () => {
  expect([0, -0, -8, 1e-310].map(cubeRoot)).toEqual([0, 0, 0, 0]);
  expect(cubeRoot(Number.NaN)).toBeNaN();
  expect(cubeRoot(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
});
