/** What does not fit together, each fault made by hand; and validity with turning back. */

import { describe, expect, test } from "vitest";
import { checkConformity } from "./conformity.ts";
import { cubeGrid } from "./fixtures/cube-grid.ts";
import { readFixture, readOverlapping } from "./fixtures/read-fixture.ts";
import { type CellBlock, type Mesh, noFields } from "./mesh.ts";
import { meshQuality } from "./statistics.ts";
import { checkValidity, orient } from "./validity.ts";

function meshOf(points: number[][], ...cells: [CellBlock["kind"], number[]][]): Mesh {
  return {
    points: Float64Array.from(points.flat()),
    cells: cells.map(([kind, nodes]) => ({ kind, nodes: Int32Array.from(nodes) })),
    fields: noFields,
  };
}

/** A triangle at z = 0 and points above and below. */
const base = [
  [0, 0, 0],
  [1, 0, 0],
  [0, 1, 0],
];

describe("conformity", () => {
  test("the fixture meshes and boxes of cubes, wedges and tetrahedra conform", () => {
    for (const name of ["hybrid-distorted", "valve-block-tet-distorted"] as const) {
      expect(checkConformity(readFixture(name)).conforming).toBe(true);
    }
    for (const kind of ["hexahedron", "wedge", "tetrahedron"] as const) {
      const { conforming, unusedPoints, coincidentPoints } = checkConformity(cubeGrid(kind, 3));
      expect([conforming, unusedPoints.length, coincidentPoints.length]).toEqual([true, 0, 0]);
    }
  });

  test("two tetrahedra above the same face overlap, though both are positive; one above and one below do not", () => {
    const over = meshOf([...base, [0, 0, 1], [0.3, 0.3, 2]], ["tetrahedron", [0, 1, 2, 3, 0, 1, 2, 4]]);
    expect(checkValidity(over).invalid.length).toBe(0);
    expect(checkConformity(over)).toMatchObject({
      conforming: false,
      overlaps: [{ nodes: [0, 2, 1], cells: [0, 1] }],
      overused: [],
    });
    const apart = meshOf([...base, [0, 0, 1], [0.3, 0.3, -2]], ["tetrahedron", [0, 1, 2, 3, 0, 2, 1, 4]]);
    expect(checkConformity(apart)).toMatchObject({ conforming: true, boundaryFaces: 6 });
  });

  test("Gmsh's own mesh of 4341 positive elements has 8 overlaps of tetrahedra, and a volume of 58948.747 where 58940 is there", () => {
    const mesh = readOverlapping();
    const { invalid, volume } = checkValidity(mesh);
    expect(invalid.length).toBe(0);
    expect(volume).toBeCloseTo(58948.747, 3);
    const { overlaps, overused, conforming } = checkConformity(mesh);
    expect([overlaps.length, overused.length, conforming]).toEqual([8, 0, false]);
  });

  test("three elements at one face, two with the same nodes, a stray point and a doubled one are found", () => {
    const points = [...base, [0, 0, 1], [0.3, 0.3, -2], [0.2, 0.2, -1], [9, 9, 9], [0, 0, 1]];
    const three = meshOf(points, ["tetrahedron", [0, 1, 2, 3, 0, 2, 1, 4, 0, 2, 1, 5, 1, 0, 2, 3]]);
    const found = checkConformity(three);
    expect(found.overused).toEqual([{ nodes: [0, 2, 1], cells: [0, 1, 2, 3] }]);
    expect(found.duplicates).toEqual([[0, 3]]);
    expect([...found.unusedPoints]).toEqual([6, 7]);
    expect(found.coincidentPoints).toEqual([[3, 7]]);
  });

  test("a cube beside two tetrahedra that halve its face is mismatched: a pyramid is missing", () => {
    const cube = [0, 1].flatMap((z) => [
      [0, 0, z],
      [1, 0, z],
      [1, 1, z],
      [0, 1, z],
    ]);
    const mesh = meshOf(
      [...cube, [0.5, 0.5, 2]],
      ["hexahedron", [0, 1, 2, 3, 4, 5, 6, 7]],
      ["tetrahedron", [4, 5, 6, 8, 4, 6, 7, 8]],
    );
    expect(checkConformity(mesh).mismatched.map(({ triangle }) => [...triangle].sort())).toEqual([
      [4, 5, 6],
      [4, 6, 7],
    ]);
  });
});

describe("validity", () => {
  test("every second element of a box turned round is found and turned back, and the volume is 27 again", () => {
    const mesh = cubeGrid("wedge", 3);
    const nodes = mesh.cells[0].nodes.slice();
    for (let i = 0; i < nodes.length; i += 12) {
      nodes.set(
        [0, 2, 1, 3, 5, 4].map((j) => mesh.cells[0].nodes[i + j]),
        i,
      );
    }
    const wrong: Mesh = { ...mesh, cells: [{ kind: "wedge", nodes }] };
    expect(checkValidity(wrong)).toMatchObject({ volume: 0 });
    expect(checkValidity(wrong).reversed.length).toBe(27);
    const { mesh: right, turned } = orient(wrong);
    expect(turned).toBe(27);
    expect(right.cells).toEqual(mesh.cells);
    expect(checkValidity(right).volume).toBeCloseTo(27, 12);
    expect(orient(right).mesh).toBe(right);
  });

  test("a flat tetrahedron and one that names a node twice are degenerate, a folded cube is neither that nor reversed", () => {
    const flat = meshOf([...base, [1, 1, 0], [0, 0, 1]], ["tetrahedron", [0, 1, 2, 3, 0, 1, 1, 4, 0, 1, 2, 4]]);
    expect(checkValidity(flat)).toMatchObject({
      invalid: Int32Array.of(0, 1),
      degenerate: Int32Array.of(0, 1),
      reversed: new Int32Array(0),
    });
    const folded = cubeGrid("hexahedron", 1);
    folded.points.set([0.2, 0.2, 0.3], 21);
    expect(checkValidity(folded)).toMatchObject({ invalid: Int32Array.of(0), degenerate: new Int32Array(0) });
    expect(checkValidity(folded).reversed.length).toBe(0);
  });

  test("the distorted fixtures have 19 invalid elements each, none of them turned round as a whole mesh would be", () => {
    expect(checkValidity(readFixture("valve-block-tet-distorted")).invalid.length).toBe(19);
    expect(checkValidity(readFixture("hybrid-distorted")).invalid.length).toBe(19);
  });
});

describe("statistics", () => {
  test("the clean hybrid has least mean ratio .3480, mean .8307, 4374 elements of four kinds and its worst first", () => {
    const mesh = readFixture("hybrid");
    const { summary, values, cells } = meshQuality(mesh, { worst: 3, bins: 10 });
    expect(summary.min).toBeCloseTo(0.348, 4);
    expect(summary.mean).toBeCloseTo(0.8307, 4);
    expect(Object.fromEntries(Object.entries(summary.byKind).map(([kind, { count }]) => [kind, count]))).toEqual({
      tetrahedron: 2982,
      hexahedron: 720,
      wedge: 528,
      pyramid: 144,
    });
    expect(summary.histogram.reduce((a, b) => a + b, 0)).toBe(4374);
    expect(summary.histogram.slice(0, 3)).toEqual([0, 0, 0]);
    expect(summary.worst.length).toBe(3);
    expect(summary.worst[0].quality).toBe(summary.min);
    expect(values[cells.indexOf(summary.worst[2].cell)]).toBe(summary.worst[2].quality);
    const sorted = Float64Array.from(values).sort();
    expect(summary.worst.map(({ quality }) => quality)).toEqual([...sorted.subarray(0, 3)]);
    expect(summary.fifthPercentile).toBeGreaterThan(sorted[217]);
    expect(summary.fifthPercentile).toBeLessThan(sorted[220]);
  });

  test("a quality that is not known and no bins are refused", () => {
    const mesh = cubeGrid("hexahedron", 1);
    expect(() => meshQuality(mesh, { quality: "meanratio" as "meanRatio" })).toThrow(
      'quality: unknown quality "meanratio"; known: meanRatio, shape, scaledJacobian, jacobian, meanVolume, edgeRatio. Did you mean meanRatio?',
    );
    expect(() => meshQuality(mesh, { bins: 0 })).toThrow("meshQuality: bins must be an integer at least 1, got 0");
  });
});
