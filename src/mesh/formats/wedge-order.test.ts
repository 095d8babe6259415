import { describe, expect, test } from "vitest";
import type { Mesh } from "../mesh.ts";
import { readMesh, writeMesh } from "./formats.ts";

/** A right prism of volume 1/2 whose normal of 0-1-2 points towards 3-4-5. */
const prism: Mesh = {
  points: Float64Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1, 0, 1, 1),
  cells: [{ kind: "wedge", nodes: Int32Array.of(0, 1, 2, 3, 4, 5) }],
  fields: { pointData: [], cellData: [], groups: [] },
};
const turned = Int32Array.of(0, 2, 1, 3, 5, 4);

describe.each(["vtk", "vtu"])("%s", (format) => {
  test("is written in the old order of VTK by default, and in Gmsh's if asked", async () => {
    const asIs = { name: "f", wedgeOrder: "gmsh" as const };
    const old = await readMesh(await writeMesh(prism, { format }), asIs);
    expect(old.cells[0].nodes).toEqual(turned);
    const same = await readMesh(await writeMesh(prism, { format, wedgeOrder: "gmsh" }), asIs);
    expect(same.cells[0].nodes).toEqual(prism.cells[0].nodes);
  });

  test("is read in either order, and the caller is told when wedges are turned", async () => {
    for (const [wedgeOrder, count] of [
      ["vtk-legacy", 1],
      ["gmsh", 0],
    ] as const) {
      const notes: string[] = [];
      const bytes = await writeMesh(prism, { format, wedgeOrder });
      const mesh = await readMesh(bytes, { name: "f", onNote: (note) => notes.push(note) });
      expect(mesh.cells).toEqual(prism.cells);
      expect(notes.length).toBe(count);
      if (count === 1)
        expect(notes[0]).toMatch(
          /^1 of 1 wedges have a negative volume: all are taken to be in the order of VTK before 9.7/,
        );
    }
  });

  test("wedges of a file stay as they are while at most half of them are negative", async () => {
    const two = { ...prism, cells: [{ kind: "wedge" as const, nodes: Int32Array.of(0, 1, 2, 3, 4, 5, ...turned) }] };
    const mesh = await readMesh(await writeMesh(two, { format, wedgeOrder: "gmsh" }), { name: "f" });
    expect(mesh.cells).toEqual(two.cells);
  });
});

test("msh, medit and abaqus have one order, kept for an inverted wedge too", async () => {
  const inverted = { ...prism, cells: [{ kind: "wedge" as const, nodes: turned }] };
  for (const format of ["msh", "medit", "abaqus"]) {
    expect((await readMesh(await writeMesh(inverted, { format }), { name: "f" })).cells).toEqual(inverted.cells);
  }
});
