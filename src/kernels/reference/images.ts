/** Maps over the pixels of images, plainly. */

import type { ImageKernels } from "../image-contract.ts";
import type { Memory } from "../memory.ts";

/** Image kernels on a memory. */
export function images(memory: Memory): ImageKernels {
  const width = memory.bytesPerElement;

  /** Where in `indices` the maximum of a window stands: the first of the largest, or the last NaN. `at` finds a value by pixel. */
  function winner(first: number, last: number, indices: number, at: (pixel: number) => number): number {
    const { int32 } = memory.all;
    let best = first;
    for (let k = first + 1; k < last; k++) {
      const value = at(int32[indices / 4 + k]);
      if (value > at(int32[indices / 4 + best]) || Number.isNaN(value)) best = k;
    }
    return best;
  }

  /** Calls f with each element of rows [begin, end) of the result, and the row of x and element there that is the maximum. */
  function eachMaximum(
    x: number,
    pointers: number,
    indices: number,
    inputs: number,
    outputs: number,
    stride: number,
    begin: number,
    end: number,
    f: (target: number, source: number) => void,
  ): void {
    const { floats: m, int32 } = memory.all;
    for (let r = begin; r < end; r++) {
      const channel = Math.floor(r / outputs);
      const [first, last] = int32.subarray(pointers / 4 + (r % outputs), pointers / 4 + (r % outputs) + 2);
      for (let b = 0; b < stride; b++) {
        const place = (pixel: number) => (channel * inputs + pixel) * stride + b;
        const k = winner(first, last, indices, (pixel) => m[x / width + place(pixel)]);
        f(r * stride + b, place(int32[indices / 4 + k]));
      }
    }
  }

  return {
    mixPixels: (x, weights, pointers, indices, out, inputs, outputs, stride, begin, end) => {
      const { floats: m, int32 } = memory.all;
      for (let r = begin; r < end; r++) {
        const channel = Math.floor(r / outputs);
        const [first, last] = int32.subarray(pointers / 4 + (r % outputs), pointers / 4 + (r % outputs) + 2);
        for (let b = 0; b < stride; b++) {
          let sum = 0;
          for (let k = first; k < last; k++) {
            sum += m[weights / width + k] * m[x / width + (channel * inputs + int32[indices / 4 + k]) * stride + b];
          }
          m[out / width + r * stride + b] = sum;
        }
      }
    },
    maxPool: (x, pointers, indices, out, inputs, outputs, stride, begin, end) => {
      const m = memory.all.floats;
      eachMaximum(x, pointers, indices, inputs, outputs, stride, begin, end, (target, source) => {
        m[out / width + target] = m[x / width + source];
      });
    },
    maxPoolTake: (x, t, pointers, indices, out, inputs, outputs, stride, begin, end) => {
      const m = memory.all.floats;
      eachMaximum(x, pointers, indices, inputs, outputs, stride, begin, end, (target, source) => {
        m[out / width + target] = m[t / width + source];
      });
    },
    maxPoolPut: (x, c, pointers, indices, out, inputs, outputs, _, stride, begin, end) => {
      const m = memory.all.floats;
      m.fill(0, out / width + begin * inputs * stride, out / width + end * inputs * stride);
      const rows = [begin * outputs, end * outputs] as const;
      eachMaximum(x, pointers, indices, inputs, outputs, stride, ...rows, (target, source) => {
        m[out / width + source] += m[c / width + target];
      });
    },
  };
}
