/** What VTK, Gmsh and meshio read in each fixture is what we read: points to the last bit, cells, data and groups. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type DataArray, type Mesh, nodesPerElement } from "../mesh.ts";
import { readMesh } from "./formats.ts";

const folder = join(import.meta.dirname, "fixtures");

interface Seen {
  readonly points: number[];
  readonly cells: (string | number)[][];
  readonly pointData: Record<string, number[]>;
  readonly cellData: Record<string, number[]>;
}

interface SeenByNumber {
  readonly nodes: Record<string, number[]>;
  readonly elements: Record<string, (string | number)[]>;
  readonly groups: Record<string, number[]>;
}

const outside: { files: Record<string, Seen>; gmsh: Record<string, SeenByNumber> } = JSON.parse(
  readFileSync(join(folder, "outside.json"), "utf8"),
);

function cellsOf(mesh: Mesh): (string | number)[][] {
  return mesh.cells.flatMap(({ kind, nodes }) => {
    const size = nodesPerElement[kind];
    return Array.from({ length: nodes.length / size }, (_, i) => [kind, ...nodes.subarray(i * size, (i + 1) * size)]);
  });
}

async function read(name: string, notes: string[] = []): Promise<Mesh> {
  return readMesh(readFileSync(join(folder, name)), { name, linearise: true, onNote: (note) => notes.push(note) });
}

function byName(data: readonly DataArray[]): Record<string, number[]> {
  return Object.fromEntries(data.map(({ name, values }) => [name, Array.from(values as ArrayLike<number>, Number)]));
}

test("every fixture has a witness, but for the one that VTK packs with LZ4", () => {
  const files = readdirSync(folder).filter((name) => !name.endsWith(".json"));
  const witnessed = [...Object.keys(outside.files), ...Object.keys(outside.gmsh), "vtk97-lz4.vtu"];
  expect(files.sort()).toEqual(witnessed.sort());
  expect(files.length).toBe(37);
});

describe.each(Object.entries(outside.files))("%s", (name, seen) => {
  test("has the points to the last bit, the cells in order and the data of the witness", async () => {
    const mesh = await read(name);
    const isQuadratic = name === "vtk97-quadratic.vtu";
    expect([...mesh.points]).toEqual(isQuadratic ? seen.points.slice(0, 12) : seen.points);
    expect(cellsOf(mesh)).toEqual(
      seen.cells.map(([kind, ...nodes]) => [kind, ...(isQuadratic ? nodes.slice(0, 4) : nodes)]),
    );
    const { pointData, cellData } = mesh.fields;
    // meshio makes sets of what we keep as data.
    const kept = (data: readonly DataArray[]) => data.filter((one) => !/^(nset|abaqus):/.test(one.name));
    expect(byName(kept(pointData))).toEqual(isQuadratic ? { number: [0, 1, 2, 3] } : seen.pointData);
    expect(byName(kept(cellData))).toEqual(seen.cellData);
  });
});

describe.each(Object.entries(outside.gmsh))("%s", (name, seen) => {
  test("has the nodes to the last bit and the elements that Gmsh reads, by their numbers", async () => {
    const mesh = await read(name);
    const points = byName(mesh.fields.pointData)["gmsh:node"] ?? Array.from(mesh.points, (_, i) => i + 1);
    const numbers = byName(mesh.fields.cellData)["gmsh:element"] ?? cellsOf(mesh).map((_, i) => i + 1);
    const corners = new Set(cellsOf(mesh).flatMap(([, ...nodes]) => nodes.map((node) => `${points[node as number]}`)));
    const isQuadratic = name.includes("quadratic");
    const nodes = Object.fromEntries(
      Array.from({ length: mesh.points.length / 3 }, (_, i) => [
        points[i],
        [...mesh.points.subarray(3 * i, 3 * i + 3)],
      ]),
    );
    expect(nodes).toEqual(
      Object.fromEntries(Object.entries(seen.nodes).filter(([number]) => !isQuadratic || corners.has(number))),
    );
    expect(
      Object.fromEntries(
        cellsOf(mesh).map(([kind, ...of], i) => [numbers[i], [kind, ...of.map((node) => points[node as number])]]),
      ),
    ).toEqual(seen.elements);
  });
});

// MSH 2.2 lists an element once for each of its groups, and Gmsh then takes both lists into both groups: those files are left out.
const grouped = Object.entries(outside.gmsh).filter(([name]) => !(name.includes("2.2") && name.includes("cylinder")));
describe.each(grouped)("%s", (name, seen) => {
  test("has the physical groups that Gmsh reads", async () => {
    const mesh = await read(name);
    const numbers = byName(mesh.fields.cellData)["gmsh:element"] ?? cellsOf(mesh).map((_, i) => i + 1);
    const dimensions = cellsOf(mesh).map(([kind]) => ["vertex", "line", "triangle", "tetrahedron"].indexOf(`${kind}`));
    const groups: Record<string, number[]> = {};
    for (const group of mesh.fields.groups) {
      const tags = byName(mesh.fields.cellData)[group.data];
      const members = numbers.filter(
        (_, i) => tags[i] === group.tag && (dimensions[i] < 0 ? 3 : dimensions[i]) === group.dimension,
      );
      groups[group.name] = [...(groups[group.name] ?? []), ...members].sort((a, b) => a - b);
    }
    const sorted = Object.entries(seen.groups).map(([key, list]) => [key, [...list].sort((a, b) => a - b)]);
    expect(groups).toEqual(Object.fromEntries(sorted));
  });
});

describe("what meshio says of sets and views", () => {
  test("meshio.inp: set solid of all 3 elements, ends of the first and last, base of nodes 1 to 4", async () => {
    const { fields } = await read("meshio.inp");
    expect(byName(fields.pointData)).toEqual({ "nset:base": [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0] });
    expect(byName(fields.cellData)).toEqual({ "abaqus:elset": [1, 1, 1], "abaqus:elset:2": [2, 0, 2] });
    expect(fields.groups).toEqual([
      { name: "solid", dimension: 3, tag: 1, data: "abaqus:elset" },
      { name: "ends", dimension: 3, tag: 2, data: "abaqus:elset:2" },
    ]);
  });

  test("meshio-2.2-binary-data.msh: the views are z, the point itself, and a third of the element's number", async () => {
    const mesh = await read("meshio-2.2-binary-data.msh");
    const { temperature, velocity } = byName(mesh.fields.pointData);
    expect(temperature).toEqual(temperature.map((_, i) => mesh.points[3 * i + 2]));
    expect(velocity).toEqual([...mesh.points]);
    expect(byName(mesh.fields.cellData).load).toEqual([0, 1 / 3, 2 / 3, 1]);
  });

  test("gmsh-4.1-binary-view.msh: 20 of 32 nodes have their own place as displacement, the others NaN", async () => {
    const notes: string[] = [];
    const mesh = await read("gmsh-4.1-binary-view.msh", notes);
    const view = mesh.fields.pointData.find(({ name }) => name === "displacement of nodes");
    expect(view?.components).toBe(3);
    const values = Array.from((view?.values ?? []) as Float64Array);
    expect(values.filter(Number.isNaN).length).toBe(36);
    expect(values.map((value, i) => (Number.isNaN(value) ? mesh.points[i] : value))).toEqual([...mesh.points]);
    expect(notes).toContain('$NodeData "displacement of nodes" has 20 of 32 values; the others are NaN');
  });

  test("64-bit integers beyond 2^53 keep every digit", async () => {
    for (const name of [
      "vtk97-5.1-ascii-fields.vtk",
      "vtk97-4.2-binary-fields.vtk",
      "vtk97-binary-uint64-blocks.vtu",
    ]) {
      const mesh = await read(name);
      expect(mesh.fields.cellData.find((one) => one.name === "big")?.values[0]).toBe(2n ** 62n + 1n);
    }
  });
});
