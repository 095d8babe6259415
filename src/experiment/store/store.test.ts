/** One suite for both databases; PostgreSQL runs where Debian's server is installed. */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EnvironmentError, InputError } from "../../base/index.ts";
import { designStudy } from "../design.ts";
import { findPostgres, startPostgres } from "../fixtures/postgres.ts";
import { toyKind } from "../fixtures/toy-kind.ts";
import type { Provenance } from "../provenance.ts";
import { parseStudy } from "../study-file.ts";
import { beginStudy, joinStudy, retryTrials } from "../study-store.ts";
import type { TrialResult } from "../trial.ts";
import { networkWarnings } from "./sqlite.ts";
import { openStore, type Store, type TrialRecord } from "./store.ts";

const provenance: Provenance = {
  version: "1.0.0",
  commit: "abc",
  dataHash: "d1",
  node: "v24.0.0",
  platform: "linux-x64",
  processor: "test",
  cores: 2,
  memoryBytes: 1,
  startedAt: "2026-01-01T00:00:00.000Z",
};
const design = (text = "study: toy\nname: s\nseeds: 3\n") => designStudy(parseStudy(text, "x.yaml", [toyKind]));
const result: TrialResult = {
  status: "done",
  columns: { accuracy: 0.1 + 0.2, loss: Number.NaN, note: 'a "b"\nc' },
  epochs: [
    { epoch: 0, loss: Number.POSITIVE_INFINITY },
    { epoch: 1, loss: -0.5 },
  ],
  wallMs: 1.25,
};
const nobodyIsDead = () => false;

async function records(store: Store, epochs = false): Promise<TrialRecord[]> {
  const all: TrialRecord[] = [];
  for await (const record of store.records({ epochs })) all.push(record);
  return all;
}

const postgres = findPostgres();
const folder = mkdtempSync(join(tmpdir(), "gradientflow-store-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let server: { address: string; stop: () => Promise<void> } | undefined;
let made = 0;
const engines = [
  { engine: "SQLite", skip: undefined, freshPlace: () => join(folder, `study-${made++}`) },
  {
    engine: "PostgreSQL",
    skip: "missing" in postgres ? postgres.missing : undefined,
    freshPlace: () => `${server?.address}?schema=study_${made++}`,
  },
];

beforeAll(async () => {
  if ("bin" in postgres) server = await startPostgres(postgres.bin);
});
afterAll(async () => server?.stop());

describe.for(engines)("$engine", ({ skip, freshPlace }) => {
  const check = (title: string, body: (store: Store, place: string) => Promise<void>) =>
    test(title, async (context) => {
      if (skip !== undefined) context.skip(skip);
      const place = freshPlace();
      const store = await openStore(place);
      try {
        await body(store, place);
      } finally {
        await store.close();
      }
    });

  const begun = async (store: Store, text?: string) => beginStudy(store, design(text), provenance);

  check("keeps the study file, its design and who worked on it", async (store, place) => {
    const { created, owner } = await begun(store);
    expect(created).toBe(true);
    const reader = await openStore(place, { readOnly: true });
    expect(await reader.study()).toMatchObject({
      name: "s",
      text: "study: toy\nname: s\nseeds: 3\n",
      hash: design().hash,
    });
    expect(await reader.runs()).toEqual([{ owner, startedMs: Date.parse(provenance.startedAt), provenance }]);
    expect((await records(reader)).map((record) => record.spec)).toEqual(design().trials);
    await reader.close();
  });

  check("begun twice with the same study it goes on; two at once make it once", async (store, place) => {
    const other = await openStore(place);
    const results = await Promise.all([begun(store), begun(other)]);
    expect(results.map((one) => one.created).sort()).toEqual([false, true]);
    expect(await records(store)).toHaveLength(6);
    await other.close();
  });

  check("refuses another study and says what differs", async (store) => {
    await begun(store);
    await expect(begun(store, "study: toy\nname: s\nseeds: 4\nsettings: { epochs: 7 }\n")).rejects.toThrow(
      /: holds another study \(settings\.epochs: 2 in the store, 7 asked for; seeds: \[0,1,2\] in the store, \[0,1,2,3\] asked for\); choose another folder with --out, or continue that one with gradientflow study resume$/,
    );
    expect(await records(store)).toHaveLength(6);
  });

  check("refuses data that changed, and warns of another version", async (store) => {
    await begun(store);
    await expect(joinStudy(store, { ...provenance, dataHash: "d2" })).rejects.toThrow(
      /: the study began on data with hash d1, the data here has d2; bring back the data, or start again in another folder$/,
    );
    const { warnings } = await joinStudy(store, { ...provenance, version: "1.1.0" });
    expect(warnings).toEqual(["the study began with version 1.0.0 and goes on with 1.1.0; numbers may differ"]);
  });

  check("claims in the order of the queue, each trial once, then none", async (store) => {
    await begun(store);
    const claimed: number[] = [];
    for (let claim = await store.claim("a:1:x", 0, 10); claim; claim = await store.claim("a:1:x", 0, 10)) {
      claimed.push(claim.spec.index);
    }
    expect(claimed).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await store.counts(5)).toMatchObject({ running: 6, queued: 0, stale: 0 });
  });

  check("a shuffled study is claimed in its shuffled order", async (store) => {
    const text = "study: toy\nseeds: 8\norder: shuffled\n";
    await begun(store, text);
    const claims = [
      await store.claim("a:1:x", 0, 10),
      await store.claim("a:1:x", 0, 10),
      await store.claim("a:1:x", 0, 10),
    ];
    expect(claims.map((claim) => claim?.spec.index)).toEqual(design(text).order.slice(0, 3));
  });

  check("forty claims at once through two connections take forty different trials", async (store, place) => {
    await begun(store, "study: toy\nseeds: 20\n");
    const other = await openStore(place);
    const claims = await Promise.all(
      Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? store : other).claim(`a:1:${i % 2}`, 0, 10)),
    );
    expect(new Set(claims.map((claim) => claim?.spec.index)).size).toBe(40);
    expect(await store.claim("a:1:0", 0, 10)).toBeUndefined();
    await other.close();
  });

  check("gives results back as they were, NaN and infinities included", async (store) => {
    await begun(store);
    await store.claim("a:1:x", 5, 10);
    expect(await store.finish(0, "a:1:x", 8, result)).toBe(true);
    const [record] = await records(store, true);
    expect(record).toEqual({
      spec: design().trials[0],
      state: "done",
      attempts: 1,
      owner: null,
      leaseUntil: null,
      startedMs: 5,
      finishedMs: 8,
      result,
      failure: null,
    });
    expect((await records(store))[0].result?.epochs).toEqual([]);
  });

  check("takes a result only from the holder of the trial, and only once", async (store) => {
    await begun(store);
    await store.claim("a:1:x", 0, 10);
    expect(await store.finish(0, "b:1:y", 1, result)).toBe(false);
    expect(await store.finish(1, "a:1:x", 1, result)).toBe(false);
    expect(await store.fail(0, "b:1:y", 1, { name: "Error", message: "no" })).toBe(false);
    expect(await store.finish(0, "a:1:x", 1, result)).toBe(true);
    expect(await store.finish(0, "a:1:x", 2, { ...result, wallMs: 99 })).toBe(false);
    expect((await records(store))[0]).toMatchObject({ state: "done", finishedMs: 1, result: { wallMs: 1.25 } });
  });

  check("a lease that ran out makes a trial stale; the next takes it and the first comes too late", async (store) => {
    await begun(store, "study: toy\n");
    await store.claim("a:1:x", 0, 10);
    await store.claim("a:1:x", 0, 10);
    expect(await store.sweep(10, nobodyIsDead, 3)).toBe(0);
    expect(await store.counts(11)).toMatchObject({ stale: 2, running: 0 });
    expect(await store.sweep(11, nobodyIsDead, 3)).toBe(2);
    expect((await store.claim("b:1:y", 11, 20))?.spec.index).toBe(0);
    expect(await store.finish(0, "a:1:x", 12, { ...result, wallMs: 7 })).toBe(false);
    expect(await store.finish(0, "b:1:y", 13, result)).toBe(true);
    expect((await records(store))[0]).toMatchObject({ state: "done", attempts: 2, result: { wallMs: 1.25 } });
  });

  check("a heartbeat keeps every trial of its owner, and no one else's", async (store) => {
    await begun(store);
    await store.claim("a:1:x", 0, 10);
    await store.claim("a:1:x", 0, 10);
    await store.claim("b:1:y", 0, 10);
    expect(await store.heartbeat("a:1:x", 30)).toBe(2);
    expect(await store.sweep(20, nobodyIsDead, 3)).toBe(1);
    expect((await records(store)).map((record) => record.state)).toEqual([
      "running",
      "running",
      "stale",
      "queued",
      "queued",
      "queued",
    ]);
  });

  check("a dead owner's trials are stale before their lease ends", async (store) => {
    await begun(store);
    await store.claim("a:1:x", 0, 1000);
    await store.claim("b:1:y", 0, 1000);
    expect(await store.sweep(1, (owner) => owner === "a:1:x", 3)).toBe(1);
    expect(await store.unfinishedElsewhere("b:1:y")).toBe(5);
  });

  check("a trial whose process died three times is failed and says so", async (store) => {
    await begun(store, "study: toy\n");
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect((await store.claim("a:1:x", 0, 10))?.attempts).toBe(attempt);
      await store.sweep(11, nobodyIsDead, 3);
    }
    expect((await records(store))[0]).toMatchObject({
      state: "failed",
      failure: { message: "the process that ran this trial died or fell silent, 3 times in a row" },
    });
  });

  check("released trials are queued as if never claimed", async (store) => {
    await begun(store);
    const before = await records(store);
    await store.claim("a:1:x", 0, 10);
    await store.claim("a:1:x", 0, 10);
    expect(await store.release("a:1:x", 0)).toBe(1);
    expect(await store.release("a:1:x")).toBe(1);
    expect(await records(store)).toEqual(before);
  });

  check("retry queues failed trials, and diverged ones only when asked", async (store) => {
    await begun(store);
    for (let i = 0; i < 3; i++) await store.claim("a:1:x", 0, 10);
    await store.finish(0, "a:1:x", 1, result);
    await store.fail(1, "a:1:x", 1, { name: "TypeError", message: "broke", stack: "at line 1" });
    const diverged = { step: 3, layer: "fc1", reason: "NaN" };
    await store.finish(2, "a:1:x", 1, { ...result, status: "diverged", diverged });
    expect((await records(store))[1].failure).toEqual({ name: "TypeError", message: "broke", stack: "at line 1" });
    expect((await records(store))[2].result?.diverged).toEqual(diverged);
    expect(await retryTrials(store)).toBe(1);
    expect(await store.counts(1)).toMatchObject({ done: 1, failed: 0, diverged: 1, queued: 4 });
    expect(await retryTrials(store, { failed: false, diverged: true })).toBe(1);
    expect((await records(store))[2]).toMatchObject({ state: "queued", attempts: 0, result: null });
  });

  check("cancelled trials are not claimed until they are retried", async (store) => {
    await begun(store);
    await store.claim("a:1:x", 0, 10);
    expect(await store.cancel()).toBe(5);
    expect(await store.claim("a:1:x", 0, 10)).toBeUndefined();
    expect(await store.unfinishedElsewhere("a:1:x")).toBe(0);
    expect(await retryTrials(store, { cancelled: true })).toBe(5);
  });

  check("a thousand trials come in order through pages", async (store) => {
    await begun(store, "study: toy\nseeds: 500\n");
    expect((await records(store)).map((record) => record.spec.index)).toEqual(
      Array.from({ length: 1000 }, (_, i) => i),
    );
  });

  check("opened to be read it writes nothing", async (store, place) => {
    await begun(store);
    const reader = await openStore(place, { readOnly: true });
    await expect(reader.claim("a:1:x", 0, 10)).rejects.toThrow(EnvironmentError);
    await expect(reader.claim("a:1:x", 0, 10)).rejects.toThrow(/read/);
    expect((await reader.counts(0)).queued).toBe(6);
    await reader.close();
  });
});

describe("places that will not do", () => {
  test("a folder without a study cannot be read, and reading makes nothing there", async () => {
    const empty = mkdtempSync(join(folder, "empty-"));
    await expect(openStore(empty, { readOnly: true })).rejects.toThrow(
      `${empty}: no study here (no study.sqlite); start one with gradientflow study run FILE --out ${empty}`,
    );
    expect(readdirSync(empty)).toEqual([]);
  });

  test("a writer that holds the file for 300 ms is waited for while the rest of the process goes on", async () => {
    const place = join(folder, "busy");
    const store = await openStore(place);
    await beginStudy(store, design(), provenance);
    const { DatabaseSync } = await import("node:sqlite");
    const other = new DatabaseSync(join(place, "study.sqlite"));
    other.exec("begin immediate");
    // The release is a timer of this very process: a wait that blocks it would never end.
    setTimeout(() => other.exec("commit"), 300);
    expect((await store.claim("a:1:x", 0, 10))?.spec.index).toBe(0);
    other.close();
    await store.close();
  });

  test("a store of a later version is refused with both versions", async () => {
    const place = join(folder, "later");
    await (await openStore(place)).close();
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(join(place, "study.sqlite"));
    database.exec("insert into migration values (99)");
    database.close();
    const words =
      /study\.sqlite: written by a later version of gradientflow \(store version 99, this program knows 1\); update gradientflow$/;
    await expect(openStore(place)).rejects.toThrow(words);
    await expect(openStore(place, { readOnly: true })).rejects.toThrow(InputError);
  });

  test("a file that is no database is no study", async () => {
    const { mkdirSync, writeFileSync } = await import("node:fs");
    const place = join(folder, "text");
    mkdirSync(place);
    writeFileSync(join(place, "study.sqlite"), "hello ".repeat(1000));
    await expect(openStore(place)).rejects.toThrow(
      /study\.sqlite: the study's store is not a study: the file is no SQLite database/,
    );
    await expect(openStore(place)).rejects.toThrow(EnvironmentError);
  });

  test("a file where the folder should be", async () => {
    const { writeFileSync } = await import("node:fs");
    const place = join(folder, "file");
    writeFileSync(place, "");
    await expect(openStore(place)).rejects.toThrow(
      /: a file stands where a folder is needed; choose another folder with --out$/,
    );
  });

  test("an address where nobody listens, and one that is none; the password is not repeated", async () => {
    await expect(openStore("postgres://me:secret@127.0.0.1:1/db")).rejects.toThrow(
      /^postgres:\/\/me@127\.0\.0\.1:1\/db\?schema=gradientflow: the study's store does not answer: no PostgreSQL server listens there\./,
    );
    await expect(openStore("postgres://h/db?schema=A;drop")).rejects.toThrow(
      /^store: schema must be lower-case letters, digits and _/,
    );
    await expect(openStore("postgres://[")).rejects.toThrow(/^store: the address must be postgres:\/\/user@host/);
  });

  test("NFS is warned of, a disk is not", () => {
    expect(networkWarnings("/home/me", 0x6969)[0]).toMatch(
      /^\/home\/me is on a network file system \(NFS\)\. One machine may work there/,
    );
    expect(networkWarnings("/home/me", 0xef53)).toEqual([]);
    // statfs gives a signed number on some systems.
    expect(networkWarnings("/home/me", 0xff534d42 | 0)[0]).toMatch(/\(CIFS\)/);
  });
});
