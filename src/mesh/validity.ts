/** Which elements are inverted, flat or turned round, and turning them back. */

import { solidNumber, topologies } from "./elements.ts";
import { centre, volumeOf } from "./mean-volume.ts";
import { type CellBlock, type Mesh, nodesPerElement, withPoints } from "./mesh.ts";
import { gather, jacobianAt } from "./quality.ts";
import { type Solids, solidsOf } from "./solids.ts";

export interface Validity {
  /** Numbers among all cells of the mesh, rising. */
  readonly invalid: Int32Array;
  /** Of those, the ones with a node named twice, or all corner determinants 0 within rounding: they have no inside. */
  readonly degenerate: Int32Array;
  /** Of the invalid, the ones that are valid with their nodes in the order of `Topology.reversal`. */
  readonly reversed: Int32Array;
  /** Sum of mean volumes; interior moves do not change it in a conforming mesh. */
  readonly volume: number;
}

/** Checks every solid element. @throws InputError  for a mesh without solids */
export function checkValidity(mesh: Mesh): Validity {
  const solids = solidsOf(mesh, "checkValidity");
  const invalid: number[] = [];
  const degenerate: number[] = [];
  const reversed: number[] = [];
  for (let e = 0; e < solids.count; e++) {
    if (jacobianAt(solids.kind[e], mesh.points, solids.nodes, solids.start[e]) > 0) continue;
    invalid.push(solids.cell[e]);
    if (isDegenerate(solids, mesh.points, e)) degenerate.push(solids.cell[e]);
    else if (validReversed(solids, mesh.points, e)) reversed.push(solids.cell[e]);
  }
  return {
    invalid: Int32Array.from(invalid),
    degenerate: Int32Array.from(degenerate),
    reversed: Int32Array.from(reversed),
    volume: volumeSum(solids, mesh.points),
  };
}

/** Sum of the mean volumes of all elements, in cubic units of the points. */
export function volumeSum(solids: Solids, points: Float64Array): number {
  const x = new Float64Array(24);
  const centroid = new Float64Array(3);
  let total = 0;
  for (let e = 0; e < solids.count; e++) total += elementVolume(solids, points, e, x, centroid);
  return total;
}

function elementVolume(
  solids: Solids,
  points: Float64Array,
  e: number,
  x: Float64Array,
  centroid: Float64Array,
): number {
  const { size } = topologies[solids.kind[e]];
  gather(points, solids.nodes, solids.start[e], size, x);
  centre(size, x, centroid);
  return volumeOf(solids.kind[e], x);
}

function isDegenerate(solids: Solids, points: Float64Array, e: number): boolean {
  const { size, corners } = topologies[solids.kind[e]];
  const nodes = solids.nodes.subarray(solids.start[e], solids.start[e] + size);
  if (new Set(nodes).size < size) return true;
  const x = new Float64Array(24);
  gather(points, solids.nodes, solids.start[e], size, x);
  const r = centre(size, x, new Float64Array(3));
  const inOrder = Int32Array.from(nodes, (_, i) => i);
  // Rounding of a determinant of edges as long as r.
  const noise = 1e-14 * r * r * r;
  const least = jacobianAt(solids.kind[e], x, inOrder, 0);
  const turned = jacobianAt(solids.kind[e], x, Int32Array.from(topologies[solids.kind[e]].reversal), 0);
  return corners.length > 0 && Math.abs(least) <= noise && Math.abs(turned) <= noise;
}

function validReversed(solids: Solids, points: Float64Array, e: number): boolean {
  const turned = Int32Array.from(topologies[solids.kind[e]].reversal, (i) => solids.nodes[solids.start[e] + i]);
  return jacobianAt(solids.kind[e], points, turned, 0) > 0;
}

/**
 * Turns round the elements that are valid the other way round; others stay as they are. Faces, fields and order of cells are
 * kept.
 *
 * @returns the mesh, and how many elements were turned; the mesh itself where there were none
 */
export function orient(mesh: Mesh): { readonly mesh: Mesh; readonly turned: number } {
  const { reversed } = checkValidity(mesh);
  if (reversed.length === 0) return { mesh, turned: 0 };
  const turn = new Set(reversed);
  let cell = 0;
  const cells: CellBlock[] = mesh.cells.map((block) => {
    const size = nodesPerElement[block.kind];
    const number = solidNumber(block.kind);
    const nodes = block.nodes.slice();
    for (let from = 0; from < nodes.length; from += size, cell++) {
      if (number < 0 || !turn.has(cell)) continue;
      topologies[number].reversal.forEach((j, i) => {
        nodes[from + i] = block.nodes[from + j];
      });
    }
    return { kind: block.kind, nodes };
  });
  return { mesh: withPoints({ ...mesh, cells }, mesh.points), turned: reversed.length };
}
