/** The mesh in memory: counting, and what does not fit together. */

import { expect, test } from "vitest";
import { InputError } from "../base/index.ts";
import { cubeGrid } from "./fixtures/cube-grid.ts";
import { cellCount, checkMesh, type Mesh, noFields, withPoints } from "./mesh.ts";
import { solidsOf } from "./solids.ts";

const tetrahedron: Mesh = {
  points: Float64Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1),
  cells: [
    { kind: "triangle", nodes: Int32Array.of(0, 2, 1) },
    { kind: "tetrahedron", nodes: Int32Array.of(0, 1, 2, 3) },
  ],
  fields: noFields,
};

test("cells of all dimensions count, solids know their number among them, and points know their elements", () => {
  expect(cellCount(tetrahedron)).toBe(2);
  expect([...solidsOf(tetrahedron).cell]).toEqual([1]);
  expect(cellCount(cubeGrid("tetrahedron", 3))).toBe(6 * 27);
  const { aroundStart, around } = solidsOf(cubeGrid("hexahedron", 2));
  expect([...around.subarray(aroundStart[13], aroundStart[14])]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect([...around.subarray(aroundStart[1], aroundStart[2])]).toEqual([0, 1]);
});

test.each<[string, Partial<Mesh>, string]>([
  ["half a point", { points: new Float64Array(13) }, "f: points need 3 coordinates each, got 13 numbers"],
  [
    "a coordinate that is no number",
    { points: tetrahedron.points.with(7, Number.NaN) },
    "f: coordinates must be finite, point 2 has NaN for y",
  ],
  [
    "half an element",
    { cells: [{ kind: "wedge", nodes: new Int32Array(8) }] },
    "f: block 0 of kind wedge needs 6 nodes per element, got 8",
  ],
  [
    "a point that is not there",
    { cells: [{ kind: "tetrahedron", nodes: Int32Array.of(0, 1, 2, 3, 0, 1, 2, 4) }] },
    "f: element 1 of block 0 (tetrahedron) names point 4; points are 0 to 3",
  ],
  [
    "point data for 3 of 4 points",
    { fields: { ...noFields, pointData: [{ name: "u", components: 3, values: new Float32Array(9) }] } },
    'f: point data "u" needs 3 x 4 = 12 values, got 9',
  ],
  [
    "cell data for the solids alone",
    { fields: { ...noFields, cellData: [{ name: "region", components: 1, values: new Int32Array(1) }] } },
    'f: cell data "region" needs 1 x 2 = 2 values, got 1',
  ],
])("refuses %s", (_, part, message) => {
  expect(() => checkMesh("f", { ...tetrahedron, ...part })).toThrow(new InputError(message));
});

test("a surface is refused, and so are other points than the mesh has", () => {
  const surface = { ...tetrahedron, cells: tetrahedron.cells.slice(0, 1) };
  expect(() => solidsOf(surface, "smooth")).toThrow(
    "smooth: the mesh needs solid elements, it holds triangle; surfaces cannot be smoothed",
  );
  expect(() => withPoints(tetrahedron, new Float64Array(9))).toThrow("withPoints: the mesh has 12 coordinates, got 9");
});
