/** Sums in float64 whose order, and so whose bits, depend on the data alone. */

/**
 * Neumaier's compensated sum: the rounding error of each addition is carried in a second number.
 *
 * @param values  any length; the empty sum is 0
 * @returns       the sum, with an error of one rounding for all but ill-conditioned inputs; NaN and infinities propagate
 */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const next = total + value;
    // The smaller operand is the one that loses digits.
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  // An infinite total makes `lost` NaN; the total alone is then the answer.
  return Number.isFinite(total) ? total + lost : total;
}

/** Arithmetic mean by compensated sum; NaN for no values. */
export function mean(values: ArrayLike<number>): number {
  return sum(values) / values.length;
}

/** Sample standard deviation (divisor n - 1), two passes; NaN for fewer than two values. */
export function standardDeviation(values: ArrayLike<number>): number {
  const n = values.length;
  if (n < 2) return Number.NaN;
  const centre = mean(values);
  const squares = new Float64Array(n);
  for (let i = 0; i < n; i++) squares[i] = (values[i] - centre) ** 2;
  return Math.sqrt(sum(squares) / (n - 1));
}

/** Median: the mean of the two middle values for even n; NaN for no values, or where one is NaN. */
export function median(values: ArrayLike<number>): number {
  const n = values.length;
  if (n === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  if (Number.isNaN(sorted[n - 1])) return Number.NaN; // NaN sorts last
  const middle = n >> 1;
  return n % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
