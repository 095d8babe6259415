/** The compiled loops against plain TypeScript, bit for bit, and the module against its sources. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ElementKernels, elementKernels } from "./element-kernels.ts";
import { solidKinds, topology } from "./elements.ts";
import { readFixture } from "./fixtures/read-fixture.ts";
import { type CellBlock, type Mesh, noFields } from "./mesh.ts";
import { solidsOf } from "./solids.ts";

/** Blocks of a few elements of any kinds, some of them regular with dents and some of them any nodes at all. */
const mixed: fc.Arbitrary<Mesh> = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...solidKinds),
      count: fc.integer({ min: 1, max: 5 }),
      dent: fc.constantFrom(0, 0.05, 0.2, 1),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .chain((blocks) =>
    fc.infiniteStream(fc.integer({ min: -1000, max: 1000 })).map((noise) => {
      const points: number[] = [];
      const cells: CellBlock[] = blocks.map(({ kind, count, dent }) => {
        const { size, regular } = topology[kind];
        const first = points.length / 3;
        for (let e = 0; e < count; e++)
          for (const x of regular) points.push(x + dent * (noise.next().value / 1000) + e / 7);
        return { kind, nodes: Int32Array.from({ length: size * count }, (_, i) => first + i) };
      });
      return { points: Float64Array.from(points), cells, fields: noFields };
    }),
  );

/** Everything the loops make of a mesh: its valid elements' gradients alone, since the others' are not defined. */
function outputs(mesh: Mesh, plain: boolean): Float64Array[] {
  const solids = solidsOf(mesh);
  const list = Int32Array.from({ length: solids.count }, (_, e) => e).filter((e) => e % 4 !== 2);
  const slopeCount = 3 * solids.nodes.length;
  const { length } = mesh.points;
  const loops: ElementKernels = elementKernels(solids, list, 4 * length + 2 * solids.count + slopeCount, { plain });
  const points = loops.array(length);
  points.set(mesh.points);
  const quality = loops.array(solids.count);
  const byPlace = loops.array(solids.count);
  const slopes = loops.array(slopeCount);
  loops.meanRatios(points, quality);
  const invalid = loops.meanRatioGradients(points, byPlace, slopes);
  let at = 0;
  list.forEach((e, i) => {
    const size = 3 * (solids.start[e + 1] - solids.start[e]);
    if (!(byPlace[i] > 0)) slopes.fill(0, at, at + size);
    at += size;
  });
  const found = [Float64Array.of(invalid), quality, byPlace, slopes];
  const sums = loops.array(length);
  const weights = loops.array(length / 3);
  for (const halves of [0, 1, 2]) {
    loops.flowSums(points, quality, sums, weights, { steps: [0.5, 1, 1.5, 3, 2], halves, scale: "radius" });
    found.push(sums.slice(), weights.slice());
  }
  return found;
}

function expectSameBits(mesh: Mesh): void {
  const bytes = (plain: boolean) =>
    outputs(mesh, plain).map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength));
  const expected = bytes(true);
  bytes(false).forEach((one, i) => {
    expect(one.equals(expected[i]), `output ${i}`).toBe(true);
  });
}

describe("compiled and plain loops give the same bits", () => {
  test("on elements of all five kinds in runs of any length, dented, folded and inverted", () => {
    fc.assert(
      fc.property(mixed, (mesh) => {
        expectSameBits(mesh);
      }),
      { numRuns: 80 },
    );
  });

  test.each(["hybrid-distorted", "valve-block-tet-distorted"] as const)("on %s", (name) => {
    expectSameBits(readFixture(name));
  });

  test("on a tetrahedron with all nodes in one place, which has no direction to go", () => {
    const nodes = Int32Array.of(0, 1, 2, 3);
    const mesh: Mesh = {
      points: new Float64Array(12).fill(3),
      cells: [{ kind: "tetrahedron", nodes }],
      fields: noFields,
    };
    const [[invalid], quality, , , sums] = outputs(mesh, false);
    expect([invalid, quality[0]]).toEqual([1, 0]);
    expect(sums).toEqual(new Float64Array(12).fill(3));
    expectSameBits(mesh);
  });

  test("and this engine does run the compiled ones: their arrays lie on whole pages of 64 KiB", () => {
    const solids = solidsOf(readFixture("hybrid"));
    const list = Int32Array.of(0, 1, 2);
    expect(elementKernels(solids, list, 3).array(3).buffer.byteLength % 65536).toBe(0);
    expect(elementKernels(solids, list, 3, { plain: true }).array(3).buffer.byteLength).toBe(24);
  });
});

test("kernel-bytes.ts is what the sources compile to", () => {
  const folder = mkdtempSync(join(tmpdir(), "gradientflow-"));
  try {
    const file = join(folder, "kernel-bytes.ts");
    const script = fileURLToPath(new URL("../../scripts/build-mesh-kernels.ts", import.meta.url));
    execFileSync(process.execPath, [script, file]);
    const committed = readFileSync(new URL("./kernel-bytes.ts", import.meta.url), "utf8");
    expect(
      readFileSync(file, "utf8") === committed,
      "run `node scripts/build-mesh-kernels.ts` and commit the result",
    ).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
