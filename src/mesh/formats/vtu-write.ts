/**
 * Writes VTK's XML format for unstructured grids (.vtu): one piece; ASCII, base64, or base64 of zlib blocks.
 *
 * Sizes are UInt64, so that no array is too long; VTK has read them since 2013.
 */

import type { DataArray, DataValues, Mesh } from "../mesh.ts";
import { encodeBase64 } from "./base64.ts";
import { ByteWriter } from "./byte-writer.ts";
import { encodeValues, typeOfValues } from "./data-values.ts";
import { groupFieldName, groupFieldValues } from "./group-fields.ts";
import { vtkCellsOf } from "./vtk-cells.ts";
import { encodeAttribute } from "./xml.ts";
import { deflate } from "./zlib.ts";

export interface VtuWriteOptions {
  readonly binary: boolean;
  /** Zlib; only with `binary`. */
  readonly compress: boolean;
  readonly wedgeOrder: "vtk-legacy" | "gmsh";
}

/** Bytes before packing. A reader unpacks a block at a time; larger ones pack little better. */
const blockBytes = 2 ** 20;

export async function writeVtu(mesh: Mesh, options: VtuWriteOptions): Promise<Uint8Array> {
  const { binary, compress, wedgeOrder } = options;
  const { types, ends, nodes } = vtkCellsOf("write vtu", mesh.cells, wedgeOrder);
  const { groups, pointData, cellData } = mesh.fields;
  const out = new ByteWriter();
  const array = (name: string, components: number, values: DataValues, more = "") =>
    writeArray(out, { name, components, values }, options, more);
  const compressor = binary && compress ? ' compressor="vtkZLibDataCompressor"' : "";
  out.text(`<?xml version="1.0"?>
<VTKFile type="UnstructuredGrid" version="1.0" byte_order="LittleEndian" header_type="UInt64"${compressor}>
<UnstructuredGrid>\n`);
  if (groups.length > 0) {
    out.text("<FieldData>\n");
    for (const group of groups) {
      await array(groupFieldName(group), 2, groupFieldValues(group), ' NumberOfTuples="1"');
    }
    out.text("</FieldData>\n");
  }
  out.text(`<Piece NumberOfPoints="${mesh.points.length / 3}" NumberOfCells="${types.length}">\n<Points>\n`);
  await array("Points", 3, mesh.points);
  out.text("</Points>\n<Cells>\n");
  await array("connectivity", 1, nodes);
  await array("offsets", 1, ends);
  await array("types", 1, types);
  out.text("</Cells>\n");
  for (const [section, list] of [
    ["PointData", pointData],
    ["CellData", cellData],
  ] as const) {
    out.text(`<${section}>\n`);
    for (const { name, components, values } of list) await array(name, components, values);
    out.text(`</${section}>\n`);
  }
  out.text("</Piece>\n</UnstructuredGrid>\n</VTKFile>\n");
  return out.finish();
}

async function writeArray(
  out: ByteWriter,
  { name, components, values }: DataArray,
  { binary, compress }: VtuWriteOptions,
  more: string,
): Promise<void> {
  const format = binary ? "binary" : "ascii";
  out.text(`<DataArray type="${typeOfValues(values)}" Name="${encodeAttribute(name)}"`);
  out.text(` NumberOfComponents="${components}"${more} format="${format}">\n`);
  if (!binary) out.rows(values, components);
  else {
    const bytes = encodeValues(values, true);
    for (const run of compress ? await packBlocks(bytes) : [withSize(bytes)]) out.bytes(encodeBase64(run));
    out.text("\n");
  }
  out.text("</DataArray>\n");
}

/** The size and the bytes as one run. */
function withSize(bytes: Uint8Array): Uint8Array {
  const run = new Uint8Array(8 + bytes.length);
  new DataView(run.buffer).setBigUint64(0, BigInt(bytes.length), true);
  run.set(bytes, 8);
  return run;
}

/** A run of sizes and a run of zlib blocks. */
async function packBlocks(bytes: Uint8Array): Promise<Uint8Array[]> {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += blockBytes) {
    blocks.push(await deflate(bytes.subarray(at, at + blockBytes)));
  }
  const last = bytes.length % blockBytes;
  const sizes = BigUint64Array.from([blocks.length, blockBytes, last, ...blocks.map(({ length }) => length)], BigInt);
  const packed = new ByteWriter();
  for (const block of blocks) packed.bytes(block);
  return [encodeValues(sizes, true), packed.finish()];
}
