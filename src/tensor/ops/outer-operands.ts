/**
 * The operands of the dense product y xᵀ over a batch, laid out in scratch memory as matrices of rows: in the batch
 * tensors lanes lie in blocks. The copy of y costs a few thousandths of the product (bench/kernels.ts, joinLanes).
 */

import { paddedLanes } from "../../kernels/index.ts";
import type { Tensor } from "../graph.ts";
import { laneBlocks } from "../lane-blocks.ts";
import type { Emitter } from "../program.ts";
import { emitJoined, joinedScratch } from "./joined-rows.ts";

/** Elements of scratch memory that the operands take, from its start: a multiple of 16. */
export function outerScratch(y: Tensor, x: Tensor): number {
  return paddedLanes(x.rows * x.batch) + joinedScratch(y);
}

/**
 * Appends the calls that lay them out.
 *
 * @param y  [O, B]
 * @param x  [I, B]
 * @returns  the addresses of y as [O, lanes] and of x turned to [B, I], so that the vector lanes of the product run over I
 *           and the padded lanes of the batch are never read
 */
export function emitOuterOperands(
  y: Tensor,
  x: Tensor,
  emitter: Emitter,
): { readonly left: number; readonly turned: number } {
  const turned = emitter.scratch();
  for (const block of laneBlocks(emitter, x.batch)) {
    const target = turned + block.firstLane * x.rows * emitter.bytesPerElement;
    emitter.call("transpose", [block.of(x), block.stride, target, x.rows, x.rows], block.valid, 16);
  }
  const left = emitJoined(y, emitter, paddedLanes(x.rows * x.batch));
  return { left, turned };
}
