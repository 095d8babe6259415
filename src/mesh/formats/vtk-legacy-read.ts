/**
 * Reads VTK's legacy format (.vtk), versions 1.0 to 5.1, ASCII and binary (big-endian), unstructured grids.
 *
 * A file is a head of three lines and keywords with their numbers, told apart by words and not by lines: VTK wraps numbers
 * after nine, gmsh writes a cell per line, meshio a node. Attributes are kept by name: SCALARS, VECTORS, NORMALS,
 * TENSORS, texture coordinates, colours, ids and FIELD; lookup tables and information keys are not.
 */

import type { CellGroup, DataArray, Mesh } from "../mesh.ts";
import { CellCollector, type ReadOptions } from "./cell-collector.ts";
import { asNumbers, bytesPer } from "./data-values.ts";
import { groupOfField } from "./group-fields.ts";
import { quoted, type Scanner } from "./scanner.ts";
import { addVtkCells, type VtkCells } from "./vtk-cells.ts";
import { VtkNumbers } from "./vtk-legacy-numbers.ts";
import { decodeName } from "./vtk-types.ts";
import { settleWedges } from "./wedge-order.ts";

/** Attributes of a name, a type and this many components. */
const fixedComponents: Readonly<Record<string, number>> = {
  VECTORS: 3,
  NORMALS: 3,
  TENSORS: 9,
  TENSORS6: 6,
  GLOBAL_IDS: 1,
  PEDIGREE_IDS: 1,
  EDGE_FLAGS: 1,
};

/** @throws InputError  with the line or byte, for anything but an undamaged unstructured grid of linear cells */
export function readVtk(bytes: Uint8Array, file: string, options: ReadOptions = {}): Mesh {
  return new VtkReader(bytes, file, options).read();
}

class VtkReader {
  private readonly numbers: VtkNumbers;
  private readonly scanner: Scanner;
  private readonly options: ReadOptions;
  private points: Float64Array | undefined;
  private nodes: { ends: ArrayLike<number>; nodes: ArrayLike<number>; where: () => string } | undefined;
  private types: ArrayLike<number> | undefined;
  private target: "point" | "cell" | undefined;
  private targetCount = 0;
  private readonly data = { point: [] as DataArray[], cell: [] as DataArray[] };
  private readonly groups: CellGroup[] = [];

  constructor(bytes: Uint8Array, file: string, options: ReadOptions) {
    this.numbers = new VtkNumbers(bytes, file);
    this.scanner = this.numbers.scanner;
    this.options = options;
  }

  read(): Mesh {
    this.readHead();
    const { scanner } = this;
    for (;;) {
      scanner.skipSpace();
      const start = scanner.at;
      const keyword = scanner.word().toUpperCase();
      if (keyword === "") break;
      this.readSection(keyword, start);
    }
    return this.finish();
  }

  private readHead(): void {
    const { scanner } = this;
    const first = scanner.line();
    if (!/^# vtk DataFile Version \d+\.\d+\s*$/i.test(first)) {
      throw scanner.error(`the first line must be "# vtk DataFile Version 4.2" or such, got ${quoted(first)}`, 0);
    }
    scanner.line();
    const mode = scanner.word().toUpperCase();
    if (mode !== "ASCII" && mode !== "BINARY") {
      throw scanner.error(`the third line must be ASCII or BINARY, got ${quoted(mode)}`);
    }
    this.numbers.ascii = mode === "ASCII";
  }

  private readSection(keyword: string, start: number): void {
    const { scanner } = this;
    switch (keyword) {
      case "DATASET":
        this.readDataset();
        break;
      case "METADATA":
        this.numbers.skipMetadata();
        break;
      case "POINTS":
        this.readPoints();
        break;
      case "CELLS":
        this.readCells(start);
        break;
      case "CELL_TYPES":
        this.types = asNumbers(
          this.numbers.values("Int32", this.numbers.count("the count of CELL_TYPES"), "a cell type"),
        );
        break;
      case "POINT_DATA":
      case "CELL_DATA":
        this.target = keyword === "POINT_DATA" ? "point" : "cell";
        this.targetCount = this.numbers.count(`the count of ${keyword}`);
        this.checkTarget(start);
        break;
      case "FIELD":
        this.readField();
        break;
      case "LOOKUP_TABLE":
        this.skipLookupTable();
        break;
      case "SCALARS":
        this.readScalars();
        break;
      case "COLOR_SCALARS":
        this.readColours();
        break;
      case "TEXTURE_COORDINATES":
        this.readAttribute(() => scanner.count("the dimension of texture coordinates", 1));
        break;
      default:
        if (fixedComponents[keyword] === undefined) {
          throw scanner.error(
            `a section must begin with POINTS, CELLS, CELL_TYPES, POINT_DATA, CELL_DATA or an attribute, got ${quoted(keyword)}; the file is damaged or holds another data set`,
            start,
          );
        }
        this.readAttribute(() => fixedComponents[keyword]);
    }
  }

  private readDataset(): void {
    const { scanner } = this;
    const kind = scanner.word();
    if (kind.toUpperCase() === "UNSTRUCTURED_GRID") return;
    throw scanner.error(
      `DATASET must be UNSTRUCTURED_GRID, got ${quoted(kind)}; convert it to an unstructured grid (ParaView: Append Datasets)`,
    );
  }

  private readPoints(): void {
    const { scanner } = this;
    const count = this.numbers.count("the count of POINTS");
    const type = this.numbers.type();
    scanner.believe("the count of POINTS", count, this.numbers.ascii ? 6 : 3 * bytesPer(type));
    const start = this.numbers.beginNumbers();
    if (this.numbers.ascii) {
      const points = new Float64Array(3 * count);
      for (let i = 0; i < points.length; i++) points[i] = scanner.coordinate("a coordinate");
      this.points = points;
      return;
    }
    this.points = Float64Array.from(asNumbers(this.numbers.values(type, 3 * count, "coordinates", start)));
    const bad = this.points.findIndex((x) => !Number.isFinite(x));
    if (bad >= 0) {
      throw scanner.error(
        `coordinates must be finite, point ${Math.floor(bad / 3)} has ${this.points[bad]}; mend it in the program that wrote the file`,
        start + bad * bytesPer(type),
      );
    }
  }

  private readCells(start: number): void {
    const { scanner } = this;
    const rows = this.numbers.count("the first number of CELLS");
    const size = this.numbers.count("the second number of CELLS");
    const where = () => `${scanner.file}: CELLS of ${scanner.place(start)}`;
    if (scanner.peek().toUpperCase() !== "OFFSETS") {
      const list = asNumbers(this.numbers.values("Int32", size, "a number of CELLS"));
      const unpacked = unpackRows(list, rows);
      if (unpacked === undefined) {
        throw scanner.error(
          `the ${size} numbers of CELLS must be ${rows} rows of a count and that many points; the file is damaged: write it again`,
          start,
        );
      }
      this.nodes = { ...unpacked, where };
      return;
    }
    scanner.word();
    const offsets = asNumbers(this.numbers.values(this.numbers.type(), rows, "an offset of CELLS"));
    if (scanner.word().toUpperCase() !== "CONNECTIVITY") {
      throw scanner.error("OFFSETS must be followed by CONNECTIVITY; the file is damaged: write it again");
    }
    const nodes = asNumbers(this.numbers.values(this.numbers.type(), size, "a point of CELLS"));
    if (rows > 0 && offsets[0] !== 0) throw scanner.error(`OFFSETS must begin with 0, got ${offsets[0]}`, start);
    this.nodes = { ends: offsets.subarray(1), nodes, where };
  }

  private checkTarget(start: number): void {
    const { scanner, target, targetCount } = this;
    const there = target === "point" ? (this.points?.length ?? 0) / 3 : (this.nodes?.ends.length ?? 0);
    if (targetCount === there) return;
    throw scanner.error(
      `${target} data must be for the ${there} ${target}s of the file, got ${targetCount}; the file is damaged: write it again`,
      start,
    );
  }

  private readField(): void {
    const { scanner } = this;
    scanner.word();
    const arrays = scanner.count("the number of arrays of FIELD", 4);
    for (let i = 0; i < arrays; i++) {
      while (scanner.peek().toUpperCase() === "METADATA") {
        scanner.word();
        this.numbers.skipMetadata();
      }
      const word = scanner.word();
      // VTK writes so for an array that it could not write.
      if (word === "NULL_ARRAY") continue;
      const name = decodeName(word);
      const components = scanner.count(`the components of ${quoted(name)}`, 1);
      const tuples = scanner.count(`the tuples of ${quoted(name)}`, 1);
      const what = `a value of ${quoted(name)}`;
      if (scanner.peek().toLowerCase() === "string") {
        this.numbers.skipStrings(components * tuples, name);
        this.options.onNote?.(`the text "${name}" is not kept`);
        continue;
      }
      const values = this.numbers.values(this.numbers.type(), components * tuples, what);
      if (this.target !== undefined) this.push({ name, components, values });
      else {
        const group = groupOfField(name, values);
        if (group !== undefined) this.groups.push(group);
        else this.options.onNote?.(`the data "${name}" of the whole file is not kept`);
      }
    }
  }

  private readScalars(): void {
    const { scanner } = this;
    const name = this.numbers.name();
    const type = this.numbers.type();
    const rest = scanner.line().trim();
    const components = rest === "" ? 1 : Number(rest);
    if (!(Number.isInteger(components) && components >= 1 && components <= 64)) {
      throw scanner.error(`SCALARS ${quoted(name)} must have 1 to 64 components, got ${quoted(rest)}`, scanner.at - 1);
    }
    if (scanner.peek().toUpperCase() === "LOOKUP_TABLE") {
      scanner.word();
      scanner.word();
    }
    const values = this.numbers.values(type, components * this.targetCount, `a value of ${quoted(name)}`);
    this.push({ name, components, values });
  }

  /** Colours: numbers from 0 to 1 in text, bytes in binary. */
  private readColours(): void {
    const name = this.numbers.name();
    const components = this.scanner.count(`the components of ${quoted(name)}`, 1);
    const type = this.numbers.ascii ? "Float32" : "UInt8";
    this.push({
      name,
      components,
      values: this.numbers.values(type, components * this.targetCount, `a value of "${name}"`),
    });
  }

  private skipLookupTable(): void {
    this.scanner.word();
    const size = this.numbers.count("the size of LOOKUP_TABLE");
    this.numbers.values(this.numbers.ascii ? "Float32" : "UInt8", 4 * size, "a colour of LOOKUP_TABLE");
  }

  /** An attribute of a name, its components where it says them, and a type. */
  private readAttribute(componentsOf: () => number): void {
    const name = this.numbers.name();
    const components = componentsOf();
    const type = this.numbers.type();
    const values = this.numbers.values(type, components * this.targetCount, `a value of ${quoted(name)}`);
    this.push({ name, components, values });
  }

  private push(data: DataArray): void {
    const { scanner, target, targetCount } = this;
    if (target === undefined) throw scanner.error("attributes must come after POINT_DATA or CELL_DATA");
    if (data.components < 1 || data.values.length !== data.components * targetCount) {
      throw scanner.error(
        `${target} data ${quoted(data.name)} must have ${targetCount} rows of at least 1 number, got ${data.values.length} numbers in rows of ${data.components}`,
      );
    }
    this.data[target].push(data);
  }

  private finish(): Mesh {
    const { scanner, points, nodes, types, options } = this;
    if (points === undefined) throw scanner.error("the file must have POINTS, it ends before; write it again");
    const collector = new CellCollector();
    if (nodes !== undefined) {
      if (types?.length !== nodes.ends.length) {
        throw scanner.error(
          `CELL_TYPES must be as many as cells, ${nodes.ends.length}, got ${types?.length ?? 0}; the file is damaged: write it again`,
        );
      }
      const cells: VtkCells = { types, ends: nodes.ends, nodes: nodes.nodes };
      addVtkCells(nodes.where, cells, collector, options, points.length / 3);
    }
    const cells = collector.finish();
    settleWedges(points, cells, options);
    const fields = { pointData: this.data.point, cellData: this.data.cell, groups: this.groups };
    return collector.withoutDropped({ points, cells, fields }, options);
  }
}

/** Rows of a count and that many nodes as ends and nodes, or undefined if they do not fill the list. */
function unpackRows(list: ArrayLike<number>, rows: number): { ends: Int32Array; nodes: Int32Array } | undefined {
  if (rows > list.length) return undefined;
  const ends = new Int32Array(rows);
  const nodes = new Int32Array(list.length - rows);
  let at = 0;
  let end = 0;
  for (let row = 0; row < rows; row++) {
    const size = list[at++];
    if (!(size >= 0 && size <= list.length - at)) return undefined;
    for (let i = 0; i < size; i++) nodes[end++] = list[at++];
    ends[row] = end;
  }
  return at === list.length ? { ends, nodes } : undefined;
}
