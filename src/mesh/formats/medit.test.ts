import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readMesh, writeMesh } from "./formats.ts";

const read = (text: string | Uint8Array, notes: string[] = []) =>
  readMesh(Buffer.from(text as string), { name: "f", onNote: (note) => notes.push(note) });

const small = `# a comment first
MeshVersionFormatted
2
Dimension
3
Vertices 4
0 0 0 0
1 0 0 3
0 1 0 0
0 0 1 0
# and one between
Tetrahedra
1
1 2 3 4 7
Normals
1
0.5 0.5 1e-3
# skipped with the section before it
RequiredVertices
2
4 1
Corners
1
3
End
`;

describe("medit", () => {
  test("references, required vertices and corners are kept, normals are not", async () => {
    const notes: string[] = [];
    const mesh = await read(small, notes);
    expect(mesh.cells).toEqual([{ kind: "tetrahedron", nodes: Int32Array.of(0, 1, 2, 3) }]);
    expect(mesh.fields.pointData.map(({ name, values }) => [name, [...values]])).toEqual([
      ["medit:ref", [0, 3, 0, 0]],
      ["medit:required", [1, 0, 0, 1]],
      ["medit:corner", [0, 0, 1, 0]],
    ]);
    expect(mesh.fields.cellData).toEqual([{ name: "medit:ref", components: 1, values: Int32Array.of(7) }]);
    expect(notes).toEqual(["the section Normals is not kept"]);
    for (const binary of [false, true]) {
      const back = await read(await writeMesh(mesh, { format: "medit", binary }));
      expect(back.cells).toEqual(mesh.cells);
      expect(back.fields.cellData).toEqual(mesh.fields.cellData);
      const byName = (data: typeof mesh.fields.pointData) => [...data].sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(byName(back.fields.pointData)).toEqual(byName(mesh.fields.pointData));
    }
  });

  test("a plane file has z = 0", async () => {
    const mesh = await read(
      "MeshVersionFormatted 1\nDimension 2\nVertices 3\n0 0 0 1 0 0 0 1 0\nTriangles 1\n1 2 3 0\nEnd",
    );
    expect([...mesh.points]).toEqual([0, 0, 0, 1, 0, 0, 0, 1, 0]);
    expect(mesh.fields.cellData).toEqual([]);
  });

  test("binary with 32-bit floats, version 1, and big-endian, version 3 with its 64-bit places", async () => {
    const place3 = (at: number) => [0, 0, 0, 0, 0, 0, 0, at];
    const int = (value: number) => [0, 0, 0, value];
    // Byte 8: Dimension (3), next at 24; Vertices (4) of one point (1, 0, 0), next at 68; End (54).
    const big = [
      ...int(1),
      ...int(3),
      ...int(3),
      ...place3(24),
      ...int(3),
      ...int(4),
      ...place3(68),
      ...int(1),
      0x3f,
      0xf0,
      0,
      0,
      0,
      0,
      0,
      0,
      ...Array(16).fill(0),
      ...int(9),
      ...int(54),
      ...place3(0),
    ];
    const mesh = await read(Uint8Array.from(big));
    expect([...mesh.points]).toEqual([1, 0, 0]);
    expect(mesh.fields.pointData).toEqual([{ name: "medit:ref", components: 1, values: Int32Array.of(9) }]);

    const single = Buffer.alloc(60);
    for (const [at, value] of [
      [0, 1],
      [4, 1],
      [8, 3],
      [12, 20],
      [16, 3],
      [20, 4],
      [24, 48],
      [28, 1],
      [44, 0],
      [48, 54],
    ]) {
      single.writeInt32LE(value, at);
    }
    single.writeFloatLE(0.5, 32);
    expect([...(await read(single)).points]).toEqual([0.5, 0, 0]);
  });

  test("meshio's binary file of the mixed mesh is its text one", async () => {
    const file = (name: string) => readFileSync(join(import.meta.dirname, "fixtures", name));
    expect(await read(file("meshio.meshb"))).toEqual(await read(file("meshio.mesh")));
  });

  test("quadratic tetrahedra are refused by name, and linearised on request", async () => {
    const points = "0 0 0 0 1 0 0 0 0 1 0 0 0 0 1 0 ".repeat(3).trim();
    const text = `MeshVersionFormatted 2\nDimension 3\nVertices 12\n${points}\nTetrahedraP2\n1\n1 2 3 4 5 6 7 8 9 10 0\n`;
    await expect(read(text)).rejects.toThrow(
      "f: line 5: cells must be linear and of a fixed kind, got a quadratic tetrahedron (TetrahedraP2, 10 nodes); read it with linearise: true",
    );
    const mesh = await readMesh(Buffer.from(text), { name: "f", linearise: true });
    expect(mesh.points.length / 3).toBe(12 - 6);
  });

  test.each([
    [
      "a vertex that is not there",
      small.replace("1 2 3 4 7", "1 2 3 5 7"),
      'f: line 14: a vertex of Tetrahedra (there are 4 before it) must be a whole number from 1 to 4, got "5"',
    ],
    ["vertex 0", small.replace("1 2 3 4 7", "0 2 3 4 7"), 'must be a whole number from 1 to 4, got "0"'],
    [
      "a count of 2^53",
      small.replace("Vertices 4", "Vertices 9007199254740991"),
      'the count of Vertices must be a whole number from 0 to 2147483647, got "9007199254740991"',
    ],
    [
      "a count too high for the file",
      small.replace("Tetrahedra\n1", "Tetrahedra\n1000000"),
      /f: line 13: the count of Tetrahedra is 1000000, but the \d+ bytes left hold at most \d+/,
    ],
    [
      "a coordinate that is none",
      small.replace("1 0 0 3", "1 nan 0 3"),
      "f: line 8: a coordinate must be finite, got NaN",
    ],
    [
      "a dimension of 4",
      small.replace("Dimension\n3", "Dimension\n4"),
      'the dimension must be a whole number from 2 to 3, got "4"',
    ],
    ["no vertices", "MeshVersionFormatted 2\nEnd\n", "the file must have Vertices, it ends before"],
    ["no head", "Vertices 0\n", 'f: line 1: the file must begin with MeshVersionFormatted, got "Vertices"'],
    ["two lists of vertices", small.replace("End", "Vertices 0\n"), "there must be one section of Vertices"],
  ])("refuses %s", async (_, text, message) => {
    await expect(readMesh(Buffer.from(text), { name: "f", format: "medit" })).rejects.toThrow(message);
  });

  test("refuses a binary file whose sections go back", async () => {
    const bytes = readFileSync(join(import.meta.dirname, "fixtures/meshio.meshb"));
    bytes.writeInt32LE(8, 12);
    await expect(read(bytes)).rejects.toThrow(
      "f: byte 8: the next section must begin further on in the file, got byte 8",
    );
  });
});
