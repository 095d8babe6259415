/** Kernels with one number per row or per column, plainly. */

import type { RowKernels } from "../contract.ts";
import { lanePlace, paddedLanes } from "../lane-blocks.ts";
import type { Memory } from "../memory.ts";

/** Row and column kernels on a memory. */
export function rows(memory: Memory): RowKernels {
  const width = memory.bytesPerElement;

  /** out[r, b] = f(r, b) on all lanes; f takes the element's place in the matrix, its row and its lane. */
  function fill(
    out: number,
    stride: number,
    begin: number,
    end: number,
    f: (i: number, r: number, b: number) => number,
  ) {
    const m = memory.all.floats;
    for (let r = begin; r < end; r++) {
      for (let b = 0; b < stride; b++) m[out / width + r * stride + b] = f(r * stride + b, r, b);
    }
  }

  /** Element i of the array at an address. */
  function at(address: number): (i: number) => number {
    const m = memory.all.floats;
    return (i) => m[address / width + i];
  }

  /** out[c] = Σ_{b < batch} f(place of element b of a row) over the rows of channel c. */
  function sumLanes(
    out: number,
    batch: number,
    rowCount: number,
    pixels: number,
    begin: number,
    end: number,
    f: (i: number) => number,
  ): void {
    for (let c = begin; c < end; c++) {
      let sum = 0;
      for (let r = c * pixels; r < (c + 1) * pixels; r++) {
        for (let b = 0; b < batch; b++) sum += f(lanePlace(rowCount, batch, r, b));
      }
      memory.all.floats[out / width + c] = sum;
    }
  }

  return {
    broadcastRows: (v, out, stride, begin, end) => {
      const vAt = at(v);
      fill(out, stride, begin, end, (_, r) => vAt(r));
    },
    addRows: (x, v, out, stride, begin, end) => {
      const xAt = at(x);
      const vAt = at(v);
      fill(out, stride, begin, end, (i, r) => xAt(i) + vAt(r));
    },
    scaleRows: (x, v, out, stride, begin, end) => {
      const xAt = at(x);
      const vAt = at(v);
      fill(out, stride, begin, end, (i, r) => xAt(i) * vAt(r));
    },
    affineRows: (x, scale, shift, out, stride, begin, end) => {
      const xAt = at(x);
      const scaleAt = at(scale);
      const shiftAt = at(shift);
      fill(out, stride, begin, end, (i, r) => xAt(i) * scaleAt(r) + shiftAt(r));
    },
    rowSum: (x, out, batch, rowCount, pixels, begin, end) => sumLanes(out, batch, rowCount, pixels, begin, end, at(x)),
    rowDot: (a, b, out, batch, rowCount, pixels, begin, end) => {
      const aAt = at(a);
      const bAt = at(b);
      sumLanes(out, batch, rowCount, pixels, begin, end, (i) => aAt(i) * bAt(i));
    },
    rowRange: (x, low, high, batch, rowCount, pixels, begin, end) => {
      const m = memory.all.floats;
      for (let r = begin * pixels; r < end * pixels; r++) {
        const c = Math.floor(r / pixels);
        for (let b = 0; b < batch; b++) {
          const value = m[x / width + lanePlace(rowCount, batch, r, b)];
          m[low / width + c] = Math.min(m[low / width + c], value);
          m[high / width + c] = Math.max(m[high / width + c], value);
        }
      }
    },
    joinLanes: (x, out, batch, rowCount, begin, end) => {
      const xAt = at(x);
      fill(out, paddedLanes(batch), begin, end, (_, r, b) => xAt(lanePlace(rowCount, batch, r, b)));
    },
    columnSum: (x, out, rowCount, stride, begin, end) => {
      const m = memory.all.floats;
      for (let b = begin; b < end; b++) {
        let sum = 0;
        for (let r = 0; r < rowCount; r++) sum += m[x / width + r * stride + b];
        m[out / width + b] = sum;
      }
    },
    broadcastColumns: (v, out, stride, begin, end) => {
      const vAt = at(v);
      fill(out, stride, begin, end, (_, __, b) => vAt(b));
    },
    scaleColumns: (x, v, out, stride, begin, end) => {
      const xAt = at(x);
      const vAt = at(v);
      fill(out, stride, begin, end, (i, _, b) => xAt(i) * vAt(b));
    },
  };
}
