/**
 * Smoothing beside other programs: least and mean quality, invalid elements and seconds on the given meshes; with --million
 * ten iterations on a million tetrahedra, by one thread and by two, medians of five.
 *
 *     npm run bench:mesh
 *     npm run bench:mesh -- --only hybrid
 *     npm run bench:mesh -- --million
 *
 * The others' figures were taken once on a machine of the same kind (2 cores of an AMD EPYC) with the same quality, boundary
 * fixed, and are printed as they were; they are not run here, so that their seconds are for orientation.
 */

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { cubeGrid } from "../src/mesh/fixtures/cube-grid.ts";
import {
  type Finish,
  freePoints,
  meshQuality,
  readMesh,
  type StageProgress,
  simultaneous,
  smooth,
  solidsOf,
  startElementTeam,
} from "../src/mesh/index.ts";
import { print, rounded, run } from "./print.ts";

interface Row {
  readonly mesh: string;
  readonly program: string;
  /** Least over the elements that can move. */
  readonly least: number;
  readonly mean: number;
  readonly invalid: number;
  readonly seconds: number;
}

const row = (mesh: string, program: string, least: number, mean: number, invalid: number, seconds: number): Row => ({
  mesh,
  program,
  least,
  mean,
  invalid,
  seconds,
});

const [newton, gmsh, vtk] = [
  "Mesquite, untangler and feasible Newton",
  "gmsh 4.15.2, Relocate3D",
  "VTK 9.7.1, constrained Laplacian",
];

const peers: readonly Row[] = [
  row("valve-block-tet-distorted", newton, 0.4439, 0.8284, 0, 0.166),
  row("valve-block-tet-distorted", gmsh, 0.2897, 0.8216, 0, 0.022),
  row("valve-block-tet-distorted", vtk, 0, 0.8254, 2, 0.006),
  row("valve-block-tet", newton, 0.4439, 0.8284, 0, 0.017),
  row("valve-block-tet", gmsh, 0.402, 0.8212, 0, 0.022),
  row("hybrid-distorted", newton, 0.4386, 0.866, 0, 0.144),
  row("hybrid-distorted", gmsh, 0.06, 0.8322, 0, 0.148),
  row("hybrid-distorted", vtk, 0.0986, 0.8303, 0, 0.005),
  row("hybrid", newton, 0.4386, 0.866, 0, 0.024),
  row("hybrid", gmsh, 0.2942, 0.8465, 0, 0.076),
];

const names = ["valve-block-tet-distorted", "hybrid-distorted", "valve-block-tet", "hybrid"];

/** One mesh: the input, the others, and our three last stages, the best of three times each. */
async function rowsOf(name: string): Promise<Row[]> {
  const file = new URL(`../src/mesh/fixtures/${name}.vtk`, import.meta.url);
  const mesh = await readMesh(readFileSync(file), { name });
  const { summary } = meshQuality(mesh, { free: freePoints(mesh) });
  const ours = (["none", "sequential", "optimize"] as const).map((finish) => timed(name, finish));
  return [
    row(name, "input", summary.minFree, summary.mean, summary.invalid, Number.NaN),
    ...peers.filter((one) => one.mesh === name),
    ...ours,
  ];

  function timed(of: string, finish: Finish): Row {
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3; round++) {
      const startMs = performance.now();
      const { after } = smooth(mesh, { finish });
      best = Math.min(best, performance.now() - startMs);
      if (round === 2)
        return row(of, `smooth, finish ${finish}`, after.minFree, after.mean, after.invalid, best / 1000);
    }
    throw new Error("internal: no round was run");
  }
}

/** Ten iterations of the simultaneous flow on 998,250 tetrahedra, and on an eighth of them: time per element must not grow. */
async function millions(): Promise<Row[]> {
  const team = await startElementTeam(2);
  const rows: Row[] = [];
  for (const side of [27, 55]) {
    const mesh = cubeGrid("tetrahedron", side, 0.25);
    const solids = solidsOf(mesh);
    const free = freePoints(mesh);
    const seconds: number[][] = [[], []];
    const peaks = [0, 0];
    let last: StageProgress | undefined;
    // In turn, so that what else the machine does falls on both.
    for (let round = 0; round < 5; round++) {
      for (const [index, shared] of [undefined, team].entries()) {
        const startMs = performance.now();
        const { history } = simultaneous(solids, mesh.points, free, { maxIterations: 10, gain: -2, team: shared });
        seconds[index].push((performance.now() - startMs) / 1000);
        if (round === 0) peaks[index] = Math.round(process.resourceUsage().maxRSS / 1024);
        last = history[history.length - 1];
      }
    }
    if (last === undefined) throw new Error("internal: no round was run");
    const { minFree, mean, invalid } = last;
    for (const [index, found] of seconds.entries()) {
      const [best, median] = [Math.min(...found), found.sort((a, b) => a - b)[2]];
      const threads = index === 0 ? "1 thread" : "2 threads";
      const words = `10 iterations, ${threads}, best ${rounded(best)} s, peak ${peaks[index]} MiB`;
      rows.push(row(`${solids.count} tetrahedra`, words, minFree, mean, invalid, median));
    }
  }
  await team.close();
  return rows;
}

await run(async () => {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      only: { type: "string" },
      million: { type: "boolean", default: false },
    },
  });
  const rows: Row[] = [];
  if (values.million) rows.push(...(await millions()));
  else for (const name of names) if (name.includes(values.only ?? "")) rows.push(...(await rowsOf(name)));
  const quality = { format: "number" as const, decimals: 4 };
  print(
    {
      name: "mesh",
      caption: "Smoothing: mean ratio, least over elements that can move",
      columns: [
        { key: "mesh", title: "mesh" },
        { key: "program", title: "program" },
        { key: "least", title: "least", ...quality },
        { key: "mean", title: "mean", ...quality },
        { key: "invalid", title: "invalid", format: "integer" },
        { key: "seconds", title: "seconds", format: "number", decimals: 3 },
      ],
      rows: rows.map((one) => ({ ...one })),
    },
    rows.map((one) => ({ ...one, seconds: rounded(one.seconds) })),
    values.json,
  );
});
