import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Mesh } from "../mesh.ts";
import { readMesh, writeMesh } from "./formats.ts";

const fixture = (name: string) => readFileSync(join(import.meta.dirname, "fixtures", name));
const read = (text: string, notes: string[] = [], linearise = false) =>
  readMesh(Buffer.from(text), { name: "f", linearise, onNote: (note) => notes.push(note) });

const sparse22 = `$MeshFormat
2.2 0 8
$EndMeshFormat
$Comments
anything $Nodes
$EndComments
$Nodes
4
1000000000 0 0 0
7 1 0 0
30 0 1 0
2 0 0 1
$EndNodes
$Elements
2
12 15 2 5 1 30
9 4 4 0 3 1 4 1000000000 7 30 2
$EndElements
`;

describe("numbers of the file", () => {
  test("nodes numbered 1000000000, 7, 30, 2 are points 0 to 3 and keep their numbers, in 2.2 and 4.1", async () => {
    const notes: string[] = [];
    const mesh = await read(sparse22, notes);
    expect(mesh.cells).toEqual([
      { kind: "vertex", nodes: Int32Array.of(2) },
      { kind: "tetrahedron", nodes: Int32Array.of(0, 1, 2, 3) },
    ]);
    expect(notes).toEqual(["partitions of 1 elements are not kept"]);
    expect(mesh.fields).toEqual({
      pointData: [{ name: "gmsh:node", components: 1, values: Int32Array.of(1000000000, 7, 30, 2) }],
      cellData: [
        { name: "gmsh:element", components: 1, values: Int32Array.of(12, 9) },
        { name: "gmsh:physical", components: 1, values: Int32Array.of(5, 0) },
        { name: "gmsh:geometrical", components: 1, values: Int32Array.of(1, 3) },
      ],
      groups: [],
    });
    for (const version of ["2.2", "4.1"]) {
      const text = new TextDecoder().decode(await writeMesh(mesh, { format: "msh", version }));
      const back = await read(text);
      expect(back.fields.cellData).toEqual(mesh.fields.cellData);
      expect(back.fields.pointData[0]).toEqual(mesh.fields.pointData[0]);
      expect(text).toContain(
        version === "2.2" ? "\n9 4 2 0 3 1000000000 7 30 2\n" : "\n3 3 4 1\n9 1000000000 7 30 2\n",
      );
    }
  });

  test("MSH 2.2 with parameters of nodes gives each node's entity; a surface in two groups is listed twice", async () => {
    const notes: string[] = [];
    const name = "gmsh-2.2-binary-cylinder.msh";
    const mesh = await readMesh(fixture(name), { name, onNote: (note) => notes.push(note) });
    expect(notes).toEqual(["parameters of nodes on curves and surfaces are not kept"]);
    const dimTags = mesh.fields.pointData.find((one) => one.name === "gmsh:dim_tags");
    const dimensions = Array.from({ length: 32 }, (_, i) => dimTags?.values[2 * i]);
    // Gmsh has 2 points, 13 nodes on 3 curves, 16 on 3 surfaces and one inside.
    expect([0, 1, 2, 3].map((dimension) => dimensions.filter((one) => one === dimension).length)).toEqual([
      2, 13, 16, 1,
    ]);
    expect(mesh.cells.map(({ kind, nodes }) => [kind, nodes.length])).toEqual([
      ["triangle", 3 * 102],
      ["tetrahedron", 4 * 60],
    ]);
  });

  test("big-endian binary files of both versions are read as the little-endian ones", async () => {
    for (const name of ["gmsh-2.2-binary.msh", "gmsh-4.1-binary.msh"]) {
      const little = await readMesh(fixture(name), { name });
      expect(await readMesh(bigEndian(fixture(name), name.includes("4.1")), { name: "f" })).toEqual(little);
    }
  });
});

/** The mini mesh of Gmsh with every binary number turned round: the layout is written out here by hand. */
function bigEndian(bytes: Buffer, is41: boolean): Buffer {
  const turned = Buffer.from(bytes);
  let at = 0;
  const turn = (size: number, count = 1) => {
    for (let i = 0; i < count; i++, at += size) turned.subarray(at, at + size).reverse();
  };
  const after = (line: string) => {
    at = bytes.indexOf(`${line}\n`) + line.length + 1;
  };
  after("$MeshFormat");
  at = bytes.indexOf("\n", at) + 1;
  turn(4);
  if (is41) {
    after("$Entities");
    turn(8, 4);
    turn(4);
    turn(8, 6);
    turn(8);
    turn(4);
    turn(8);
  }
  after("$Nodes");
  if (is41) {
    turn(8, 4);
    turn(4, 3);
    turn(8, 1 + 11 + 33);
  } else {
    at = bytes.indexOf("\n", at) + 1;
    for (let node = 0; node < 11; node++) {
      turn(4);
      turn(8, 3);
    }
  }
  after("$Elements");
  if (is41) turn(8, 4);
  else at = bytes.indexOf("\n", at) + 1;
  for (const size of [4, 8, 6, 5]) {
    if (is41) {
      turn(4, 3);
      turn(8, 2 + size);
    } else turn(4, 3 + 1 + 2 + size);
  }
  expect(bytes.subarray(at).toString()).toBe("\n$EndElements\n".slice(is41 || bytes[at] === 10 ? 0 : 1));
  return turned;
}

describe("groups", () => {
  test("a surface in two physical groups has the second in a further array, and both survive 4.1", async () => {
    const name = "gmsh-4.1-ascii-cylinder.msh";
    const mesh = await readMesh(fixture(name), { name });
    expect(mesh.fields.groups).toEqual([
      { name: "skin", dimension: 2, tag: 7, data: "gmsh:physical" },
      { name: "side", dimension: 2, tag: 9, data: "gmsh:physical:2" },
      { name: "body of iron", dimension: 3, tag: 7, data: "gmsh:physical" },
    ]);
    const back = await readMesh(await writeMesh(mesh, { format: "msh" }), { name: "f" });
    expect(back).toEqual(mesh);
  });

  test("a partitioned file has the groups and elements of the whole one", async () => {
    const notes: string[] = [];
    const name = "gmsh-4.1-ascii-partitioned.msh";
    const mesh = await readMesh(fixture(name), { name, onNote: (note) => notes.push(note) });
    const tetrahedra = mesh.cells.filter(({ kind }) => kind === "tetrahedron");
    expect(tetrahedra.reduce((sum, { nodes }) => sum + nodes.length / 4, 0)).toBe(60);
    expect(mesh.fields.groups.map((group) => group.name)).toEqual(["skin", "side", "body of iron"]);
  });

  test("cells of one entity but two groups go to two entities in 4.1, the second with a free tag", async () => {
    const mesh: Mesh = {
      points: Float64Array.from({ length: 12 }, (_, i) => i * i),
      cells: [{ kind: "triangle", nodes: Int32Array.of(0, 1, 2, 1, 2, 3) }],
      fields: {
        pointData: [],
        cellData: [
          { name: "gmsh:physical", components: 1, values: Int32Array.of(1, 2) },
          { name: "gmsh:geometrical", components: 1, values: Int32Array.of(4, 4) },
        ],
        groups: [{ name: "empty", dimension: 1, tag: 1, data: "gmsh:physical" }],
      },
    };
    const back = await readMesh(await writeMesh(mesh, { format: "msh" }), { name: "f" });
    expect(back.fields.cellData.map(({ values }) => [...values])).toEqual([
      [1, 2],
      [4, 5],
    ]);
    expect(back.fields.groups).toEqual(mesh.fields.groups);
  });

  test("sets of another format become physical groups of the same cells, overlapping or not", async () => {
    const mesh = await readMesh(fixture("meshio.inp"), { name: "meshio.inp" });
    const back = await readMesh(await writeMesh(mesh, { format: "msh" }), { name: "f" });
    expect(back.fields.groups.map(({ name, tag, dimension }) => [name, tag, dimension])).toEqual([
      ["solid", 1, 3],
      ["ends", 2, 3],
    ]);
    const notes: string[] = [];
    await writeMesh(mesh, { format: "msh", version: "2.2", onNote: (note) => notes.push(note) });
    expect(notes).toContain("MSH 2.2 has one physical group for each cell: the first is written");
  });

  test("a name with a quote has no place in the file", async () => {
    const mesh = await read(sparse22);
    const groups = [{ name: 'a"b', dimension: 3 as const, tag: 5, data: "gmsh:physical" }];
    await expect(writeMesh({ ...mesh, fields: { ...mesh.fields, groups } }, { format: "msh" })).rejects.toThrow(
      'write msh: names of groups must hold no quote or line end, got "a\\"b"',
    );
  });
});

describe("quadratic elements", () => {
  test("are refused by kind and line; linearised, 32 of 152 nodes and every number are kept", async () => {
    const name = "gmsh-4.1-ascii-quadratic.msh";
    await expect(readMesh(fixture(name), { name })).rejects.toThrow(
      /^gmsh-4\.1-ascii-quadratic\.msh: line \d+: cells must be linear and of a fixed kind, got a quadratic triangle \(type 9, 6 nodes\); read it with linearise: true/,
    );
    const mesh = await readMesh(fixture(name), { name, linearise: true });
    expect(mesh.points.length).toBe(3 * 32);
    expect(mesh.fields.pointData.find((one) => one.name === "gmsh:node")?.values.length).toBe(32);
    expect(mesh.fields.pointData.find((one) => one.name === "gmsh:dim_tags")?.values.length).toBe(64);
  });
});

describe("refusals name the line, the rule, the value and the cure", () => {
  const swapped = (from: string, to: string) => sparse22.replace(from, to);
  const mini41 = fixture("gmsh-4.1-ascii.msh").toString();
  test.each([
    [
      "version 4.0",
      swapped("2.2 0 8", "4 0 8"),
      'f: line 2: the version must be 2, 2.1, 2.2 or 4.1, got "4"; write the file again with -format msh41',
    ],
    [
      "version 1",
      "$NOD\n",
      'f: line 1: the file must begin with $MeshFormat, got "$NOD"; it is of version 1: write it again with -format msh41',
    ],
    [
      "a node that is not there",
      swapped("7 30 2\n", "7 30 3\n"),
      "element 9 (tetrahedron) names node 3, which $Nodes does not have; the file is damaged",
    ],
    ["two nodes of one number", swapped("\n30 0", "\n7 0"), "the numbers of nodes must differ, two have 7"],
    [
      "a count of 2^53",
      swapped("$Nodes\n4", "$Nodes\n9007199254740991"),
      /f: line 8: the count of \$Nodes is 9007199254740991, but the \d+ bytes left hold at most \d+; the file is damaged/,
    ],
    [
      "a negative count",
      swapped("$Nodes\n4", "$Nodes\n-4"),
      'the count of $Nodes must be a whole number from 0 to 9007199254740991, got "-4"',
    ],
    [
      "a count one too high",
      swapped("$Nodes\n4", "$Nodes\n5"),
      'f: line 13: the number of a node must be a whole number from 0 to 2147483647, got "$EndNodes"',
    ],
    [
      "a count one too low",
      swapped("$Nodes\n4", "$Nodes\n3"),
      'f: line 12: $Nodes must end with $EndNodes after what it counts, got "2"; the file is damaged',
    ],
    ["infinite coordinates", swapped("7 1 0 0", "7 inf 0 0"), "f: line 10: a coordinate must be finite, got Infinity"],
    [
      "an element of no kind",
      swapped("9 4 4", "9 34 4"),
      "f: line 17: cells must be linear and of a fixed kind, got an element of type 34",
    ],
    [
      "elements before nodes",
      sparse22.replace(/\$Nodes[^$]*\$EndNodes\n/, ""),
      "names node 30, which $Nodes does not have",
    ],
    ["no nodes", "$MeshFormat\n2.2 0 8\n$EndMeshFormat\n", "the file must have $Nodes, it ends before"],
    [
      "blocks that hold more than counted",
      mini41.replace("1 11 1 11", "1 10 1 11"),
      "the blocks of $Nodes must hold 10 nodes in all, got 0 and 11 more",
    ],
    [
      "blocks that hold fewer elements than counted",
      mini41.replace("4 4 1 4", "4 5 1 4"),
      "the blocks of $Elements must hold 5 elements in all, got 4",
    ],
    [
      "a dimension of 4",
      mini41.replace("3 1 0 11", "4 1 0 11"),
      "the dimension of a block of $Nodes must be a whole number from 0 to 3",
    ],
    [
      "data of nodes that are not there",
      `${sparse22}$NodeData\n1\n"t"\n1\n0\n3\n0\n1\n1\n5 1.5\n$EndNodeData\n`,
      'f: line 28: $NodeData "t" names node 5, which the file does not have',
    ],
    [
      "data of 65 components",
      `${sparse22}$NodeData\n1\n"t"\n1\n0\n3\n0\n65\n1\n$EndNodeData\n`,
      "$NodeData must give its time step, 1 to 64 components and its number of entries",
    ],
    ["a section without an end", `${sparse22}$Periodic\n`, "must end with $End and its name; the file is truncated"],
  ])("%s", async (_, text, message) => {
    await expect(readMesh(Buffer.from(text), { name: "f" })).rejects.toThrow(message);
  });

  test("a binary file cut short, by its byte", async () => {
    await expect(readMesh(fixture("gmsh-4.1-binary.msh").subarray(0, 400), { name: "f" })).rejects.toThrow(
      /^f: byte \d+: the count of \$Nodes is 11, but the \d+ bytes left hold at most \d+; the file is damaged or truncated/,
    );
  });

  test("many fields of no entries, which would need more memory than the file is worth", async () => {
    const nodes = Array.from({ length: 20_000 }, (_, i) => `${i + 1} 0 0 0`).join("\n");
    const empty = '$NodeData\n1\n"t"\n0\n3\n0\n64\n0\n$EndNodeData\n';
    const text = `$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$Nodes\n20000\n${nodes}\n$EndNodes\n${empty.repeat(20)}`;
    await expect(read(text)).rejects.toThrow(
      /\$NodeData "t" and those before it need more than 2\d{7} bytes of memory/,
    );
  });
});

test("an element in 65 physical groups is one too many", async () => {
  const tags = Array.from({ length: 65 }, (_, i) => i + 1).join(" ");
  const text = fixture("gmsh-4.1-ascii.msh").toString().replace("1.8 1 1.8 1 1 0 \n", `1.8 1 1.8 65 ${tags} 0 \n`);
  await expect(read(text)).rejects.toThrow(
    "an element must be in at most 64 physical groups, one is in 65; remove some",
  );
});
