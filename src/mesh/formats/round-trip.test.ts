/** Every fixture through every writer that holds volumes and back: points, cells, volume, data and groups. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type SolidKind, solidKinds } from "../elements.ts";
import { meanVolume } from "../mean-volume.ts";
import { type DataArray, type Mesh, nodesPerElement } from "../mesh.ts";
import { readMesh, type WriteMeshOptions, writeMesh } from "./formats.ts";

const folder = join(import.meta.dirname, "fixtures");
const files = readdirSync(folder).filter((name) => !name.endsWith(".json") && !name.includes("lz4"));

const ways: WriteMeshOptions[] = [
  ...["2.0", "3.0", "4.2", "5.1"].flatMap((version) =>
    [false, true].map((binary) => ({ format: "vtk", version, binary })),
  ),
  { format: "vtk", wedgeOrder: "gmsh" },
  { format: "vtu" },
  { format: "vtu", binary: true },
  { format: "vtu", binary: true, compress: true },
  ...["2.2", "4.1"].flatMap((version) => [false, true].map((binary) => ({ format: "msh", version, binary }))),
  { format: "medit" },
  { format: "medit", binary: true },
  { format: "abaqus" },
];

type Cell = readonly [kind: string, ...nodes: number[]];

function cellsOf(mesh: Mesh): Cell[] {
  return mesh.cells.flatMap(({ kind, nodes }) => {
    const size = nodesPerElement[kind];
    return Array.from(
      { length: nodes.length / size },
      (_, i): Cell => [kind, ...nodes.subarray(i * size, (i + 1) * size)],
    );
  });
}

function volumeOf(mesh: Mesh): number {
  let volume = 0;
  for (const [kind, ...nodes] of cellsOf(mesh)) {
    if (!solidKinds.includes(kind as SolidKind)) continue;
    volume += meanVolume(
      kind as SolidKind,
      nodes.flatMap((node) => [...mesh.points.subarray(3 * node, 3 * node + 3)]),
    );
  }
  return volume;
}

/** Cells of each group, by its name, as their nodes: no matter how cells are numbered. */
function members(mesh: Mesh): Record<string, string[]> {
  const cells = cellsOf(mesh);
  const dimension = { vertex: 0, line: 1, triangle: 2, quadrilateral: 2 } as Record<string, number>;
  const found: Record<string, string[]> = {};
  for (const group of mesh.fields.groups) {
    const values = mesh.fields.cellData.find(({ name }) => name === group.data)?.values;
    const own = cells.filter(
      ([kind], i) => Number(values?.[i]) === group.tag && (dimension[kind] ?? 3) === group.dimension,
    );
    found[group.name] = [...(found[group.name] ?? []), ...own.map((cell) => cell.join(" "))].sort();
  }
  return found;
}

function numbersOf({ values }: DataArray): number[] {
  return Array.from(values as ArrayLike<number>, Number);
}

const sorted = (data: readonly DataArray[]) => [...data].sort((a, b) => (a.name < b.name ? -1 : 1));

/** The data that a format is said to keep, as it keeps them. */
function checkData(
  format: string,
  before: readonly DataArray[],
  after: readonly DataArray[],
  isGroupTag: (name: string) => boolean,
): void {
  if (format === "vtk" || format === "vtu") {
    expect(sorted(after)).toEqual(sorted(before));
    return;
  }
  for (const array of before) {
    const kept = after.find(({ name }) => name === array.name);
    // Tags of the groups of other formats become physical tags; an entity whose cells differ in groups is split.
    if (format === "msh" && isGroupTag(array.name)) continue;
    if (format === "msh" && !array.name.startsWith("gmsh:")) {
      const width = [1, 3, 9].find((fit) => fit >= array.components) as number;
      const padded = Array.from({ length: (array.values.length / array.components) * width }, (_, i) =>
        i % width < array.components ? numbersOf(array)[Math.floor(i / width) * array.components + (i % width)] : 0,
      );
      expect(kept === undefined ? undefined : numbersOf(kept), array.name).toEqual(padded);
    }
    if (format === "msh" && /^gmsh:(node|physical|geometrical)$/.test(array.name)) {
      // A tag 0 of an entity is no tag: MSH 4.1 gives it one.
      const values = numbersOf(array);
      if (values.every((value) => value > 0)) expect(kept === undefined ? [] : numbersOf(kept)).toEqual(values);
    }
    if (format === "medit" && array.name.startsWith("medit:") && array.values.length > 0) {
      expect(kept === undefined ? [] : numbersOf(kept)).toEqual(numbersOf(array));
    }
    if (format === "abaqus" && /^(nset|abaqus):/.test(array.name)) {
      expect(kept === undefined ? [] : numbersOf(kept)).toEqual(numbersOf(array));
    }
  }
}

describe.each(files)("%s", (name) => {
  test.each(ways)("through $format $version binary $binary compress $compress", async (way) => {
    const before = await readMesh(readFileSync(join(folder, name)), { name, linearise: true });
    const bytes = await writeMesh(before, way);
    const after = await readMesh(bytes, { name: "back" });
    // Text is the shortest that reads back as the same double, so it is as exact as binary.
    expect(after.points).toEqual(before.points);
    const { format = "" } = way;
    const holdsVertices = format !== "medit" && format !== "abaqus";
    const wanted = cellsOf(before).filter(([kind]) => holdsVertices || kind !== "vertex");
    const order = (cells: Cell[]) => (format === "medit" ? cells.map((cell) => cell.join(" ")).sort() : cells);
    expect(order(cellsOf(after))).toEqual(order(wanted));
    const volume = volumeOf(before);
    expect(Math.abs(volumeOf(after) - volume)).toBeLessThanOrEqual(1e-14 * Math.abs(volume));
    if (format !== "medit" || !name.includes("fields")) {
      const isSplit = name.includes("2.2") && name.includes("cylinder");
      const isGroupTag = (data: string) =>
        (data === "gmsh:geometrical" && isSplit) ||
        (!data.startsWith("gmsh:") && before.fields.groups.some((group) => group.data === data));
      checkData(format, before.fields.pointData, after.fields.pointData, isGroupTag);
      if (holdsVertices) checkData(format, before.fields.cellData, after.fields.cellData, isGroupTag);
    }
    // Medit has no names; in MSH 2.2 a cell is in one group.
    if (format === "medit" || (way.version === "2.2" && before.fields.cellData.some((one) => one.name.endsWith(":2"))))
      return;
    expect(members(after)).toEqual(members(before));
  });
});

test("the same mesh gives the same bytes twice", async () => {
  const mesh = await readMesh(readFileSync(join(folder, "gmsh-4.1-ascii-cylinder.msh")), { name: "a.msh" });
  for (const way of ways) expect(await writeMesh(mesh, way)).toEqual(await writeMesh(mesh, way));
});

test("writing and reading leave the mesh and the bytes as they were", async () => {
  const bytes = readFileSync(join(folder, "vtk97-big-endian-uint64-blocks.vtu"));
  const copy = Buffer.from(bytes);
  const mesh = await readMesh(bytes, { name: "a.vtu" });
  const kept = structuredClone(mesh);
  for (const way of ways) await writeMesh(mesh, way);
  expect(mesh).toEqual(kept);
  expect(bytes.equals(copy)).toBe(true);
});

test("negative zero, the smallest and the largest double survive text and binary of every format", async () => {
  const points = Float64Array.of(-0, 5e-324, 1.7976931348623157e308, 0.1, 1 / 3, -2.2250738585072014e-308);
  const mesh: Mesh = {
    points,
    cells: [{ kind: "line", nodes: Int32Array.of(0, 1) }],
    fields: { pointData: [], cellData: [], groups: [] },
  };
  for (const way of ways) {
    const after = await readMesh(await writeMesh(mesh, way), { name: "back" });
    for (const [i, x] of points.entries()) expect(Object.is(after.points[i], x), JSON.stringify(way)).toBe(true);
  }
});
