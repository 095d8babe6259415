/** Sections of Gmsh's MSH 2 and MSH 4.1: nodes, elements, entities, names and data. Text and binary go the same way. */

import { utf8 } from "./byte-text.ts";
import type { MshFile } from "./msh-file.ts";
import { NodeTags } from "./node-tags.ts";
import { quoted } from "./scanner.ts";

/** A section's text lines are few; this is the least a node takes in text ("1 0 0 0\n"). */
const nodeText = 8;

/**
 * MSH 2: count, then number and coordinates of each node; in $ParametricNodes also dimension and tag of its entity, and
 * one parameter on a curve, two on a surface.
 */
export function readNodes2(file: MshFile, parametric: boolean): void {
  const { scanner } = file;
  const count = scanner.count("the count of $Nodes", file.binary ? 28 : nodeText);
  if (file.binary) scanner.line();
  const tags = new Float64Array(count);
  const points = new Float64Array(3 * count);
  const dimTags = new Int32Array(parametric ? 2 * count : 0);
  for (let i = 0; i < count; i++) {
    tags[i] = file.int("the number of a node", 0);
    for (let axis = 0; axis < 3; axis++) points[3 * i + axis] = file.coordinate("a coordinate");
    if (!parametric) continue;
    dimTags[2 * i] = file.int("the dimension of a node's entity", 0, 3);
    dimTags[2 * i + 1] = file.int("the tag of a node's entity");
    for (let j = 0; j < dimTags[2 * i] % 3; j++) file.double("a parameter of a node");
  }
  if (parametric) {
    file.dimTags = dimTags;
    file.options.onNote?.("parameters of nodes on curves and surfaces are not kept");
  }
  keepNodes(file, tags, points);
}

/** MSH 4.1: blocks of one entity each: dimension, tag, parametric, count; numbers of nodes; then their coordinates. */
export function readNodes4(file: MshFile): void {
  const { scanner } = file;
  const blocks = file.count("the number of blocks of $Nodes", 8, 12 + file.sizeBytes);
  const count = file.count("the count of $Nodes", nodeText, 24 + file.sizeBytes);
  file.size("the least number of a node");
  file.size("the largest number of a node");
  const tags = new Float64Array(count);
  const points = new Float64Array(3 * count);
  const dimTags = new Int32Array(2 * count);
  let first = 0;
  let parameters = 0;
  for (let block = 0; block < blocks; block++) {
    const dimension = file.int("the dimension of a block of $Nodes", 0, 3);
    const entity = file.int("the entity of a block of $Nodes");
    const parametric = file.int("whether a block of $Nodes is parametric", 0, 1);
    const at = scanner.next;
    const size = file.size("the count of a block of $Nodes");
    if (size > count - first) {
      throw scanner.error(
        `the blocks of $Nodes must hold ${count} nodes in all, got ${first} and ${size} more; the file is damaged`,
        at,
      );
    }
    for (let i = first; i < first + size; i++) tags[i] = file.size("the number of a node");
    for (let i = first; i < first + size; i++) {
      for (let axis = 0; axis < 3; axis++) points[3 * i + axis] = file.coordinate("a coordinate");
      for (let j = 0; j < parametric * dimension; j++) file.double("a parameter of a node");
      dimTags[2 * i] = dimension;
      dimTags[2 * i + 1] = entity;
    }
    parameters += parametric * size;
    first += size;
  }
  if (first !== count) {
    throw scanner.error(`the blocks of $Nodes must hold ${count} nodes in all, got ${first}; the file is damaged`);
  }
  if (parameters > 0) file.options.onNote?.("parameters of nodes on curves and surfaces are not kept");
  file.dimTags = dimTags;
  keepNodes(file, tags, points);
}

function keepNodes(file: MshFile, tags: Float64Array, points: Float64Array): void {
  if (file.points !== undefined) throw file.scanner.error("there must be one section of $Nodes; join them into one");
  const nodes = new NodeTags(tags);
  if (nodes.repeated >= 0) {
    throw file.scanner.error(
      `the numbers of nodes must differ, two have ${tags[nodes.repeated]}; the file is damaged: write it again`,
    );
  }
  file.points = points;
  file.nodeTags = tags;
  file.nodes = nodes;
}

/** MSH 2: number, type, tags (physical, entity, partitions) and nodes of each element; binary has runs of one type. */
export function readElements2(file: MshFile): void {
  const { scanner, binary } = file;
  const count = scanner.count("the count of $Elements", 8);
  if (binary) scanner.line();
  let partitioned = 0;
  const nodes: number[] = [];
  for (let done = 0; done < count; ) {
    const at = scanner.next;
    const number = binary ? 0 : file.int("the number of an element", 0);
    const type = file.elementType(file.int("the type of an element"), at);
    const run = binary ? file.int("the length of a run of elements", 1, count - done) : 1;
    const tagCount = file.int("the number of tags of an element", 0, 2 ** 16);
    for (let i = 0; i < run; i++, done++) {
      const element = binary ? file.int("the number of an element", 0) : number;
      let physical = 0;
      let entity = 0;
      for (let tag = 0; tag < tagCount; tag++) {
        const value = file.int("a tag of an element");
        if (tag === 0) physical = Math.abs(value);
        if (tag === 1) entity = value;
      }
      if (tagCount > 2) partitioned++;
      file.readElementNodes(type, element, nodes);
      file.elementTags.push(element);
      file.geometrical.push(entity);
      file.physical.push([physical]);
    }
  }
  if (partitioned > 0) file.options.onNote?.(`partitions of ${partitioned} elements are not kept`);
}

const noPhysical: readonly number[] = [];

/** MSH 4.1: blocks of one entity and type each: dimension, tag, type, count; then number and nodes of each element. */
export function readElements4(file: MshFile): void {
  const { scanner, sizeBytes } = file;
  const blocks = file.count("the number of blocks of $Elements", 8, 12 + sizeBytes);
  const count = file.count("the count of $Elements", 4, 2 * sizeBytes);
  file.size("the least number of an element");
  file.size("the largest number of an element");
  const nodes: number[] = [];
  let left = count;
  for (let block = 0; block < blocks; block++) {
    const at = scanner.next;
    const dimension = file.int("the dimension of a block of $Elements", 0, 3);
    const entity = file.int("the entity of a block of $Elements");
    const type = file.elementType(file.int("the type of a block of $Elements"), at);
    const size = file.size("the count of a block of $Elements");
    if (size > left) {
      throw scanner.error(
        `the blocks of $Elements must hold ${count} elements in all, got ${size - left} more; the file is damaged`,
        at,
      );
    }
    left -= size;
    const physical = file.entities.get(`${dimension}:${entity}`) ?? noPhysical;
    for (let i = 0; i < size; i++) {
      const element = file.size("the number of an element");
      file.readElementNodes(type, element, nodes);
      file.elementTags.push(element);
      file.geometrical.push(entity);
      file.physical.push(physical);
    }
  }
  if (left > 0) {
    throw scanner.error(
      `the blocks of $Elements must hold ${count} elements in all, got ${count - left}; the file is damaged`,
    );
  }
}

/**
 * MSH 4.1: physical tags of points, curves, surfaces and volumes. Boxes and boundaries of entities are not kept;
 * `partitioned` entities come with the parts that they belong to as well.
 */
export function readEntities4(file: MshFile, partitioned: boolean): void {
  if (partitioned) {
    file.size("the number of partitions");
    const ghosts = file.count("the number of ghost entities", 4, 8);
    for (let i = 0; i < 2 * ghosts; i++) file.int("a ghost entity");
  }
  const counts = [0, 1, 2, 3].map((dimension) =>
    file.count(`the number of entities of dimension ${dimension}`, 2, 4 + file.sizeBytes),
  );
  for (const [dimension, count] of counts.entries()) {
    for (let i = 0; i < count; i++) {
      const tag = file.int("the tag of an entity");
      if (partitioned) {
        file.int("the dimension of a parent entity");
        file.int("the tag of a parent entity");
        skipInts(file, "partitions of an entity");
      }
      for (let j = 0; j < (dimension === 0 ? 3 : 6); j++) file.double("a corner of an entity's box");
      const physical: number[] = [];
      const physicalCount = file.count("the number of physical tags of an entity", 2, 4);
      for (let j = 0; j < physicalCount; j++) physical.push(Math.abs(file.int("a physical tag of an entity")));
      if (dimension > 0) skipInts(file, "boundaries of an entity");
      if (physical.length > 0) file.entities.set(`${dimension}:${tag}`, physical);
    }
  }
}

function skipInts(file: MshFile, what: string): void {
  const count = file.count(`the number of ${what}`, 2, 4);
  for (let i = 0; i < count; i++) file.int(what);
}

/** Names of physical groups: text in binary files too. */
export function readPhysicalNames(file: MshFile): void {
  const { scanner } = file;
  const count = scanner.count("the count of $PhysicalNames", 6);
  for (let i = 0; i < count; i++) {
    const dimension = scanner.integer("the dimension of a physical group", 0, 3) as 0 | 1 | 2 | 3;
    const tag = scanner.integer("the tag of a physical group");
    file.names.push({ dimension, tag: Math.abs(tag), name: quotedLine(file) });
  }
}

/** $NodeData or $ElementData: head of strings, reals and integers; then number and values of each node or element. */
export function readData(file: MshFile, section: "NodeData" | "ElementData"): void {
  const { scanner } = file;
  const strings: string[] = [];
  for (let left = scanner.count("the number of strings", 2); left > 0; left--) strings.push(quotedLine(file));
  for (let left = scanner.count("the number of reals", 2); left > 0; left--) scanner.number("a real");
  const integers: number[] = [];
  for (let left = scanner.count("the number of integers", 2); left > 0; left--) {
    integers.push(scanner.integer("an integer", 0));
  }
  const [, components, entries] = integers;
  if (!(components >= 1 && components <= 64) || entries === undefined) {
    throw scanner.error(
      `$${section} must give its time step, 1 to 64 components and its number of entries, got ${quoted(integers.join(" "))}`,
    );
  }
  if (file.binary) scanner.line();
  const what = `$${section} ${quoted(strings[0] ?? "without a name")}`;
  scanner.believe(`the number of entries of ${what}`, entries, file.binary ? 4 + 8 * components : 2 + 2 * components);
  const onNodes = section === "NodeData";
  const tags = onNodes ? file.nodes : new NodeTags(file.elementTags);
  const count = onNodes ? (file.points?.length ?? 0) / 3 : file.elementTags.length;
  scanner.reserve(what, 8 * components * count);
  const values = new Float64Array(components * count).fill(Number.NaN);
  for (let i = 0; i < entries; i++) {
    const at = scanner.next;
    const tag = file.int(onNodes ? "the number of a node" : "the number of an element", 0);
    const index = tags?.get(tag) ?? -1;
    if (index < 0) {
      throw scanner.error(`${what} names ${onNodes ? "node" : "element"} ${tag}, which the file does not have`, at);
    }
    for (let j = 0; j < components; j++) values[components * index + j] = file.double("a value");
  }
  if (entries < count) file.options.onNote?.(`${what} has ${entries} of ${count} values; the others are NaN`);
  const data = onNodes ? file.pointData : file.cellData;
  data.push({ name: freeName(strings[0] ?? section, integers[0] ?? 0, data), components, values });
}

/** The name of a view, or with its time step if an earlier one has the name. */
function freeName(name: string, step: number, taken: readonly { name: string }[]): string {
  if (!taken.some((one) => one.name === name)) return name;
  return `${name} at step ${step}`;
}

/** The rest of the line, or the next one, without quotes; UTF-8. */
function quotedLine({ scanner }: MshFile): string {
  scanner.skipSpace();
  const line = scanner.line().trim();
  return utf8(/^"(.*)"$/.exec(line)?.[1] ?? line);
}
