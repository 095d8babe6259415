/**
 * Reads VTK's XML format for unstructured grids (.vtu): ASCII, base64, appended raw or base64, plain or zlib, 32- and
 * 64-bit sizes, either order of bytes, several pieces.
 *
 * Pieces are put one after the other; points that pieces share stay double, as they are in the file.
 */

import type { CellGroup, DataArray, DataValues, Mesh } from "../mesh.ts";
import { CellCollector, type ReadOptions } from "./cell-collector.ts";
import { asNumbers, newValues, typeOfValues } from "./data-values.ts";
import { groupOfField } from "./group-fields.ts";
import { quoted, Scanner } from "./scanner.ts";
import { addVtkCells } from "./vtk-cells.ts";
import { nameOf, type VtuEncoding, vtuValues } from "./vtu-arrays.ts";
import { settleWedges } from "./wedge-order.ts";
import { parseXml, type XmlElement } from "./xml.ts";

interface Piece {
  readonly points: Float64Array;
  readonly pointData: readonly DataArray[];
  readonly cellData: readonly DataArray[];
}

/** @throws InputError  with the line, for anything but an undamaged unstructured grid of linear cells */
export async function readVtu(bytes: Uint8Array, file: string, options: ReadOptions = {}): Promise<Mesh> {
  const scanner = new Scanner(bytes, file);
  const root = parseXml(scanner, "AppendedData");
  const encoding = encodingOf(scanner, root);
  const grid = root.children.find(({ name }) => name === "UnstructuredGrid");
  const type = root.attributes.get("type") ?? "";
  if (root.name !== "VTKFile" || type !== "UnstructuredGrid" || grid === undefined) {
    throw scanner.error(
      `the file must be a VTKFile of type UnstructuredGrid, got <${root.name}> of type ${quoted(type)}; convert it to an unstructured grid (ParaView: Append Datasets)`,
      root.at,
    );
  }
  const collector = new CellCollector();
  const pieces: Piece[] = [];
  let firstPoint = 0;
  for (const element of grid.children) {
    if (element.name !== "Piece") continue;
    const piece = await readPiece(scanner, element, encoding, collector, options, firstPoint);
    pieces.push(piece);
    firstPoint += piece.points.length / 3;
  }
  const cells = collector.finish();
  const points = joinPoints(pieces);
  settleWedges(points, cells, options);
  const fields = {
    pointData: joinData(pieces, "pointData", options),
    cellData: joinData(pieces, "cellData", options),
    groups: await readGroups(scanner, grid, encoding, options),
  };
  return collector.withoutDropped({ points, cells, fields }, options);
}

function encodingOf(scanner: Scanner, root: XmlElement): VtuEncoding {
  const attribute = (name: string, missing: string, known: readonly string[]) => {
    const value = root.attributes.get(name) ?? missing;
    if (known.includes(value)) return value;
    throw scanner.error(`${name} must be ${known.join(" or ")}, got ${quoted(value)}; write the file so`, root.at);
  };
  const order = attribute("byte_order", "LittleEndian", ["LittleEndian", "BigEndian"]);
  const header = attribute("header_type", "UInt32", ["UInt32", "UInt64"]);
  const compressor = attribute("compressor", "none", ["none", "vtkZLibDataCompressor"]);
  return {
    littleEndian: order === "LittleEndian",
    headerBytes: header === "UInt32" ? 4 : 8,
    compressed: compressor !== "none",
    appended: appendedOf(scanner, root),
  };
}

function appendedOf(scanner: Scanner, root: XmlElement): VtuEncoding["appended"] {
  const element = root.children.find(({ name }) => name === "AppendedData");
  if (element === undefined) return undefined;
  const encoding = element.attributes.get("encoding") ?? "base64";
  const mark = scanner.bytes.indexOf(95, element.text[0]);
  if (mark < 0 || (encoding !== "raw" && encoding !== "base64")) {
    throw scanner.error(
      `AppendedData must be raw or base64 after a "_", got ${quoted(encoding)}; the file is damaged or truncated`,
      element.at,
    );
  }
  return { base64: encoding === "base64", start: mark + 1 };
}

async function readPiece(
  scanner: Scanner,
  piece: XmlElement,
  encoding: VtuEncoding,
  collector: CellCollector,
  options: ReadOptions,
  firstPoint: number,
): Promise<Piece> {
  const pointCount = countOf(scanner, piece, "NumberOfPoints");
  const cellCount = countOf(scanner, piece, "NumberOfCells");
  const pointArray = arraysOf(piece, "Points")[0];
  if (pointArray === undefined && pointCount > 0) {
    throw scanner.error(`the Piece must have Points for its ${pointCount} points; write it again`, piece.at);
  }
  const values = pointArray === undefined ? [] : asNumbers(await vtuValues(scanner, pointArray, encoding));
  const points = values instanceof Float64Array ? values : Float64Array.from(values);
  checkLength(scanner, pointArray ?? piece, points.length, 3, pointCount);
  const bad = points.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0) {
    throw scanner.error(
      `coordinates must be finite, point ${Math.floor(bad / 3)} has ${points[bad]}; mend it in the program that wrote the file`,
      pointArray.at,
    );
  }
  await readCells(scanner, piece, encoding, cellCount, (where, cells) =>
    addVtkCells(where, cells, collector, options, pointCount, firstPoint),
  );
  return {
    points,
    pointData: await readData(scanner, piece, "PointData", encoding, pointCount, options),
    cellData: await readData(scanner, piece, "CellData", encoding, cellCount, options),
  };
}

async function readCells(
  scanner: Scanner,
  piece: XmlElement,
  encoding: VtuEncoding,
  count: number,
  add: (where: () => string, cells: Parameters<typeof addVtkCells>[1]) => void,
): Promise<void> {
  if (count === 0) return;
  const values = async (name: string) => {
    const array = arraysOf(piece, "Cells").find((one) => one.attributes.get("Name") === name);
    if (array !== undefined) return { array, values: asNumbers(await vtuValues(scanner, array, encoding)) };
    throw scanner.error(`Cells must have a DataArray named ${name}; the file is damaged: write it again`, piece.at);
  };
  const types = await values("types");
  const ends = await values("offsets");
  const nodes = await values("connectivity");
  checkLength(scanner, types.array, types.values.length, 1, count);
  checkLength(scanner, ends.array, ends.values.length, 1, count);
  const used = ends.values[count - 1];
  if (nodes.values.length !== used || !nodes.values.every(Number.isInteger)) {
    throw scanner.error(
      `connectivity must be the ${used} whole numbers that offsets end at, got ${nodes.values.length} numbers; the file is damaged: write it again`,
      nodes.array.at,
    );
  }
  add(() => `${scanner.file}: ${scanner.place(piece.at)}`, {
    types: types.values,
    ends: ends.values,
    nodes: nodes.values,
  });
}

function countOf(scanner: Scanner, piece: XmlElement, name: string): number {
  const word = (piece.attributes.get(name) ?? "").trim();
  const count = /^\d{1,15}$/.test(word) ? Number(word) : Number.NaN;
  // Compared with the lengths of the arrays later on; nothing is reserved by it.
  if (count <= 2 ** 31 - 1) return count;
  throw scanner.error(`${name} must be a count below 2^31, got ${quoted(word)}; the file is damaged`, piece.at);
}

function checkLength(scanner: Scanner, array: XmlElement, length: number, components: number, count: number): void {
  if (length === components * count) return;
  throw scanner.error(
    `DataArray ${nameOf(array)} must hold ${components} x ${count} numbers, got ${length}; the file is damaged or truncated: write it again`,
    array.at,
  );
}

function arraysOf(parent: XmlElement, name: string): readonly XmlElement[] {
  const element = parent.children.find((child) => child.name === name);
  return element?.children.filter((child) => child.name === "DataArray" || child.name === "Array") ?? [];
}

async function readData(
  scanner: Scanner,
  piece: XmlElement,
  parent: "PointData" | "CellData",
  encoding: VtuEncoding,
  count: number,
  { onNote }: ReadOptions,
): Promise<DataArray[]> {
  const data: DataArray[] = [];
  for (const array of arraysOf(piece, parent)) {
    const name = array.attributes.get("Name") ?? "";
    if (array.attributes.get("type") === "String") {
      onNote?.(`the text "${name}" is not kept`);
      continue;
    }
    const word = (array.attributes.get("NumberOfComponents") ?? "1").trim();
    const components = /^[1-9]\d{0,5}$/.test(word) ? Number(word) : Number.NaN;
    if (!(components > 0)) {
      throw scanner.error(`NumberOfComponents of ${nameOf(array)} must be from 1, got ${quoted(word)}`, array.at);
    }
    const values = await vtuValues(scanner, array, encoding);
    checkLength(scanner, array, values.length, components, count);
    data.push({ name, components, values });
  }
  return data;
}

async function readGroups(
  scanner: Scanner,
  grid: XmlElement,
  encoding: VtuEncoding,
  { onNote }: ReadOptions,
): Promise<CellGroup[]> {
  const groups: CellGroup[] = [];
  for (const array of arraysOf(grid, "FieldData")) {
    const name = array.attributes.get("Name") ?? "";
    const isGroup = name.startsWith("group/") && array.attributes.get("type") === "Int32";
    const group = isGroup ? groupOfField(name, await vtuValues(scanner, array, encoding)) : undefined;
    if (group !== undefined) groups.push(group);
    else onNote?.(`the data "${name}" of the whole file is not kept`);
  }
  return groups;
}

function joinPoints(pieces: readonly Piece[]): Float64Array {
  if (pieces.length === 1) return pieces[0].points;
  const points = new Float64Array(pieces.reduce((total, piece) => total + piece.points.length, 0));
  let at = 0;
  for (const piece of pieces) {
    points.set(piece.points, at);
    at += piece.points.length;
  }
  return points;
}

/** Data that every piece has, alike in name, type and components. */
function joinData(pieces: readonly Piece[], part: "pointData" | "cellData", { onNote }: ReadOptions): DataArray[] {
  if (pieces.length <= 1) return [...(pieces[0]?.[part] ?? [])];
  const joined: DataArray[] = [];
  for (const array of pieces[0][part]) {
    const type = typeOfValues(array.values);
    const parts = pieces.map((piece) =>
      piece[part].find(
        (one) => one.name === array.name && one.components === array.components && typeOfValues(one.values) === type,
      ),
    );
    if (parts.some((one) => one === undefined)) {
      onNote?.(`"${array.name}" is not kept: not every piece has it with ${array.components} components of ${type}`);
      continue;
    }
    const all = parts.map((one) => (one as DataArray).values);
    joined.push({ ...array, values: joinValues(all, type) });
  }
  return joined;
}

function joinValues(parts: readonly DataValues[], type: Parameters<typeof newValues>[0]): DataValues {
  const values = newValues(
    type,
    parts.reduce((total, part) => total + part.length, 0),
  );
  let at = 0;
  for (const part of parts) for (let i = 0; i < part.length; i++) values[at++] = part[i];
  return values;
}
