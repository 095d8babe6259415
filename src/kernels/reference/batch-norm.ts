/** Batch normalisation, plainly: two passes for the moments, sums in float64. */

import type { BatchNormKernels } from "../contract.ts";
import { lanePlace, paddedLanes } from "../lane-blocks.ts";
import type { Memory } from "../memory.ts";

/** Where the i-th of the batch times pixels elements of channel c lies. */
function element(c: number, batch: number, rows: number, pixels: number): (i: number) => number {
  return (i) => lanePlace(rows, batch, c * pixels + Math.floor(i / batch), i % batch);
}

/** Batch normalisation kernels on a memory. */
export function batchNorm(memory: Memory): BatchNormKernels {
  const width = memory.bytesPerElement;
  return {
    batchMoments: (x, mean, variance, batch, rows, pixels, begin, end) => {
      const m = memory.all.floats;
      const count = batch * pixels;
      for (let c = begin; c < end; c++) {
        const place = element(c, batch, rows, pixels);
        const at = (i: number) => m[x / width + place(i)];
        let sum = 0;
        for (let i = 0; i < count; i++) sum += at(i);
        const centre = sum / count;
        let squares = 0;
        for (let i = 0; i < count; i++) squares += (at(i) - centre) * (at(i) - centre);
        m[mean / width + c] = centre;
        m[variance / width + c] = squares / count;
      }
    },
    standardize: (x, mean, variance, epsilon, out, stride, begin, end) => {
      const m = memory.all.floats;
      for (let r = begin; r < end; r++) {
        const centre = m[mean / width + r];
        const inverse = 1 / Math.sqrt(m[variance / width + r] + epsilon);
        for (let b = 0; b < stride; b++) {
          m[out / width + r * stride + b] = (m[x / width + r * stride + b] - centre) * inverse;
        }
      }
    },
    inverseDeviation: (variance, epsilon, out, begin, end) => {
      const m = memory.all.floats;
      for (let i = begin; i < end; i++) m[out / width + i] = 1 / Math.sqrt(m[variance / width + i] + epsilon);
    },
    standardizeBackward: (gradient, standardized, inverse, out, batch, rows, pixels, begin, end) => {
      const m = memory.all.floats;
      const count = batch * pixels;
      for (let c = begin; c < end; c++) {
        const at = element(c, batch, rows, pixels);
        let meanG = 0;
        let meanGH = 0;
        for (let i = 0; i < count; i++) {
          meanG += m[gradient / width + at(i)];
          meanGH += m[gradient / width + at(i)] * m[standardized / width + at(i)];
        }
        meanG /= count;
        meanGH /= count;
        const factor = m[inverse / width + c];
        // Padded lanes too, as the contract allows.
        for (let r = c * pixels; r < (c + 1) * pixels; r++) {
          for (let b = 0; b < paddedLanes(batch); b++) {
            const place = lanePlace(rows, batch, r, b);
            const [g, h] = [m[gradient / width + place], m[standardized / width + place]];
            m[out / width + place] = factor * (g - meanG - h * meanGH);
          }
        }
      }
    },
    movingAverage: (running, value, rate, factor, begin, end) => {
      const m = memory.all.floats;
      for (let i = begin; i < end; i++) {
        m[running / width + i] = (1 - rate) * m[running / width + i] + rate * factor * m[value / width + i];
      }
    },
  };
}
