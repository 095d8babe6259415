/** A batch tensor as one matrix of rows in scratch memory, for products whose operand must not lie in blocks of lanes. */

import { blockLanes } from "../../kernels/index.ts";
import type { Tensor } from "../graph.ts";
import type { Emitter } from "../program.ts";

/** Elements of scratch memory that the rows of x take: none where x is of a single block, which is such a matrix already. */
export function joinedScratch(x: Tensor): number {
  return x.batch > blockLanes ? x.rows * x.lanes : 0;
}

/**
 * Appends the call that joins the rows of x, if one is needed.
 *
 * @param offset  element of the node's scratch memory to begin at, a multiple of 16. Default 0
 * @returns       the address of [rows, lanes]
 */
export function emitJoined(x: Tensor, emitter: Emitter, offset = 0): number {
  if (x.batch <= blockLanes) return emitter.address(x);
  const rows = emitter.scratch() + offset * emitter.bytesPerElement;
  emitter.call("joinLanes", [emitter.address(x), rows, x.batch, x.rows], x.rows);
  return rows;
}
