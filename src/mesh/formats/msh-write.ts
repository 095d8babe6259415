/**
 * Writes Gmsh's format (.msh), versions 2.2 and 4.1, text or binary.
 *
 * Data named as in `gmshNames` go where Gmsh keeps them; other data become views of doubles with 1, 3 or 9 components,
 * zeros after their own. Wedges are in the order of `Mesh`, which is Gmsh's.
 */

import { InputError } from "../../base/index.ts";
import { type CellBlock, cellCount, type DataArray, dimensionOf, type Mesh, nodesPerElement } from "../mesh.ts";
import { asNumbers, fileNumbers, integersOf } from "./data-values.ts";
import { gmshNames, gmshType } from "./msh-elements.ts";
import { classify, physicalArrays, physicalNames } from "./msh-entities.ts";
import { NumberWriter } from "./number-writer.ts";

export interface MshWriteOptions {
  readonly version: "2.2" | "4.1";
  readonly binary: boolean;
  readonly onNote?: (note: string) => void;
}

interface Numbers {
  /** [points], [cells]: numbers of nodes and elements in the file. */
  readonly nodes: ArrayLike<number>;
  readonly elements: ArrayLike<number>;
}

export function writeMsh(mesh: Mesh, options: MshWriteOptions): Uint8Array {
  const out = new NumberWriter(options.binary);
  out.line("$MeshFormat");
  out.line(`${options.version} ${options.binary ? 1 : 0} 8`);
  if (options.binary) {
    out.int(1);
    out.endNumbers();
  }
  out.line("$EndMeshFormat");
  writeNames(out, mesh);
  const { pointData, cellData } = mesh.fields;
  const numbers: Numbers = {
    nodes: fileNumbers(pointData, gmshNames.node, mesh.points.length / 3),
    elements: fileNumbers(cellData, gmshNames.element, cellCount(mesh)),
  };
  if (options.version === "2.2") write22(out, mesh, numbers, options);
  else write41(out, mesh, numbers);
  const kept: readonly string[] = [...Object.values(gmshNames), ...physicalNames(mesh)];
  const own = (name: string) => kept.includes(name);
  for (const data of pointData) if (!own(data.name)) writeData(out, "NodeData", data, numbers.nodes, options);
  for (const data of cellData) if (!own(data.name)) writeData(out, "ElementData", data, numbers.elements, options);
  return out.finish();
}

function writeNames(out: NumberWriter, mesh: Mesh): void {
  const lines = new Set<string>();
  const layers = physicalNames(mesh);
  for (const { name, dimension, tag, data } of mesh.fields.groups) {
    // A group without cells may name an array that is not there.
    if (!layers.includes(data) && !data.startsWith(gmshNames.physical)) continue;
    if (/["\n\r]/.test(name)) {
      throw new InputError(`write msh: names of groups must hold no quote or line end, got ${JSON.stringify(name)}`);
    }
    lines.add(`${dimension} ${tag} "${name}"`);
  }
  if (lines.size === 0) return;
  out.line("$PhysicalNames");
  out.line(`${lines.size}`);
  for (const line of lines) out.line(line);
  out.line("$EndPhysicalNames");
}

function typeOf({ kind }: CellBlock): number {
  const type = gmshType(kind);
  if (type === undefined) throw new InputError(`write msh: Gmsh has no ${kind}; split it into tetrahedra or pyramids`);
  return type;
}

function write22(
  out: NumberWriter,
  mesh: Mesh,
  { nodes, elements }: Numbers,
  { binary, onNote }: MshWriteOptions,
): void {
  const count = mesh.points.length / 3;
  out.line("$Nodes");
  out.line(`${count}`);
  for (let i = 0; i < count; i++) {
    out.int(nodes[i]);
    for (let axis = 0; axis < 3; axis++) out.double(mesh.points[3 * i + axis]);
    out.endRow();
  }
  out.endNumbers();
  out.line("$EndNodes");
  const layers = physicalArrays(mesh);
  if (layers.length > 1) onNote?.("MSH 2.2 has one physical group for each cell: the first is written");
  const geometrical = integersOf(mesh.fields.cellData.find(({ name }) => name === gmshNames.geometrical));
  out.line("$Elements");
  out.line(`${elements.length}`);
  let cell = 0;
  for (const block of mesh.cells) {
    const type = typeOf(block);
    const size = nodesPerElement[block.kind];
    if (block.nodes.length === 0) continue;
    if (binary) for (const value of [type, block.nodes.length / size, 2]) out.int(value);
    for (let at = 0; at < block.nodes.length; at += size, cell++) {
      out.int(elements[cell]);
      if (!binary) for (const value of [type, 2]) out.int(value);
      out.int(layers[0]?.[cell] ?? 0);
      out.int(geometrical?.[cell] ?? 1);
      for (let i = at; i < at + size; i++) out.int(nodes[block.nodes[i]]);
      out.endRow();
    }
  }
  out.endNumbers();
  out.line("$EndElements");
}

function write41(out: NumberWriter, mesh: Mesh, { nodes, elements }: Numbers): void {
  const { entities, cellEntity, nodeEntity } = classify(mesh);
  out.line("$Entities");
  for (let dimension = 0; dimension < 4; dimension++) {
    out.size(entities.filter((entity) => entity.dimension === dimension).length);
  }
  out.endRow();
  for (const { dimension, tag, physical, box } of entities) {
    out.int(tag);
    for (let i = 0; i < (dimension === 0 ? 3 : 6); i++) out.double(Number.isFinite(box[i]) ? box[i] : 0);
    out.size(physical.length);
    for (const group of physical) out.int(group);
    if (dimension > 0) out.size(0);
    out.endRow();
  }
  out.endNumbers();
  out.line("$EndEntities");
  writeNodes41(out, mesh.points, nodes, nodeEntity);
  writeElements41(out, mesh, nodes, elements, cellEntity);
}

function writeNodes41(
  out: NumberWriter,
  points: Float64Array,
  nodes: ArrayLike<number>,
  nodeEntity: ArrayLike<number>,
): void {
  const count = nodes.length;
  const sameEntity = (i: number, j: number) =>
    nodeEntity[2 * i] === nodeEntity[2 * j] && nodeEntity[2 * i + 1] === nodeEntity[2 * j + 1];
  const starts = runs(count, sameEntity);
  out.line("$Nodes");
  writeTotals(out, starts.length - 1, nodes);
  for (let run = 0; run + 1 < starts.length; run++) {
    const [start, end] = [starts[run], starts[run + 1]];
    out.int(nodeEntity[2 * start]);
    out.int(nodeEntity[2 * start + 1]);
    out.int(0);
    out.size(end - start);
    out.endRow();
    for (let i = start; i < end; i++) {
      out.size(nodes[i]);
      out.endRow();
    }
    for (let i = start; i < end; i++) {
      for (let axis = 0; axis < 3; axis++) out.double(points[3 * i + axis]);
      out.endRow();
    }
  }
  out.endNumbers();
  out.line("$EndNodes");
}

function writeElements41(
  out: NumberWriter,
  mesh: Mesh,
  nodes: ArrayLike<number>,
  elements: ArrayLike<number>,
  cellEntity: Int32Array,
): void {
  let first = 0;
  const blocks = mesh.cells.map((block) => {
    const size = nodesPerElement[block.kind];
    const start = first;
    first += block.nodes.length / size;
    const starts = runs(first - start, (i, j) => cellEntity[start + i] === cellEntity[start + j]);
    return { block, size, start, starts, type: typeOf(block) };
  });
  out.line("$Elements");
  writeTotals(
    out,
    blocks.reduce((total, { starts }) => total + starts.length - 1, 0),
    elements,
  );
  for (const { block, size, start, starts, type } of blocks) {
    for (let run = 0; run + 1 < starts.length; run++) {
      out.int(dimensionOf[block.kind]);
      out.int(cellEntity[start + starts[run]]);
      out.int(type);
      out.size(starts[run + 1] - starts[run]);
      out.endRow();
      for (let i = starts[run]; i < starts[run + 1]; i++) {
        out.size(elements[start + i]);
        for (let j = i * size; j < (i + 1) * size; j++) out.size(nodes[block.nodes[j]]);
        out.endRow();
      }
    }
  }
  out.endNumbers();
  out.line("$EndElements");
}

/** Number of blocks and of things, least and largest number of a thing. */
function writeTotals(out: NumberWriter, blocks: number, numbers: ArrayLike<number>): void {
  let least = numbers[0] ?? 0;
  let largest = 0;
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i] < least) least = numbers[i];
    if (numbers[i] > largest) largest = numbers[i];
  }
  for (const value of [blocks, numbers.length, least, largest]) out.size(value);
  out.endRow();
}

/** Where runs of things that are alike begin, and the count at the end. */
function runs(count: number, alike: (i: number, j: number) => boolean): number[] {
  const starts: number[] = [];
  for (let i = 0; i < count; i++) if (i === 0 || !alike(i - 1, i)) starts.push(i);
  starts.push(count);
  return starts;
}

function writeData(
  out: NumberWriter,
  section: "NodeData" | "ElementData",
  { name, components, values }: DataArray,
  numbers: ArrayLike<number>,
  { onNote }: MshWriteOptions,
): void {
  if (/["\n\r]/.test(name)) {
    throw new InputError(`write msh: names of data must hold no quote or line end, got ${JSON.stringify(name)}`);
  }
  const width = [1, 3, 9].find((fit) => fit >= components);
  if (width === undefined) {
    onNote?.(`"${name}" is not written: Gmsh has 1, 3 or 9 components, not ${components}`);
    return;
  }
  if (width > components) onNote?.(`"${name}" is written with ${width} components, zeros after its ${components}`);
  out.line(`$${section}`);
  for (const line of ["1", `"${name}"`, "1", "0.0", "3", "0", `${width}`, `${numbers.length}`]) out.line(line);
  const doubles = asNumbers(values);
  for (let i = 0; i < numbers.length; i++) {
    out.int(numbers[i]);
    for (let j = 0; j < width; j++) out.double(j < components ? doubles[components * i + j] : 0);
    out.endRow();
  }
  out.endNumbers();
  out.line(`$End${section}`);
}
