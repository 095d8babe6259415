import { describe, expect, test } from "vitest";
import { abaqusType } from "./abaqus-elements.ts";
import { readMesh, writeMesh } from "./formats.ts";

const read = (text: string, notes: string[] = [], linearise = false) =>
  readMesh(Buffer.from(text), { name: "f", format: "abaqus", linearise, onNote: (note) => notes.push(note) });

const nodes = `*NODE, NSET=all
 10, 0., 0., 0.
 20, 1., 0., 0.
** a comment
 30, 0., 1.0D0, 0.
 40, 0, 0, 1
50, 1, 1
`;
const tetrahedra = "*Element, type=C3D4, elset=body\n5, 10, 20, 30, 40\n6, 20, 50, 30, 40\n";

describe("element names", () => {
  test.each([
    ["C3D4", "tetrahedron", 4],
    ["C3D4H", "tetrahedron", 4],
    ["DC3D4", "tetrahedron", 4],
    ["C3D5", "pyramid", 5],
    ["C3D6", "wedge", 6],
    ["COH3D6", "wedge", 6],
    ["SC6R", "wedge", 6],
    ["C3D8", "hexahedron", 8],
    ["C3D8R", "hexahedron", 8],
    ["C3D8RT", "hexahedron", 8],
    ["C3D8I", "hexahedron", 8],
    ["SC8R", "hexahedron", 8],
    ["C3D10M", "tetrahedron", 10],
    ["C3D15", "wedge", 15],
    ["C3D20R", "hexahedron", 20],
    ["S3", "triangle", 3],
    ["S3R", "triangle", 3],
    ["STRI3", "triangle", 3],
    ["STRI65", "triangle", 6],
    ["S4", "quadrilateral", 4],
    ["S4R5", "quadrilateral", 4],
    ["S8R", "quadrilateral", 8],
    ["CPS3", "triangle", 3],
    ["CPE4R", "quadrilateral", 4],
    ["M3D4", "quadrilateral", 4],
    ["R3D3", "triangle", 3],
    ["SFM3D4R", "quadrilateral", 4],
    ["T3D2", "line", 2],
    ["B31", "line", 2],
    ["B32", "line", 3],
    ["B33", "line", 2],
  ])("%s is a %s of %i nodes", (name, kind, count) => {
    expect(abaqusType(name)).toMatchObject({ kind, nodes: count });
  });

  test.each(["MASS", "SPRINGA", "CONN3D2", "C3D7", "S5", "", "C3D", "CIN3D8", "PIPE31"])(
    "%j is no element of ours",
    (name) => {
      expect(abaqusType(name)).toBeUndefined();
    },
  );
});

describe("sets", () => {
  test("numbers, ranges and other sets; overlapping sets of elements get arrays of their own", async () => {
    const text = `*HEADING
anything
${nodes}${tetrahedra}*NSET, NSET=range, GENERATE
10, 30, 20
*NSET, NSET="two words"
range,
50
*ELSET, ELSET=one, internal
6,
*ELSET, ELSET=other
5
*STEP
*STATIC
1., 1.
*END STEP
`;
    const notes: string[] = [];
    const mesh = await read(text, notes);
    expect([...mesh.points.subarray(6)]).toEqual([0, 1, 0, 0, 0, 1, 1, 1, 0]);
    expect(mesh.fields.pointData.map(({ name, values }) => [name, [...values]])).toEqual([
      ["abaqus:node", [10, 20, 30, 40, 50]],
      ["nset:all", [1, 1, 1, 1, 1]],
      ["nset:range", [1, 0, 1, 0, 0]],
      ["nset:two words", [1, 0, 1, 0, 1]],
    ]);
    expect(mesh.fields.cellData.map(({ name, values }) => [name, [...values]])).toEqual([
      ["abaqus:element", [5, 6]],
      ["abaqus:elset", [1, 1]],
      ["abaqus:elset:2", [3, 2]],
    ]);
    expect(mesh.fields.groups.map(({ name, tag, data }) => [name, tag, data])).toEqual([
      ["body", 1, "abaqus:elset"],
      ["one", 2, "abaqus:elset:2"],
      ["other", 3, "abaqus:elset:2"],
    ]);
    expect(notes).toEqual(["4 keywords that are no part of the mesh are not kept"]);
    expect(await read(new TextDecoder().decode(await writeMesh(mesh, { format: "abaqus" })))).toEqual(mesh);
  });

  test("sets inside an assembly belong to its instance; its reference points and sets of them do not", async () => {
    const text = `*Part, name=P\n${nodes}${tetrahedra}*End Part
*Assembly, name=A
*Instance, name=P-1, part=P
0., 0., 5.
*End Instance
*Node
1, 9., 9., 9.
*Nset, nset=point
1,
*Nset, nset=two, instance=P-1
10, P-1.20
*End Assembly
`;
    const mesh = await read(text);
    expect(mesh.points.length / 3).toBe(5);
    expect(mesh.fields.pointData.map(({ name }) => name)).toEqual(["abaqus:node", "nset:all", "nset:two"]);
  });

  test("a range may name numbers that the file does not have, a list may not; names are UTF-8 and not told apart by case", async () => {
    const mesh = await read(`${nodes}*NSET, NSET=Öl, GENERATE\n10, 1000000000, 10\n20, 26, 2\n*NSET, NSET=ÖL\n50\n`);
    expect(mesh.fields.pointData.at(-1)).toEqual({ name: "nset:Öl", components: 1, values: new Uint8Array(5).fill(1) });
  });

  test("a set of elements of two dimensions is two groups of one name", async () => {
    const mesh = await read(`${nodes}${tetrahedra}*ELEMENT, TYPE=S3, ELSET=body\n7, 10, 20, 30\n`);
    expect(mesh.fields.groups.map(({ name, dimension, tag }) => [name, dimension, tag])).toEqual([
      ["body", 3, 1],
      ["body", 2, 1],
    ]);
  });
});

describe("elements of many nodes", () => {
  const twenty = Array.from({ length: 20 }, (_, i) => `${i + 1}, ${i}, ${i * i}, ${i % 3}`).join("\n");
  const text = `*NODE\n${twenty}\n*ELEMENT, TYPE=C3D20R\n1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,\n16, 17, 18, 19, 20\n`;

  test("go on in the next line, are refused by name, and linearised on request", async () => {
    await expect(read(text)).rejects.toThrow(
      "f: line 22: cells must be linear and of a fixed kind, got a quadratic hexahedron (TYPE=C3D20R, 20 nodes); read it with linearise: true",
    );
    const mesh = await read(text, [], true);
    expect(mesh.cells).toEqual([{ kind: "hexahedron", nodes: Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7) }]);
    expect(mesh.points.length / 3).toBe(8);
  });
});

describe("refusals name the line, the rule, the value and the cure", () => {
  test.each([
    [
      "a node that is not there",
      `${nodes}*ELEMENT, TYPE=C3D4\n5, 10, 20, 30, 41\n`,
      "f: line 9: element 5 (C3D4) names node 41, which *NODE does not have",
    ],
    [
      "too few nodes",
      `${nodes}*ELEMENT, TYPE=C3D4\n5, 10, 20, 30\n`,
      "f: line 9: an element of TYPE=C3D4 must be its number and 4 nodes, got 5 and 3",
    ],
    ["too many nodes", `${nodes}*ELEMENT, TYPE=C3D4\n5, 10, 20, 30, 40, 50\n`, "got 5 and 5"],
    [
      "a word among numbers",
      `*NODE\n1, 0, zero, 0\n`,
      'f: line 2: a node\'s number and coordinates must be numbers with commas between, got "zero,"',
    ],
    ["a coordinate that is none", `*NODE\n1, 0, nan, 0\n`, "f: line 2: coordinates must be finite, node 1 has NaN"],
    ["a fraction as number", `*NODE\n1.5, 0, 0, 0\n`, "the number of a node must be a whole number from 0, got 1.5"],
    ["two nodes of one number", `${nodes}10, 1, 1, 1\n${tetrahedra}`, "the numbers of nodes must differ, two have 10"],
    [
      "two elements of one number",
      `${nodes}${tetrahedra}*ELEMENT, TYPE=C3D4\n5, 10, 20, 30, 40\n`,
      "the numbers of elements must differ, two have 5",
    ],
    [
      "an unknown element",
      `${nodes}*ELEMENT, TYPE=MASS\n1, 10\n`,
      "f: line 8: cells must be linear and of a fixed kind, got an element of TYPE=MASS; remove it",
    ],
    [
      "generated nodes",
      `${nodes}*NGEN\n`,
      "f: line 8: *NGEN is not read; write nodes and elements out in full, in this file",
    ],
    ["other files", `*NODE, INPUT=nodes.inp\n`, "f: line 1: INPUT= is not read; put the lines into this file"],
    ["cylindrical coordinates", `*NODE, SYSTEM=C\n1, 1, 90, 0\n`, "nodes must be in rectangular coordinates"],
    [
      "two parts",
      `*PART, NAME=a\n${nodes}*END PART\n*PART, NAME=b\n`,
      "there must be one *PART; write each to a file of its own",
    ],
    [
      "a set of what is not there",
      `${nodes}*NSET, NSET=a\n99\n`,
      'f: line 8: the set "a" names 99, which the file does not have; mend the set',
    ],
    [
      "a set of an unknown set",
      `${nodes}*NSET, NSET=a\nb\n`,
      'f: line 9: the set "a" names "b", which is no set before it',
    ],
    [
      "a range of no numbers",
      `${nodes}*NSET, NSET=a, GENERATE\n1, x\n`,
      'GENERATE needs first, last and step as whole numbers, got "1, x"',
    ],
    ["a set without a name", `${nodes}*NSET\n1\n`, "*NSET must have NSET=NAME"],
    ["no nodes", "*HEADING\n", "the file must have *NODE with nodes, it ends before"],
    [
      "a set that doubles itself",
      `${nodes}*NSET, NSET=a\n10\n${"a, a, a, a\n".repeat(40)}`,
      /the set "a" and those before it need more than \d+ bytes of memory/,
    ],
  ])("%s", async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  test("65 sets around one element", async () => {
    const sets = Array.from({ length: 65 }, (_, i) => `*ELSET, ELSET=s${i}\n5\n`).join("");
    await expect(read(`${nodes}*ELEMENT, TYPE=C3D4\n5, 10, 20, 30, 40\n${sets}`)).rejects.toThrow(
      'an element must be in at most 64 sets, "s64" is one more',
    );
  });

  test("writing a set whose name has a comma", async () => {
    const mesh = await read(nodes + tetrahedra);
    const groups = [{ name: "a,b", dimension: 3 as const, tag: 1, data: "abaqus:elset" }];
    await expect(writeMesh({ ...mesh, fields: { ...mesh.fields, groups } }, { format: "abaqus" })).rejects.toThrow(
      'names of sets must be 1 to 80 characters without " * = , and line ends, got "a,b"; rename it',
    );
  });
});
