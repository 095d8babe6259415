/**
 * Shares of counts as whole numbers. A product that is an integer but for rounding errors counts as that integer: 0.29 of 100
 * is 29, though 0.29 * 100 is 28.999999999999996, and 1 - 0.9 of 10 is 1.
 */

/** What a share may be off by from two roundings, such as 1 - 0.9 has: 2^-52 of the count, and as much again for the product. */
const shareError = 2 ** -51;
/** Relative error of a number from some dozen operations. */
const relativeError = 2 ** -48;

function nearInteger(value: number, error: number): number | undefined {
  const whole = Math.round(value);
  return Math.abs(value - whole) <= error ? whole : undefined;
}

/** The largest integer that is not above `share` of `count`. */
export function shareDown(share: number, count: number): number {
  return nearInteger(share * count, shareError * count) ?? Math.floor(share * count);
}

/** The smallest integer that is not below `share` of `count`. */
export function shareUp(share: number, count: number): number {
  return nearInteger(share * count, shareError * count) ?? Math.ceil(share * count);
}

/**
 * Whole numbers near given ones with a given sum: rounded down, then one more for those with the largest remainders, the
 * earlier of equals first.
 *
 * @param wanted  ≥ 0; their sum is `total` but for rounding errors
 * @param total   an integer
 */
export function roundToTotal(wanted: readonly number[], total: number): number[] {
  const counts = wanted.map((value) => nearInteger(value, relativeError * Math.max(1, value)) ?? Math.floor(value));
  const missing = total - counts.reduce((a, b) => a + b, 0);
  if (missing < 0 || missing > wanted.length) {
    throw new Error(`internal: roundToTotal cannot reach ${total} from ${wanted.join(", ")}`);
  }
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[b] - counts[b] - (wanted[a] - counts[a]) || a - b);
  for (const i of order.slice(0, missing)) counts[i]++;
  return counts;
}
