/** Classification losses, plainly: per column, the largest logit taken out before any exponential. */

import { exp, log } from "../../base/index.ts";
import type { LossKernels } from "../contract.ts";
import type { Memory } from "../memory.ts";

/** Classification kernels on a memory. */
export function loss(memory: Memory): LossKernels {
  const width = memory.bytesPerElement;

  /** Largest logit of column b, and Σ_c e^(logit - largest). */
  function normalizer(logits: number, classes: number, stride: number, b: number): { largest: number; total: number } {
    const m = memory.all.floats;
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) largest = Math.max(largest, m[logits / width + c * stride + b]);
    let total = 0;
    for (let c = 0; c < classes; c++) total += exp(m[logits / width + c * stride + b] - largest);
    return { largest, total };
  }

  /** out[c, b] = softmax(logits)[c, b] - correction(b, c). */
  function softmaxLess(
    logits: number,
    out: number,
    classes: number,
    stride: number,
    begin: number,
    end: number,
    correction: (b: number, c: number) => number,
  ): void {
    const m = memory.all.floats;
    for (let b = begin; b < end; b++) {
      const { largest, total } = normalizer(logits, classes, stride, b);
      for (let c = 0; c < classes; c++) {
        const place = c * stride + b;
        m[out / width + place] = exp(m[logits / width + place] - largest) / total - correction(b, c);
      }
    }
  }

  return {
    softmax: (logits, out, classes, stride, begin, end) =>
      softmaxLess(logits, out, classes, stride, begin, end, () => 0),
    softmaxResidual: (logits, labels, out, classes, stride, begin, end) => {
      const int32 = memory.all.int32;
      softmaxLess(logits, out, classes, stride, begin, end, (b, c) => (int32[labels / 4 + b] === c ? 1 : 0));
    },
    crossEntropy: (logits, labels, out, classes, stride, begin, end) => {
      const m = memory.all.floats;
      for (let b = begin; b < end; b++) {
        const { largest, total } = normalizer(logits, classes, stride, b);
        const own = m[logits / width + memory.all.int32[labels / 4 + b] * stride + b];
        m[out / width + b] = log(total) - (own - largest);
      }
    },
    correct: (logits, labels, out, classes, stride, begin, end) => {
      const m = memory.all.floats;
      for (let b = begin; b < end; b++) {
        const label = memory.all.int32[labels / 4 + b];
        const own = m[logits / width + label * stride + b];
        // Written so that any comparison with NaN fails.
        let right = true;
        for (let c = 0; c < classes; c++) {
          const other = m[logits / width + c * stride + b];
          right &&= c < label ? other < own : other <= own;
        }
        m[out / width + b] = right ? 1 : 0;
      }
    },
  };
}
