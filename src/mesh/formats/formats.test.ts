import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Mesh } from "../mesh.ts";
import { formatOfName, meshFormats, readMesh, writeMesh } from "./formats.ts";

const fixture = (name: string) => readFileSync(join(import.meta.dirname, "fixtures", name));

const tetrahedron: Mesh = {
  points: Float64Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1),
  cells: [{ kind: "tetrahedron", nodes: Int32Array.of(0, 1, 2, 3) }],
  fields: { pointData: [], cellData: [], groups: [] },
};

describe("formats", () => {
  test("five are read and written, three hold the surface only", () => {
    expect(meshFormats.filter(({ canRead }) => canRead).map(({ name }) => name)).toEqual([
      "vtk",
      "vtu",
      "msh",
      "medit",
      "abaqus",
    ]);
    expect(meshFormats.filter(({ surfaceOnly }) => surfaceOnly).map(({ name }) => name)).toEqual(["stl", "obj", "ply"]);
    expect(meshFormats.every(({ canWrite }) => canWrite)).toBe(true);
    expect(formatOfName("A/B.MeshB")?.name).toBe("medit");
    expect(formatOfName("mesh")).toBeUndefined();
  });

  test("what a file begins with is believed before its name, and without a name", async () => {
    for (const name of [
      "gmsh-2.0-ascii.vtk",
      "meshio-zlib.vtu",
      "gmsh-4.1-binary.msh",
      "meshio.mesh",
      "meshio.meshb",
      "meshio.inp",
    ]) {
      const named = await readMesh(fixture(name), { name });
      expect(await readMesh(fixture(name))).toEqual(named);
      expect(await readMesh(fixture(name), { name: "wrong.msh" })).toEqual(named);
    }
  });

  test("every format writes the same mesh by its name and by an ending", async () => {
    for (const { name: format, extensions } of meshFormats) {
      expect(await writeMesh(tetrahedron, { name: `out${extensions[0]}` })).toEqual(
        await writeMesh(tetrahedron, { format }),
      );
    }
    expect(await writeMesh(tetrahedron, { name: "a.meshb" })).toEqual(
      await writeMesh(tetrahedron, { format: "medit", binary: true }),
    );
  });
});

describe("refusals", () => {
  test.each([
    [
      "an unknown format",
      { format: "vtx" },
      'writeMesh: unknown format "vtx"; known: vtk, vtu, msh, medit, abaqus, stl, obj, ply. Did you mean vtk?',
    ],
    [
      "no format",
      { name: "a.txt" },
      'writeMesh: the format must be said or be told by the ending of name, got "a.txt"; formats: vtk, vtu, msh, medit, abaqus, stl, obj, ply',
    ],
    [
      "an unknown version",
      { format: "msh", version: "4.0" },
      'writeMesh: unknown version "4.0" of msh; known: 4.1, 2.2',
    ],
    [
      "a version of what has none",
      { format: "stl", version: "1" },
      'writeMesh: unknown version "1" of stl; known: none, leave it out',
    ],
    [
      "binary where there is none",
      { format: "abaqus", binary: true },
      "writeMesh: abaqus is text only, got binary: true; leave it out or write vtu",
    ],
    [
      "packing where there is none",
      { format: "vtk", compress: true },
      "writeMesh: only vtu with binary: true is packed, got compress: true for vtk",
    ],
  ])("writing: %s", async (_, options, message) => {
    await expect(writeMesh(tetrahedron, options)).rejects.toThrow(message);
  });

  test("reading: a format that is written only, an unknown one, gzip, and what nothing tells", async () => {
    const bytes = Buffer.from("hello");
    await expect(readMesh(bytes, { format: "stl" })).rejects.toThrow(
      "readMesh: stl is written only, it holds no volume; formats to read: vtk, vtu, msh, medit, abaqus",
    );
    await expect(readMesh(bytes, { format: "mdit" })).rejects.toThrow("Did you mean medit?");
    await expect(readMesh(gzipSync(bytes), { name: "a.vtk.gz" })).rejects.toThrow(
      "a.vtk.gz: the file must be a mesh, got gzip; unpack it first",
    );
    await expect(readMesh(bytes, { name: "a.stl" })).rejects.toThrow(
      "a.stl: the format cannot be told by ending or content; say format, one of vtk, vtu, msh, medit, abaqus",
    );
  });

  test("an octahedron has no place in any format of volumes, a broken mesh in none at all", async () => {
    const octahedron: Mesh = {
      ...tetrahedron,
      points: new Float64Array(18),
      cells: [{ kind: "octahedron", nodes: Int32Array.of(0, 1, 2, 3, 4, 5) }],
    };
    for (const format of ["vtk", "vtu", "msh", "medit", "abaqus"]) {
      await expect(writeMesh(octahedron, { format })).rejects.toThrow(/has no octahedron; split it/);
    }
    for (const { name: format } of meshFormats) {
      const broken = { ...tetrahedron, points: Float64Array.of(0, 0, Number.NaN) };
      await expect(writeMesh(broken, { format })).rejects.toThrow(
        "writeMesh: coordinates must be finite, point 0 has NaN for z",
      );
    }
  });

  test("what a format cannot hold is told", async () => {
    const mesh: Mesh = {
      ...tetrahedron,
      fields: {
        pointData: [{ name: "t", components: 12, values: new Float32Array(48) }],
        cellData: [{ name: "r", components: 2, values: Int32Array.of(1, 2) }],
        groups: [],
      },
    };
    const told = async (format: string) => {
      const notes: string[] = [];
      await writeMesh(mesh, { format, onNote: (note) => notes.push(note) });
      return notes;
    };
    expect(await told("vtu")).toEqual([]);
    expect(await told("msh")).toEqual([
      '"t" is not written: Gmsh has 1, 3 or 9 components, not 12',
      '"r" is written with 3 components, zeros after its 2',
    ]);
    expect(await told("medit")).toEqual([
      '"t" is not written: Medit has references only',
      '"r" is not written: Medit has references only',
    ]);
    expect(await told("obj")).toEqual(["obj holds the surface only: data, groups and inner cells are not written"]);
  });
});
