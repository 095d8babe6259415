/**
 * The k-th largest of an array, in place: quickselect with Hoare's partition, which spreads equal numbers over both sides, so
 * that gradients, of which many are 0, cost no more than others.
 */

/**
 * The k-th largest number; the array is left in another order. Expected time O(n).
 *
 * @param values  none of them NaN
 * @param k       in [1, values.length]
 */
export function kthLargestOf(values: Float64Array, k: number): number {
  let low = 0;
  let high = values.length - 1;
  // In increasing order, the k-th largest has this place.
  const place = values.length - k;
  while (low < high) {
    const pivot = median(values[low], values[(low + high) >> 1], values[high]);
    let [below, above] = [low, high];
    while (below <= above) {
      while (values[below] < pivot) below++;
      while (values[above] > pivot) above--;
      if (below > above) break;
      const swapped = values[below];
      values[below++] = values[above];
      values[above--] = swapped;
    }
    // Up to `above` none is larger than the pivot, from `below` on none is smaller; between them all are equal to it.
    if (place <= above) high = above;
    else if (place >= below) low = below;
    else return pivot;
  }
  return values[low];
}

function median(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
