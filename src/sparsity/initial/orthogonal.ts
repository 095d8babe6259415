/**
 * Orthogonal weights under a mask, where there are any.
 *
 * Two rows that share exactly one column cannot be orthogonal with both its weights nonzero, so for most masks no weights with
 * that support are. They are well-defined where the mask falls apart into full blocks: where rows and columns linked by active
 * weights, directly or through others, are all linked directly. Dense layers are one such block, rows without common columns
 * one each. Then each block is drawn uniformly among the orthogonal ones, as a dense layer is.
 *
 *     1 1 . . 1         1 1 1        1 1 .
 *     1 1 . . 1         1 1 1        . 1 1      rows share one column: no
 *     . . 1 1 .   yes   1 1 1  yes   1 . 1  no
 *
 * @see Saxe, McClelland, Ganguli 2014, arXiv:1312.6120 (dense)
 */

import type { Rng } from "../../base/index.ts";
import { InputError } from "../../base/index.ts";
import type { Mask } from "../../nn/index.ts";

/** Rows of a mask that have the same columns, and share none with any other row. */
interface Block {
  readonly rows: number[];
  readonly columns: number;
}

/**
 * Blocks of a mask, by their first row; rows without weights are in none.
 *
 * @returns  undefined where the mask does not fall apart into full blocks
 */
function fullBlocks({ fanOut, fanIn, rowPointers, columnIndices }: Mask): Block[] | undefined {
  const rowOfColumn = new Int32Array(fanIn).fill(-1);
  const blocks = new Map<number, Block>();
  for (let row = 0; row < fanOut; row++) {
    const [begin, end] = [rowPointers[row], rowPointers[row + 1]];
    if (begin === end) continue;
    const first = rowOfColumn[columnIndices[begin]];
    for (let k = begin; k < end; k++) if (rowOfColumn[columnIndices[k]] !== first) return undefined;
    if (first < 0) {
      for (let k = begin; k < end; k++) rowOfColumn[columnIndices[k]] = row;
      blocks.set(row, { rows: [row], columns: end - begin });
    } else {
      const block = blocks.get(first) as Block;
      if (block.columns !== end - begin) return undefined;
      block.rows.push(row);
    }
  }
  return [...blocks.values()];
}

/** Whether orthogonal weights are well-defined on a mask. */
export function hasOrthogonalWeights(mask: Mask): boolean {
  return fullBlocks(mask) !== undefined;
}

/**
 * Draws weights whose blocks have orthonormal rows, or orthonormal columns where a block has more rows than columns, times
 * sqrt(gain). Time O(Σ rows · columns · min(rows, columns)), memory O(active + fanIn).
 *
 * @returns  [active]
 * @throws InputError  where they are not well-defined
 */
export function orthogonalWeights(mask: Mask, rng: Rng, gain = 1): Float64Array {
  const blocks = fullBlocks(mask);
  if (blocks === undefined) {
    throw new InputError(
      `orthogonalWeights: the mask of [${mask.fanOut}, ${mask.fanIn}] has rows that share some of their columns but not all, so ` +
        "that no weights there are orthogonal; take a dense layer, a mask of full blocks, or another initialisation",
    );
  }
  const values = new Float64Array(mask.columnIndices.length);
  const scale = Math.sqrt(gain);
  for (const { rows, columns } of blocks) {
    const wide = rows.length <= columns;
    const vectors = orthonormal(Math.min(rows.length, columns), Math.max(rows.length, columns), rng);
    rows.forEach((row, i) => {
      for (let j = 0; j < columns; j++) {
        values[mask.rowPointers[row] + j] = scale * (wide ? vectors[i][j] : vectors[j][i]);
      }
    });
  }
  return values;
}

/** `count` orthonormal vectors of a length ≥ count: normal ones by Gram and Schmidt, twice for accuracy. */
function orthonormal(count: number, length: number, rng: Rng): Float64Array[] {
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const vector = Float64Array.from({ length }, () => rng.normal());
    for (let pass = 0; pass < 2; pass++) {
      for (const other of vectors) {
        const along = dot(vector, other);
        for (let i = 0; i < length; i++) vector[i] -= along * other[i];
      }
    }
    const norm = Math.sqrt(dot(vector, vector));
    // A vector in the span of the others has no direction left: draw another. It happens with probability 0.
    if (norm > 1e-10) vectors.push(vector.map((value) => value / norm));
  }
  return vectors;
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}
