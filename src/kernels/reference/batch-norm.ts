/** Batch normalisation, plainly: two passes for the moments, sums in float64. */

import type { BatchNormKernels } from "../contract.ts";
import type { Memory } from "../memory.ts";

/** Batch normalisation kernels on a memory. */
export function batchNorm(memory: Memory): BatchNormKernels {
  const width = memory.bytesPerElement;
  return {
    batchMoments: (x, mean, variance, batch, stride, begin, end) => {
      const m = memory.all.floats;
      for (let r = begin; r < end; r++) {
        const row = x / width + r * stride;
        let sum = 0;
        for (let b = 0; b < batch; b++) sum += m[row + b];
        const centre = sum / batch;
        let squares = 0;
        for (let b = 0; b < batch; b++) squares += (m[row + b] - centre) * (m[row + b] - centre);
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
    standardizeBackward: (gradient, standardized, inverse, out, batch, stride, begin, end) => {
      const m = memory.all.floats;
      for (let r = begin; r < end; r++) {
        const g = gradient / width + r * stride;
        const h = standardized / width + r * stride;
        let meanG = 0;
        let meanGH = 0;
        for (let b = 0; b < batch; b++) {
          meanG += m[g + b];
          meanGH += m[g + b] * m[h + b];
        }
        meanG /= batch;
        meanGH /= batch;
        const factor = m[inverse / width + r];
        for (let b = 0; b < stride; b++) {
          m[out / width + r * stride + b] = factor * (m[g + b] - meanG - m[h + b] * meanGH);
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
