/**
 * Reads the mesh of an Abaqus input file (.inp): nodes, elements, and sets of both; everything else is passed over.
 *
 * Sets of elements become groups whose tags are in cell data "abaqus:elset" (sets that overlap in "abaqus:elset:2", ...),
 * sets of nodes point data "nset:NAME" of 0 and 1. One part is read; what makes nodes or elements by rule is refused.
 */

import type { CellGroup, DataArray, Mesh } from "../mesh.ts";
import { dimensionOf, nodesPerElement } from "../mesh.ts";
import { type AbaqusType, abaqusType } from "./abaqus-elements.ts";
import { type Keyword, readKeyword, readNumbers } from "./abaqus-lines.ts";
import { utf8 } from "./byte-text.ts";
import { CellCollector, type ReadOptions, refuseCell } from "./cell-collector.ts";
import { NodeTags } from "./node-tags.ts";
import { quoted, Scanner } from "./scanner.ts";

/** More sets than this around one element are refused: each takes an array of its own. */
const mostLayers = 64;

/** Members by their numbers in the file, and the line to name if one of them is none. */
interface NamedSet {
  readonly name: string;
  /** Those that may be missing are marked by `optional`. */
  readonly members: number[];
  readonly at: number;
}

/** What would add to the mesh without listing it. */
const generators = ["NGEN", "NFILL", "NCOPY", "NMAP", "ELGEN", "ELCOPY", "INCLUDE", "SYSTEM", "SUBMODEL"];

/** @throws InputError  with the line, for anything but an undamaged file with one mesh of linear elements */
export function readAbaqus(bytes: Uint8Array, file: string, options: ReadOptions = {}): Mesh {
  return new AbaqusReader(new Scanner(bytes, file), options).read();
}

class AbaqusReader {
  private readonly scanner: Scanner;
  private readonly options: ReadOptions;
  private parts = 0;
  private instances = 0;
  private assembly: "outside" | "inside" | "instance" = "outside";
  private readonly nodeTags: number[] = [];
  private readonly coordinates: number[] = [];
  private nodes: NodeTags | undefined;
  private readonly elementTags: number[] = [];
  private readonly collector = new CellCollector();
  private readonly dimensions: number[] = [];
  private readonly nodeSets = new Map<string, NamedSet>();
  private readonly elementSets = new Map<string, NamedSet>();

  constructor(scanner: Scanner, options: ReadOptions) {
    this.scanner = scanner;
    this.options = options;
  }

  read(): Mesh {
    const { scanner } = this;
    let passed = 0;
    while (scanner.left > 0) {
      const keyword = readKeyword(scanner);
      if (keyword === undefined) scanner.line();
      else if (!this.readKeyword(keyword) && keyword.name !== "") passed++;
    }
    if (this.nodeTags.length === 0) throw scanner.error("the file must have *NODE with nodes, it ends before");
    if (passed > 0) this.options.onNote?.(`${passed} keywords that are no part of the mesh are not kept`);
    return this.finish();
  }

  /** Reads what follows a keyword; gives whether it is part of the mesh. */
  private readKeyword(keyword: Keyword): boolean {
    const { scanner } = this;
    const { name, parameters, at } = keyword;
    if (generators.includes(name)) {
      throw scanner.error(`*${name} is not read; write nodes and elements out in full, in this file`, at);
    }
    if ((name === "PART" && ++this.parts > 1) || (name === "INSTANCE" && ++this.instances > 1)) {
      throw scanner.error(`there must be one *${name}; write each to a file of its own`, at);
    }
    if (name === "ASSEMBLY" || name === "END INSTANCE") this.assembly = "inside";
    if (name === "INSTANCE") this.assembly = "instance";
    if (name === "END ASSEMBLY") this.assembly = "outside";
    // Reference points of an assembly have numbers of their own, and so have the sets of them.
    if (this.assembly === "inside" && !parameters.has("INSTANCE")) return false;
    if (name === "NODE") this.readNodes(keyword);
    else if (name === "ELEMENT") this.readElements(keyword);
    else if (name === "NSET" || name === "ELSET") this.readSet(keyword);
    else return false;
    return true;
  }

  private readNodes({ parameters, at }: Keyword): void {
    const { scanner } = this;
    if ((parameters.get("SYSTEM") ?? "R").toUpperCase() !== "R") {
      throw scanner.error("nodes must be in rectangular coordinates; write them so", at);
    }
    this.checkName(parameters, "INPUT", at);
    if (this.collector.count > 0) throw scanner.error("*NODE must come before *ELEMENT; put all nodes first", at);
    const set = parameters.get("NSET");
    for (;;) {
      scanner.skipSpace();
      const start = scanner.at;
      const numbers = readNumbers(scanner, "a node's number and coordinates");
      if (numbers === undefined) break;
      const [tag, x = 0, y = 0, z = 0] = numbers;
      if (!(Number.isSafeInteger(tag) && tag >= 0)) {
        throw scanner.error(`the number of a node must be a whole number from 0, got ${tag}`, start);
      }
      const bad = [x, y, z].find((value) => !Number.isFinite(value));
      if (bad !== undefined) {
        throw scanner.error(
          `coordinates must be finite, node ${tag} has ${bad}; mend it in the program that wrote it`,
          start,
        );
      }
      this.nodeTags.push(tag);
      this.coordinates.push(x, y, z);
      if (set !== undefined) memberList(this.nodeSets, set, at).push(tag);
    }
  }

  private readElements({ parameters, at }: Keyword): void {
    const { scanner } = this;
    this.checkName(parameters, "INPUT", at);
    const name = (parameters.get("TYPE") ?? "").toUpperCase();
    const type = abaqusType(name);
    const where = `${scanner.file}: ${scanner.place(at)}`;
    if (type === undefined) throw refuseCell(where, `element of TYPE=${name.slice(0, 40)}`, false);
    if (!type.linear && this.options.linearise !== true) {
      throw refuseCell(where, `quadratic ${type.kind} (TYPE=${name}, ${type.nodes} nodes)`, true);
    }
    if (this.nodes === undefined) {
      this.nodes = new NodeTags(this.nodeTags);
      const { repeated } = this.nodes;
      if (repeated >= 0)
        throw scanner.error(`the numbers of nodes must differ, two have ${this.nodeTags[repeated]}`, at);
    }
    const set = parameters.get("ELSET");
    for (;;) {
      scanner.skipSpace();
      const start = scanner.at;
      const numbers = readNumbers(scanner, "an element's number and nodes");
      if (numbers === undefined) break;
      // Elements of many nodes go on in the next line.
      while (numbers.length < type.nodes + 1) {
        const more = readNumbers(scanner, "an element's nodes");
        if (more === undefined) break;
        numbers.push(...more.slice(0, type.nodes + 1));
      }
      this.addElement(type, name, numbers, start);
      if (set !== undefined) memberList(this.elementSets, set, at).push(numbers[0]);
    }
  }

  private addElement(type: AbaqusType, name: string, numbers: readonly number[], start: number): void {
    const { scanner } = this;
    const [tag, ...tags] = numbers;
    if (!(Number.isSafeInteger(tag) && tag >= 0) || tags.length !== type.nodes) {
      throw scanner.error(
        `an element of TYPE=${name} must be its number and ${type.nodes} nodes, got ${tag} and ${tags.length}`,
        start,
      );
    }
    const nodes = tags.map((node) => this.nodes?.get(node) ?? -1);
    const missing = nodes.indexOf(-1);
    if (missing >= 0) {
      throw scanner.error(`element ${tag} (${name}) names node ${tags[missing]}, which *NODE does not have`, start);
    }
    this.collector.add(type.kind, nodes);
    this.dimensions.push(dimensionOf[type.kind]);
    if (!type.linear) this.collector.drop(nodes, nodesPerElement[type.kind], type.nodes);
    this.elementTags.push(tag);
  }

  private checkName(parameters: ReadonlyMap<string, string>, name: string, at: number): void {
    if (parameters.has(name)) throw this.scanner.error(`${name}= is not read; put the lines into this file`, at);
  }

  /** *NSET or *ELSET: numbers, names of sets, or first, last and step with GENERATE. */
  private readSet({ name, parameters, at }: Keyword): void {
    const { scanner } = this;
    const sets = name === "NSET" ? this.nodeSets : this.elementSets;
    const label = parameters.get(name);
    if (label === undefined || label === "") throw scanner.error(`*${name} must have ${name}=NAME`, at);
    const members = memberList(sets, label, at);
    for (;;) {
      scanner.skipSpace();
      if (scanner.left === 0 || (scanner.bytes[scanner.at] === 42 && scanner.bytes[scanner.at + 1] !== 42)) break;
      const start = scanner.at;
      const text = scanner.line();
      if (text.startsWith("**")) continue;
      const words = text.split(",").map((word) => word.trim());
      if (parameters.has("GENERATE")) {
        const [first, last, step = 1] = words.filter((word) => word !== "").map(Number);
        const count = Math.floor((last - first) / step) + 1;
        if (
          ![first, last, step].every(Number.isSafeInteger) ||
          !(first >= 0 && step > 0 && count >= 0 && count <= 2 ** 31)
        ) {
          throw scanner.error(`GENERATE needs first, last and step as whole numbers, got ${quoted(text)}`, start);
        }
        // Numbers may have gaps, so members by rule may be missing; there are no more than there are numbers at all.
        const tags = name === "NSET" ? this.nodeTags : this.elementTags;
        scanner.reserve(`the set ${quoted(label)}`, 8 * Math.min(count, tags.length));
        if (count <= tags.length) for (let tag = first; tag <= last; tag += step) members.push(optional(tag));
        else for (const tag of tags) if (tag >= first && tag <= last && (tag - first) % step === 0) members.push(tag);
        continue;
      }
      for (const word of words) {
        if (word === "") continue;
        const number = /^(?:[^.]+\.)?(\d{1,15})$/.exec(word)?.[1];
        if (number !== undefined) members.push(Number(number));
        else {
          const other = sets.get(utf8(word).toUpperCase());
          if (other === undefined)
            throw scanner.error(`the set ${quoted(label)} names ${quoted(word)}, which is no set before it`, start);
          scanner.reserve(`the set ${quoted(label)}`, 8 * other.members.length);
          // Counted first: a set may name itself.
          for (let i = 0, { length } = other.members; i < length; i++) members.push(other.members[i]);
        }
      }
    }
  }

  private finish(): Mesh {
    const { scanner, nodeTags, elementTags, collector } = this;
    const nodes = this.nodes ?? new NodeTags(nodeTags);
    const elements = new NodeTags(elementTags);
    if (elements.repeated >= 0) {
      throw scanner.error(`the numbers of elements must differ, two have ${elementTags[elements.repeated]}`);
    }
    const pointData: DataArray[] = [];
    const cellData: DataArray[] = [];
    if (!nodes.plain || collector.drops)
      pointData.push({ name: "abaqus:node", components: 1, values: whole(nodeTags) });
    if (!elements.plain) cellData.push({ name: "abaqus:element", components: 1, values: whole(elementTags) });
    for (const { name, members, at } of this.nodeSets.values()) {
      scanner.reserve(`the set ${quoted(name)}`, nodeTags.length);
      const values = new Uint8Array(nodeTags.length);
      for (const node of this.indices(nodes, members, name, at)) values[node] = 1;
      pointData.push({ name: `nset:${name}`, components: 1, values });
    }
    const { layers, groups } = this.elementGroups(elements);
    cellData.push(...layers.map((values, layer) => ({ name: layerName(layer), components: 1, values })));
    const points = Float64Array.from(this.coordinates);
    const fields = { pointData, cellData, groups };
    return collector.withoutDropped({ points, cells: collector.finish(), fields }, this.options);
  }

  /** Each set gets a tag of its own, in the first array where none of its cells has one already. */
  private elementGroups(elements: NodeTags): { layers: Int32Array[]; groups: CellGroup[] } {
    const layers: Int32Array[] = [];
    const groups: CellGroup[] = [];
    let tag = 0;
    for (const { name, members, at } of this.elementSets.values()) {
      tag++;
      const cells = this.indices(elements, members, name, at);
      let layer = layers.findIndex((values) => cells.every((cell) => values[cell] === 0));
      if (layer < 0) {
        if (layers.length === mostLayers) {
          throw this.scanner.error(`an element must be in at most ${mostLayers} sets, ${quoted(name)} is one more`, at);
        }
        this.scanner.reserve(`the set ${quoted(name)}`, 4 * this.elementTags.length);
        layer = layers.push(new Int32Array(this.elementTags.length)) - 1;
      }
      for (const cell of cells) layers[layer][cell] = tag;
      const dimensions = new Set(cells.map((cell) => this.dimensions[cell]));
      for (const dimension of dimensions.size === 0 ? [3] : dimensions) {
        groups.push({ name, dimension: dimension as 0 | 1 | 2 | 3, tag, data: layerName(layer) });
      }
    }
    return { layers, groups };
  }

  private indices(tags: NodeTags, members: readonly number[], set: string, at: number): number[] {
    const found: number[] = [];
    for (const member of members) {
      const index = tags.get(member < 0 ? optional(member) : member);
      if (index >= 0) found.push(index);
      else if (member >= 0) {
        throw this.scanner.error(
          `the set ${quoted(set)} names ${member}, which the file does not have; mend the set`,
          at,
        );
      }
    }
    return found;
  }
}

/** Marks a number that a set may name though the file does not have it, or takes the mark off. */
function optional(tag: number): number {
  return -1 - tag;
}

function layerName(layer: number): string {
  return layer === 0 ? "abaqus:elset" : `abaqus:elset:${layer + 1}`;
}

/** Members of a set, which begins empty; case makes no difference to a name. */
function memberList(sets: Map<string, NamedSet>, name: string, at: number): number[] {
  const key = name.toUpperCase();
  let set = sets.get(key);
  if (set === undefined) sets.set(key, (set = { name, members: [], at }));
  return set.members;
}

function whole(tags: readonly number[]): Int32Array | Float64Array {
  return tags.every((tag) => tag < 2 ** 31) ? Int32Array.from(tags) : Float64Array.from(tags);
}
