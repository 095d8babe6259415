/** Which points may move: not those of the surface, not those of interfaces between regions, nor any the caller fixes. */

import { InputError, unknownName } from "../base/index.ts";
import { type Faces, facesOf } from "./faces.ts";
import { type DataArray, dimensionOf, type Mesh, nodesPerElement } from "./mesh.ts";
import { type Solids, solidsOf } from "./solids.ts";

export interface FreeOptions {
  /** Name of cell data that numbers regions; faces between two regions are interfaces. Default: one region. */
  readonly regions?: string;
  /** Points of interfaces stay by default; `free` lets them move, and the interface with them. */
  readonly interfaces?: "fix" | "free";
  /** [points], not 0 = stays, besides the surface. Or the name of point data of that meaning: "fixed" in Mesquite's files. */
  readonly fixed?: ArrayLike<number> | string;
  /** Names of groups of cells (physical groups of Gmsh) whose points stay. */
  readonly fixedGroups?: readonly string[];
}

/**
 * Free points of a mesh, [points], 1 = may move: those of solids that are on no face used once, on no interface, and not
 * fixed by the caller.
 *
 * @throws InputError  for names that the mesh does not have, and masks of the wrong length
 */
export function freePoints(mesh: Mesh, options: FreeOptions = {}): Uint8Array {
  const solids = solidsOf(mesh, "freePoints");
  return freeOf(mesh, solids, facesOf(solids), options);
}

/** As `freePoints`, with solids and faces at hand. */
export function freeOf(mesh: Mesh, solids: Solids, faces: Faces, options: FreeOptions): Uint8Array {
  const { interfaces = "fix", regions, fixed, fixedGroups = [] } = options;
  const free = new Uint8Array(solids.pointCount);
  for (const node of solids.nodes) free[node] = 1;
  const region = regions === undefined ? undefined : regionOf(mesh, solids, regions);
  for (let f = 0; f < faces.count; f++) {
    const from = faces.start[f];
    const to = faces.start[f + 1];
    let fix = to - from === 1;
    if (region !== undefined && interfaces === "fix" && to - from > 1) {
      for (let i = from + 1; i < to; i++) fix ||= region[faces.elements[i]] !== region[faces.elements[from]];
    }
    if (fix) for (let i = 4 * f; i < 4 * f + 4; i++) if (faces.nodes[i] >= 0) free[faces.nodes[i]] = 0;
  }
  if (fixed !== undefined) applyMask(mesh, free, fixed);
  for (const name of fixedGroups) fixGroup(mesh, free, name);
  return free;
}

/** Region of each solid, from cell data of one component. */
function regionOf(mesh: Mesh, solids: Solids, name: string): Float64Array {
  const data = namedData("regions", "cell data", name, mesh.fields.cellData);
  if (data.components !== 1) {
    throw new InputError(`regions: cell data "${name}" must have 1 component, it has ${data.components}`);
  }
  return Float64Array.from(solids.cell, (cell) => Number(data.values[cell]));
}

function namedData(where: string, what: string, name: string, list: readonly DataArray[]): DataArray {
  const data = list.find((one) => one.name === name);
  if (data !== undefined) return data;
  throw unknownName(
    where,
    what,
    name,
    list.map((one) => one.name),
  );
}

function applyMask(mesh: Mesh, free: Uint8Array, fixed: ArrayLike<number> | string): void {
  let mask: ArrayLike<number | bigint>;
  if (typeof fixed === "string") {
    const data = namedData("fixed", "point data", fixed, mesh.fields.pointData);
    if (data.components !== 1) {
      throw new InputError(`fixed: point data "${fixed}" must have 1 component, it has ${data.components}`);
    }
    mask = data.values;
  } else mask = fixed;
  if (mask.length !== free.length) {
    throw new InputError(`fixed: the mask needs one number per point, ${free.length}, got ${mask.length}`);
  }
  for (let i = 0; i < free.length; i++) if (Number(mask[i]) !== 0) free[i] = 0;
}

/** A name may belong to several groups, and dimensions count tags apart: cells of the group's own dimension are meant. */
function fixGroup(mesh: Mesh, free: Uint8Array, name: string): void {
  const groups = mesh.fields.groups.filter((one) => one.name === name);
  if (groups.length === 0) {
    throw unknownName("fixedGroups", "group", name, [...new Set(mesh.fields.groups.map((one) => one.name))]);
  }
  for (const { data, dimension, tag } of groups) {
    const { values } = namedData("fixedGroups", "cell data", data, mesh.fields.cellData);
    let cell = 0;
    for (const { kind, nodes } of mesh.cells) {
      const size = nodesPerElement[kind];
      const member = dimensionOf[kind] === dimension;
      for (let from = 0; from < nodes.length; from += size, cell++) {
        if (!member || Number(values[cell]) !== tag) continue;
        for (let j = from; j < from + size; j++) free[nodes[j]] = 0;
      }
    }
  }
}
