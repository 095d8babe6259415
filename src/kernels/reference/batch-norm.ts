/** Batch normalisation, plainly: two passes for the moments, sums in float64. */

import type { BatchNormKernels } from "../contract.ts";
import { lanePlace, paddedLanes } from "../lane-blocks.ts";
import type { Memory } from "../memory.ts";

/** Batch normalisation kernels on a memory. */
export function batchNorm(memory: Memory): BatchNormKernels {
  const width = memory.bytesPerElement;
  return {
    batchMoments: (x, mean, variance, batch, rows, begin, end) => {
      const m = memory.all.floats;
      for (let r = begin; r < end; r++) {
        const at = (b: number) => m[x / width + lanePlace(rows, batch, r, b)];
        let sum = 0;
        for (let b = 0; b < batch; b++) sum += at(b);
        const centre = sum / batch;
        let squares = 0;
        for (let b = 0; b < batch; b++) squares += (at(b) - centre) * (at(b) - centre);
        m[mean / width + r] = centre;
        m[variance / width + r] = squares / batch;
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
    standardizeBackward: (gradient, standardized, inverse, out, batch, rows, begin, end) => {
      const m = memory.all.floats;
      for (let r = begin; r < end; r++) {
        const place = (b: number) => lanePlace(rows, batch, r, b);
        let meanG = 0;
        let meanGH = 0;
        for (let b = 0; b < batch; b++) {
          meanG += m[gradient / width + place(b)];
          meanGH += m[gradient / width + place(b)] * m[standardized / width + place(b)];
        }
        meanG /= batch;
        meanGH /= batch;
        const factor = m[inverse / width + r];
        for (let b = 0; b < paddedLanes(batch); b++) {
          const [g, h] = [m[gradient / width + place(b)], m[standardized / width + place(b)]];
          m[out / width + place(b)] = factor * (g - meanG - h * meanGH);
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
