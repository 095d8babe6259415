/** Meshes at the terminal: mesh quality, check and smooth, on real files, in processes of their own. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkConformity, checkValidity, meshQuality, readMesh } from "../mesh/index.ts";
import { run, temporaryFolder } from "./fixtures/run-command.ts";
import { smoothingProgress } from "./mesh-progress.ts";

const fixtures = join(import.meta.dirname, "..", "mesh", "fixtures");
const hybrid = join(fixtures, "hybrid.vtk");
const distorted = join(fixtures, "hybrid-distorted.vtk");
const overlapping = join(fixtures, "hybrid-overlapping-tets.msh");
const valve = join(fixtures, "valve-block-tet-distorted.vtk");
const mixed = join(fixtures, "..", "formats", "fixtures", "gmsh-4.1-ascii.msh");

const load = async (name: string) => readMesh(readFileSync(name), { name });

describe("mesh quality", () => {
  test("says 19 invalid, mean .7655 and the worst elements with kind, number and place", async () => {
    const { code, stdout } = await run("mesh", "quality", distorted, "--worst", "2");
    expect(code).toBe(0);
    expect(stdout).toMatch(/invalid elements +19\n/);
    expect(stdout).toMatch(/mean +0\.7655\n/);
    expect(stdout).toMatch(/The worst elements\nkind +cell +quality +x +y +z\n.*\ntetrahedron +\d+ +0\.0000 +[\d.]+ /);
  });

  test("an element of a .msh file goes by the number that gmsh gave it, too", async () => {
    const { stdout } = await run("mesh", "quality", mixed, "--json");
    const { count, worst } = JSON.parse(stdout);
    expect(count).toBe((await load(mixed).then((mesh) => meshQuality(mesh))).summary.count);
    expect(worst[0]).toMatchObject({ kind: expect.any(String), cell: expect.any(Number), tag: expect.any(Number) });
  });

  test("the histogram of the 4,374 elements adds up to them", async () => {
    const { stdout } = await run("mesh", "quality", hybrid);
    const counts = [...stdout.matchAll(/^ {2}\d\.\d-\d\.\d .*?([\d,]+)$/gm)].map(([, n]) => Number(n.replace(",", "")));
    expect(counts.length).toBe(10);
    expect(counts.reduce((a, b) => a + b)).toBe(4374);
  });
});

describe("mesh check", () => {
  test("ends with 0 for a sound mesh, and with 1 for 19 inverted elements or 8 overlaps", async () => {
    const outcomes = await Promise.all([hybrid, distorted, overlapping].map((file) => run("mesh", "check", file)));
    expect(outcomes.map(({ code }) => code)).toEqual([0, 1, 1]);
    expect(outcomes[0].stdout).toContain("The mesh is sound.");
    expect(outcomes[1].stdout).toMatch(/invalid elements +19 .*19 faults found\./s);
    expect(outcomes[2].stdout).toMatch(/overlapping elements +8 +cells 1116 and 1282/);
  });

  test("--json lists all of them by number", async () => {
    const { stdout } = await run("mesh", "check", distorted, "--json");
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ sound: false, faultsLeft: 19, overlaps: [] });
    expect(found.invalid).toEqual([...checkValidity(await load(distorted)).invalid]);
  });

  test("-o turns a tetrahedron whose points are in the wrong order, and leaves those that points turned over", async () => {
    const folder = temporaryFolder();
    const wrong = join(folder, "wrong.vtk");
    // Cell 0 of the valve block is a tetrahedron or a triangle; the first row of four is the first tetrahedron.
    const text = readFileSync(join(fixtures, "valve-block-tet.vtk"), "utf8");
    writeFileSync(wrong, text.replace(/^4 (\d+) (\d+) (\d+) (\d+)/m, "4 $2 $1 $3 $4"));
    const [turned, kept] = await Promise.all([
      run("mesh", "check", wrong, "-o", join(folder, "right.vtk")),
      run("mesh", "check", valve, "-o", join(folder, "kept.vtk")),
    ]);
    expect(turned.code).toBe(0);
    expect(turned.stderr).toContain("with 1 element turned round");
    expect(checkValidity(await load(join(folder, "right.vtk"))).invalid.length).toBe(0);
    expect(kept.code).toBe(1);
    expect(kept.stderr).toContain("gradientflow mesh smooth untangles them");
    expect(checkConformity(await load(join(folder, "kept.vtk"))).overlaps).toEqual([]);
  });
});

describe("mesh smooth", () => {
  test("leaves no element of the distorted hybrid invalid and writes what it says, in another format", async () => {
    const output = join(temporaryFolder(), "smooth.vtu");
    const words = ["--finish", "none", "--binary", "--compress", "--json"];
    const { code, stdout, stderr } = await run("mesh", "smooth", distorted, "-o", output, ...words);
    expect(code).toBe(0);
    const { after, before, stages, stop } = JSON.parse(stdout);
    expect([before.invalid, after.invalid, stop]).toEqual([19, 0, "done"]);
    expect(stages.map(({ stage }: { stage: string }) => stage)).toEqual(["untangle by flow", "simultaneous"]);
    expect(stderr).toMatch(/^simultaneous {2}step 1 {2}invalid \d+ {2}least 0\.\d{4} {2}mean 0\.\d{4}$/m);
    const { summary } = meshQuality(await load(output));
    expect([summary.mean, summary.min]).toEqual([after.mean, after.min]);
  });

  test("shows stages, before beside after, and how much the volume changed", async () => {
    const { stdout, stderr } = await run("mesh", "smooth", distorted, "--finish", "none");
    expect(stdout).toMatch(/4,374|2,982 tetrahedra/);
    expect(stdout).toMatch(/^ +before +after$/m);
    expect(stdout).toMatch(/invalid elements +19 +0\n/);
    expect(stdout).toMatch(/quality {2}before +after\n/);
    expect(stdout).toMatch(/smoothed in [\d.]+ s; volume changed by -?\d\.\de[-+]\d+/);
    expect(stderr).toContain("nothing is written; add -o FILE to keep the mesh");
  });

  test("ends with 1 and says what may help where one iteration leaves elements inverted that nothing untangles", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "flat.msh");
    // One tetrahedron inside out: all of its points are on the surface.
    const nodes = "4\n1 0 0 0\n2 0 1 0\n3 1 0 0\n4 0 0 1\n";
    writeFileSync(
      file,
      `$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$Nodes\n${nodes}$EndNodes\n$Elements\n1\n1 4 2 1 1 1 2 3 4\n$EndElements\n`,
    );
    const { code, stdout, stderr } = await run("mesh", "smooth", file);
    expect(code).toBe(1);
    expect(stdout).toContain("nothing can move");
    expect(stderr).toMatch(/warning: 1 invalid element left/);
  });

  test("--quiet leaves out progress and answer, and says what the format could not hold", async () => {
    const output = join(temporaryFolder(), "q.stl");
    const { code, stdout, stderr } = await run("mesh", "smooth", valve, "-o", output, "-q", "--finish", "none");
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toBe("q.stl: stl holds the surface only: data, groups and inner cells are not written\n");
    expect(existsSync(output)).toBe(true);
  });
});

test("quadratic elements are refused with the option that reads their corners, and it does", async () => {
  const file = join(fixtures, "..", "formats", "fixtures", "gmsh-4.1-ascii-quadratic.msh");
  const [refused, taken] = await Promise.all([run("mesh", "check", file), run("mesh", "check", file, "--linearise")]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(
    /line \d+: cells must be linear .* got a quadratic triangle .*; add --linearise to keep/,
  );
  expect(taken.code).toBe(0);
});

test.each([
  [["quality", "nope.msh"], "error: nope.msh: there is no such file; give the path of a mesh, such as part.msh"],
  [["check", fixtures], "it must be a file, it is a folder; give the path of a mesh in it"],
  [
    ["quality", import.meta.filename],
    "the format cannot be told by ending or content; add --input-format, one of vtk, vtu",
  ],
  [["smooth", hybrid, "-o", "x.foo"], "--output: its ending must be that of a format, .vtk, .vtu, .msh"],
  [
    ["smooth", hybrid, "-o", "/no/such/x.vtk"],
    "--output: there is no folder /no/such; make it or choose another place",
  ],
  [["smooth", hybrid, "--binary"], "--binary: it is for the mesh that is written; add -o FILE"],
  [["smooth", hybrid, "-o", "x.inp", "--binary"], "--binary: abaqus is text only; leave --binary out or write .vtu"],
  [
    ["smooth", hybrid, "-o", "x.vtk", "--compress"],
    "--compress: only vtu with --binary is packed, got vtk without --binary",
  ],
  [
    ["smooth", hybrid, "-o", "x.msh", "--output-version", "3"],
    "--output-version: unknown version 3 of msh; known: 4.1, 2.2",
  ],
  [["smooth", hybrid, "--fix", "inlet"], "--fix: the mesh has neither groups nor point data, got inlet"],
  [["smooth", hybrid, "--regions", "abc"], 'regions: unknown cell data "abc"; known: CellEntityIds'],
  [["smooth", hybrid, "--floor", "1.2"], "'1.2' is invalid. It must be at least 0 and below 1."],
  [
    ["smooth", hybrid, "--floor", "0.5", "--finish", "none"],
    "--floor: only --finish optimize heeds it, got --finish none",
  ],
  [["smooth", hybrid, "--floor", "0.5", "--least-weight", "1"], "--floor: it takes the place of --least-weight"],
])("mesh %s is a mistake, ends with 2 and is told in a sentence", async (words, message) => {
  const { code, stderr, stdout } = await run("mesh", ...words);
  expect(stderr).toContain(message);
  expect([code, stdout]).toEqual([2, ""]);
});

test("a terminal sees one line that renews itself, cut to its width, with the time left once a twentieth is done", () => {
  let text = "";
  let now = 0;
  const stream = { isTTY: true, columns: 70, write: (piece: string) => (text += piece) };
  const { show, end } = smoothingProgress({ stream, mode: "live", clock: () => now });
  const at = (iteration: number, done?: number) =>
    show({ stage: "optimize", iteration, mean: 0.8, minFree: 0.5, invalid: 0, done });
  at(1, 0.01);
  now = 50;
  at(2, 0.2);
  now = 10_000;
  at(300, 0.25);
  end();
  const lines = text.split("\r\x1b[K").slice(1);
  expect(lines).toEqual([
    "optimize  step 1  invalid 0  least 0.5000  mean 0.8000",
    "optimize  step 300  invalid 0  least 0.5000  mean 0.8000  about 30s l",
    "",
  ]);
});
