/**
 * Reads Medit's format: text (.mesh) and binary (.meshb, versions 1 to 4 of libMeshb, either order of bytes).
 *
 * References become data named "medit:ref", required vertices and corners point data of 0 and 1. Ridges, normals, tangents
 * and what else there is are not kept, and the caller is told.
 */

import type { DataArray, Mesh } from "../mesh.ts";
import { nodesPerElement } from "../mesh.ts";
import { CellCollector, type ReadOptions, refuseCell } from "./cell-collector.ts";
import { type MeditCells, meditCells, meditMarks, meditReference } from "./medit-sections.ts";
import { quoted, Scanner } from "./scanner.ts";

/** @throws InputError  with the line or byte, for anything but an undamaged file of linear elements */
export function readMedit(bytes: Uint8Array, file: string, options: ReadOptions = {}): Mesh {
  const scanner = new Scanner(bytes, file);
  const first = bytes.length >= 4 ? scanner.view.getInt32(0, true) : 0;
  const reader = new MeditReader(scanner, options);
  if (first === 1 || first === 0x01000000) {
    scanner.binary = true;
    scanner.littleEndian = first === 1;
    scanner.at = 4;
    readBinary(reader);
  } else readText(reader);
  return reader.finish();
}

function readText(reader: MeditReader): void {
  const { scanner } = reader;
  for (;;) {
    const start = skipComments(scanner);
    const word = scanner.word();
    if (word === "" || word === "End") return;
    if (reader.version === 0 && word !== "MeshVersionFormatted") {
      throw scanner.error(`the file must begin with MeshVersionFormatted, got ${quoted(word)}`, start);
    }
    if (word === "MeshVersionFormatted") reader.version = scanner.integer("the version", 1, 4);
    else if (word === "Dimension") reader.dimension = scanner.integer("the dimension", 2, 3);
    else if (!/^[A-Za-z]/.test(word)) {
      throw scanner.error(`a section must begin with its name, got ${quoted(word)}; the file is damaged`, start);
    } else if (!reader.readSection(word, start)) {
      // A section that is not known ends where the next word that is no number begins.
      while (skipComments(scanner) < scanner.bytes.length && !/^[A-Za-z]/.test(scanner.peek())) scanner.word();
    }
  }
}

/** Goes past blanks and comments; gives where it stands. */
function skipComments(scanner: Scanner): number {
  scanner.skipSpace();
  while (scanner.bytes[scanner.at] === 35) {
    scanner.line();
    scanner.skipSpace();
  }
  return scanner.at;
}

/** Sections of a code, the place of the next one, and their numbers. */
function readBinary(reader: MeditReader): void {
  const { scanner } = reader;
  reader.version = scanner.int32("the version");
  if (!(reader.version >= 1 && reader.version <= 4)) {
    throw scanner.error(`the version must be from 1 to 4, got ${reader.version}; the file is damaged`, 4);
  }
  const names = new Map<number, string>([[4, "Vertices"]]);
  for (const [name, { code }] of meditCells) if (code > 0) names.set(code, name);
  for (const [name, { code }] of meditMarks) names.set(code, name);
  while (scanner.left > 0) {
    const start = scanner.next;
    const code = scanner.int32("the code of a section");
    if (code === 54) return;
    const next =
      reader.version >= 3 ? scanner.uint64("where the next section begins") : scanner.int32("where it begins");
    if (next !== 0 && (next <= start || next > scanner.bytes.length)) {
      throw scanner.error(`the next section must begin further on in the file, got byte ${next}; it is damaged`, start);
    }
    const name = names.get(code);
    if (code === 3) reader.dimension = scanner.int32("the dimension");
    else if (name !== undefined) reader.readSection(name, start);
    else reader.options.onNote?.(`the section of code ${code} is not kept`);
    if (next === 0) return;
    scanner.at = next;
  }
}

class MeditReader {
  readonly scanner: Scanner;
  readonly options: ReadOptions;
  version = 0;
  dimension = 3;
  private points: Float64Array | undefined;
  private pointReferences = new Int32Array(0);
  private readonly references: number[] = [];
  private readonly marks: DataArray[] = [];
  private readonly collector = new CellCollector();

  constructor(scanner: Scanner, options: ReadOptions) {
    this.scanner = scanner;
    this.options = options;
  }

  /** Reads a section whose name is known; gives whether it is. */
  readSection(name: string, start: number): boolean {
    const cells = meditCells.get(name);
    const mark = meditMarks.get(name);
    if (name === "Vertices") this.readVertices();
    else if (cells !== undefined) this.readCells(name, cells, start);
    else if (mark !== undefined) this.readMarks(name, mark.data);
    else {
      this.options.onNote?.(`the section ${name.slice(0, 40)} is not kept`);
      return false;
    }
    return true;
  }

  private integer(what: string, least?: number, most?: number): number {
    const { scanner } = this;
    if (!scanner.binary) return scanner.integer(what, least, most);
    const start = scanner.next;
    const value = this.version < 4 ? scanner.int32(what) : scanner.uint64(what);
    if (value >= (least ?? -(2 ** 31)) && value <= (most ?? 2 ** 31 - 1)) return value;
    throw scanner.error(`${what} must be from ${least ?? -(2 ** 31)} to ${most ?? 2 ** 31 - 1}, got ${value}`, start);
  }

  private count(what: string, numbers: number): number {
    const start = this.scanner.next;
    const count = this.integer(what, 0);
    this.scanner.believe(what, count, this.scanner.binary ? 4 * numbers : 2 * numbers, start);
    return count;
  }

  private coordinate(): number {
    const { scanner } = this;
    if (!scanner.binary) return scanner.coordinate("a coordinate");
    const start = scanner.next;
    const single = this.version === 1;
    const value = single
      ? new DataView(Uint8Array.from(scanner.take(4, "a coordinate")).buffer).getFloat32(0, scanner.littleEndian)
      : scanner.float64("a coordinate");
    if (Number.isFinite(value)) return value;
    throw scanner.error(`a coordinate must be finite, got ${value}; mend it in the program that wrote the file`, start);
  }

  private readVertices(): void {
    const { scanner, dimension } = this;
    if (this.points !== undefined) throw scanner.error("there must be one section of Vertices; join them into one");
    if (dimension !== 2 && dimension !== 3) throw scanner.error(`the dimension must be 2 or 3, got ${dimension}`);
    const count = this.count("the count of Vertices", dimension + 1);
    this.points = new Float64Array(3 * count);
    this.pointReferences = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      for (let axis = 0; axis < dimension; axis++) this.points[3 * i + axis] = this.coordinate();
      this.pointReferences[i] = this.integer("the reference of a vertex");
    }
  }

  private readCells(name: string, { kind, nodes, linear }: MeditCells, start: number): void {
    const { scanner, options, points } = this;
    const pointCount = (points?.length ?? 0) / 3;
    if (!linear && options.linearise !== true) {
      throw refuseCell(`${scanner.file}: ${scanner.place(start)}`, `quadratic ${kind} (${name}, ${nodes} nodes)`, true);
    }
    const count = this.count(`the count of ${name}`, nodes + 1);
    const indices: number[] = [];
    for (let cell = 0; cell < count; cell++) {
      for (let i = 0; i < nodes; i++) {
        indices[i] = this.integer(`a vertex of ${name} (there are ${pointCount} before it)`, 1, pointCount) - 1;
      }
      this.collector.add(kind, indices);
      if (!linear) this.collector.drop(indices, nodesPerElement[kind], nodes);
      this.references.push(this.integer(`the reference of one of ${name}`));
    }
  }

  private readMarks(name: string, data: string): void {
    const pointCount = this.pointReferences.length;
    const count = this.count(`the count of ${name}`, 1);
    this.scanner.reserve(name, pointCount);
    const values = new Uint8Array(pointCount);
    for (let i = 0; i < count; i++) values[this.integer(`a vertex of ${name}`, 1, pointCount) - 1] = 1;
    this.marks.push({ name: data, components: 1, values });
  }

  finish(): Mesh {
    const { scanner, points, pointReferences, references, collector } = this;
    if (points === undefined) throw scanner.error("the file must have Vertices, it ends before; write it again");
    const used = (values: ArrayLike<number>) => Array.prototype.some.call(values, (value: number) => value !== 0);
    const pointData = [...this.marks];
    if (used(pointReferences)) pointData.unshift({ name: meditReference, components: 1, values: pointReferences });
    const cellData = used(references)
      ? [{ name: meditReference, components: 1, values: Int32Array.from(references) }]
      : [];
    const fields = { pointData, cellData, groups: [] };
    return collector.withoutDropped({ points, cells: collector.finish(), fields }, this.options);
  }
}
