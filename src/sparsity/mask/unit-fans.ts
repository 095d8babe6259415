/** Fans of single units under a mask: what a sparse layer's units really read and feed, unlike the layer's nominal fans. */

import { InputError } from "../../base/index.ts";
import type { Mask } from "../../nn/index.ts";

export interface UnitFans {
  /** [O]: active weights of each output unit. */
  readonly fanIns: Int32Array;
  /** [I]: active weights that read each input unit, kernel positions counted apart. */
  readonly fanOuts: Int32Array;
}

export interface KernelShape {
  /** Columns of the mask for one input channel: h · w of a convolution. Default 1. */
  readonly field?: number;
  /** Of a grouped convolution: its rows are split among that many sets of input channels. Default 1. */
  readonly groups?: number;
}

/**
 * Counts active weights by output and by input unit.
 *
 * @throws InputError  where the mask cannot be split into such kernels and groups
 */
export function unitFans(mask: Mask, { field = 1, groups = 1 }: KernelShape = {}): UnitFans {
  const { fanOut, fanIn, rowPointers, columnIndices } = mask;
  const channels = fanIn / field;
  if (!Number.isInteger(channels) || !Number.isInteger(fanOut / groups)) {
    throw new InputError(
      `unitFans: a mask of [${fanOut}, ${fanIn}] has no kernels of ${field} positions in ${groups} groups; rows must be a ` +
        "multiple of the groups, columns of the field",
    );
  }
  const fanIns = new Int32Array(fanOut);
  const fanOuts = new Int32Array(channels * groups);
  for (let row = 0; row < fanOut; row++) {
    fanIns[row] = rowPointers[row + 1] - rowPointers[row];
    const firstChannel = Math.floor(row / (fanOut / groups)) * channels;
    for (let k = rowPointers[row]; k < rowPointers[row + 1]; k++) {
      fanOuts[firstChannel + Math.floor(columnIndices[k] / field)]++;
    }
  }
  return { fanIns, fanOuts };
}
