import fc from "fast-check";
import { expect, test } from "vitest";
import { cliffsDelta, cohenD, cohenDPaired, rankBiserial } from "./effect-size.ts";
import { mannWhitneyU } from "./mann-whitney.ts";
import { wilcoxonSignedRankOfDifferences } from "./wilcoxon.ts";

test("Cliff's delta by hand: of 6 pairs 4 are above, 1 below, 1 equal: 1/2, which is large", () => {
  // a = 2, 5, b = 1, 2, 3: 2>1, 2=2, 2<3, 5>1, 5>2, 5>3.
  expect(cliffsDelta([2, 5], [1, 2, 3])).toEqual({ delta: 0.5, magnitude: "large", nA: 2, nB: 3 });
  expect(cliffsDelta([1, 2], [1, 2])).toMatchObject({ delta: 0, magnitude: "negligible" });
});

test("Cliff's delta is 2 U / (nA nB) - 1, and turns its sign when the samples are swapped", () => {
  const sample = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 15 });
  fc.assert(
    fc.property(sample, sample, (a, b) => {
      const { delta } = cliffsDelta(a, b);
      expect(delta).toBeCloseTo(
        (2 * mannWhitneyU(a, b, { method: "normal" }).statistic) / (a.length * b.length) - 1,
        12,
      );
      expect(cliffsDelta(b, a).delta + delta).toBeCloseTo(0, 15);
    }),
  );
});

test("rank-biserial: W+ = 12 of 15 gives 3/5; nothing but zeros gives 0", () => {
  expect(rankBiserial(wilcoxonSignedRankOfDifferences([-1, -2, 3, 4, 5]))).toBeCloseTo(0.6, 15);
  expect(rankBiserial(wilcoxonSignedRankOfDifferences([0, 0]))).toBe(0);
});

test("paired d of differences 1, 2, 3 is 2: their mean over their deviation", () => {
  expect(cohenDPaired([2, 4, 6], [1, 2, 3])).toBeCloseTo(2, 15);
});

test("independent d by hand: means 2 and 5, variances 1 and 1: -3", () => {
  expect(cohenD([1, 2, 3], [4, 5, 6])).toBeCloseTo(-3, 15);
});

test("differences that are constant but for float noise have no d", () => {
  expect(cohenDPaired([0.91, 0.35], [0.9, 0.34])).toBeNaN();
  expect(cohenD([1, 1], [2, 2])).toBeNaN();
});

test("mistakes are named", () => {
  expect(() => cliffsDelta([], [1])).toThrow("cliffsDelta: a must hold at least 1 value(s), got 0");
  expect(() => cohenD([1], [1, 2])).toThrow("cohenD: a must hold at least 2 value(s), got 1");
  expect(() => cohenDPaired([1, 2], [1])).toThrow("cohenDPaired: paired samples must be of equal length, got 2 and 1");
});
