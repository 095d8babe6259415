/** What the cases of products have in common: tolerances of sums, sparse patterns, and the last step of a product. */

import type { Case, Stage } from "./conformance-stage.ts";

export const exact = { absolute: 0, relative: 0 };
/** A few roundings; the absolute part is one subnormal step. */
export const rounding = { absolute: 1.5e-45, relative: 3e-7 };

/** Sums of `terms` products of normals: errors grow like the root of the number of terms, bounded generously. */
export function sumTolerance(terms: number): Case["tolerance"] {
  return { absolute: 2e-6 * Math.sqrt(terms), relative: 1e-6 };
}

/** A CSR pattern with empty rows (every fourth, and the last) and rows of one to five entries. */
/** A CSR pattern with empty rows (every fourth, and the last) and rows of 1 to about 16 entries. */
export function sparsePattern(stage: Stage, rows: number, columns: number): { pointers: number[]; indices: number[] } {
  const pointers = [0];
  const indices: number[] = [];
  for (let r = 0; r < rows; r++) {
    const count = r % 4 === 3 || r === rows - 1 ? 0 : 1 + ((5 * r) % 32);
    indices.push(...new Set(stage.integersBelow(columns, count).sort((a, b) => a - b)));
    pointers.push(indices.length);
  }
  return { pointers, indices };
}

/** bias, gate and rectify of a product: each of their eight combinations by turns. */
export function finishing(stage: Stage, rows: number, stride: number, turn: number): number[] {
  const bias = turn & 1 ? stage.floats(stage.normals(rows)) : 0;
  const gate = turn & 2 ? stage.floats(stage.normals(rows * stride)) : 0;
  return [bias, gate, turn & 4 ? 1 : 0];
}
