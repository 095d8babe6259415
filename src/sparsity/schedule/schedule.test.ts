/** Schedules against worked numbers: drop fractions, update steps, gradual pruning, rounds. */

import { describe, expect, test } from "vitest";
import { InputError } from "../../base/index.ts";
import { density, sparsity } from "../density.ts";
import type { DropFractionName } from "./drop-fraction.ts";
import { dropFraction } from "./drop-fraction.ts";
import { cubicSparsity, densityAfterRound, densityAfterRounds } from "./pruning.ts";
import { isUpdateStep } from "./update-steps.ts";

describe("the drop fraction", () => {
  test.each([
    [0, 0.3],
    [25_000, 0.225],
    [37_500, 0.15],
    [50_000, 0.075],
    [75_000, 0],
    [90_000, 0],
  ])("by cosine from .3 to step 75,000 is at step %d %d", (step, fraction) => {
    expect(dropFraction({ name: "cosine", initial: 0.3, until: 75_000 }, step)).toBeCloseTo(fraction, 14);
  });

  test("of sparse momentum falls from .5 over .2525 to .005", () => {
    const at = (step: number) => dropFraction({ name: "cosine", initial: 0.5, final: 0.005, until: 100 }, step);
    expect([at(0), at(100)]).toEqual([0.5, 0.005]);
    expect(at(50)).toBeCloseTo(0.2525, 14);
  });

  test("by power 3 is at half the time an eighth of .4, by power 1 half, by power 0.5 sqrt(1/2) of it", () => {
    const half = (exponent: number) => dropFraction({ name: "power", initial: 0.4, exponent, until: 10 }, 5);
    expect(half(3)).toBeCloseTo(0.05, 14);
    expect(half(1)).toBeCloseTo(0.2, 14);
    expect(half(0.5)).toBeCloseTo(0.4 * Math.sqrt(0.5), 14);
    expect(dropFraction({ name: "power", initial: 0.4, exponent: 0.5, until: 10 }, 10)).toBe(0);
  });

  test("that is constant is .3 at step 0 and at step 1,000,000", () => {
    expect([0, 1e6].map((step) => dropFraction({ name: "constant", initial: 0.3, until: 10 }, step))).toEqual([
      0.3, 0.3,
    ]);
  });

  const fine = { name: "cosine", initial: 0.3, until: 10 } as const;
  test.each([
    [{ ...fine, name: "cosin" as DropFractionName }, 0, /unknown drop fraction "cosin".*Did you mean cosine\?/],
    [{ ...fine, initial: 1.5 }, 0, /^dropFraction: initial must be in \[0, 1\], got 1.5$/],
    [{ ...fine, final: 0.4 }, 0, /^dropFraction: final must be in \[0, 0.3\], got 0.4$/],
    [{ ...fine, exponent: -1 }, 0, /^dropFraction: exponent must be a number ≥ 0, got -1$/],
    [{ ...fine, until: 0 }, 0, /^dropFraction: until must be ≥ 1, got 0$/],
    [fine, -1, /^dropFraction: step must be ≥ 0, got -1$/],
  ])("of %j at step %d is refused", (options, step, message) => {
    expect(() => dropFraction(options, step)).toThrow(message);
  });
});

describe("updates", () => {
  const steps = (of: Parameters<typeof isUpdateStep>[1], upTo: number) =>
    Array.from({ length: upTo }, (_, step) => step).filter((step) => isUpdateStep(step, of));
  test("every 100 steps until step 400 come at 100, 200 and 300; from 0 also at 0", () => {
    expect(steps({ every: 100, until: 400 }, 1000)).toEqual([100, 200, 300]);
    expect(steps({ every: 100, until: 400, from: 0 }, 1000)).toEqual([0, 100, 200, 300]);
  });
  test("without end go on, and from step 250 begin at 300", () => {
    expect(steps({ every: 100, from: 250 }, 501)).toEqual([300, 400, 500]);
  });
  test("every 0 steps are refused", () => {
    expect(() => isUpdateStep(1, { every: 0 })).toThrow(
      new InputError("isUpdateStep: every must be an integer ≥ 1, got 0"),
    );
  });
});

describe("gradual pruning", () => {
  test.each([
    [0, 0],
    [3000, 0],
    [3100, 0.06948],
    [4000, 0.54922],
    [5000, 0.83125],
    [6000, 0.93516],
    [7000, 0.95],
    [11_719, 0.95],
  ])("to .95 over steps 3000 to 7000 is at step %d at %d", (step, expected) => {
    expect(cubicSparsity({ final: sparsity(0.95), from: 3000, until: 7000 }, step)).toBeCloseTo(expected, 5);
  });
  test("from .5 to .9 is half way at .85, and ends at exactly .9", () => {
    const options = { initial: sparsity(0.5), final: sparsity(0.9), from: 0, until: 10 };
    expect(cubicSparsity(options, 5)).toBeCloseTo(0.85, 14);
    expect(cubicSparsity(options, 10)).toBe(0.9);
  });
  test("that ends before it begins, or ends denser, is refused", () => {
    expect(() => cubicSparsity({ final: sparsity(0.9), from: 10, until: 10 }, 0)).toThrow(
      new InputError("cubicSparsity: until must be after from, 10, got 10"),
    );
    expect(() => cubicSparsity({ initial: sparsity(0.95), final: sparsity(0.9), from: 0, until: 9 }, 0)).toThrow(
      new InputError("cubicSparsity: final must be at least the initial sparsity, 0.95, got 0.9"),
    );
  });
});

describe("rounds", () => {
  test("to .01 in 4 leave 1, .316, .1, .0316 and exactly .01", () => {
    const left = [0, 1, 2, 3, 4].map((round) => densityAfterRound(density(0.01), round, 4));
    expect(left[0]).toBe(1);
    expect(left[1]).toBeCloseTo(Math.sqrt(0.1), 14);
    expect(left[2]).toBeCloseTo(0.1, 14);
    expect(left[3]).toBeCloseTo(0.1 * Math.sqrt(0.1), 14);
    expect(left[4]).toBe(0.01);
  });
  test("of 20 % each leave .8, .64, .512; after 0 everything is left", () => {
    expect(densityAfterRounds(sparsity(0.2), 0)).toBe(1);
    [0.8, 0.64, 0.512].forEach((left, i) => {
      expect(densityAfterRounds(sparsity(0.2), i + 1)).toBeCloseTo(left, 14);
    });
  });
  test.each([
    [() => densityAfterRound(density(0), 1, 2), "densityAfterRound: final must be above 0, got 0"],
    [() => densityAfterRound(density(0.1), 3, 2), "densityAfterRound: round must be an integer in [0, 2], got 3"],
    [() => densityAfterRound(density(0.1), 0, 0), "densityAfterRound: rounds must be an integer ≥ 1, got 0"],
    [() => densityAfterRounds(sparsity(0.2), -1), "densityAfterRounds: rounds must be an integer ≥ 0, got -1"],
  ])("%#: %s", (call, message) => {
    expect(call).toThrow(new InputError(message));
  });
});
