/** One element as the caller gives it: its coordinates, checked and copied. */

import { InputError, unknownName } from "../base/index.ts";
import { type SolidKind, solidKinds, solidNumber, topologies } from "./elements.ts";

/** The number of the kind, and a copy of the coordinates. */
export function checkElement(
  where: string,
  kind: SolidKind,
  points: ArrayLike<number>,
): { number: number; x: Float64Array } {
  const number = solidNumber(kind);
  if (number < 0) throw unknownName(where, "solid element", kind, solidKinds);
  const expected = 3 * topologies[number].size;
  if (points.length !== expected) {
    throw new InputError(
      `${where}: a ${kind} has ${topologies[number].size} nodes, so ${expected} coordinates, got ${points.length}`,
    );
  }
  return { number, x: Float64Array.from(points) };
}
