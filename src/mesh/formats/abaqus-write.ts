/** Writes a mesh as an Abaqus input file (.inp): nodes, elements in runs of one kind, and sets of both. */

import { InputError } from "../../base/index.ts";
import { cellCount, dimensionOf, type Mesh, nodesPerElement } from "../mesh.ts";
import { abaqusNames } from "./abaqus-elements.ts";
import { ByteWriter } from "./byte-writer.ts";
import { asNumbers, fileNumbers } from "./data-values.ts";
import { numberText } from "./number-text.ts";

/** Numbers in a line of a set: Abaqus takes 16 at most. */
const perLine = 16;

export function writeAbaqus(mesh: Mesh, onNote?: (note: string) => void): Uint8Array {
  const { points, cells } = mesh;
  const { pointData, cellData, groups } = mesh.fields;
  const nodes = fileNumbers(pointData, "abaqus:node", points.length / 3);
  const elements = fileNumbers(cellData, "abaqus:element", cellCount(mesh));
  const out = new ByteWriter();
  out.text("*HEADING\nwritten by gradientflow\n*NODE\n");
  for (let i = 0; i < nodes.length; i++) {
    const [x, y, z] = [0, 1, 2].map((axis) => numberText(points[3 * i + axis]));
    out.text(`${nodes[i]}, ${x}, ${y}, ${z}\n`);
  }
  let cell = 0;
  for (const { kind, nodes: of } of cells) {
    const size = nodesPerElement[kind];
    if (kind === "vertex") {
      cell += of.length;
      continue;
    }
    const name = abaqusNames[kind];
    if (name === undefined) throw new InputError(`write abaqus: Abaqus has no ${kind}; split it or leave it out`);
    if (of.length > 0) out.text(`*ELEMENT, TYPE=${name}\n`);
    for (let at = 0; at < of.length; at += size) {
      let line = `${elements[cell++]}`;
      for (let i = at; i < at + size; i++) line += `, ${nodes[of[i]]}`;
      out.text(`${line}\n`);
    }
  }
  for (const { name, components, values } of pointData) {
    if (name.startsWith("nset:") && components === 1) {
      writeSet(out, "NSET", name.slice("nset:".length), nodes, (i) => Number(values[i]) !== 0);
    } else if (name !== "abaqus:node") onNote?.(`"${name}" is not written: Abaqus has sets only`);
  }
  const dimensions = cellDimensions(mesh);
  if (cells.some(({ kind }) => kind === "vertex")) onNote?.("cells of one point are not written");
  for (const { name, dimension, tag, data } of groups) {
    if (dimension === 0) continue;
    const array = cellData.find((one) => one.name === data && one.components === 1);
    const values = array === undefined ? undefined : asNumbers(array.values);
    writeSet(out, "ELSET", name, elements, (i) => values?.[i] === tag && dimensions[i] === dimension);
  }
  const kept = new Set(["abaqus:element", ...groups.map(({ data }) => data)]);
  for (const { name } of cellData) {
    if (!kept.has(name)) onNote?.(`"${name}" is not written: Abaqus has sets only`);
  }
  return out.finish();
}

function cellDimensions(mesh: Mesh): Uint8Array {
  const dimensions = new Uint8Array(cellCount(mesh));
  let cell = 0;
  for (const { kind, nodes } of mesh.cells) {
    dimensions.fill(dimensionOf[kind], cell, (cell += nodes.length / nodesPerElement[kind]));
  }
  return dimensions;
}

function writeSet(
  out: ByteWriter,
  keyword: "NSET" | "ELSET",
  name: string,
  numbers: ArrayLike<number>,
  isMember: (index: number) => boolean,
): void {
  if (!/^[^"*=,\n\r]{1,80}$/.test(name)) {
    throw new InputError(
      `write abaqus: names of sets must be 1 to 80 characters without " * = , and line ends, got ${JSON.stringify(name)}; rename it`,
    );
  }
  const label = /^[A-Za-z_][\w.-]*$/.test(name) ? name : `"${name}"`;
  out.text(`*${keyword}, ${keyword}=${label}\n`);
  let line: number[] = [];
  for (let i = 0; i < numbers.length; i++) {
    if (isMember(i)) line.push(numbers[i]);
    if (line.length === perLine || (i === numbers.length - 1 && line.length > 0)) {
      out.text(`${line.join(", ")}\n`);
      line = [];
    }
  }
}
