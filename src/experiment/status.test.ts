import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { designStudy } from "./design.ts";
import { toyKind } from "./fixtures/toy-kind.ts";
import { gatherProvenance, readCommit } from "./provenance.ts";
import { studyStatus } from "./status.ts";
import { openStore } from "./store/index.ts";
import { parseStudy } from "./study-file.ts";
import { beginStudy } from "./study-store.ts";

const folder = mkdtempSync(join(tmpdir(), "gradientflow-status-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("status tells what runs since when, what failed and why, and the time left at the pace so far", async () => {
  const store = await openStore(folder);
  await expect(studyStatus(store)).rejects.toThrow(
    /study\.sqlite: holds no study; start one with gradientflow study run FILE$/,
  );
  const design = designStudy(parseStudy("study: toy\nname: s\nseeds: 5\n", "x.yaml", [toyKind]));
  await beginStudy(store, design, gatherProvenance({ version: "0" }));
  const result = { columns: {}, epochs: [], wallMs: 100 };
  for (let i = 0; i < 5; i++) await store.claim("a:1:x", 1000, 5000);
  await store.claim("b:1:y", 0, 50);
  await store.finish(0, "a:1:x", 1, { ...result, status: "done" });
  await store.finish(1, "a:1:x", 1, {
    ...result,
    status: "diverged",
    diverged: { step: 4, layer: "fc2", reason: "NaN" },
    wallMs: 300,
  });
  await store.fail(2, "a:1:x", 1, { name: "Error", message: "broke" });
  expect(await studyStatus(store, { clock: () => 1050 })).toEqual({
    name: "s",
    kind: "toy",
    location: store.location,
    total: 10,
    counts: { queued: 4, running: 2, done: 1, diverged: 1, failed: 1, stale: 1, cancelled: 0 },
    // Seven trials of 200 ms on average, less the 100 ms that two have run, two at a time.
    remainingMs: 650,
    running: [
      { trial: 3, owner: "a:1:x", elapsedMs: 50 },
      { trial: 4, owner: "a:1:x", elapsedMs: 50 },
    ],
    failed: [{ trial: 2, message: "broke" }],
    diverged: [{ trial: 1, step: 4, layer: "fc2", reason: "NaN" }],
  });
  await store.close();
});

test("provenance outside a repository has no commit, and inside one 40 digits", () => {
  expect(readCommit(folder)).toBeNull();
  expect(gatherProvenance({ version: "1.2.3", dataHash: "d", clock: () => 0 })).toMatchObject({
    version: "1.2.3",
    commit: null,
    dataHash: "d",
    node: process.version,
    startedAt: "1970-01-01T00:00:00.000Z",
  });
});
