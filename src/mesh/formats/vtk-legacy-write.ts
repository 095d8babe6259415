/** Writes VTK's legacy format (.vtk): versions 2.0 to 4.2, and 5.1 with its offsets; ASCII or binary (big-endian). */

import type { DataArray, Mesh } from "../mesh.ts";
import { cellCount } from "../mesh.ts";
import { ByteWriter } from "./byte-writer.ts";
import { encodeValues, typeOfValues } from "./data-values.ts";
import { groupFieldName, groupFieldValues } from "./group-fields.ts";
import { vtkCellsOf } from "./vtk-cells.ts";
import { encodeName, legacyType } from "./vtk-types.ts";

export interface VtkWriteOptions {
  readonly version: "2.0" | "3.0" | "4.2" | "5.1";
  readonly binary: boolean;
  readonly wedgeOrder: "vtk-legacy" | "gmsh";
}

export function writeVtk(mesh: Mesh, { version, binary, wedgeOrder }: VtkWriteOptions): Uint8Array {
  const out = new ByteWriter();
  const major = Number(version);
  const numbers = (values: DataArray["values"], perRow: number) => {
    if (binary) {
      out.bytes(encodeValues(values, false));
      out.text("\n");
    } else out.rows(values, perRow);
  };
  const type = (values: DataArray["values"]) => legacyType(typeOfValues(values), major);
  const field = (name: string, components: number, values: DataArray["values"]) => {
    out.text(`${encodeName(name)} ${components} ${values.length / components} ${type(values)}\n`);
    numbers(values, components);
  };

  out.text(`# vtk DataFile Version ${version}\nwritten by gradientflow\n${binary ? "BINARY" : "ASCII"}\n`);
  out.text("DATASET UNSTRUCTURED_GRID\n");
  const { groups, pointData, cellData } = mesh.fields;
  if (groups.length > 0) out.text(`FIELD FieldData ${groups.length}\n`);
  for (const group of groups) field(groupFieldName(group), 2, groupFieldValues(group));
  const count = mesh.points.length / 3;
  out.text(`POINTS ${count} double\n`);
  numbers(mesh.points, 3);
  writeCells(out, mesh, major, numbers, wedgeOrder);
  for (const [keyword, length, arrays] of [
    ["POINT_DATA", count, pointData],
    ["CELL_DATA", cellCount(mesh), cellData],
  ] as const) {
    if (arrays.length === 0) continue;
    out.text(`${keyword} ${length}\n`);
    // Mesquite looks for SCALARS named fixed; by default VTK itself reads the first SCALARS only, but every FIELD.
    const scalars = arrays.filter(({ name, components }) => name === "fixed" && components === 1).slice(0, 1);
    for (const { name, values } of scalars) {
      out.text(`SCALARS ${name} ${type(values)} 1\nLOOKUP_TABLE default\n`);
      numbers(values, 1);
    }
    const others = arrays.filter((array) => !scalars.includes(array));
    if (others.length > 0) out.text(`FIELD FieldData ${others.length}\n`);
    for (const { name, components, values } of others) field(name, components, values);
  }
  return out.finish();
}

function writeCells(
  out: ByteWriter,
  mesh: Mesh,
  major: number,
  numbers: (values: DataArray["values"], perRow: number) => void,
  wedgeOrder: "vtk-legacy" | "gmsh",
): void {
  const { types, ends, nodes } = vtkCellsOf("write vtk", mesh.cells, wedgeOrder);
  if (major >= 5) {
    out.text(`CELLS ${types.length + 1} ${nodes.length}\nOFFSETS vtktypeint64\n`);
    const offsets = new BigInt64Array(types.length + 1);
    for (let cell = 0; cell < types.length; cell++) offsets[cell + 1] = BigInt(ends[cell]);
    numbers(offsets, 9);
    out.text("CONNECTIVITY vtktypeint64\n");
    numbers(BigInt64Array.from(nodes, BigInt), 9);
  } else {
    out.text(`CELLS ${types.length} ${types.length + nodes.length}\n`);
    let start = 0;
    const rows = new Int32Array(types.length + nodes.length);
    for (let cell = 0; cell < types.length; cell++) {
      const size = ends[cell] - start;
      rows[start + cell] = size;
      rows.set(nodes.subarray(start, ends[cell]), start + cell + 1);
      start = ends[cell];
    }
    numbers(rows, 9);
  }
  out.text(`CELL_TYPES ${types.length}\n`);
  numbers(Int32Array.from(types), 1);
}
