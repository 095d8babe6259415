/** Optimizer updates, plainly: each reads its numbers from the hyper array and walks the parameters once. */

import { hyperSlots, type UpdateKernels } from "../contract.ts";
import type { Memory } from "../memory.ts";

/** Update kernels on a memory. */
export function updates(memory: Memory): UpdateKernels {
  const width = memory.bytesPerElement;

  /** Replaces w[i] by w[i] (1 - lr decoupled) - lr step(i, g'), g' = g[i] + weightDecay w[i]. */
  function update(
    w: number,
    g: number,
    hyper: number,
    begin: number,
    end: number,
    step: (i: number, gradient: number, numbers: (slot: keyof typeof hyperSlots) => number) => number,
  ): void {
    const m = memory.all.floats;
    const numbers = (slot: keyof typeof hyperSlots): number => m[hyper / width + hyperSlots[slot]];
    const rate = numbers("learningRate");
    const kept = 1 - rate * numbers("decoupledDecay");
    for (let i = begin; i < end; i++) {
      const weight = m[w / width + i];
      const gradient = m[g / width + i] + numbers("weightDecay") * weight;
      m[w / width + i] = weight * kept - rate * step(i, gradient, numbers);
    }
  }

  return {
    sgdUpdate: (w, g, hyper, begin, end) => update(w, g, hyper, begin, end, (_, gradient) => gradient),
    momentumUpdate: (w, g, v, hyper, begin, end) => {
      const m = memory.all.floats;
      update(w, g, hyper, begin, end, (i, gradient, numbers) => {
        const velocity = numbers("first") * m[v / width + i] + numbers("oneMinusSecond") * gradient;
        m[v / width + i] = velocity;
        return numbers("correctionFirst") === 1 ? gradient + numbers("first") * velocity : velocity;
      });
    },
    adamUpdate: (w, g, first, second, hyper, begin, end) => {
      const m = memory.all.floats;
      update(w, g, hyper, begin, end, (i, gradient, numbers) => {
        const mean = numbers("first") * m[first / width + i] + numbers("oneMinusFirst") * gradient;
        const square = numbers("second") * m[second / width + i] + numbers("oneMinusSecond") * (gradient * gradient);
        m[first / width + i] = mean;
        m[second / width + i] = square;
        const root = Math.sqrt(square) / numbers("correctionSecond") + numbers("epsilon");
        return mean / numbers("correctionFirst") / root;
      });
    },
    rmspropUpdate: (w, g, v, hyper, begin, end) => {
      const m = memory.all.floats;
      update(w, g, hyper, begin, end, (i, gradient, numbers) => {
        const square = numbers("first") * m[v / width + i] + numbers("oneMinusFirst") * (gradient * gradient);
        m[v / width + i] = square;
        return gradient / (Math.sqrt(square) + numbers("epsilon"));
      });
    },
    adagradUpdate: (w, g, s, hyper, begin, end) => {
      const m = memory.all.floats;
      update(w, g, hyper, begin, end, (i, gradient, numbers) => {
        const square = m[s / width + i] + gradient * gradient;
        m[s / width + i] = square;
        return gradient / (Math.sqrt(square) + numbers("epsilon"));
      });
    },
  };
}
