import fc from "fast-check";
import { expect, test } from "vitest";
import { readFixture, relativeError } from "./fixtures/read-fixture.ts";
import { benjaminiHochberg, holm } from "./multiple.ts";

const { adjusted } = readFixture();

test("three p-values by hand: Holm 0.03, 0.06, 0.06; Benjamini-Hochberg 0.03, 0.04, 0.04", () => {
  // Sorted 0.01, 0.03, 0.04: Holm 3·0.01, 2·0.03, max(0.06, 0.04); BH 3·0.01, min(3/2·0.03, 0.04), 0.04.
  const rounded = (values: number[]) => values.map((value) => Number(value.toPrecision(12)));
  expect(rounded(holm([0.01, 0.04, 0.03]))).toEqual([0.03, 0.06, 0.06]);
  expect(rounded(benjaminiHochberg([0.01, 0.04, 0.03]))).toEqual([0.03, 0.04, 0.04]);
});

test("Holm equals the closed test of Bonferroni tests over all subsets of up to 11 hypotheses", () => {
  const cases = adjusted.filter((c) => c.holm !== undefined);
  expect(cases.length).toBeGreaterThanOrEqual(8);
  for (const { p, holm: expected } of cases) {
    for (const [i, value] of holm(p).entries())
      expect(relativeError(value, expected?.[i] ?? Number.NaN)).toBeLessThan(1e-14);
  }
});

test("Benjamini-Hochberg equals SciPy's false_discovery_control, to 200 p-values", () => {
  for (const { p, bh } of adjusted) {
    for (const [i, value] of benjaminiHochberg(p).entries()) expect(relativeError(value, bh[i])).toBeLessThan(1e-14);
  }
});

test("adjusted p-values are never below the raw ones, keep their order, and Holm's are never below Benjamini-Hochberg's", () => {
  const p = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(p, { maxLength: 25 }), (raw) => {
      const byHolm = holm(raw);
      const byRate = benjaminiHochberg(raw);
      for (let i = 0; i < raw.length; i++) {
        expect(byRate[i]).toBeGreaterThanOrEqual(raw[i]);
        expect(byHolm[i]).toBeGreaterThanOrEqual(raw[i]);
        expect(byHolm[i]).toBeLessThanOrEqual(1);
        // m / j against m - j + 1, each rounded once.
        expect(byRate[i]).toBeLessThanOrEqual(byHolm[i] * (1 + 1e-15));
        for (let j = 0; j < raw.length; j++) {
          if (raw[i] < raw[j]) {
            expect(byHolm[i]).toBeLessThanOrEqual(byHolm[j]);
            expect(byRate[i]).toBeLessThanOrEqual(byRate[j]);
          }
        }
      }
    }),
  );
});

test("a p-value that is NaN or outside [0, 1] is refused by its place", () => {
  expect(() => holm([0.1, Number.NaN])).toThrow("holm: p-value 1 of 2 is NaN, and must be in [0, 1]");
  expect(() => benjaminiHochberg([1.2])).toThrow("benjaminiHochberg: p-value 0 of 1 is 1.2");
  expect(holm([])).toEqual([]);
});
