import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Mesh } from "../mesh.ts";
import { readMesh, writeMesh } from "./formats.ts";
import { surfaceOf, trianglesOf } from "./surface.ts";

const corners = [0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1];
const none = { pointData: [], cellData: [], groups: [] };

/** The unit cube, with a point before it that nothing uses. */
const cube: Mesh = {
  points: Float64Array.of(9, 9, 9, ...corners),
  cells: [{ kind: "hexahedron", nodes: Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8) }],
  fields: none,
};

/** Volume inside triangles, by the divergence theorem: positive if they are seen from outside. */
function volumeInside(points: ArrayLike<number>, triangles: ArrayLike<number>): number {
  let six = 0;
  for (let at = 0; at < triangles.length; at += 3) {
    const [a, b, c] = [0, 1, 2].map((i) => [0, 1, 2].map((axis) => points[3 * triangles[at + i] + axis]));
    six += a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
  }
  return six / 6;
}

describe("the surface of the unit cube", () => {
  test("is 6 quadrilaterals or 12 triangles of 8 points around the volume 1", () => {
    const surface = surfaceOf("test", cube);
    expect([...surface.points]).toEqual(corners);
    expect(surface.faces.length).toBe(24);
    const triangles = trianglesOf(surface);
    expect(triangles.length).toBe(36);
    expect(volumeInside(surface.points, triangles)).toBe(1);
  });

  test("as OBJ: 8 points, 6 faces, points counted from 1", async () => {
    const lines = new TextDecoder().decode(await writeMesh(cube, { format: "obj" })).split("\n");
    expect(lines.filter((line) => line.startsWith("v ")).length).toBe(8);
    expect(lines.filter((line) => line.startsWith("f "))).toContain("f 1 4 3 2");
  });

  test("as PLY: text and binary hold 8 doubles in threes and 6 lists of 4", async () => {
    const text = new TextDecoder().decode(await writeMesh(cube, { format: "ply" }));
    expect(text).toMatch(/^ply\nformat ascii 1\.0\n/);
    expect(text).toContain(
      "element vertex 8\nproperty double x\nproperty double y\nproperty double z\nelement face 6\n",
    );
    expect(text.match(/^4 \d \d \d \d$/gm)?.length).toBe(6);
    const binary = await writeMesh(cube, { format: "ply", binary: true });
    const body = Buffer.from(binary).indexOf("end_header\n") + 11;
    expect(binary.length - body).toBe(8 * 24 + 6 * 17);
  });

  test("as STL: 12 unit normals that point away from the middle; binary takes 84 + 12 x 50 bytes", async () => {
    const text = new TextDecoder().decode(await writeMesh(cube, { format: "stl" }));
    const facets = text.split("facet normal ").slice(1);
    expect(facets.length).toBe(12);
    for (const facet of facets) {
      const numbers = [...facet.matchAll(/-?\d+(?:\.\d+)?/g)].map(Number);
      const [normal, first] = [numbers.slice(0, 3), numbers.slice(3, 6)];
      const away = normal.reduce((sum, x, axis) => sum + x * (first[axis] - 0.5), 0);
      expect(away).toBe(0.5);
    }
    const bytes = await writeMesh(cube, { format: "stl", binary: true });
    expect(bytes.length).toBe(684);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    expect(view.getUint32(80, true)).toBe(12);
    const binary = Array.from({ length: 12 }, (_, i) => [0, 4, 8].map((at) => view.getFloat32(84 + 50 * i + at, true)));
    const normals = facets.map((facet) => facet.split("\n")[0].split(" ").map(Number));
    expect(binary.map((normal) => normal.map((x) => x + 0))).toEqual(normals.map((normal) => normal.map((x) => x + 0)));
  });
});

test("inner faces are left out: the surface of the mixed mesh holds 1 + 4/15 + 0.4 + 8/75", async () => {
  const name = "vtk97-ascii.vtu";
  const mesh = await readMesh(readFileSync(join(import.meta.dirname, "fixtures", name)), { name });
  const surface = surfaceOf("test", mesh);
  // 6 + 5 + 5 + 4 faces, of which hexahedron and pyramid, hexahedron and wedge, pyramid and tetrahedron, wedge and tetrahedron share 4.
  expect(surface.faces.length / 4).toBe(12);
  expect(volumeInside(surface.points, trianglesOf(surface))).toBeCloseTo(1 + 4 / 15 + 0.4 + 8 / 75, 14);
});

test("a mesh without solids is its own triangles and quadrilaterals, cut along the shorter diagonal", () => {
  const points = Float64Array.of(0, 0, 0, 3, 0, 0, 4, 1, 0, 0, 1, 0);
  const sheet: Mesh = { points, cells: [{ kind: "quadrilateral", nodes: Int32Array.of(0, 1, 2, 3) }], fields: none };
  // 1-3 has squared length 10, 0-2 has 17.
  expect([...trianglesOf(surfaceOf("test", sheet))]).toEqual([0, 1, 3, 1, 2, 3]);
});

test("a mesh of points and lines has no surface", () => {
  const line: Mesh = {
    points: new Float64Array(6),
    cells: [{ kind: "line", nodes: Int32Array.of(0, 1) }],
    fields: none,
  };
  expect(() => surfaceOf("write obj", line)).toThrow(
    "write obj: the mesh must have solids, triangles or quadrilaterals, it has none",
  );
});
