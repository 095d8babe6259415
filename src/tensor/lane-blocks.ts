/**
 * Kernel calls by blocks of lanes: what an operation's `emit` needs to run a kernel on each block of its tensors.
 *
 * Block q of a tensor of any number of rows begins 32 q rows elements behind the tensor, so that one block serves all
 * operands of a call. See kernels/lane-blocks.ts for the layout.
 */

import { blockLanes, blockWidth, paddedLanes } from "../kernels/index.ts";
import type { Variable } from "./engine.ts";
import type { Tensor } from "./graph.ts";
import type { Emitter } from "./program.ts";

/** A run of lanes of all tensors of one batch. */
export interface LaneBlock {
  readonly firstLane: number;
  /** Elements from one row of a block to the next: 32, or 16 in a last block. */
  readonly stride: number;
  /** Lanes of the run, padded ones included: the stride, or a multiple of it where a run is of several blocks. */
  readonly lanes: number;
  /** Valid ones of the lanes. */
  readonly valid: number;
  /** Address of the block in a tensor over the batch. */
  of(tensor: Tensor): number;
  /** Address of the block in a variable [B]. */
  ofVariable(variable: Variable): number;
}

/** The blocks of the lanes of `batch` examples, one by one. */
export function laneBlocks(emitter: Emitter, batch: number): LaneBlock[] {
  const lanes = paddedLanes(batch);
  return Array.from({ length: Math.ceil(lanes / blockLanes) }, (_, q) => {
    const stride = blockWidth(batch, q * blockLanes);
    return laneBlock(emitter, batch, q * blockLanes, stride, stride);
  });
}

/** The same lanes in one run of all blocks of 32 lanes and one of the last block, where that is narrower. */
export function laneRuns(emitter: Emitter, batch: number): LaneBlock[] {
  const lanes = paddedLanes(batch);
  const whole = lanes - (lanes % blockLanes);
  return [
    ...(whole > 0 ? [laneBlock(emitter, batch, 0, blockLanes, whole)] : []),
    ...(whole < lanes ? [laneBlock(emitter, batch, whole, lanes - whole, lanes - whole)] : []),
  ];
}

function laneBlock(emitter: Emitter, batch: number, firstLane: number, stride: number, lanes: number): LaneBlock {
  return {
    firstLane,
    stride,
    lanes,
    valid: Math.min(lanes, batch - firstLane),
    of: (tensor) => emitter.address(tensor) + firstLane * tensor.rows * (tensor.integer ? 4 : emitter.bytesPerElement),
    ofVariable: (variable) => variable.address + firstLane * (variable.type === "int32" ? 4 : emitter.bytesPerElement),
  };
}
