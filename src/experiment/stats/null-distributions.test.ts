import { expect, test } from "vitest";
import {
  extremeTails,
  inversionsAtMost,
  rankSumDistribution,
  signedRankDistribution,
  tailsAt,
} from "./null-distributions.ts";
import { doubledMidranks, sortedOrder } from "./ranks.ts";

test("equal values share the mean of their places: 10, 20, 20, 30 rank 1, 2.5, 2.5, 4", () => {
  expect([...doubledMidranks([20, 10, 30, 20])]).toEqual([5, 2, 8, 5]);
  expect([...doubledMidranks([0.1 + 0.2, 0.3, 1], 1e-12)]).toEqual([3, 3, 6]);
  expect([...doubledMidranks([])]).toEqual([]);
});

test("equal values keep their order", () => {
  expect([...sortedOrder([2, 1, 2, 1])]).toEqual([1, 3, 0, 2]);
});

test("ranks 1, 2, 3: W+ takes 0, 1, 2, 4, 5, 6 once and 3 twice of 8", () => {
  // Doubled sums; odd ones need a tie.
  const eighths = [...signedRankDistribution([2, 4, 6])].map((p) => 8 * p);
  expect(eighths).toEqual([1, 0, 1, 0, 1, 0, 2, 0, 1, 0, 1, 0, 1]);
  expect(tailsAt(signedRankDistribution([2, 4, 6]), 6)).toEqual({ lower: 5 / 8, upper: 5 / 8 });
});

test("with 50 ranks the smallest probability is exactly 2^-50 and the sum exactly 1", () => {
  const distribution = signedRankDistribution(Float64Array.from({ length: 50 }, (_, i) => 2 * (i + 1)));
  expect(extremeTails(distribution)).toEqual({ lower: 2 ** -50, upper: 2 ** -50 });
  expect(distribution.reduce((s, p) => s + p, 0)).toBe(1);
});

test("2 of the ranks 1, 1, 2.5, 4 ... by hand: the sums 2 ways of 6", () => {
  // Values 1, 2, 2, 3: ranks 1, 2.5, 2.5, 4. Pairs: 3.5 twice, 5 (1 + 4), 5 (2.5 + 2.5), 6.5 twice.
  const sixths = [...rankSumDistribution([2, 5, 5, 8], 2)].map((p) => Math.round(6 * p));
  expect([7, 10, 13].map((s) => sixths[s])).toEqual([2, 2, 2]);
  expect(sixths.reduce((s, p) => s + p, 0)).toBe(6);
});

test("inversions of 4: 1, 3, 5, 6, 5, 3, 1 of 24", () => {
  const cumulative = [1, 4, 9, 15, 20, 23, 24];
  for (const [limit, ways] of cumulative.entries()) expect(inversionsAtMost(4, limit)).toBeCloseTo(ways / 24, 15);
  expect(inversionsAtMost(4, -1)).toBe(0);
});
