/** Abaqus element names: the kind of their corners and how many nodes they have. */

import type { ElementKind } from "../mesh.ts";

export interface AbaqusType {
  readonly kind: ElementKind;
  readonly nodes: number;
  readonly linear: boolean;
}

type Rows = readonly (readonly [number, ElementKind])[];

const solids: Rows = [
  [4, "tetrahedron"],
  [5, "pyramid"],
  [6, "wedge"],
  [8, "hexahedron"],
  [10, "tetrahedron"],
  [13, "pyramid"],
  [15, "wedge"],
  [20, "hexahedron"],
  [27, "hexahedron"],
];
const faces: Rows = [
  [3, "triangle"],
  [4, "quadrilateral"],
  [6, "triangle"],
  [8, "quadrilateral"],
  [9, "quadrilateral"],
];

/**
 * Families by how their names begin; the number after that counts nodes, and what follows (R reduced integration, H hybrid,
 * I incompatible modes, T with temperature, ...) says nothing of the shape.
 */
const families: readonly (readonly [RegExp, Rows])[] = [
  [/^(?:C|DC|DCC|AC|EC|Q|EMC)3D(\d+)/, solids],
  [/^(?:SC|CSS|COH3D)(6|8)/, solids],
  [/^(?:CPS|CPE|CPEG|CAX|CGAX|DC2D|AC2D|DCAX|ACAX|DS|S|M3D|R3D|SFM3D|F3D|DCC2D|EMC2D)([34689])(?!\d)/, faces],
  [/^STRI(3|65)/, [...faces, [65, "triangle"]]],
  [
    /^(?:T2D|T3D|R2D|DC1D|AC1D|F2D|M2D|GK2D)(2|3)/,
    [
      [2, "line"],
      [3, "line"],
    ],
  ],
  [
    /^B[23](1|2|3)/,
    [
      [1, "line"],
      [3, "line"],
      [2, "line"],
    ],
  ],
];

/** Corners of each kind, told apart from the nodes of higher-order elements. */
const corners = { line: 2, triangle: 3, quadrilateral: 4, tetrahedron: 4, pyramid: 5, wedge: 6, hexahedron: 8 };

/** The type of a name in upper case, or undefined for elements without a shape of ours. */
export function abaqusType(name: string): AbaqusType | undefined {
  for (const [pattern, rows] of families) {
    const digits = pattern.exec(name)?.[1];
    const kind = rows.find(([nodes]) => nodes === Number(digits))?.[1];
    if (digits === undefined || kind === undefined) continue;
    // Beams count their order (1 and 3 have two nodes, 2 has three); STRI65 has six nodes.
    const beam = name.startsWith("B");
    const nodes = beam ? (digits === "2" ? 3 : 2) : digits === "65" ? 6 : Number(digits);
    return { kind, nodes, linear: nodes === corners[kind as keyof typeof corners] };
  }
  return undefined;
}

/** Names to write for our kinds; Abaqus has no element for a vertex alone, and no octahedron. */
export const abaqusNames: Readonly<Partial<Record<ElementKind, string>>> = {
  line: "T3D2",
  triangle: "S3",
  quadrilateral: "S4",
  tetrahedron: "C3D4",
  pyramid: "C3D5",
  wedge: "C3D6",
  hexahedron: "C3D8",
};
