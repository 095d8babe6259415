/** Threads for the loops over elements: equal bits for any number of them, and what happens when one fails. */

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePoints } from "./boundary.ts";
import { cubeGrid } from "./fixtures/cube-grid.ts";
import { readMesh } from "./formats/formats.ts";
import type { Mesh } from "./mesh.ts";
import { simultaneous } from "./simultaneous.ts";
import { smooth } from "./smooth.ts";
import { solidsOf } from "./solids.ts";
import { type ElementTeam, startElementTeam } from "./team.ts";

describe("a team of threads", () => {
  let [two, three]: ElementTeam[] = [];
  let hybrid: Mesh;
  beforeAll(async () => {
    [two, three] = await Promise.all([startElementTeam(2), startElementTeam(3)]);
    const file = new URL("./fixtures/hybrid-distorted.vtk", import.meta.url);
    hybrid = await readMesh(readFileSync(file), { name: "hybrid-distorted.vtk" });
  });
  afterAll(async () => {
    await Promise.all([two.close(), three.close()]);
  });

  test("one, two and three threads move 24,000 tetrahedra, in pieces of 8,192, to the same positions, bit for bit", () => {
    const mesh = cubeGrid("tetrahedron", 16, 0.3);
    const solids = solidsOf(mesh);
    const ended = [undefined, two, three].map((team) =>
      simultaneous(solids, mesh.points, freePoints(mesh), { maxIterations: 4, gain: -1, team }),
    );
    expect(solids.count).toBe(24576);
    expect(ended[1].history).toEqual(ended[0].history);
    for (const { points } of ended)
      expect(Buffer.from(points.buffer).equals(Buffer.from(ended[0].points.buffer))).toBe(true);
    expect(ended[0].points).not.toEqual(mesh.points);
  });

  test("the whole smoother untangles the hybrid mesh to the same positions with two threads as with one", () => {
    const [one, shared] = [undefined, two].map((team) => smooth(hybrid, { team, maxIterations: 5 }));
    expect(shared.stages).toEqual(one.stages);
    expect(shared.after.invalid).toBeLessThan(19);
    expect(Buffer.from(shared.mesh.points.buffer).equals(Buffer.from(one.mesh.points.buffer))).toBe(true);
  });

  test("0 threads and half a thread are refused", async () => {
    for (const threads of [0, 1.5]) {
      await expect(startElementTeam(threads)).rejects.toThrow(
        `startElementTeam: threads must be an integer in 1 to 256, got ${threads}`,
      );
    }
  });

  test("a closed team is refused by name, and a team of one thread works alone", async () => {
    const team = await startElementTeam(1);
    expect(team.threads).toBe(1);
    expect(smooth(hybrid, { team, finish: "none", maxIterations: 1 }).stages.length).toBeGreaterThan(0);
    await team.close();
    expect(() => smooth(hybrid, { team })).toThrow("smooth: the team must be open, got a closed one; start another");
  });
});
