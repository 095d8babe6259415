/** A mean over seeds with its interval, as every table of this study gives it. */

import { mean } from "../../base/index.ts";
import { bootstrapInterval } from "../../experiment/index.ts";

export interface Estimate {
  readonly mean: number;
  /** 95 % bootstrap interval (BCa); NaN for one value. */
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** Of the finite values; NaN throughout where there are none. */
export function estimateOf(values: readonly number[]): Estimate {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return { mean: Number.NaN, low: Number.NaN, high: Number.NaN, n: 0 };
  const { estimate, low, high, n } = bootstrapInterval(finite, mean);
  return { mean: estimate, low, high, n };
}

/** With the names of the exports. */
export function estimateJson({ mean: estimate, low, high, n }: Estimate): object {
  return { mean: estimate, n, interval: { low, high, confidence: 0.95, method: "bootstrap BCa" } };
}
