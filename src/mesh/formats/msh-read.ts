/**
 * Reads Gmsh's format (.msh), versions 2.0 to 2.2 and 4.1, text and binary, either order of bytes.
 *
 * Numbers of nodes may have gaps and any order: points keep the order of the file. What Gmsh knows of nodes and elements
 * becomes data by the names of `gmshNames`; physical names become groups. Boxes and boundaries of entities, parameters,
 * partitions and periodicity are not kept, and the caller is told.
 */

import type { CellGroup, DataArray, Mesh } from "../mesh.ts";
import { dimensionOf, nodesPerElement } from "../mesh.ts";
import type { ReadOptions } from "./cell-collector.ts";
import { gmshNames, physicalName } from "./msh-elements.ts";
import { MshFile } from "./msh-file.ts";
import {
  readData,
  readElements2,
  readElements4,
  readEntities4,
  readNodes2,
  readNodes4,
  readPhysicalNames,
} from "./msh-sections.ts";
import { NodeTags } from "./node-tags.ts";
import { quoted, Scanner } from "./scanner.ts";

/** An element in more physical groups than this is refused: each takes an array of its own. */
const mostLayers = 64;

/** @throws InputError  with the line or byte, for anything but an undamaged file of linear elements */
export function readMsh(bytes: Uint8Array, name: string, options: ReadOptions = {}): Mesh {
  const scanner = new Scanner(bytes, name);
  const file = readFormat(scanner, options);
  for (;;) {
    scanner.skipSpace();
    const start = scanner.next;
    const section = scanner.word();
    if (section === "") break;
    if (!section.startsWith("$") || section.startsWith("$End")) {
      throw scanner.error(
        `a section must begin with $Nodes or such, got ${quoted(section)}; the file is damaged`,
        start,
      );
    }
    // Binary numbers begin on the next line.
    scanner.line();
    readSection(file, section.slice(1), start);
  }
  return finish(file);
}

function readFormat(scanner: Scanner, options: ReadOptions): MshFile {
  for (;;) {
    const start = scanner.next;
    const word = scanner.word();
    if (word === "$MeshFormat") break;
    if (word !== "$Comments") {
      const cure = word === "$NOD" ? "; it is of version 1: write it again with -format msh41" : "";
      throw scanner.error(`the file must begin with $MeshFormat, got ${quoted(word)}${cure}`, start);
    }
    skipSection(scanner, "Comments", start);
  }
  const at = scanner.next;
  const word = scanner.word();
  const known = /^2(\.[012])?$/.test(word) ? 2 : word === "4.1" ? 4 : undefined;
  if (known === undefined) {
    throw scanner.error(
      `the version must be 2, 2.1, 2.2 or 4.1, got ${quoted(word)}; write the file again with -format msh41`,
      at,
    );
  }
  const binary = scanner.integer("the kind of file", 0, 1) === 1;
  const sizeBytes = scanner.integer("the bytes of a size", 4, 8);
  if (sizeBytes !== 8 && sizeBytes !== 4) throw scanner.error(`the bytes of a size must be 4 or 8, got ${sizeBytes}`);
  scanner.line();
  if (binary) {
    scanner.binary = true;
    const start = scanner.next;
    const one = scanner.int32("the mark of the order of bytes");
    if (one !== 1) scanner.littleEndian = false;
    if (one !== 1 && one !== 0x01000000) {
      throw scanner.error(`the mark of the order of bytes must be 1, got ${one}; the file is damaged`, start);
    }
  }
  expectEnd(scanner, "MeshFormat");
  return new MshFile(scanner, options, { binary, sizeBytes, version: known });
}

function readSection(file: MshFile, name: string, start: number): void {
  const { scanner, options, version } = file;
  switch (name) {
    case "Nodes":
    case "ParametricNodes":
      if (version === 2) readNodes2(file, name === "ParametricNodes");
      else readNodes4(file);
      break;
    case "Elements":
      (version === 2 ? readElements2 : readElements4)(file);
      break;
    case "PhysicalNames":
      readPhysicalNames(file);
      break;
    case "NodeData":
    case "ElementData":
      readData(file, name);
      break;
    case "Entities":
    case "PartitionedEntities":
      readEntities4(file, name === "PartitionedEntities");
      break;
    default:
      if (name !== "Comments") options.onNote?.(`the section $${name} is not kept`);
      skipSection(scanner, name, start);
      return;
  }
  expectEnd(scanner, name);
}

function expectEnd(scanner: Scanner, name: string): void {
  scanner.skipSpace();
  const start = scanner.next;
  const word = scanner.word();
  if (word !== `$End${name}`) {
    throw scanner.error(
      `$${name} must end with $End${name} after what it counts, got ${quoted(word)}; the file is damaged or truncated`,
      start,
    );
  }
}

/** Goes past `$EndName`, wherever it is. */
function skipSection(scanner: Scanner, name: string, start: number): void {
  const { bytes } = scanner;
  const mark = Uint8Array.from(`$End${name}`, (character) => character.charCodeAt(0));
  for (let at = scanner.at; (at = bytes.indexOf(36, at)) >= 0; at++) {
    if (!mark.every((byte, i) => bytes[at + i] === byte)) continue;
    scanner.at = at + mark.length;
    return;
  }
  throw scanner.error(`$${quoted(name)} must end with $End and its name; the file is truncated`, start);
}

function finish(file: MshFile): Mesh {
  const { scanner, points, nodeTags, nodes, dimTags, elementTags, geometrical, collector } = file;
  if (points === undefined || nodeTags === undefined || nodes === undefined) {
    throw scanner.error("the file must have $Nodes, it ends before; write it again");
  }
  const cells = collector.finish();
  const dimensions = new Uint8Array(collector.count);
  let cell = 0;
  for (const { kind, nodes: of } of cells) {
    dimensions.fill(dimensionOf[kind], cell, (cell += of.length / nodesPerElement[kind]));
  }
  const pointData: DataArray[] = [];
  if (!nodes.plain || collector.drops) pointData.push({ name: gmshNames.node, components: 1, values: whole(nodeTags) });
  if (dimTags !== undefined) pointData.push({ name: gmshNames.dimTags, components: 2, values: dimTags });
  const cellData: DataArray[] = [];
  if (!new NodeTags(elementTags).plain) {
    cellData.push({ name: gmshNames.element, components: 1, values: whole(elementTags) });
  }
  const layers = physicalLayers(file);
  cellData.push(...layers.map((values, layer) => ({ name: physicalName(layer), components: 1, values })));
  if (elementTags.length > 0) {
    cellData.push({ name: gmshNames.geometrical, components: 1, values: Int32Array.from(geometrical) });
  }
  const fields = {
    pointData: [...pointData, ...file.pointData],
    cellData: [...cellData, ...file.cellData],
    groups: groupsOf(file, layers, dimensions),
  };
  return collector.withoutDropped({ points, cells, fields }, file.options);
}

function whole(values: ArrayLike<number>): Int32Array | Float64Array {
  const exact = Float64Array.from(values);
  return exact.every((value) => value <= 2 ** 31 - 1) ? Int32Array.from(exact) : exact;
}

/** The first, second, ... physical tag of every element, 0 where there is none; none at all if no element has one. */
function physicalLayers({ scanner, physical, names }: MshFile): Int32Array[] {
  let most = names.length > 0 ? 1 : 0;
  for (const tags of physical) if (tags.length > most && tags.some((tag) => tag !== 0)) most = tags.length;
  if (most > mostLayers) {
    throw scanner.error(`an element must be in at most ${mostLayers} physical groups, one is in ${most}; remove some`);
  }
  scanner.reserve("the physical groups", 4 * most * physical.length);
  return Array.from({ length: most }, (_, layer) => Int32Array.from(physical, (tags) => tags[layer] ?? 0));
}

/** One group for each name and each layer that has cells of it; a group without cells is of the first layer. */
function groupsOf({ names }: MshFile, layers: readonly Int32Array[], dimensions: Uint8Array): CellGroup[] {
  // What occurs is gathered once: names times cells would be slow for a file of many names.
  const present = layers.map((values) => {
    const keys = new Set<string>();
    for (let cell = 0; cell < values.length; cell++) keys.add(`${dimensions[cell]}:${values[cell]}`);
    return keys;
  });
  return names.flatMap(({ name, dimension, tag }) => {
    const group = (layer: number): CellGroup => ({ name, dimension, tag, data: physicalName(layer) });
    const found = present.flatMap((keys, layer) => (keys.has(`${dimension}:${tag}`) ? [group(layer)] : []));
    return found.length > 0 ? found : [group(0)];
  });
}
