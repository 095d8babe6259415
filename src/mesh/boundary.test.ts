/** Free points: inside, at interfaces, by mask and by group; and faces, of which they are made. */

import { describe, expect, test } from "vitest";
import { freePoints } from "./boundary.ts";
import { facesOf } from "./faces.ts";
import { cubeGrid } from "./fixtures/cube-grid.ts";
import { readFixture } from "./fixtures/read-fixture.ts";
import { type Mesh, noFields } from "./mesh.ts";
import { solidsOf } from "./solids.ts";

const count = (mask: Uint8Array) => mask.reduce((total, one) => total + one, 0);

describe("faces", () => {
  test("a box of 3 cubes has 108 faces as hexahedra: 54 of the surface once and 54 twice, from opposite sides", () => {
    const faces = facesOf(solidsOf(cubeGrid("hexahedron", 3)));
    const uses = Array.from({ length: faces.count }, (_, f) => faces.start[f + 1] - faces.start[f]);
    expect([uses.filter((n) => n === 1).length, uses.filter((n) => n === 2).length, uses.length]).toEqual([
      54, 54, 108,
    ]);
    // The first user of a face sees it its own way; the second, turned.
    expect(count(faces.sameSide)).toBe(108);
  });

  test("cut into 6 tetrahedra or 2 wedges each, the surface has 108 triangles, or 36 and 36 quads", () => {
    const surface = (kind: "wedge" | "tetrahedron") => {
      const faces = facesOf(solidsOf(cubeGrid(kind, 3)));
      const single = Array.from({ length: faces.count }, (_, f) => f).filter(
        (f) => faces.start[f + 1] - faces.start[f] === 1,
      );
      const quads = single.filter((f) => faces.nodes[4 * f + 3] >= 0).length;
      return [single.length - quads, quads];
    };
    expect(surface("tetrahedron")).toEqual([108, 0]);
    expect(surface("wedge")).toEqual([36, 36]);
  });
});

test("the fixture meshes have 384 and 1082 points inside", () => {
  expect(count(freePoints(readFixture("valve-block-tet")))).toBe(384);
  expect(count(freePoints(readFixture("hybrid")))).toBe(1082);
});

/** A box of 4 cubes whose lower half is region 1 and upper half region 2. */
const box = cubeGrid("hexahedron", 4);
const halves: Mesh = {
  ...box,
  fields: {
    pointData: [
      {
        name: "fixed",
        components: 1,
        values: Int32Array.from(box.points.subarray(0, 125), (_, i) => (i === 62 ? 1 : 0)),
      },
    ],
    cellData: [{ name: "region", components: 1, values: Int32Array.from({ length: 64 }, (_, i) => (i < 32 ? 1 : 2)) }],
    groups: [{ name: "top", dimension: 3, tag: 2, data: "region" }],
  },
};

test("27 points of 4 x 4 x 4 cubes are inside; 9 of them on the interface of halves, which stays unless it is freed", () => {
  expect(count(freePoints(halves))).toBe(27);
  expect(count(freePoints(halves, { regions: "region" }))).toBe(18);
  expect(count(freePoints(halves, { regions: "region", interfaces: "free" }))).toBe(27);
});

test("masks, point data and groups fix more: one point each, and all 18 inside the upper half", () => {
  expect(count(freePoints(halves, { fixed: "fixed" }))).toBe(26);
  expect(freePoints(halves, { fixed: "fixed" })[62]).toBe(0);
  const mask = new Array(125).fill(0).with(62, 1);
  expect(count(freePoints(halves, { fixed: mask }))).toBe(26);
  expect(count(freePoints(halves, { fixedGroups: ["top"] }))).toBe(9);
});

test("a name of two groups fixes both, and the tag 7 of the skin is not the tag 7 of the iron below it, in 64 bits too", () => {
  const skin = Int32Array.from([31, 32, 36]);
  const tags = BigInt64Array.from({ length: 65 }, (_, i) => (i === 64 || i < 32 ? 7n : i < 48 ? 8n : 9n));
  const data = "gmsh:physical";
  const groups = [
    { name: "skin", dimension: 2, tag: 7, data },
    { name: "body of iron", dimension: 3, tag: 7, data },
    { name: "roof", dimension: 3, tag: 8, data },
    { name: "roof", dimension: 3, tag: 9, data },
  ] as const;
  const cells = [...box.cells, { kind: "triangle", nodes: skin } as const];
  const mesh = {
    ...box,
    cells,
    fields: { ...noFields, cellData: [{ name: data, components: 1, values: tags }], groups },
  };
  const left = (name: string) => count(freePoints(mesh, { fixedGroups: [name] }));
  // Three of the 27 points inside are corners of the triangle; the iron's two layers hold 18, the roof's two another 18.
  expect([left("skin"), left("body of iron"), left("roof")]).toEqual([24, 9, 9]);
});

test("points without an element are not free", () => {
  const points = new Float64Array(box.points.length + 3);
  points.set(box.points);
  expect(freePoints({ ...box, points, fields: noFields })[125]).toBe(0);
});

test("names that the mesh does not have, and masks too short, are refused", () => {
  expect(() => freePoints(halves, { regions: "regions" })).toThrow(
    'regions: unknown cell data "regions"; known: region. Did you mean region?',
  );
  expect(() => freePoints(halves, { fixed: "fix" })).toThrow('fixed: unknown point data "fix"; known: fixed');
  expect(() => freePoints(halves, { fixedGroups: ["tops"] })).toThrow(
    'fixedGroups: unknown group "tops"; known: top. Did you mean top?',
  );
  expect(() => freePoints(halves, { fixed: [1, 0] })).toThrow("fixed: the mask needs one number per point, 125, got 2");
});
