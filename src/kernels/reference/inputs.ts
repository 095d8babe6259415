/** Filling a batch, plainly. */

import { philox4x32 } from "../../base/index.ts";
import type { InputKernels } from "../contract.ts";
import type { Memory } from "../memory.ts";

/** Input kernels on a memory. */
export function inputs(memory: Memory): InputKernels {
  const width = memory.bytesPerElement;

  /** out[f, b] = read(row, f) * scale[f] + shift[f] on valid lanes, 0 on padded ones. */
  function gather(
    indices: number,
    scale: number,
    shift: number,
    out: number,
    batch: number,
    stride: number,
    begin: number,
    end: number,
    read: (row: number, f: number) => number,
  ): void {
    const m = memory.all.floats;
    for (let f = begin; f < end; f++) {
      for (let b = 0; b < stride; b++) {
        const row = b < batch ? memory.all.int32[indices / 4 + b] : 0;
        m[out / width + f * stride + b] = b < batch ? read(row, f) * m[scale / width + f] + m[shift / width + f] : 0;
      }
    }
  }

  return {
    gatherBytes: (bytes, indices, scale, shift, out, features, batch, stride, begin, end) => {
      const uint8 = memory.all.uint8;
      gather(indices, scale, shift, out, batch, stride, begin, end, (row, f) => uint8[bytes + row * features + f]);
    },
    gatherFloats: (values, indices, scale, shift, out, features, batch, stride, begin, end) => {
      const m = memory.all.floats;
      gather(indices, scale, shift, out, batch, stride, begin, end, (row, f) => m[values / width + row * features + f]);
    },
    gatherLabels: (labels, indices, out, batch, begin, end) => {
      const int32 = memory.all.int32;
      for (let b = begin; b < end; b++) {
        int32[out / 4 + b] = b < batch ? int32[labels / 4 + int32[indices / 4 + b]] : 0;
      }
    },
    dropoutMask: (out, key0, key1, layer, step, threshold, factor, firstLane, stride, begin, end) => {
      const m = memory.all.floats;
      const stepWord = memory.all.int32[step / 4];
      const words = new Uint32Array(4);
      for (let r = begin; r < end; r++) {
        for (let b = 0; b < stride; b++) {
          if (b % 4 === 0) philox4x32([(firstLane + b) / 4, r, layer, stepWord], [key0, key1], words);
          m[out / width + r * stride + b] = words[b % 4] < threshold >>> 0 ? 0 : factor;
        }
      }
    },
  };
}
