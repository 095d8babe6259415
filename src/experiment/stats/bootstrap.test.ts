import { describe, expect, test } from "vitest";
import { mean, median, Rng, standardDeviation } from "../../base/index.ts";
import { bcaLevels, bootstrapInterval, bootstrapIntervalOfRows, quantile } from "./bootstrap.ts";
import { readFixture, relativeError } from "./fixtures/read-fixture.ts";
import { kendallTauB } from "./kendall.ts";

const { bootstrap: scipy, bootstrapCoverage: coverage } = readFixture();
const statistics = { mean, median, deviation: standardDeviation };

describe("against SciPy", () => {
  test("given one bootstrap distribution, BCa's and the percentile ends agree to 1e-12", () => {
    for (const { x, statistic, distribution, ends } of scipy) {
      const of = statistics[statistic];
      const sorted = Float64Array.from(distribution).sort();
      const jackknife = Float64Array.from(x, (_, i) => of(x.filter((_, j) => j !== i)));
      for (const confidence of [0.9, 0.95]) {
        const levels = bcaLevels(sorted, of(x), jackknife, confidence) ?? [Number.NaN, Number.NaN];
        const plain = [(1 - confidence) / 2, (1 + confidence) / 2];
        for (const end of [0, 1]) {
          expect(relativeError(quantile(sorted, levels[end]), ends[`bca ${confidence}`][end])).toBeLessThan(1e-12);
          expect(relativeError(quantile(sorted, plain[end]), ends[`percentile ${confidence}`][end])).toBeLessThan(
            1e-12,
          );
        }
      }
    }
  });

  test("with 20,000 resamples of its own, an end lies within 0.1 standard errors of SciPy's from 100,000", () => {
    // Of 20 values and more, whose resamples are dense. A 2.5 % quantile of 20,000 normal draws has a standard error of
    // 0.019 deviations; BCa reads further out, up to twice that.
    for (const { x, statistic, manyDraws, standardError } of scipy.filter((c) => c.x.length >= 20)) {
      const result = bootstrapInterval(x, statistics[statistic], { resamples: 20_000, seed: 5 });
      expect(Math.abs(result.low - manyDraws[0])).toBeLessThan(0.1 * standardError);
      expect(Math.abs(result.high - manyDraws[1])).toBeLessThan(0.1 * standardError);
      expect(relativeError(result.standardError, standardError)).toBeLessThan(0.03);
    }
  });
});

const twenty = Array.from({ length: 20 }, (_, i) => (i * i) % 23);

test("the same seed gives the same bits, another seed another interval around the same estimate", () => {
  const first = bootstrapInterval(twenty, mean, { seed: 1 });
  expect(bootstrapInterval(Float64Array.from(twenty), mean, { seed: 1 })).toEqual(first);
  const second = bootstrapInterval(twenty, mean, { seed: 2 });
  expect(second.low).not.toBe(first.low);
  expect(second.estimate).toBe(first.estimate);
});

test("an affine map of the values maps the percentile interval", () => {
  // Powers of two, so that the map is exact and the order of the resamples untouched.
  const plain = bootstrapInterval(twenty, median, { method: "percentile" });
  const mapped = bootstrapInterval(
    twenty.map((v) => 4 * v + 8),
    median,
    { method: "percentile" },
  );
  expect([mapped.low, mapped.high]).toEqual([4 * plain.low + 8, 4 * plain.high + 8]);
});

test("one value: the ends are NaN and the warning says why", () => {
  const result = bootstrapInterval([0.7]);
  expect(result).toMatchObject({ estimate: 0.7, low: Number.NaN, high: Number.NaN, n: 1 });
  expect(result.warnings).toEqual(["one value says nothing about spread: the interval is NaN"]);
});

test("equal values: no width, with a warning, and 3 values warn of too narrow an interval", () => {
  const result = bootstrapInterval([2, 2, 2]);
  expect(result).toMatchObject({ estimate: 2, low: 2, high: 2, standardError: 0 });
  expect(result.warnings).toEqual([
    "a bootstrap of 3 values is too narrow for its 0.95 confidence",
    "every resample gave the same statistic: the interval has no width",
  ]);
});

test("where no resample passes the estimate, BCa gives way to the percentile interval and says so", () => {
  // The number of repeats is 0 for the values themselves and, in 2,000 resamples of 20, always above.
  const repeats = (sample: ArrayLike<number>) => Array.from(sample).length - new Set(Array.from(sample)).size;
  const result = bootstrapInterval(
    twenty.map((_, i) => i),
    repeats,
  );
  expect(result.method).toBe("percentile");
  expect(result.warnings).toEqual([
    "the estimate lies outside its resamples, where BCa is not defined: this is the percentile interval",
  ]);
});

test("rows are drawn whole: Kendall's tau of (x, 2x) is 1 in every resample", () => {
  const rows = twenty.map((x) => ({ x, y: 2 * x }));
  const tau = (sample: readonly { x: number; y: number }[]) =>
    kendallTauB(
      sample.map((row) => row.x),
      sample.map((row) => row.y),
    ).tau;
  expect(bootstrapIntervalOfRows(rows, tau)).toMatchObject({ estimate: 1, low: 1, high: 1 });
});

test("mistakes are named", () => {
  expect(() => bootstrapInterval([])).toThrow("bootstrapInterval: values must hold at least 1 value(s), got 0");
  expect(() => bootstrapInterval([1, Number.NaN])).toThrow("bootstrapInterval: values[1] is NaN");
  expect(() => bootstrapInterval([1, 2], mean, { confidence: 95 })).toThrow("confidence must be in (0, 1), got 95");
  expect(() => bootstrapInterval([1, 2], mean, { resamples: 10 })).toThrow(
    "resamples must be an integer ≥ 100, got 10",
  );
  expect(() => bootstrapInterval([1, 2], () => Number.NaN)).toThrow(
    "the statistic must be a finite number for every resample, got NaN for the values themselves",
  );
  expect(() => bootstrapIntervalOfRows([], () => 0)).toThrow("rows must hold at least 1 row, got 0");
});

describe("coverage of 95 % BCa intervals of the mean of 20 values, 400 resamples", () => {
  // NumPy's 8,000 studies cover the mean near 91 % (exponential) and 92 % (normal) of the time: 20 values are few, and the
  // bootstrap uses z where t is due. Four standard errors of such a share in 1,000 studies are 0.037.
  const draws = {
    // Half the sum of two squared normals is exponential with mean 1.
    exponential: { mean: 1, draw: (rng: Rng) => (rng.normal() ** 2 + rng.normal() ** 2) / 2 },
    normal: { mean: 0, draw: (rng: Rng) => rng.normal() },
  };
  for (const name of ["exponential", "normal"] as const) {
    test(`${name}: 1,000 studies cover the mean as often as NumPy's, to 0.037`, () => {
      const rng = new Rng(14, "test");
      let covered = 0;
      for (let study = 0; study < 1000; study++) {
        const values = Array.from({ length: 20 }, () => draws[name].draw(rng));
        const { low, high } = bootstrapInterval(values, mean, { resamples: 400, seed: study });
        if (low <= draws[name].mean && draws[name].mean <= high) covered++;
      }
      expect(Math.abs(covered / 1000 - coverage[name])).toBeLessThan(0.037);
    });
  }
});
