import { describe, expect, test } from "vitest";
import { Rng } from "../../base/index.ts";
import { readFixture } from "./fixtures/read-fixture.ts";
import { hodgesLehmann, hodgesLehmannPaired, hodgesLehmannShift } from "./hodges-lehmann.ts";
import { mannWhitneyU } from "./mann-whitney.ts";
import { wilcoxonSignedRankOfDifferences } from "./wilcoxon.ts";

const { hodgesLehmann: expected } = readFixture();

describe("against NumPy and counted null distributions", () => {
  test("of one sample, n from 3 to 40: estimate, ends and achieved confidence agree", () => {
    for (const { d, estimate, low, high, achieved } of expected.one) {
      const result = hodgesLehmann(d);
      expect(result.estimate).toBeCloseTo(estimate, 13);
      expect(result.low).toBeCloseTo(low, 13);
      expect(result.high).toBeCloseTo(high, 13);
      expect(result.achievedConfidence).toBeCloseTo(achieved, 13);
    }
  });

  test("of two samples, 7 to 35 values: the same", () => {
    for (const { a, b, estimate, low, high, achieved } of expected.two) {
      const result = hodgesLehmannShift(a, b);
      expect(result.estimate).toBeCloseTo(estimate, 13);
      expect(result.low).toBeCloseTo(low, 13);
      expect(result.high).toBeCloseTo(high, 13);
      expect(result.achievedConfidence).toBeCloseTo(achieved, 13);
    }
  });
});

test("by hand: of 1, 2, 6 the Walsh averages are 1, 1.5, 2, 3.5, 4, 6, their median 2.75", () => {
  const result = hodgesLehmann([6, 1, 2]);
  expect(result).toMatchObject({ estimate: 2.75, low: 1, high: 6, achievedConfidence: 0.75 });
  expect(result.warnings).toEqual(["n = 3 is too small for 95 % confidence: this is the widest interval, of 75 %"]);
});

test("the interval holds the shifts that the signed-rank test does not reject: inside its ends p > 0.05, outside p ≤ 0.05", () => {
  const rng = new Rng(21, "test");
  for (const n of [6, 9, 14, 25]) {
    const d = Array.from({ length: n }, () => rng.normal());
    const { low, high } = hodgesLehmann(d);
    const pAt = (shift: number) => wilcoxonSignedRankOfDifferences(d.map((v) => v - shift)).pValue;
    const step = 1e-9;
    expect(Math.min(pAt(low + step), pAt(high - step))).toBeGreaterThan(0.05);
    expect(Math.max(pAt(low - step), pAt(high + step))).toBeLessThanOrEqual(0.05);
  }
});

test("the shift interval is that of Mann and Whitney's test in the same way", () => {
  const rng = new Rng(22, "test");
  for (const [nA, nB] of [
    [4, 4],
    [5, 9],
    [15, 12],
  ]) {
    const a = Array.from({ length: nA }, () => rng.normal());
    const b = Array.from({ length: nB }, () => rng.normal());
    const { low, high } = hodgesLehmannShift(a, b);
    const pAt = (shift: number) =>
      mannWhitneyU(
        a.map((v) => v - shift),
        b,
      ).pValue;
    const step = 1e-9;
    expect(Math.min(pAt(low + step), pAt(high - step))).toBeGreaterThan(0.05);
    expect(Math.max(pAt(low - step), pAt(high + step))).toBeLessThanOrEqual(0.05);
  }
});

test("from 201 differences the normal interval takes over, and leaves the exact one of 200 by less than 0.03 deviations", () => {
  // At n = 200 the ends are order statistics 8,445 of 20,100 exactly, 8,443 by the approximation; one value more moves little.
  const rng = new Rng(23, "test");
  const d = Array.from({ length: 201 }, () => rng.normal());
  const normal = hodgesLehmann(d);
  const exact = hodgesLehmann(d.slice(1));
  expect([normal.method, exact.method]).toEqual(["normal", "exact"]);
  expect(Math.abs(normal.low - exact.low)).toBeLessThan(0.03);
  expect(Math.abs(normal.high - exact.high)).toBeLessThan(0.03);
});

test("one difference: the interval is the value itself, of no confidence, with a warning", () => {
  expect(hodgesLehmann([3])).toMatchObject({ estimate: 3, low: 3, high: 3, achievedConfidence: 0 });
});

test("mistakes are named", () => {
  expect(() => hodgesLehmann([1, Number.NaN])).toThrow("hodgesLehmann: differences[1] is NaN");
  expect(() => hodgesLehmann([1], { confidence: 1 })).toThrow("confidence must be in (0, 1), got 1");
  expect(() => hodgesLehmannPaired([1, 2], [1])).toThrow("hodgesLehmannPaired: paired samples must be of equal length");
  expect(() => hodgesLehmann(new Array(4000).fill(1))).toThrow("works to 8000000 pairwise combinations, got 8002000");
});
