/**
 * The two orders of a wedge's nodes in VTK files, told apart by the sign of the volume.
 *
 * Before 9.7, VTK documented the normal of 0-1-2 as pointing away from 3-4-5, and gmsh, meshio and Mesquite write so;
 * VTK 9.7 documents the other order. A file does not say which it has (meshio pull request 862, mfem issue 1887).
 */

import { meanVolume } from "../mean-volume.ts";
import type { CellBlock } from "../mesh.ts";
import type { ReadOptions } from "./cell-collector.ts";

/** From one order to the other, both ways. */
export const otherWedgeOrder = [0, 2, 1, 3, 5, 4] as const;

/** Puts the wedges of a VTK file into the order of `Mesh`, in place. */
export function settleWedges(points: Float64Array, cells: readonly CellBlock[], options: ReadOptions): void {
  const { wedgeOrder = "auto", onNote } = options;
  const wedges = cells.filter(({ kind }) => kind === "wedge");
  if (wedges.length === 0 || wedgeOrder === "gmsh") return;
  if (wedgeOrder === "auto") {
    const { negative, positive } = countSigns(points, wedges);
    if (negative <= positive) return;
    onNote?.(
      `${negative} of ${negative + positive} wedges have a negative volume: all are taken to be in the order of VTK before 9.7 and turned`,
    );
  }
  for (const { nodes } of wedges) turnWedges(nodes);
}

/** Nodes of wedges in the other order, in place. */
export function turnWedges(nodes: Int32Array): void {
  for (let at = 0; at < nodes.length; at += 6) {
    for (const [one, other] of [
      [1, 2],
      [4, 5],
    ]) {
      const kept = nodes[at + one];
      nodes[at + one] = nodes[at + other];
      nodes[at + other] = kept;
    }
  }
}

function countSigns(points: Float64Array, wedges: readonly CellBlock[]): { negative: number; positive: number } {
  const corners = new Float64Array(18);
  let negative = 0;
  let positive = 0;
  for (const { nodes } of wedges) {
    for (let at = 0; at < nodes.length; at += 6) {
      for (let i = 0; i < 18; i++) corners[i] = points[3 * nodes[at + Math.floor(i / 3)] + (i % 3)];
      if (meanVolume("wedge", corners) < 0) negative++;
      else positive++;
    }
  }
  return { negative, positive };
}
