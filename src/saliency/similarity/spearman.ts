/** Spearman's rank correlation of two maps, ties at their average rank. */

/** Ranks from 1, ties at their average. */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const ranks = new Float64Array(values.length);
  for (let begin = 0; begin < order.length; ) {
    let end = begin + 1;
    while (end < order.length && values[order[end]] === values[order[begin]]) end += 1;
    for (let i = begin; i < end; i++) ranks[order[i]] = (begin + end + 1) / 2;
    begin = end;
  }
  return ranks;
}

/** The correlation of the ranks, in [-1, 1]; NaN where a map is constant or holds a NaN. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  for (let i = 0; i < a.length; i++) if (Number.isNaN(a[i]) || Number.isNaN(b[i])) return Number.NaN;
  const [x, y] = [averageRanks(a), averageRanks(b)];
  const centre = (a.length + 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i] - centre, y[i] - centre];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xx === 0 || yy === 0 ? Number.NaN : xy / Math.sqrt(xx * yy);
}
