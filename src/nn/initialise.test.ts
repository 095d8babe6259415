/** Initial weights: variances, shapes of the distributions, and where their fans come from. */

import { describe, expect, test } from "vitest";
import { Rng } from "../base/index.ts";
import { createReference, Engine } from "../tensor/index.ts";
import { type InitialDistribution, initialDistributions, initialWeights } from "./initialise.ts";
import { type WeightLayerOptions, weightLayer } from "./weight-layer.ts";

const count = 40_000;
const fans = { fanIn: 200, fanOut: 50 };
/** Variance, and fourth moment over squared variance: 3 of a normal, 9/5 of a uniform distribution. */
const expected: Record<InitialDistribution, readonly [variance: number, kurtosis: number]> = {
  "he-normal": [2 / 200, 3],
  "he-uniform": [2 / 200, 1.8],
  "glorot-normal": [2 / 250, 3],
  "glorot-uniform": [2 / 250, 1.8],
  "lecun-normal": [1 / 200, 3],
  "torch-linear": [1 / 600, 1.8],
};
const names = Object.keys(expected) as InitialDistribution[];

function moments(values: Float64Array) {
  const power = (n: number) => values.reduce((total, x) => total + x ** n, 0) / values.length;
  return { mean: power(1), variance: power(2), fourth: power(4) };
}

test("the table has no row that this file does not check", () => {
  expect(Object.keys(initialDistributions)).toEqual(names);
});

describe("40,000 weights of fan-in 200 and fan-out 50 have the mean, variance and fourth moment of", () => {
  test.each(names)("%s, within five standard errors", (name) => {
    const [variance, kurtosis] = expected[name];
    const found = moments(initialWeights(name, count, fans, new Rng(1, "weights")));
    expect(Math.abs(found.mean)).toBeLessThan(5 * Math.sqrt(variance / count));
    // Var(x²) = (kurtosis - 1) variance²; Var(x⁴) is 96 variance⁴ of a normal, below that of a uniform distribution.
    expect(Math.abs(found.variance / variance - 1)).toBeLessThan(5 * Math.sqrt((kurtosis - 1) / count));
    expect(Math.abs(found.fourth / variance ** 2 - kurtosis)).toBeLessThan(5 * Math.sqrt(96 / count));
  });
});

test("torch-linear fills ± 1 / sqrt(200) and never leaves it; he-uniform ± sqrt(6 / 200)", () => {
  for (const [name, limit] of [
    ["torch-linear", 1 / Math.sqrt(200)],
    ["he-uniform", Math.sqrt(6 / 200)],
  ] as const) {
    const largest = Math.max(...initialWeights(name, count, fans, new Rng(2, "weights")).map(Math.abs));
    expect(largest).toBeLessThanOrEqual(limit * (1 + 1e-15));
    expect(largest).toBeGreaterThan(limit * 0.999);
  }
});

test("a layer draws by its own fans, or by those it is given, from a stream of its seed and number", () => {
  const make = (options: Partial<WeightLayerOptions> & { layer?: number }) => {
    const engine = new Engine(createReference("float64"));
    const { layer = 2, ...rest } = options;
    const linear = { kind: "linear", name: "fc", inputs: ["input"], outFeatures: 100, bias: true } as const;
    const described = { layer, name: "fc", kind: "linear", shape: [100, 400], fanIn: 400, fanOut: 100 } as const;
    return weightLayer(engine, linear, described, { seed: 7, ...rest }).weight.variable.get();
  };
  expect(moments(make({})).variance / (2 / 400)).toBeCloseTo(1, 1);
  // The same draws, scaled: two nets to be compared share one distribution.
  const given = make({ initialFans: { fanIn: 100, fanOut: 100 } });
  const nominal = make({});
  expect(Math.max(...given.map((x, i) => Math.abs(x - 2 * nominal[i])))).toBeLessThan(1e-15);
  expect(make({})).toEqual(make({}));
  expect(make({ seed: 8 })[0]).not.toBe(make({})[0]);
  expect(make({ layer: 3 })[0]).not.toBe(make({})[0]);
});

test("unknown names and fans below 1 are refused", () => {
  const rng = new Rng(1, "weights");
  expect(() => initialWeights("he-norml" as InitialDistribution, 1, fans, rng)).toThrow(
    'initialWeights: unknown initial distribution "he-norml"; known: he-normal, he-uniform, glorot-normal, ' +
      "glorot-uniform, lecun-normal, torch-linear. Did you mean he-normal?",
  );
  expect(() => initialWeights("valueOf" as InitialDistribution, 1, fans, rng)).toThrow(
    'initialWeights: unknown initial distribution "valueOf"',
  );
  expect(() => initialWeights("he-normal", 1, { fanIn: 0, fanOut: 3 }, rng)).toThrow(
    "initialWeights: fans must be at least 1, got fanIn 0 and fanOut 3",
  );
});
