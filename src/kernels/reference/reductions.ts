/** Reductions of n contiguous floats by blocks, plainly: float64 partial sums, added in order. */

import { type ReductionKernels, reductionBlock } from "../contract.ts";
import type { Memory } from "../memory.ts";

/** Reduction kernels on a memory. */
export function reductions(memory: Memory): ReductionKernels {
  const width = memory.bytesPerElement;

  /** The partial sums of f over blocks [begin, end) of n elements. */
  function reduce(n: number, partials: number, begin: number, end: number, f: (i: number) => number): void {
    for (let k = begin; k < end; k++) {
      let sum = 0;
      for (let i = k * reductionBlock; i < Math.min(n, (k + 1) * reductionBlock); i++) sum += f(i);
      memory.all.float64[partials / 8 + k] = sum;
    }
  }

  /** Element i of the array at an address. */
  function at(address: number): (i: number) => number {
    const m = memory.all.floats;
    return (i) => m[address / width + i];
  }

  function total(partials: number, blocks: number): number {
    let sum = 0;
    for (let k = 0; k < blocks; k++) sum += memory.all.float64[partials / 8 + k];
    return sum;
  }

  return {
    reduceSum: (x, n, partials, begin, end) => reduce(n, partials, begin, end, at(x)),
    reduceAbsolute: (x, n, partials, begin, end) => {
      const xAt = at(x);
      reduce(n, partials, begin, end, (i) => Math.abs(xAt(i)));
    },
    reduceSquares: (x, n, partials, begin, end) => {
      const xAt = at(x);
      reduce(n, partials, begin, end, (i) => xAt(i) * xAt(i));
    },
    reduceDot: (a, b, n, partials, begin, end) => {
      const aAt = at(a);
      const bAt = at(b);
      reduce(n, partials, begin, end, (i) => aAt(i) * bAt(i));
    },
    combine: (partials, blocks, out, begin, end) => {
      if (begin < end) memory.all.floats[out / width] = total(partials, blocks);
    },
    combineRoot: (partials, blocks, out, begin, end) => {
      if (begin < end) memory.all.floats[out / width] = Math.sqrt(total(partials, blocks));
    },
  };
}
