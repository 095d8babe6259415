/**
 * Normalisation as a scale and a shift per feature, measured on the training split alone:
 *
 *     normalised = value * scale + shift
 *
 * Sums run in float64 over fixed blocks in a fixed order, so that the same data give the same bits everywhere.
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
  const { features } = dataset;
  const scale = new Float32Array(features);
  const shift = new Float32Array(features);
  switch (kind) {
    case "none":
      scale.fill(1);
      break;
    case "unit": {
      const [low, high] = dataset.valueRange ?? [Number.NaN, Number.NaN];
      forGroups(dataset, 1, (feature) => {
        const range = dataset.valueRange === undefined ? extent(dataset, feature, 1) : { low, high };
        setGroup(feature, 1, range.low, range.high - range.low);
      });
      break;
    }
    case "standard":
    case "standard-per-feature": {
      const size = kind === "standard" ? groupSize(dataset) : 1;
      forGroups(dataset, size, (first) => {
        const { low, high } = extent(dataset, first, size);
        const centre = mean(dataset, first, size, 0, (value) => value);
        const variance = mean(dataset, first, size, centre, (value) => value * value);
        setGroup(first, size, centre, low === high ? 0 : Math.sqrt(variance));
      });
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
    // -0 would be the shift of a minimum of 0.
    shift.fill(centre === 0 ? 0 : -centre / width, first, first + size);
  }
}

/** Features that share one mean and deviation: a channel of an image, a single feature of a table. */
function groupSize({ featureShape }: Dataset): number {
  return featureShape.length === 3 ? sizeOf(featureShape.slice(1)) : 1;
}

function forGroups({ features }: Dataset, size: number, visit: (first: number) => void): void {
  for (let first = 0; first < features; first += size) visit(first);
}

/** Smallest and largest training value of features first .. first + size - 1. */
function extent({ train, features }: Dataset, first: number, size: number): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let row = first; row < train.values.length; row += features) {
    for (let i = row; i < row + size; i++) {
      const value = train.values[i];
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return { low, high };
}

/** Mean of f(value - centre) over a group: plain sums within an example, a compensated one over the examples. */
function mean(
  { train, features }: Dataset,
  first: number,
  size: number,
  centre: number,
  f: (x: number) => number,
): number {
  const perExample = new Float64Array(train.count);
  for (let example = 0; example < train.count; example++) {
    const start = example * features + first;
    let total = 0;
    for (let i = start; i < start + size; i++) total += f(train.values[i] - centre);
    perExample[example] = total;
  }
  return sum(perExample) / (train.count * size);
}
