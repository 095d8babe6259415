/** Ranks with ties: equal values share the mean of their places. Doubled, so that every rank is an integer. */

/**
 * Twice the mid-ranks of the values, smallest first: 2 for a lone smallest value, 3 for two that share places 1 and 2.
 *
 * @param values     n finite numbers
 * @param tolerance  neighbours in sorted order no further apart than this are ties; 0: equal values only. Ties are
 *                   found by gaps and not on a grid, so noise cannot fall on two sides of a grid line.
 * @returns          n integers in [2, 2n], in the order of the values; their sum is n (n + 1)
 */
export function doubledMidranks(values: ArrayLike<number>, tolerance = 0): Float64Array {
  const n = values.length;
  const order = sortedOrder(values);
  const ranks = new Float64Array(n);
  for (let start = 0; start < n; ) {
    let end = start + 1;
    while (end < n && values[order[end]] - values[order[end - 1]] <= tolerance) end++;
    // Places start + 1 ... end share their mean, (start + 1 + end) / 2.
    for (let i = start; i < end; i++) ranks[order[i]] = start + 1 + end;
    start = end;
  }
  return ranks;
}

/** The indices of the values in increasing order of value; equal values keep their order. */
export function sortedOrder(values: ArrayLike<number>): Uint32Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i);
  return order.sort((i, j) => values[i] - values[j] || i - j);
}
