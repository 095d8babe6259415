/**
 * Bootstrap confidence intervals, percentile and BCa (bias-corrected and accelerated), from a seeded stream.
 *
 * The same values, statistic, resamples and seed give the same bits on every machine.
 */

import { InputError, mean, Rng, standardDeviation, sum } from "../../base/index.ts";
import { normalCdf, normalQuantile } from "./distributions.ts";
import { checkChoice, checkFraction, checkSample } from "./sample.ts";

export interface BootstrapOptions {
  /** Nominal coverage in (0, 1). Default 0.95. */
  readonly confidence?: number;
  /** Number of resamples, at least 100. Default 2000. */
  readonly resamples?: number;
  /** Default "bca". */
  readonly method?: "bca" | "percentile";
  /** Names the stream of random numbers. Default 0. */
  readonly seed?: number;
}

export interface BootstrapInterval {
  /** The statistic of the values themselves. */
  readonly estimate: number;
  /** Lower end; NaN where there is one value only. */
  readonly low: number;
  /** Upper end; NaN where there is one value only. */
  readonly high: number;
  /** Standard deviation of the statistic over the resamples; NaN where there is one value only. */
  readonly standardError: number;
  readonly n: number;
  readonly confidence: number;
  /** What was done: BCa falls back to percentile where its correction is not defined, with a warning. */
  readonly method: "bca" | "percentile";
  readonly resamples: number;
  readonly seed: number;
  readonly warnings: readonly string[];
}

/**
 * A bootstrap interval for a statistic of one sample (for pairs: of their differences).
 *
 * @param values     n ≥ 1 finite numbers; one value gives NaN ends, n equal values an interval of no width, each with a
 *                   warning. Below about 10 values any bootstrap interval is too narrow, which is warned of.
 * @param statistic  of n values (n - 1 for BCa's jackknife); default the mean
 * @throws InputError  for no values, a value or a statistic that is not finite, confidence outside (0, 1), or fewer than
 *                     100 resamples
 * @see Efron 1987, "Better bootstrap confidence intervals", JASA 82(397); percentiles interpolate linearly between order
 *      statistics, as NumPy's default does
 */
export function bootstrapInterval(
  values: ArrayLike<number>,
  statistic: (sample: Float64Array) => number = mean,
  options: BootstrapOptions = {},
): BootstrapInterval {
  checkSample("bootstrapInterval", "values", values);
  const sample = (indices: Uint32Array) => {
    const drawn = new Float64Array(indices.length);
    for (let i = 0; i < drawn.length; i++) drawn[i] = values[indices[i]];
    return drawn;
  };
  return resample("bootstrapInterval", values.length, (indices) => statistic(sample(indices)), options);
}

/**
 * A bootstrap interval for a statistic of whole rows, drawn with replacement: of Kendall's tau over (x, y), for one.
 *
 * @param rows       n ≥ 1 rows
 * @param statistic  of n rows (n - 1 for BCa's jackknife); must be finite for every resample
 * @throws InputError  as `bootstrapInterval`
 */
export function bootstrapIntervalOfRows<Row>(
  rows: readonly Row[],
  statistic: (sample: readonly Row[]) => number,
  options: BootstrapOptions = {},
): BootstrapInterval {
  const where = "bootstrapIntervalOfRows";
  if (rows.length < 1) throw new InputError(`${where}: rows must hold at least 1 row, got 0`);
  const sample = (indices: Uint32Array) => Array.from(indices, (i) => rows[i]);
  return resample(where, rows.length, (indices) => statistic(sample(indices)), options);
}

function resample(
  where: string,
  n: number,
  evaluate: (indices: Uint32Array) => number,
  { confidence = 0.95, resamples = 2000, method = "bca", seed = 0 }: BootstrapOptions,
): BootstrapInterval {
  checkChoice(where, "method", method, ["bca", "percentile"]);
  checkFraction(where, "confidence", confidence);
  if (!Number.isInteger(resamples) || resamples < 100) {
    throw new InputError(`${where}: resamples must be an integer ≥ 100, got ${resamples}`);
  }
  const finite = (indices: Uint32Array, what: string): number => {
    const value = evaluate(indices);
    if (Number.isFinite(value)) return value;
    throw new InputError(
      `${where}: the statistic must be a finite number for every resample, got ${value} for ${what}`,
    );
  };
  const all = Uint32Array.from({ length: n }, (_, i) => i);
  const estimate = finite(all, "the values themselves");
  const base = { estimate, n, confidence, resamples, seed } as const;
  if (n === 1) {
    const warnings = ["one value says nothing about spread: the interval is NaN"];
    return { ...base, low: Number.NaN, high: Number.NaN, standardError: Number.NaN, method, warnings };
  }
  const rng = new Rng(seed, "bootstrap");
  const indices = new Uint32Array(n);
  const distribution = new Float64Array(resamples);
  for (let draw = 0; draw < resamples; draw++) {
    for (let i = 0; i < n; i++) indices[i] = rng.integer(n);
    distribution[draw] = finite(indices, `resample ${draw}`);
  }
  distribution.sort();
  const warnings = n < 10 ? [`a bootstrap of ${n} values is too narrow for its ${confidence} confidence`] : [];
  if (distribution[0] === distribution[resamples - 1]) {
    warnings.push("every resample gave the same statistic: the interval has no width");
    return { ...base, low: estimate, high: estimate, standardError: 0, method, warnings };
  }
  const leftOut = () =>
    Float64Array.from(all, (i) =>
      finite(
        all.filter((j) => j !== i),
        `the values without number ${i}`,
      ),
    );
  const levels =
    method === "bca" ? bcaLevels(distribution, estimate, leftOut(), confidence) : percentileLevels(confidence);
  if (levels === undefined) {
    warnings.push("the estimate lies outside its resamples, where BCa is not defined: this is the percentile interval");
  }
  const [low, high] = (levels ?? percentileLevels(confidence)).map((level) => quantile(distribution, level));
  const standardError = standardDeviation(distribution);
  return { ...base, low, high, standardError, method: levels === undefined ? "percentile" : method, warnings };
}

function percentileLevels(confidence: number): [number, number] {
  return [(1 - confidence) / 2, (1 + confidence) / 2];
}

/**
 * The two levels at which BCa reads the resamples.
 *
 *     z₀ = Φ⁻¹( share of resamples below the estimate, equal ones counting 1/2 )
 *     a  = Σ d³ / (6 (Σ d²)^{3/2}),   d_i = mean of the jackknife - its i-th value
 *     level(α) = Φ( z₀ + (z₀ + z_α) / (1 - a (z₀ + z_α)) )
 *
 * @param distribution  the statistic of every resample, sorted
 * @param jackknife     the statistic of the n samples that leave one value out
 * @returns             the lower and the upper level, or undefined where z₀ is infinite
 */
export function bcaLevels(
  distribution: Float64Array,
  estimate: number,
  jackknife: Float64Array,
  confidence: number,
): [number, number] | undefined {
  let below = 0;
  for (const value of distribution) below += value < estimate ? 1 : value === estimate ? 0.5 : 0;
  const bias = normalQuantile(below / distribution.length);
  if (!Number.isFinite(bias)) return undefined;
  const centre = mean(jackknife);
  const squares = sum(jackknife.map((value) => (centre - value) * (centre - value)));
  const cubes = sum(jackknife.map((value) => (centre - value) * (centre - value) * (centre - value)));
  const acceleration = squares === 0 ? 0 : cubes / (6 * squares * Math.sqrt(squares));
  const level = (nominal: number) => {
    const shifted = bias + normalQuantile(nominal);
    return normalCdf(bias + shifted / (1 - acceleration * shifted));
  };
  const [low, high] = percentileLevels(confidence);
  return [level(low), level(high)];
}

/**
 * The quantile of sorted values at a level in [0, 1], linear between neighbours: position level (n - 1), as NumPy's default.
 *
 * @param sorted  n ≥ 1 numbers in increasing order
 */
export function quantile(sorted: ArrayLike<number>, level: number): number {
  const position = level * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}
