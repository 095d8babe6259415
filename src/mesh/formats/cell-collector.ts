/** Cells gathered one by one into blocks of one kind each, in the order of the file, and what is left out on the way. */

import { InputError } from "../../base/index.ts";
import { type CellBlock, type DataArray, type ElementKind, type Mesh, nodesPerElement } from "../mesh.ts";
import { newValues, typeOfValues } from "./data-values.ts";

/** What the readers are told. */
export interface ReadOptions {
  /**
   * Node order of wedges in VTK files: "vtk-legacy" has the normal of 0-1-2 away from 3-4-5, "gmsh" (and VTK 9.7)
   * towards it; "auto" (default) takes the one that makes most wedges of the file positive.
   */
  readonly wedgeOrder?: "auto" | "vtk-legacy" | "gmsh";
  /** Keep the corners of quadratic cells and drop the points that are nothing but mid-side nodes. Refused otherwise. */
  readonly linearise?: boolean;
  /** Called with one sentence for each thing that was mended or could not be kept. */
  readonly onNote?: (note: string) => void;
}

interface OpenBlock {
  readonly kind: ElementKind;
  nodes: Int32Array;
  length: number;
}

export class CellCollector {
  /** Cells added so far. */
  count = 0;
  private readonly blocks: OpenBlock[] = [];
  private readonly dropped: number[] = [];

  /** Adds the cell whose nodes begin at `start`; `order` names the corners where a format has its own order. */
  add(kind: ElementKind, nodes: ArrayLike<number>, start = 0, order?: readonly number[]): void {
    const size = nodesPerElement[kind];
    let block = this.blocks.at(-1);
    if (block?.kind !== kind) {
      block = { kind, nodes: new Int32Array(size * 16), length: 0 };
      this.blocks.push(block);
    }
    if (block.length + size > block.nodes.length) {
      const larger = new Int32Array(block.nodes.length * 2);
      larger.set(block.nodes);
      block.nodes = larger;
    }
    for (let i = 0; i < size; i++) block.nodes[block.length++] = nodes[start + (order === undefined ? i : order[i])];
    this.count++;
  }

  /** Remembers the mid-side nodes [start, end) of a quadratic cell whose corners were added. */
  drop(nodes: ArrayLike<number>, start: number, end: number): void {
    for (let i = start; i < end; i++) this.dropped.push(nodes[i]);
  }

  /** Whether points will be left out, so that those kept need their numbers said. */
  get drops(): boolean {
    return this.dropped.length > 0;
  }

  /** The blocks; the collector is spent. */
  finish(): CellBlock[] {
    return this.blocks.map(({ kind, nodes, length }) => ({ kind, nodes: nodes.slice(0, length) }));
  }

  /** The mesh without the points that were dropped and are no corner of any cell. */
  withoutDropped(mesh: Mesh, { onNote }: ReadOptions): Mesh {
    if (this.dropped.length === 0) return mesh;
    const count = mesh.points.length / 3;
    const keep = new Uint8Array(count).fill(1);
    for (const node of this.dropped) keep[node] = 0;
    for (const { nodes } of mesh.cells) for (const node of nodes) keep[node] = 1;
    const place = new Int32Array(count);
    let kept = 0;
    for (let i = 0; i < count; i++) {
      place[i] = kept;
      kept += keep[i];
    }
    onNote?.(`quadratic cells are read by their corners: ${count - kept} of ${count} points were mid-side nodes`);
    return {
      points: rowsKept(mesh.points, 3, keep, kept) as Float64Array,
      cells: mesh.cells.map(({ kind, nodes }) => ({ kind, nodes: nodes.map((node) => place[node]) })),
      fields: {
        ...mesh.fields,
        pointData: mesh.fields.pointData.map((data) => ({
          ...data,
          values: rowsKept(data.values, data.components, keep, kept),
        })),
      },
    };
  }
}

function rowsKept(values: DataArray["values"], components: number, keep: Uint8Array, kept: number) {
  const rows = newValues(typeOfValues(values), kept * components);
  let at = 0;
  for (let i = 0; i < keep.length; i++) {
    if (keep[i] === 0) continue;
    for (let j = 0; j < components; j++) rows[at++] = values[i * components + j];
  }
  return rows;
}

/** The refusal of a cell that is no linear one: `what` names it ("quadratic tetrahedron (24)"). */
export function refuseCell(where: string, what: string, quadratic: boolean): InputError {
  const cure = quadratic
    ? "read it with linearise: true to keep the corners alone, or write first-order cells"
    : "remove it, or split it into tetrahedra, pyramids, wedges and hexahedra";
  return new InputError(
    `${where}: cells must be linear and of a fixed kind, got ${/^[aeiou]/.test(what) ? "an" : "a"} ${what}; ${cure}`,
  );
}
