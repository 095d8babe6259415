/**
 * Fixed linear maps over the pixels of an image: average pooling, padding, resampling. Each is a map over rows times one over
 * columns, kept as a CSR index over pixels with weights, the same for every channel and example.
 *
 * A map is known by its id, which says all that it is: equal maps are one node of a graph and one set of tables in an engine.
 */

import { InputError } from "../base/index.ts";

/** Height and width. */
export type ImageSize = readonly [height: number, width: number];

/** One number for height and width, or one for each. */
export type Extent = number | ImageSize;

/** What a row or column of the result takes from those of the image: a share `weight` of number `at`. */
export interface Tap {
  readonly at: number;
  readonly weight: number;
}

/** Pixel p of the result is Σ weights[k] x[indices[k]] for k in [pointers[p], pointers[p + 1]). */
export interface PixelTables {
  readonly pointers: Int32Array;
  readonly indices: Int32Array;
  readonly weights: Float64Array;
}

export interface PixelMap {
  readonly id: string;
  readonly from: ImageSize;
  readonly to: ImageSize;
  /** Made at the first call. Indices increase inside a pixel of the result. */
  readonly tables: () => PixelTables;
  /** The map of cotangents, whose transposed map is this one. */
  readonly transposed: PixelMap;
}

/**
 * The map that takes rows by the taps of `rows` and columns by those of `columns`.
 *
 * @param id       unique to what the map does, sizes included
 * @param rows     for each row of the result, taps in [0, height) in increasing order
 * @param columns  for each column of the result, taps in [0, width) in increasing order
 */
export function separableMap(
  id: string,
  from: ImageSize,
  rows: readonly (readonly Tap[])[],
  columns: readonly (readonly Tap[])[],
): PixelMap {
  const to: ImageSize = [rows.length, columns.length];
  return mapOf(id, from, to, () => {
    const pointers = [0];
    const indices: number[] = [];
    const weights: number[] = [];
    for (const row of rows) {
      for (const column of columns) {
        for (const y of row) {
          for (const x of column) {
            indices.push(y.at * from[1] + x.at);
            weights.push(y.weight * x.weight);
          }
        }
        pointers.push(indices.length);
      }
    }
    return {
      pointers: Int32Array.from(pointers),
      indices: Int32Array.from(indices),
      weights: Float64Array.from(weights),
    };
  });
}

/** A map and its transposed one from how the tables of the first are made. */
function mapOf(id: string, from: ImageSize, to: ImageSize, make: () => PixelTables): PixelMap {
  const tables = once(make);
  const map: PixelMap = {
    id,
    from,
    to,
    tables,
    get transposed() {
      return back;
    },
  };
  const back: PixelMap = {
    id: `${id} transposed`,
    from: to,
    to: from,
    tables: once(() => transpose(tables(), from[0] * from[1])),
    transposed: map,
  };
  return map;
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The tables of the transposed map: each pixel of the image lists those of the result that take from it, in their order. */
function transpose({ pointers, indices, weights }: PixelTables, pixels: number): PixelTables {
  const starts = new Int32Array(pixels + 1);
  for (const pixel of indices) starts[pixel + 1] += 1;
  for (let i = 0; i < pixels; i++) starts[i + 1] += starts[i];
  const next = starts.slice();
  const turned = { indices: new Int32Array(indices.length), weights: new Float64Array(indices.length) };
  for (let p = 0; p + 1 < pointers.length; p++) {
    for (let k = pointers[p]; k < pointers[p + 1]; k++) {
      const place = next[indices[k]]++;
      turned.indices[place] = p;
      turned.weights[place] = weights[k];
    }
  }
  return { pointers: starts, ...turned };
}

/** Height and width of an extent. @throws InputError unless both are integers ≥ `least`; `what` names the option */
export function sizesOf(where: string, what: string, extent: Extent, least: number): ImageSize {
  const sizes: ImageSize = typeof extent === "number" ? [extent, extent] : extent;
  if (sizes.length !== 2 || !sizes.every((size) => Number.isInteger(size) && size >= least)) {
    throw new InputError(
      `${where}: ${what} must be an integer ≥ ${least}, or two of them for height and width, got ${JSON.stringify(extent)}`,
    );
  }
  return sizes;
}
