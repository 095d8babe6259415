/** Gmsh's element types by number: the kind of their corners, which come first, and how many nodes they have. */

import type { ElementKind } from "../mesh.ts";

export interface GmshType {
  readonly kind: ElementKind;
  readonly nodes: number;
  readonly linear: boolean;
}

const linear: readonly (readonly [number, ElementKind, number])[] = [
  [1, "line", 2],
  [2, "triangle", 3],
  [3, "quadrilateral", 4],
  [4, "tetrahedron", 4],
  [5, "hexahedron", 8],
  [6, "wedge", 6],
  [7, "pyramid", 5],
  [15, "vertex", 1],
];

/** Up to the fifth order; higher ones are refused as unknown. */
const higher: readonly (readonly [number, ElementKind, number])[] = [
  [8, "line", 3],
  [9, "triangle", 6],
  [10, "quadrilateral", 9],
  [11, "tetrahedron", 10],
  [12, "hexahedron", 27],
  [13, "wedge", 18],
  [14, "pyramid", 14],
  [16, "quadrilateral", 8],
  [17, "hexahedron", 20],
  [18, "wedge", 15],
  [19, "pyramid", 13],
  [20, "triangle", 9],
  [21, "triangle", 10],
  [22, "triangle", 12],
  [23, "triangle", 15],
  [24, "triangle", 15],
  [25, "triangle", 21],
  [26, "line", 4],
  [27, "line", 5],
  [28, "line", 6],
  [29, "tetrahedron", 20],
  [30, "tetrahedron", 35],
  [31, "tetrahedron", 56],
  [36, "quadrilateral", 16],
  [37, "quadrilateral", 25],
  [38, "quadrilateral", 36],
  [90, "wedge", 40],
  [91, "wedge", 75],
  [92, "hexahedron", 64],
  [93, "hexahedron", 125],
];

export const gmshTypes: ReadonlyMap<number, GmshType> = new Map(
  [...linear, ...higher].map(([code, kind, nodes], index) => [code, { kind, nodes, linear: index < linear.length }]),
);

/** Gmsh's number for a kind, or undefined for an octahedron. */
export function gmshType(kind: ElementKind): number | undefined {
  return linear.find(([, known]) => known === kind)?.[0];
}

/** Names of the arrays that hold what Gmsh knows of nodes and elements. The first three are meshio's names as well. */
export const gmshNames = {
  /** [cells]: the physical group of a cell, 0 for none; a cell in several has the others in "gmsh:physical:2", ... */
  physical: "gmsh:physical",
  /** [cells]: tag of the entity of the model that a cell is part of. */
  geometrical: "gmsh:geometrical",
  /** [points, 2]: dimension and tag of the entity that a node lies on; MSH 4.1 only. */
  dimTags: "gmsh:dim_tags",
  /** [points], [cells]: the file's own numbers, where they are not 1, 2, 3, ... */
  node: "gmsh:node",
  element: "gmsh:element",
} as const;

/** Name of the array of a cell's `layer`-th physical group, from 0. */
export function physicalName(layer: number): string {
  return layer === 0 ? gmshNames.physical : `${gmshNames.physical}:${layer + 1}`;
}
