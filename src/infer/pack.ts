/** Weights in the order in which the kernels read them. */

import type { Weight } from "./bundle.ts";

/** From this density on, a dense product is faster for many lanes; and for one example at a time. */
export const denseTapsDensity = 0.6;
export const denseExampleDensity = 0.15;

/** Fraction of weights that are not zero. */
export function densityOf({ values, shape }: Weight): number {
  let active = 0;
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) active++;
  return active / shape.reduce((product, side) => product * side, 1);
}

/** Row-major values, zeros included. */
export function denseValues(weight: Weight): Float32Array {
  if (weight.kind === "dense") return weight.values;
  const { shape, rowPointers, columns, values } = weight;
  const width = shape.slice(1).reduce((product, side) => product * side, 1);
  const all = new Float32Array(shape[0] * width);
  for (let r = 0; r < shape[0]; r++) {
    for (let k = rowPointers[r]; k < rowPointers[r + 1]; k++) all[r * width + columns[k]] = values[k];
  }
  return all;
}

/**
 * Rows of taps: an offset in bytes and a weight, side by side.
 *
 * @param offset  of a column of a row, or -1 for one that never meets a pixel
 */
export function packTaps(
  weight: Weight,
  offset: (row: number, column: number) => number,
): { readonly taps: Uint32Array<ArrayBuffer>; readonly rowPointers: Uint32Array<ArrayBuffer> } {
  const rows = weight.shape[0];
  const taps = new Uint32Array(2 * weight.values.length);
  const weights = new Float32Array(taps.buffer);
  const rowPointers = new Uint32Array(rows + 1);
  const width = weight.values.length / rows;
  let count = 0;
  for (let r = 0; r < rows; r++) {
    const begin = weight.kind === "dense" ? r * width : weight.rowPointers[r];
    const end = weight.kind === "dense" ? begin + width : weight.rowPointers[r + 1];
    for (let k = begin; k < end; k++) {
      const at = offset(r, weight.kind === "dense" ? k - begin : weight.columns[k]);
      if (at < 0 || weight.values[k] === 0) continue;
      taps[2 * count] = at;
      weights[2 * count + 1] = weight.values[k];
      count++;
    }
    rowPointers[r + 1] = count;
  }
  return { taps: taps.slice(0, 2 * count), rowPointers };
}

/**
 * Rows of taps for one example: quads of rows with about equally many, as assembly/sparse-products.ts draws them.
 *
 * @param taps, rowPointers  as `packTaps` gives them
 * @returns                  the stream and the number of its quads; rows beyond the last stand in for missing ones
 */
export function packQuads(
  taps: Uint32Array,
  rowPointers: Uint32Array,
): { readonly stream: Uint32Array<ArrayBuffer>; readonly quads: number } {
  const rows = rowPointers.length - 1;
  const quads = Math.ceil(rows / 4);
  const begin = (row: number) => (row < rows ? rowPointers[row] : 0);
  const count = (row: number) => (row < rows ? rowPointers[row + 1] - rowPointers[row] : 0);
  const order = Uint32Array.from({ length: quads * 4 }, (_, row) => row).sort((a, b) => count(a) - count(b) || a - b);
  const stream = new Uint32Array(quads * 9 + taps.length);
  let at = 0;
  for (let quad = 0; quad < quads; quad++) {
    const four = [...order.subarray(quad * 4, quad * 4 + 4)];
    const common = Math.min(...four.map(count));
    stream.set([common, ...four.map((row) => count(row) - common), ...four.map((row) => row * 4)], at);
    at += 9;
    for (let lane = 0; lane < 4; lane++) {
      const from = 2 * begin(four[lane]);
      for (let k = 0; k < common; k++) {
        stream[at + 8 * k + lane] = taps[from + 2 * k];
        stream[at + 8 * k + 4 + lane] = taps[from + 2 * k + 1];
      }
    }
    at += 8 * common;
    for (const row of four) {
      const further = taps.subarray(2 * (begin(row) + common), 2 * (begin(row) + count(row)));
      stream.set(further, at);
      at += further.length;
    }
  }
  return { stream, quads };
}

/** [rows, columns] as panels [rows / lanes][columns][lanes]; missing rows are zero. `columns` may name a selection. */
export function packPanels(
  values: Float32Array,
  width: number,
  lanes: number,
  columns: readonly number[] | undefined = undefined,
): Float32Array<ArrayBuffer> {
  const rows = values.length / width;
  const depth = columns?.length ?? width;
  const packed = new Float32Array(Math.ceil(rows / lanes) * depth * lanes);
  for (let r = 0; r < rows; r++) {
    const to = Math.floor(r / lanes) * depth * lanes + (r % lanes);
    for (let k = 0; k < depth; k++)
      packed[to + k * lanes] = values[r * width + (columns === undefined ? k : columns[k])];
  }
  return packed;
}

/** Zeros up to a multiple of 16, as kernels read whole vectors. */
export function padded(numbers: Float32Array | undefined, length: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(Math.ceil(length / 16) * 16);
  if (numbers !== undefined) result.set(numbers);
  return result;
}
