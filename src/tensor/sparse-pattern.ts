/**
 * Where the active weights of a sparse layer are: a CSR index and its transpose, resident in the engine's memory.
 *
 *     values        w0  w1 | w2 | w3 w4      in the order of rows, columns increasing inside a row
 *     rowPointers   0        2    3      5   [O + 1]
 *     columnIndices c0  c1 | c2 | c3 c4      [active]
 *
 * The transposed index lists each column's weights by increasing row: `permutation` says where in `values` they are.
 */

import { InputError, ShapeError } from "../base/index.ts";
import type { Engine, Resident } from "./engine.ts";

export interface SparsePattern {
  readonly id: number;
  readonly fanOut: number;
  readonly fanIn: number;
  /** Number of active weights. */
  readonly active: number;
  readonly rowPointers: Resident;
  readonly columnIndices: Resident;
  readonly columnPointers: Resident;
  readonly rowIndices: Resident;
  readonly permutation: Resident;
  /** The address of an int32 table that follows from the pattern and a key: made once, and freed with the pattern. */
  table(key: string, make: () => Int32Array): number;
  /** The CSR index as arrays of this thread, for export and for changes of the mask. */
  readonly csr: { readonly rowPointers: Int32Array; readonly columnIndices: Int32Array };
}

/**
 * Builds a pattern from a CSR index.
 *
 * @param rowPointers    [O + 1], non-decreasing from 0
 * @param columnIndices  [active], each in [0, I), strictly increasing inside a row
 * @throws InputError    naming the row where the index breaks a rule
 */
export function sparsePattern(
  engine: Engine,
  {
    fanOut,
    fanIn,
    rowPointers,
    columnIndices,
  }: {
    readonly fanOut: number;
    readonly fanIn: number;
    readonly rowPointers: Int32Array;
    readonly columnIndices: Int32Array;
  },
): SparsePattern {
  checkIndex(fanOut, fanIn, rowPointers, columnIndices);
  const active = columnIndices.length;
  const columnPointers = new Int32Array(fanIn + 1);
  for (let k = 0; k < active; k++) columnPointers[columnIndices[k] + 1]++;
  for (let i = 0; i < fanIn; i++) columnPointers[i + 1] += columnPointers[i];
  const next = columnPointers.slice(0, fanIn);
  const rowIndices = new Int32Array(active);
  const permutation = new Int32Array(active);
  for (let row = 0; row < fanOut; row++) {
    for (let k = rowPointers[row]; k < rowPointers[row + 1]; k++) {
      const at = next[columnIndices[k]]++;
      rowIndices[at] = row;
      permutation[at] = k;
    }
  }
  const residentRows = engine.resident(rowPointers);
  const tables = new Map<string, Resident>();
  const table = (key: string, make: () => Int32Array): number => {
    let made = tables.get(key);
    if (made === undefined) {
      made = engine.residentBeside(residentRows, make());
      tables.set(key, made);
    }
    return made.address;
  };
  return {
    id: residentRows.id,
    fanOut,
    fanIn,
    active,
    rowPointers: residentRows,
    columnIndices: engine.resident(columnIndices),
    columnPointers: engine.resident(columnPointers),
    rowIndices: engine.resident(rowIndices),
    permutation: engine.resident(permutation),
    table,
    csr: { rowPointers, columnIndices },
  };
}

function checkIndex(fanOut: number, fanIn: number, rowPointers: Int32Array, columnIndices: Int32Array): void {
  if (rowPointers.length !== fanOut + 1 || rowPointers[0] !== 0 || rowPointers[fanOut] !== columnIndices.length) {
    throw new ShapeError(
      `sparsePattern: ${fanOut} rows need ${fanOut + 1} row pointers from 0 to the ${columnIndices.length} active weights, ` +
        `got ${rowPointers.length} from ${rowPointers[0]} to ${rowPointers[rowPointers.length - 1]}`,
    );
  }
  for (let row = 0; row < fanOut; row++) {
    let before = -1;
    for (let k = rowPointers[row]; k < rowPointers[row + 1]; k++) {
      const column = columnIndices[k];
      if (column <= before || column >= fanIn) {
        throw new InputError(
          `sparsePattern: columns of row ${row} must increase within [0, ${fanIn}), got ${column} after ${before}`,
        );
      }
      before = column;
    }
    if (rowPointers[row + 1] < rowPointers[row]) {
      throw new InputError(
        `sparsePattern: row pointers must not decrease, got ${rowPointers[row + 1]} after row ${row}`,
      );
    }
  }
}
