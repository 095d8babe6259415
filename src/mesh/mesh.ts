/**
 * The mesh in memory: points, cells of a few kinds, and named data on either; every part goes to a worker as it is.
 *
 * Node order inside a cell is that of VTK 9.7 and Gmsh. The trap is the wedge: the triangle 0-1-2 has its right-hand
 * normal TOWARDS 3-4-5; older VTK files have it the other way round, which the readers mend.
 */

import { InputError } from "../base/index.ts";

/** Nodes per element. The octahedron (equator 0-3, top 4, bottom 5) is known to no file format. */
export const nodesPerElement = {
  vertex: 1,
  line: 2,
  triangle: 3,
  quadrilateral: 4,
  tetrahedron: 4,
  pyramid: 5,
  wedge: 6,
  octahedron: 6,
  hexahedron: 8,
} as const;

export type ElementKind = keyof typeof nodesPerElement;

/** Every kind, from the vertex to the hexahedron. */
export const elementKinds = Object.keys(nodesPerElement) as readonly ElementKind[];

/** Dimension of an element: 0 vertex, 1 line, 2 faces, 3 solids. Only solids are smoothed; the others are kept. */
export const dimensionOf: Readonly<Record<ElementKind, 0 | 1 | 2 | 3>> = {
  vertex: 0,
  line: 1,
  triangle: 2,
  quadrilateral: 2,
  tetrahedron: 3,
  pyramid: 3,
  wedge: 3,
  octahedron: 3,
  hexahedron: 3,
};

/** A run of cells of one kind. A kind may come in several blocks: files mix kinds, and the order of cells is kept. */
export interface CellBlock {
  readonly kind: ElementKind;
  /** [nodesPerElement[kind] · count]: indices of points, one element after the other. */
  readonly nodes: Int32Array;
}

export type DataValues =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | BigInt64Array
  | BigUint64Array;

/** A named array on points or cells. */
export interface DataArray {
  readonly name: string;
  /** Numbers per point or cell, ≥ 1. */
  readonly components: number;
  /** [components · n], the components of one point or cell beside each other. */
  readonly values: DataValues;
}

/** A named set of cells, such as a physical group of Gmsh: cells whose `tag` in the cell data named `data` is this. */
export interface CellGroup {
  readonly name: string;
  readonly dimension: 0 | 1 | 2 | 3;
  readonly tag: number;
  /** Name of the cell data array that holds the tags: "gmsh:physical", for one. */
  readonly data: string;
}

export interface MeshFields {
  /** Arrays of length components · (number of points). */
  readonly pointData: readonly DataArray[];
  /** Arrays of length components · (number of cells); cells are counted through all blocks in order. */
  readonly cellData: readonly DataArray[];
  readonly groups: readonly CellGroup[];
}

export interface Mesh {
  /** [3 n]: x, y, z of each point, in the unit of the file. */
  readonly points: Float64Array;
  readonly cells: readonly CellBlock[];
  readonly fields: MeshFields;
}

/** No data and no groups. */
export const noFields: MeshFields = { pointData: [], cellData: [], groups: [] };

/** Number of cells of all kinds and dimensions. */
export function cellCount(mesh: Mesh): number {
  let count = 0;
  for (const block of mesh.cells) count += block.nodes.length / nodesPerElement[block.kind];
  return count;
}

/** The same mesh at other points; cells and fields are shared with `mesh`, not copied. */
export function withPoints(mesh: Mesh, points: Float64Array): Mesh {
  if (points.length !== mesh.points.length) {
    throw new InputError(`withPoints: the mesh has ${mesh.points.length} coordinates, got ${points.length}`);
  }
  return { ...mesh, points };
}

/**
 * Refuses a mesh whose parts do not fit together: coordinates that are not numbers, a block that ends within an
 * element, an index of no point, data of the wrong length.
 *
 * @param where  the caller's name, at the head of the message
 * @throws InputError  with the first fault found: its block, element or array and the value
 */
export function checkMesh(where: string, mesh: Mesh): void {
  const count = mesh.points.length / 3;
  if (!Number.isInteger(count)) {
    throw new InputError(`${where}: points need 3 coordinates each, got ${mesh.points.length} numbers`);
  }
  const bad = mesh.points.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0) {
    throw new InputError(
      `${where}: coordinates must be finite, point ${Math.floor(bad / 3)} has ${mesh.points[bad]} for ${"xyz"[bad % 3]}`,
    );
  }
  mesh.cells.forEach(({ kind, nodes }, index) => {
    const size = nodesPerElement[kind];
    if (nodes.length % size !== 0) {
      throw new InputError(
        `${where}: block ${index} of kind ${kind} needs ${size} nodes per element, got ${nodes.length}`,
      );
    }
    const wrong = nodes.findIndex((node) => node < 0 || node >= count);
    if (wrong >= 0) {
      throw new InputError(
        `${where}: element ${Math.floor(wrong / size)} of block ${index} (${kind}) names point ${nodes[wrong]}; points are 0 to ${count - 1}`,
      );
    }
  });
  const { pointData, cellData } = mesh.fields;
  for (const { name, components, values } of pointData)
    checkLength(where, `point data "${name}"`, components, count, values);
  const cells = cellCount(mesh);
  for (const { name, components, values } of cellData)
    checkLength(where, `cell data "${name}"`, components, cells, values);
}

function checkLength(where: string, what: string, components: number, count: number, values: DataValues): void {
  if (values.length !== components * count) {
    throw new InputError(
      `${where}: ${what} needs ${components} x ${count} = ${components * count} values, got ${values.length}`,
    );
  }
}
