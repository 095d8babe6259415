import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readMesh, writeMesh } from "./formats.ts";

const head = (version = "4.2") => `# vtk DataFile Version ${version}\ntitle\nASCII\nDATASET UNSTRUCTURED_GRID\n`;
const points = "POINTS 4 float\n0 0 0 1 0 0 0 1 0 0 0 1\n";
const tetrahedron = "CELLS 1 5\n4 0 1 2 3\nCELL_TYPES 1\n10\n";
const read = (text: string) => readMesh(Buffer.from(text), { name: "f" });

describe("attributes", () => {
  test("SCALARS with and without a table, VECTORS, TENSORS, colours and FIELD are kept by name and type", async () => {
    const data = `POINT_DATA 4
SCALARS a%20b int
LOOKUP_TABLE default
1 2 3 4
SCALARS pair float 2
1 2 3 4 5 6 7 8
COLOR_SCALARS colour 2
0 1 0 1 0 1 0 1
LOOKUP_TABLE own 1
0 0 0 1
VECTORS v unsigned_char
1 2 3 4 5 6 7 8 9 10 11 255
CELL_DATA 1
METADATA
INFORMATION 1
NAME L2_NORM_RANGE LOCATION vtkDataArray
DATA 2 0 1

TENSORS t double
1 2 3 4 5 6 7 8 nan
FIELD FieldData 2
METADATA
COMPONENT_NAMES
x

big 1 1 vtktypeint64
-9223372036854775808
words 1 1 string
hello%20there
`;
    const { fields } = await read(head() + points + tetrahedron + data);
    expect(fields.pointData.map(({ name, components, values }) => [name, components, values])).toEqual([
      ["a b", 1, Int32Array.of(1, 2, 3, 4)],
      ["pair", 2, Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8)],
      ["colour", 2, Float32Array.of(0, 1, 0, 1, 0, 1, 0, 1)],
      ["v", 3, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255)],
    ]);
    expect(fields.cellData).toEqual([
      { name: "t", components: 9, values: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, Number.NaN) },
      { name: "big", components: 1, values: BigInt64Array.of(-(2n ** 63n)) },
    ]);
  });

  test("the fixture of VTK 9.7 tells that texts and data of the whole file are not kept", async () => {
    const notes: string[] = [];
    const name = "vtk97-5.1-binary-fields.vtk";
    await readMesh(readFileSync(join(import.meta.dirname, "fixtures", name)), {
      name,
      onNote: (note) => notes.push(note),
    });
    expect(notes).toEqual(['the data "time" of the whole file is not kept', 'the text "words" is not kept']);
  });

  test("point data named fixed are SCALARS, as Mesquite looks for them; others are FIELD", async () => {
    const mesh = await read(head() + points + tetrahedron);
    const pointData = ["other", "fixed"].map((name) => ({ name, components: 1, values: Int32Array.of(0, 1, 0, 1) }));
    const text = new TextDecoder().decode(
      await writeMesh({ ...mesh, fields: { ...mesh.fields, pointData } }, { format: "vtk", version: "2.0" }),
    );
    expect(text).toContain(
      "POINT_DATA 4\nSCALARS fixed int 1\nLOOKUP_TABLE default\n0\n1\n0\n1\nFIELD FieldData 1\nother 1 4 int\n0\n1\n0\n1\n",
    );
  });
});

describe("cells", () => {
  test("numbers may break anywhere: rows over lines and lines over rows", async () => {
    const { cells } = await read(`${head()}${points}CELLS\n1\n5\n4 0\n\n1 2\n3 CELL_TYPES 1 10`);
    expect(cells).toEqual([{ kind: "tetrahedron", nodes: Int32Array.of(0, 1, 2, 3) }]);
  });

  test("a pixel and a voxel become a quadrilateral and a hexahedron around the same box", async () => {
    const box = "POINTS 8 double\n0 0 0 1 0 0 0 1 0 1 1 0 0 0 1 1 0 1 0 1 1 1 1 1\n";
    const { cells } = await read(`${head()}${box}CELLS 2 14\n4 0 1 2 3\n8 0 1 2 3 4 5 6 7\nCELL_TYPES 2\n8 11\n`);
    expect(cells).toEqual([
      { kind: "quadrilateral", nodes: Int32Array.of(0, 1, 3, 2) },
      { kind: "hexahedron", nodes: Int32Array.of(0, 1, 3, 2, 4, 5, 7, 6) },
    ]);
  });

  test("a polygon of 3 points is a triangle, a polyline of 2 a line", async () => {
    const { cells } = await read(`${head()}${points}CELLS 2 7\n3 0 1 2\n2 0 1\nCELL_TYPES 2\n7 4\n`);
    expect(cells.map(({ kind }) => kind)).toEqual(["triangle", "line"]);
  });
});

describe("refusals name the line, the rule, the value and the cure", () => {
  const swapped = (from: string, to: string) => (head() + points + tetrahedron).replace(from, to);
  test.each([
    [
      "PolyData",
      swapped("UNSTRUCTURED_GRID", "POLYDATA"),
      'f: line 4: DATASET must be UNSTRUCTURED_GRID, got "POLYDATA"; convert it',
    ],
    [
      "a count that the file cannot hold",
      swapped("POINTS 4", "POINTS 9007199254740991"),
      "f: line 5: the count of POINTS is 9007199254740991, but the 67 bytes left hold at most 68; the file is damaged",
    ],
    [
      "a count beyond 2^53",
      swapped("POINTS 4", "POINTS 9007199254740993"),
      'f: line 5: the count of POINTS must be a whole number from 0 to 9007199254740991, got "9007199254740993"',
    ],
    [
      "a negative count",
      swapped("POINTS 4", "POINTS -4"),
      'the count of POINTS must be a whole number from 0 to 9007199254740991, got "-4"',
    ],
    [
      "a coordinate that is none",
      swapped("1 0 0", "nan 0 0"),
      "f: line 6: a coordinate must be finite, got NaN; mend it in the program that wrote the file",
    ],
    ["a word among numbers", swapped("1 0 0", "one 0 0"), 'f: line 6: a coordinate must be a number, got "one"'],
    [
      "a point that is not there",
      swapped("4 0 1 2 3", "4 0 1 2 4"),
      "f: CELLS of line 7: cell 0 (tetrahedron) names point 4; points are 0 to 3",
    ],
    ["a point below 0", swapped("4 0 1 2 3", "4 0 1 2 -1"), "cell 0 (tetrahedron) names point -1"],
    [
      "rows that do not fill CELLS",
      swapped("4 0 1 2 3", "3 0 1 2 3"),
      "f: line 7: the 5 numbers of CELLS must be 1 rows of a count and that many points",
    ],
    [
      "a cell of too few points",
      swapped("CELLS 1 5\n4 0 1 2 3", "CELLS 1 4\n3 0 1 2"),
      "f: CELLS of line 7: cell 0: a tetrahedron has 4 nodes, got 3",
    ],
    ["types that are not as many", swapped("CELL_TYPES 1\n10", ""), "CELL_TYPES must be as many as cells, 1, got 0"],
    [
      "a polyhedron",
      swapped("\n10\n", "\n42\n"),
      "f: CELLS of line 7: cell 0: cells must be linear and of a fixed kind, got a polyhedron (type 42, 4 nodes); remove it, or split it",
    ],
    [
      "an unknown section",
      `${head()}${points}WHAT 5`,
      'a section must begin with POINTS, CELLS, CELL_TYPES, POINT_DATA, CELL_DATA or an attribute, got "WHAT"',
    ],
    [
      "data of another length",
      `${head()}${points}POINT_DATA 3\nSCALARS a int\n1 2 3`,
      "f: line 7: point data must be for the 4 points of the file, got 3",
    ],
    [
      "data before their section",
      `${head()}${points}SCALARS a int\n`,
      "attributes must come after POINT_DATA or CELL_DATA",
    ],
    ["an unknown type", swapped("4 float", "4 quad"), "f: line 5: a number type must be one of double, float, long"],
    [
      "a byte of 256",
      `${head()}${points}POINT_DATA 4\nSCALARS a unsigned_char\n1 2 3 256`,
      'f: line 9: a value of "a" must be a whole number from 0 to 255, got "256"',
    ],
    ["the end of the file", swapped("0 0 1\nCELLS", "0 0\nCELLS"), 'a coordinate must be a number, got "CELLS"'],
    ["no points", head(), "the file must have POINTS, it ends before"],
    [
      "another first line",
      "hello",
      'f: line 1: the first line must be "# vtk DataFile Version 4.2" or such, got "hello"',
    ],
  ])("%s", async (_, text, message) => {
    await expect(readMesh(Buffer.from(text), { name: "f", format: "vtk" })).rejects.toThrow(message);
  });

  test("a binary file cut short, by its byte", async () => {
    const bytes = readFileSync(join(import.meta.dirname, "fixtures/meshio-5.1-binary.vtk"));
    await expect(readMesh(bytes.subarray(0, 300), { name: "f" })).rejects.toThrow(
      "f: line 5: the count of POINTS is 11, but the 199 bytes left hold at most 8; the file is damaged or truncated",
    );
    await expect(readMesh(bytes.subarray(0, 480), { name: "f" })).rejects.toThrow(
      /^f: byte 466: the number of values \(a point of CELLS\) is 23, but the 14 bytes left hold at most 1/,
    );
  });

  test("a quadratic tetrahedron; with linearise its corners are read and 6 of 10 points dropped", async () => {
    const bytes = readFileSync(join(import.meta.dirname, "fixtures/vtk97-quadratic.vtu"));
    await expect(readMesh(bytes, { name: "f" })).rejects.toThrow(
      "f: line 4: cell 0: cells must be linear and of a fixed kind, got a quadratic tetrahedron (type 24, 10 nodes); read it with linearise: true to keep the corners alone, or write first-order cells",
    );
    const notes: string[] = [];
    const mesh = await readMesh(bytes, { name: "f", linearise: true, onNote: (note) => notes.push(note) });
    expect(mesh.cells).toEqual([{ kind: "tetrahedron", nodes: Int32Array.of(0, 1, 2, 3) }]);
    expect(mesh.points.length).toBe(12);
    expect(notes).toEqual(["quadratic cells are read by their corners: 6 of 10 points were mid-side nodes"]);
  });
});
