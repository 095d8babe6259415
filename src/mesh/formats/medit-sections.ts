/** Sections of Medit's format that hold cells and marks of points: names in text, codes in binary (libMeshb), node counts. */

import type { ElementKind } from "../mesh.ts";

export interface MeditCells {
  readonly kind: ElementKind;
  readonly nodes: number;
  readonly linear: boolean;
  /** Code in .meshb files; 0 for sections that are read from text alone. */
  readonly code: number;
}

/** In the order in which they are written. Corners of higher-order cells come first. */
export const meditCells: ReadonlyMap<string, MeditCells> = new Map([
  ["Edges", { kind: "line", nodes: 2, linear: true, code: 5 }],
  ["Triangles", { kind: "triangle", nodes: 3, linear: true, code: 6 }],
  ["Quadrilaterals", { kind: "quadrilateral", nodes: 4, linear: true, code: 7 }],
  ["Tetrahedra", { kind: "tetrahedron", nodes: 4, linear: true, code: 8 }],
  ["Prisms", { kind: "wedge", nodes: 6, linear: true, code: 9 }],
  ["Hexahedra", { kind: "hexahedron", nodes: 8, linear: true, code: 10 }],
  ["Pyramids", { kind: "pyramid", nodes: 5, linear: true, code: 49 }],
  ["EdgesP2", { kind: "line", nodes: 3, linear: false, code: 0 }],
  ["TrianglesP2", { kind: "triangle", nodes: 6, linear: false, code: 0 }],
  ["QuadrilateralsQ2", { kind: "quadrilateral", nodes: 9, linear: false, code: 0 }],
  ["TetrahedraP2", { kind: "tetrahedron", nodes: 10, linear: false, code: 0 }],
  ["PyramidsP2", { kind: "pyramid", nodes: 14, linear: false, code: 0 }],
  ["PrismsP2", { kind: "wedge", nodes: 18, linear: false, code: 0 }],
  ["HexahedraQ2", { kind: "hexahedron", nodes: 27, linear: false, code: 0 }],
] satisfies [string, MeditCells][]);

/** Lists of points, kept as point data that is 1 for those in the list: name of the data and code. */
export const meditMarks: ReadonlyMap<string, { readonly data: string; readonly code: number }> = new Map([
  ["Corners", { data: "medit:corner", code: 13 }],
  ["RequiredVertices", { data: "medit:required", code: 15 }],
]);

/** The array of references, on points and on cells, by meshio's name. */
export const meditReference = "medit:ref";
