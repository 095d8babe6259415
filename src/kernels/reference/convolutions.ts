/** Convolutions on one block of images, plainly. Sums run in float64 in the order the contract names. */

import type { ConvolutionKernels } from "../convolution-contract.ts";
import { convolutionSteps } from "../convolution-contract.ts";
import type { Memory } from "../memory.ts";

/** Convolution kernels on a memory. */
export function convolutions(memory: Memory): ConvolutionKernels {
  const bytes = memory.bytesPerElement;
  const rounded = memory.elementType === "float32" ? Math.fround : (x: number) => x;
  const readSteps = (address: number) => {
    const at = (place: number) => memory.all.int32[address / 4 + place];
    return {
      out: (r: number, y: number, x: number) =>
        r * at(convolutionSteps.outChannel) + y * at(convolutionSteps.outRow) + x * at(convolutionSteps.outColumn),
      input: (y: number, x: number) => y * at(convolutionSteps.inRow) + x * at(convolutionSteps.inColumn),
    };
  };

  /** Taps [first, last) of the channel, its weights beginning at element `weight` of memory where the first tap's is. */
  function channel(
    r: number,
    weight: number,
    offset: number,
    taps: number,
    input: number,
    out: number,
    steps: number,
    height: number,
    width: number,
    stride: number,
    bias: number,
    gate: number,
    rectify: number,
  ): void {
    const m = memory.all.floats;
    const place = readSteps(steps);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const target = place.out(r, y, x) * stride;
        for (let b = 0; b < stride; b++) {
          let sum = 0;
          for (let k = 0; k < taps; k++) {
            const pixel = memory.all.int32[offset + k] + place.input(y, x);
            sum += m[weight + k] * m[input / bytes + pixel * stride + b];
          }
          let s = rounded(sum);
          if (bias !== 0) s = rounded(s + m[bias / bytes + r]);
          if (rectify !== 0) s = Math.max(s, 0);
          if (gate !== 0) s = m[gate / bytes + target + b] > 0 ? s : 0;
          m[out / bytes + target + b] = s;
        }
      }
    }
  }

  function outerSum(
    r: number,
    offset: number,
    gradient: number,
    input: number,
    steps: number,
    height: number,
    width: number,
    stride: number,
    valid: number,
  ): number {
    const m = memory.all.floats;
    const place = readSteps(steps);
    let sum = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const left = gradient / bytes + place.out(r, y, x) * stride;
        const right = input / bytes + (memory.all.int32[offset] + place.input(y, x)) * stride;
        for (let b = 0; b < valid; b++) sum += m[left + b] * m[right + b];
      }
    }
    return sum;
  }

  return {
    convolve: (weights, taps, offsets, input, out, steps, height, width, stride, bias, gate, rectify, begin, end) => {
      for (let r = begin; r < end; r++) {
        const weight = weights / bytes + r * taps;
        channel(r, weight, offsets / 4, taps, input, out, steps, height, width, stride, bias, gate, rectify);
      }
    },
    sparseConvolve: (
      values,
      rows,
      offsets,
      input,
      out,
      steps,
      height,
      width,
      stride,
      bias,
      gate,
      rectify,
      begin,
      end,
    ) => {
      for (let r = begin; r < end; r++) {
        const first = memory.all.int32[rows / 4 + r];
        const taps = memory.all.int32[rows / 4 + r + 1] - first;
        const weight = values / bytes + first;
        channel(r, weight, offsets / 4 + first, taps, input, out, steps, height, width, stride, bias, gate, rectify);
      }
    },
    convolveOuter: (taps, offsets, gradient, input, result, steps, height, width, stride, valid, add, begin, end) => {
      const m = memory.all.floats;
      for (let r = begin; r < end; r++) {
        for (let k = 0; k < taps; k++) {
          const sum = outerSum(r, offsets / 4 + k, gradient, input, steps, height, width, stride, valid);
          const target = result / bytes + r * taps + k;
          m[target] = add === 0 ? sum : m[target] + rounded(sum);
        }
      }
    },
    sparseConvolveOuter: (
      rows,
      offsets,
      gradient,
      input,
      result,
      steps,
      height,
      width,
      stride,
      valid,
      add,
      begin,
      end,
    ) => {
      const m = memory.all.floats;
      for (let r = begin; r < end; r++) {
        for (let k = memory.all.int32[rows / 4 + r]; k < memory.all.int32[rows / 4 + r + 1]; k++) {
          const sum = outerSum(r, offsets / 4 + k, gradient, input, steps, height, width, stride, valid);
          const target = result / bytes + k;
          m[target] = add === 0 ? sum : m[target] + rounded(sum);
        }
      }
    },
    placeImages: (input, height, width, out, outHeight, outWidth, top, left, stride, begin, end) => {
      const m = memory.all.floats;
      for (let c = begin; c < end; c++) {
        for (let y = 0; y < outHeight; y++) {
          for (let x = 0; x < outWidth; x++) {
            const inside = y >= top && y < top + height && x >= left && x < left + width;
            const source = input / bytes + ((c * height + y - top) * width + x - left) * stride;
            const target = out / bytes + ((c * outHeight + y) * outWidth + x) * stride;
            for (let b = 0; b < stride; b++) m[target + b] = inside ? m[source + b] : 0;
          }
        }
      }
    },
  };
}
