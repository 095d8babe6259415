/** Cells by the numbers of VTK's types, for the legacy format and for VTU: kinds, node orders, and what is refused. */

import { InputError } from "../../base/index.ts";
import { type CellBlock, type ElementKind, nodesPerElement } from "../mesh.ts";
import { type CellCollector, type ReadOptions, refuseCell } from "./cell-collector.ts";
import { turnWedges } from "./wedge-order.ts";

interface VtkCell {
  readonly kind: ElementKind;
  /** Corners in our order, where VTK has another. */
  readonly order?: readonly number[];
}

/** Cells that are linear: of as many nodes as the kind. */
const linear: ReadonlyMap<number, VtkCell> = new Map<number, VtkCell>([
  [1, { kind: "vertex" }],
  [3, { kind: "line" }],
  [5, { kind: "triangle" }],
  // Pixel and voxel: quadrilateral and hexahedron with nodes counted x first, then y, then z.
  [8, { kind: "quadrilateral", order: [0, 1, 3, 2] }],
  [9, { kind: "quadrilateral" }],
  [10, { kind: "tetrahedron" }],
  [11, { kind: "hexahedron", order: [0, 1, 3, 2, 4, 5, 7, 6] }],
  [12, { kind: "hexahedron" }],
  [13, { kind: "wedge" }],
  [14, { kind: "pyramid" }],
]);

/** Kinds of the linear cells by the number of nodes that a polygon, polyline or polyvertex happens to have. */
const small: ReadonlyMap<string, ElementKind> = new Map([
  ["2:1", "vertex"],
  ["4:2", "line"],
  ["6:3", "triangle"],
  ["7:3", "triangle"],
  ["7:4", "quadrilateral"],
]);

/** Cells of higher order, whose first nodes are their corners: kind of the corners and number of nodes, 0 for any. */
const higherOrder: ReadonlyMap<number, readonly [ElementKind, number]> = new Map([
  [21, ["line", 3]],
  [22, ["triangle", 6]],
  [23, ["quadrilateral", 8]],
  [24, ["tetrahedron", 10]],
  [25, ["hexahedron", 20]],
  [26, ["wedge", 15]],
  [27, ["pyramid", 13]],
  [28, ["quadrilateral", 9]],
  [29, ["hexahedron", 27]],
  [30, ["quadrilateral", 6]],
  [31, ["wedge", 12]],
  [32, ["wedge", 18]],
  [33, ["hexahedron", 24]],
  [34, ["triangle", 7]],
  [35, ["line", 4]],
  [37, ["pyramid", 19]],
  [68, ["line", 0]],
  [69, ["triangle", 0]],
  [70, ["quadrilateral", 0]],
  [71, ["tetrahedron", 0]],
  [72, ["hexahedron", 0]],
  [73, ["wedge", 0]],
  [74, ["pyramid", 0]],
  [75, ["line", 0]],
  [76, ["triangle", 0]],
  [77, ["quadrilateral", 0]],
  [78, ["tetrahedron", 0]],
  [79, ["hexahedron", 0]],
  [80, ["wedge", 0]],
  [81, ["pyramid", 0]],
] as const);

const otherNames: ReadonlyMap<number, string> = new Map([
  [0, "cell without nodes"],
  [2, "set of vertices"],
  [4, "polyline"],
  [6, "strip of triangles"],
  [7, "polygon"],
  [15, "pentagonal prism"],
  [16, "hexagonal prism"],
  [36, "quadratic polygon"],
  [42, "polyhedron"],
]);

/** Types that VTK gives to our kinds; it knows no octahedron. */
export const vtkTypes: Readonly<Partial<Record<ElementKind, number>>> = {
  vertex: 1,
  line: 3,
  triangle: 5,
  quadrilateral: 9,
  tetrahedron: 10,
  hexahedron: 12,
  wedge: 13,
  pyramid: 14,
};

/** Cells as both formats have them once read. */
export interface VtkCells {
  /** [n] */
  readonly types: ArrayLike<number>;
  /** [n]: where the nodes of a cell end; they begin where those of the cell before end, at 0 for the first. */
  readonly ends: ArrayLike<number>;
  readonly nodes: ArrayLike<number>;
}

/**
 * Adds cells to a collector.
 *
 * @param where       gives the file and where its cells begin, for messages: counting lines is for refusals alone
 * @param firstPoint  added to each node: where the points of this piece begin
 * @param pointCount  points of this piece
 */
export function addVtkCells(
  where: () => string,
  { types, ends, nodes }: VtkCells,
  into: CellCollector,
  { linearise = false }: ReadOptions,
  pointCount: number,
  firstPoint = 0,
): void {
  const corners: number[] = [];
  let start = 0;
  for (let cell = 0; cell < types.length; cell++) {
    const end = ends[cell];
    if (!(end >= start && end <= nodes.length)) {
      throw new InputError(
        `${where()}: offsets must rise from 0 to the ${nodes.length} nodes of all cells, cell ${cell} goes from ${start} to ${end}; the file is damaged: write it again`,
      );
    }
    const size = end - start;
    const type = types[cell];
    const { kind, order } = linear.get(type) ?? lineariseCell(() => `${where()}: cell ${cell}`, type, size, linearise);
    const needed = nodesPerElement[kind];
    if (size !== needed && linear.has(type)) {
      throw new InputError(
        `${where()}: cell ${cell}: a ${kind} has ${needed} nodes, got ${size}; the file is damaged: write it again`,
      );
    }
    corners.length = 0;
    for (let i = start; i < end; i++) {
      if (!(nodes[i] >= 0 && nodes[i] < pointCount)) {
        throw new InputError(
          `${where()}: cell ${cell} (${kind}) names point ${nodes[i]}; points are 0 to ${pointCount - 1}; the file is damaged: write it again`,
        );
      }
      corners.push(nodes[i] + firstPoint);
    }
    into.add(kind, corners, 0, order);
    if (size > needed) into.drop(corners, needed, size);
    start = end;
  }
}

/** The linear kind to take a cell of another type for, or the refusal. */
function lineariseCell(where: () => string, type: number, size: number, linearise: boolean): VtkCell {
  const kind = small.get(`${type}:${size}`);
  if (kind !== undefined) return { kind };
  const higher = higherOrder.get(type);
  if (higher === undefined) {
    throw refuseCell(where(), `${otherNames.get(type) ?? "cell unknown to VTK"} (type ${type}, ${size} nodes)`, false);
  }
  const [corners, nodes] = higher;
  if (!linearise) throw refuseCell(where(), `quadratic ${corners} (type ${type}, ${size} nodes)`, true);
  if (nodes === 0 ? size < nodesPerElement[corners] : size !== nodes) {
    throw new InputError(
      `${where()}: a cell of type ${type} has ${nodes || "more"} nodes, got ${size}; the file is damaged: write it again`,
    );
  }
  return { kind: corners };
}

/** The cells of a mesh as VTK has them: wedges turned where asked. */
export function vtkCellsOf(
  where: string,
  cells: readonly CellBlock[],
  wedgeOrder: "vtk-legacy" | "gmsh",
): { types: Uint8Array; ends: Int32Array; nodes: Int32Array } {
  const counts = cells.map(({ kind, nodes }) => {
    const type = vtkTypes[kind];
    if (type === undefined) throw new InputError(`${where}: VTK has no ${kind}; split it into tetrahedra or pyramids`);
    return nodes.length / nodesPerElement[kind];
  });
  const types = new Uint8Array(counts.reduce((total, count) => total + count, 0));
  const ends = new Int32Array(types.length);
  const all = new Int32Array(cells.reduce((total, block) => total + block.nodes.length, 0));
  let cell = 0;
  let end = 0;
  cells.forEach(({ kind, nodes }, index) => {
    all.set(nodes, end);
    if (kind === "wedge" && wedgeOrder === "vtk-legacy") turnWedges(all.subarray(end, end + nodes.length));
    types.fill(vtkTypes[kind] as number, cell, cell + counts[index]);
    for (let i = 0; i < counts[index]; i++) ends[cell++] = end += nodesPerElement[kind];
  });
  return { types, ends, nodes: all };
}
