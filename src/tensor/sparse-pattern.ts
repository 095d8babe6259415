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

/** A CSR index: rows begin at `rowPointers` [O + 1], columns [active] increase inside a row. */
export interface CsrIndex {
  readonly rowPointers: Int32Array;
  readonly columnIndices: Int32Array;
}

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
  /**
   * The address of an int32 table that follows from the pattern and a key: made once, made again where the weights move, and
   * freed with the pattern.
   */
  table(key: string, make: () => Int32Array): number;
  /** The CSR index as arrays of this thread, for export and for changes of the mask. */
  readonly csr: CsrIndex;
  /**
   * Puts as many weights at other places: index, transpose and tables are written over, so that programs which are compiled go on
   * with the new places. Time and memory O(active + O + I).
   *
   * @returns  false, with nothing changed, where the number of weights or the length of a table would be another
   * @throws InputError  as `sparsePattern` does
   */
  move(index: CsrIndex): boolean;
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
  { fanOut, fanIn, rowPointers, columnIndices }: CsrIndex & { readonly fanOut: number; readonly fanIn: number },
): SparsePattern {
  let csr: CsrIndex = { rowPointers, columnIndices };
  const parts = indexParts(fanOut, fanIn, csr);
  const residentRows = engine.resident(rowPointers);
  const residents = {
    rowPointers: residentRows,
    columnIndices: engine.resident(columnIndices),
    columnPointers: engine.resident(parts.columnPointers),
    rowIndices: engine.resident(parts.rowIndices),
    permutation: engine.resident(parts.permutation),
  };
  const tables = new Map<string, { readonly resident: Resident; readonly make: () => Int32Array }>();
  const table = (key: string, make: () => Int32Array): number => {
    let made = tables.get(key);
    if (made === undefined) {
      made = { resident: engine.residentBeside(residentRows, make()), make };
      tables.set(key, made);
    }
    return made.resident.address;
  };
  const move = (index: CsrIndex): boolean => {
    if (index.columnIndices.length !== columnIndices.length) return false;
    const moved = indexParts(fanOut, fanIn, index);
    const before = csr;
    csr = index;
    const remade = [...tables.values()].map(({ resident, make }) => ({ resident, values: make() }));
    if (remade.some(({ resident, values }) => values.length !== resident.length)) {
      csr = before;
      return false;
    }
    for (const name of indexNames) engine.writeResident(residents[name], moved[name]);
    for (const { resident, values } of remade) engine.writeResident(resident, values);
    return true;
  };
  return {
    id: residentRows.id,
    fanOut,
    fanIn,
    active: columnIndices.length,
    ...residents,
    table,
    get csr() {
      return csr;
    },
    move,
  };
}

const indexNames = ["rowPointers", "columnIndices", "columnPointers", "rowIndices", "permutation"] as const;

/** The index and its transpose. */
function indexParts(fanOut: number, fanIn: number, { rowPointers, columnIndices }: CsrIndex) {
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
  return { rowPointers, columnIndices, columnPointers, rowIndices, permutation };
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
