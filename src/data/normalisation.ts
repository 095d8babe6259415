/**
 * Normalisation as a scale and a shift per feature, measured on the training split alone:
 *
 *     normalised = value * scale + shift
 *
 * Sums run in float64 in a fixed order, so that the same data give the same bits everywhere; those of bytes are exact,
 * being taken over a histogram.
 */

import { sizeOf, sum, unknownName } from "../base/index.ts";
import type { Dataset } from "./dataset.ts";

export const normalisations = ["none", "unit", "standard", "standard-per-feature"] as const;
export type Normalisation = (typeof normalisations)[number];

/** Two arrays of [F]: `normalised = value * scale + shift`. */
export interface ScaleAndShift {
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

/**
 * Scale and shift of every feature.
 *
 * - `none`: 1 and 0.
 * - `unit`: to [0, 1]. Where the format has a range ([0, 255] for images, [0, 16] for digits) that range, else the
 *   feature's own minimum and maximum on the training split.
 * - `standard`: mean 0 and standard deviation 1 (divisor n) over each channel of an image, over each feature of a table.
 * - `standard-per-feature`: the same over each feature, for images too.
 *
 * A group (channel or feature) that never varies on the training split says nothing: it gets scale 0 and shift 0, so it is 0 for
 * the network, on the test split as well, rather than an arbitrary constant or a division by zero.
 *
 * @param dataset  what `loadDataset` returned
 * @param kind     one of `normalisations`
 * @returns        two float32 arrays of [F]
 * @throws InputError  for an unknown kind
 */
export function normalisation(dataset: Dataset, kind: Normalisation): ScaleAndShift {
  const { features, featureShape, valueRange } = dataset;
  const scale = new Float32Array(features);
  const shift = new Float32Array(features);
  switch (kind) {
    case "none":
      scale.fill(1);
      break;
    case "unit":
      if (valueRange !== undefined) setGroup(0, features, valueRange[0], valueRange[1] - valueRange[0]);
      else for (const { first, low, high } of measure(dataset, 1)) setGroup(first, 1, low, high - low);
      break;
    case "standard":
    case "standard-per-feature": {
      const size = kind === "standard" && featureShape.length === 3 ? sizeOf(featureShape.slice(1)) : 1;
      for (const { first, mean, deviation } of measure(dataset, size)) setGroup(first, size, mean, deviation);
      break;
    }
    default:
      kind satisfies never;
      throw unknownName("normalisation", "kind", kind, normalisations);
  }
  return { scale, shift };

  function setGroup(first: number, size: number, centre: number, width: number): void {
    if (width === 0) return;
    scale.fill(1 / width, first, first + size);
    // -0 would be the shift of a centre of 0.
    shift.fill(centre === 0 ? 0 : -centre / width, first, first + size);
  }
}

/** What the training split says of a group of neighbouring features. A constant group has deviation 0 exactly. */
interface Measured {
  first: number;
  low: number;
  high: number;
  mean: number;
  /** Divisor n. */
  deviation: number;
}

/** Measures the groups of `size` features, in order. */
function measure({ train, features }: Dataset, size: number): Measured[] {
  const { values, count } = train;
  return values instanceof Uint8Array
    ? measureBytes(values, features, size)
    : Array.from({ length: features / size }, (_, group) => measureFloats(values, count, features, group * size, size));
}

/** One pass counts how often each group has each byte; everything follows from the counts. */
function measureBytes(values: Uint8Array, features: number, size: number): Measured[] {
  const counts = new Uint32Array((features / size) * 256);
  for (let row = 0; row < values.length; row += features) {
    for (let i = 0; i < features; i++) counts[((i / size) | 0) * 256 + values[row + i]] += 1;
  }
  const n = (values.length / features) * size;
  return Array.from({ length: features / size }, (_, group) => {
    const histogram = counts.subarray(group * 256, group * 256 + 256);
    let total = 0;
    histogram.forEach((times, value) => {
      total += times * value;
    });
    const mean = total / n;
    const low = histogram.findIndex((times) => times > 0);
    const high = histogram.findLastIndex((times) => times > 0);
    const squares = Array.from(histogram, (times, value) => times * (value - mean) ** 2);
    return { first: group * size, low, high, mean, deviation: low === high ? 0 : Math.sqrt(sum(squares) / n) };
  });
}

/** Two passes: plain sums within an example, compensated ones over the examples. */
function measureFloats(values: Float32Array, count: number, features: number, first: number, size: number): Measured {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  const mean = average((value) => {
    if (value < low) low = value;
    if (value > high) high = value;
    return value;
  });
  const variance = average((value) => (value - mean) ** 2);
  return { first, low, high, mean, deviation: low === high ? 0 : Math.sqrt(variance) };

  function average(f: (value: number) => number): number {
    const perExample = new Float64Array(count);
    for (let example = 0; example < count; example++) {
      const start = example * features + first;
      for (let i = start; i < start + size; i++) perExample[example] += f(values[i]);
    }
    return sum(perExample) / (count * size);
  }
}
