/**
 * Writes Medit's format: text (.mesh) or binary (.meshb, version 2: doubles and 32-bit integers).
 *
 * Cells go by kind, so their order is kept within a kind only. The reference of a cell is the data "medit:ref", or else
 * its physical group.
 */

import { InputError } from "../../base/index.ts";
import { type DataArray, type Mesh, nodesPerElement } from "../mesh.ts";
import { integersOf } from "./data-values.ts";
import { meditCells, meditMarks, meditReference } from "./medit-sections.ts";
import { gmshNames } from "./msh-elements.ts";
import { NumberWriter } from "./number-writer.ts";

export interface MeditWriteOptions {
  readonly binary: boolean;
  readonly onNote?: (note: string) => void;
}

export function writeMedit(mesh: Mesh, { binary, onNote }: MeditWriteOptions): Uint8Array {
  const { pointData, cellData } = mesh.fields;
  const out = new NumberWriter(binary);
  const sections = new Sections(out, binary);
  sections.begin();
  const pointReferences = tags(pointData, meditReference);
  const count = mesh.points.length / 3;
  sections.open("Vertices", 4, count, 28);
  for (let i = 0; i < count; i++) {
    for (let axis = 0; axis < 3; axis++) out.double(mesh.points[3 * i + axis]);
    out.int(pointReferences?.[i] ?? 0);
    out.endRow();
  }
  const references = tags(cellData, meditReference) ?? tags(cellData, gmshNames.physical);
  writeCells(out, sections, mesh, references);
  for (const [name, { data, code }] of meditMarks) {
    const marks = tags(pointData, data);
    if (marks === undefined) continue;
    const marked: number[] = [];
    for (let i = 0; i < count; i++) if (marks[i] !== 0) marked.push(i + 1);
    sections.open(name, code, marked.length, 4);
    for (const point of marked) {
      out.int(point);
      out.endRow();
    }
  }
  sections.end();
  const kept: readonly string[] = [
    meditReference,
    gmshNames.physical,
    ...[...meditMarks.values()].map((one) => one.data),
  ];
  for (const { name } of [...pointData, ...cellData]) {
    if (!kept.includes(name)) onNote?.(`"${name}" is not written: Medit has references only`);
  }
  if (mesh.cells.some(({ kind }) => kind === "vertex")) onNote?.("cells of one point are not written");
  if (mesh.fields.groups.length > 0) onNote?.("names of groups are not written: Medit has references only");
  return out.finish();
}

function tags(list: readonly DataArray[], name: string): ArrayLike<number> | undefined {
  return integersOf(list.find((array) => array.name === name));
}

function writeCells(
  out: NumberWriter,
  sections: Sections,
  mesh: Mesh,
  references: ArrayLike<number> | undefined,
): void {
  for (const { kind } of mesh.cells) {
    if ([...meditCells.values()].every((known) => known.kind !== kind) && kind !== "vertex") {
      throw new InputError(`write medit: Medit has no ${kind}; split it into tetrahedra or pyramids`);
    }
  }
  for (const [name, { kind, linear, code }] of meditCells) {
    const size = nodesPerElement[kind];
    const total = mesh.cells.reduce((sum, block) => sum + (block.kind === kind ? block.nodes.length / size : 0), 0);
    if (!linear || total === 0) continue;
    sections.open(name, code, total, 4 * (size + 1));
    let cell = 0;
    for (const block of mesh.cells) {
      for (let at = 0; at < block.nodes.length; at += nodesPerElement[block.kind], cell++) {
        if (block.kind !== kind) continue;
        for (let i = at; i < at + size; i++) out.int(block.nodes[i] + 1);
        out.int(references?.[cell] ?? 0);
        out.endRow();
      }
    }
  }
}

/** Heads of sections: a name and a count, or a code, the place of the next section and a count. */
class Sections {
  private readonly out: NumberWriter;
  private readonly binary: boolean;
  private at = 0;

  constructor(out: NumberWriter, binary: boolean) {
    this.out = out;
    this.binary = binary;
  }

  begin(): void {
    if (!this.binary) {
      this.out.line("MeshVersionFormatted 2");
      this.out.line("Dimension 3");
      return;
    }
    // The mark of the order of bytes, the version; then the section Dimension (3) from byte 8 to 20.
    for (const value of [1, 2, 3, 20, 3]) this.out.int(value);
    this.at = 20;
  }

  open(name: string, code: number, count: number, rowBytes: number): void {
    if (!this.binary) {
      this.out.line(name);
      this.out.line(`${count}`);
      return;
    }
    this.at += 12 + count * rowBytes;
    if (this.at >= 2 ** 31) throw new InputError("write medit: a binary file must be below 2 GiB; write text or VTU");
    for (const value of [code, this.at, count]) this.out.int(value);
  }

  end(): void {
    if (!this.binary) this.out.line("End");
    else for (const value of [54, 0]) this.out.int(value);
  }
}
