/** Spearman's rank correlation of two maps, ties at their average rank. */

/** Ranks from 1, ties at their average. */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  // Numbers sort much faster than places do, and a rank is then found by halving.
  const sorted = Float64Array.from(values).sort();
  const place = (wanted: (value: number) => boolean): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (wanted(sorted[middle])) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return Float64Array.from(values, (value) => {
    return (place((other) => other >= value) + place((other) => other > value) + 1) / 2;
  });
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
