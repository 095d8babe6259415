/** Shapes: lists of non-negative integer lengths, outermost first, and the few questions asked of them. */

import { ShapeError } from "./errors.ts";

export type Shape = readonly number[];

/** Number of elements: the product of the lengths; 1 for the scalar shape []. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

/** True when both shapes have the same lengths in the same order. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** A shape as messages print it: `[300, 784]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** @throws ShapeError unless every length is an integer ≥ 0; `where` opens the message. */
export function checkShape(where: string, shape: Shape): void {
  for (const length of shape) {
    if (!Number.isInteger(length) || length < 0) {
      throw new ShapeError(`${where}: every length must be an integer ≥ 0, got ${formatShape(shape)}`);
    }
  }
}
