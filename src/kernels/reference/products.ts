/** Products of a layer, plainly. Sums run in float64 in the order the contract names. */

import type { ProductKernels } from "../contract.ts";
import { blockLanes, lanePlace } from "../lane-blocks.ts";
import type { Memory } from "../memory.ts";

/** Dense and sparse products on a memory. */
export function products(memory: Memory): ProductKernels {
  const width = memory.bytesPerElement;
  const rounded = memory.elementType === "float32" ? Math.fround : (x: number) => x;

  /** The last step of row r, with the roundings that the separate kernels would make; `place` finds column j's gate. */
  function finish(
    sums: Float64Array,
    r: number,
    place: (j: number) => number,
    bias: number,
    gate: number,
    rectify: number,
  ): void {
    const m = memory.all.floats;
    for (let j = 0; j < sums.length; j++) {
      let s = rounded(sums[j]);
      if (bias !== 0) s = rounded(s + m[bias / width + r]);
      if (rectify !== 0) s = Math.max(s, 0);
      if (gate !== 0) s = m[gate / width + place(j)] > 0 ? s : 0;
      sums[j] = s;
    }
  }

  return {
    gemm: (a, aRow, aColumn, b, bRow, bBlock, c, cRow, cBlock, columns, inner, bias, gate, rectify, begin, end) => {
      const m = memory.all.floats;
      const sums = new Float64Array(columns);
      const column = (j: number, block: number) => Math.floor(j / blockLanes) * block + (j % blockLanes);
      for (let i = begin; i < end; i++) {
        sums.fill(0);
        for (let k = 0; k < inner; k++) {
          const factor = m[a / width + i * aRow + k * aColumn];
          const row = b / width + k * bRow;
          for (let j = 0; j < columns; j++) sums[j] += factor * m[row + column(j, bBlock)];
        }
        const place = (j: number) => i * cRow + column(j, cBlock);
        finish(sums, i, place, bias, gate, rectify);
        for (let j = 0; j < columns; j++) m[c / width + place(j)] = sums[j];
      }
    },
    permute: (values, permutation, out, begin, end) => {
      const m = memory.all.floats;
      for (let k = begin; k < end; k++) m[out / width + k] = m[values / width + memory.all.int32[permutation / 4 + k]];
    },
    transpose: (source, sourceStride, target, targetStride, columns, begin, end) => {
      const m = memory.all.floats;
      for (let r = begin; r < end; r++) {
        for (let c = 0; c < columns; c++) {
          m[target / width + r * targetStride + c] = m[source / width + c * sourceStride + r];
        }
      }
    },
    sparseProduct: (values, rowPointers, columnIndices, x, _xRows, y, stride, bias, gate, rectify, begin, end) => {
      const m = memory.all.floats;
      const int32 = memory.all.int32;
      const sums = new Float64Array(stride);
      for (let r = begin; r < end; r++) {
        sums.fill(0);
        for (let k = int32[rowPointers / 4 + r]; k < int32[rowPointers / 4 + r + 1]; k++) {
          const value = m[values / width + k];
          const row = x / width + int32[columnIndices / 4 + k] * stride;
          for (let j = 0; j < stride; j++) sums[j] += value * m[row + j];
        }
        finish(sums, r, (j) => r * stride + j, bias, gate, rectify);
        m.set(sums, y / width + r * stride);
      }
    },
    scatterRows: (values, rowPointers, columnIndices, out, columns, begin, end) => {
      const m = memory.all.floats;
      const int32 = memory.all.int32;
      for (let r = begin; r < end; r++) {
        const row = out / width + r * columns;
        m.fill(0, row, row + columns);
        for (let k = int32[rowPointers / 4 + r]; k < int32[rowPointers / 4 + r + 1]; k++) {
          m[row + int32[columnIndices / 4 + k]] = m[values / width + k];
        }
      }
    },
    gatherRows: (dense, rowPointers, columnIndices, out, columns, begin, end) => {
      const m = memory.all.floats;
      const int32 = memory.all.int32;
      for (let r = begin; r < end; r++) {
        for (let k = int32[rowPointers / 4 + r]; k < int32[rowPointers / 4 + r + 1]; k++) {
          m[out / width + k] = m[dense / width + r * columns + int32[columnIndices / 4 + k]];
        }
      }
    },
    sparseOuter: (rowPointers, columnIndices, left, leftRows, right, rightRows, out, batch, begin, end) => {
      const m = memory.all.floats;
      const int32 = memory.all.int32;
      for (let r = begin; r < end; r++) {
        for (let k = int32[rowPointers / 4 + r]; k < int32[rowPointers / 4 + r + 1]; k++) {
          const column = int32[columnIndices / 4 + k];
          let sum = 0;
          for (let j = 0; j < batch; j++) {
            const y = m[left / width + lanePlace(leftRows, batch, r, j)];
            sum += y * m[right / width + lanePlace(rightRows, batch, column, j)];
          }
          m[out / width + k] = sum;
        }
      }
    },
  };
}
