import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { EnvironmentError, InputError } from "../base/index.ts";
import { designStudy } from "./design.ts";
import { exportStudy } from "./export.ts";
import { brokenKind, toyKind } from "./fixtures/toy-kind.ts";
import type { StudyKind } from "./kind.ts";
import { isDeadOwner, newOwner } from "./owner.ts";
import { gatherProvenance } from "./provenance.ts";
import type { RunEvent } from "./run-event.ts";
import { type RunOptions, runTrials } from "./runner.ts";
import { openStore, type Store, type TrialRecord } from "./store/index.ts";
import { parseStudy } from "./study-file.ts";
import { beginStudy, retryTrials } from "./study-store.ts";

const folder = mkdtempSync(join(tmpdir(), "gradientflow-runner-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;
const provenance = gatherProvenance({ version: "0.0.0-test" });

interface Bench {
  readonly place: string;
  readonly store: Store;
  run(options?: RunOptions): ReturnType<typeof runTrials>;
  records(): Promise<TrialRecord[]>;
}

async function begin(study: object, kind: StudyKind = toyKind): Promise<Bench> {
  const place = join(folder, `study-${made++}`);
  const store = await openStore(place);
  const text = JSON.stringify({ study: "toy", name: "s", ...study });
  await beginStudy(store, designStudy(parseStudy(text, "x.json", [kind])), provenance);
  return {
    place,
    store,
    run: (options) => runTrials(store, kind, { workers: 2, pollMs: 10, ...options }),
    records: async () => {
      const all: TrialRecord[] = [];
      for await (const record of store.records({ epochs: true })) all.push(record);
      return all;
    },
  };
}

/** A CSV without its last column, the wall times. */
const withoutTimes = (csv: string) => csv.replace(/,[^,\n]*\n/g, "\n");

describe("results", () => {
  test("one worker and three give the same exports but for wall times", async () => {
    const study = { factors: { width: [4, 8], optimizer: ["sgd", "adam"] }, seeds: 2, order: "shuffled" };
    const texts: string[][] = [];
    for (const workers of [1, 3]) {
      const { run, store, place } = await begin(study);
      expect((await run({ workers })).counts).toMatchObject({ done: 16, queued: 0, running: 0, failed: 0 });
      const files = await exportStudy(store, place, { json: true });
      texts.push([withoutTimes(readFileSync(files.trials, "utf8")), readFileSync(files.epochs, "utf8")]);
      await store.close();
    }
    expect(texts[1]).toEqual(texts[0]);
    expect(texts[0][0].split("\n")).toHaveLength(18);
    expect(texts[0][1].split("\n")).toHaveLength(34);
  });

  test("events tell of each trial's start and end, and of epochs", async () => {
    const { run, store } = await begin({ seeds: 2 });
    const events: RunEvent[] = [];
    await run({ onEvent: (event) => events.push(event) });
    const kinds = events.map((event) => event.kind);
    expect(kinds[0]).toBe("begin");
    expect(kinds.at(-1)).toBe("end");
    for (const kind of ["started", "finished"]) expect(kinds.filter((one) => one === kind)).toHaveLength(4);
    expect(events).toContainEqual(expect.objectContaining({ kind: "progress", epoch: 2, epochs: 2 }));
    await store.close();
  });
});

describe("a trial that goes wrong fails alone", () => {
  const cases: [fault: string, failure: object][] = [
    ["throw", { name: "TypeError", message: "the toy broke", stack: expect.stringContaining("toy-worker.ts") }],
    ["exit", { name: "WorkerExit", message: "the worker thread ended with code 7 before the trial did" }],
    ["unhandled", { name: "Error", message: "nobody caught this", stack: expect.stringContaining("toy-worker.ts") }],
    ["stray", { name: "ResultError", message: 'internal: the result has a column "colour" that toy does not name' }],
  ];
  test.each(cases)("%s", async (fault, failure) => {
    const { run, store, records } = await begin({ settings: { fault }, seeds: 4 });
    expect((await run({ workers: 1 })).counts).toMatchObject({ failed: 1, done: 7 });
    expect((await records())[2]).toMatchObject({ state: "failed", failure });
    await store.close();
  });

  test("one that diverges is recorded with step, layer and its numbers, NaN and all", async () => {
    const { run, store, records } = await begin({ settings: { fault: "diverge" }, seeds: 2 });
    expect((await run()).counts).toMatchObject({ diverged: 1, failed: 0, done: 3 });
    expect((await records())[2]).toMatchObject({
      state: "diverged",
      result: {
        columns: { loss: Number.NaN, accuracy: Number.NEGATIVE_INFINITY },
        diverged: { step: 7, layer: "fc1", reason: "the loss is NaN" },
      },
    });
    await store.close();
  });

  test("a DivergedError thrown is a diverged trial too", async () => {
    const { run, store, records } = await begin({ settings: { fault: "throw-diverged" }, seeds: 2 });
    await run();
    expect((await records())[2]).toMatchObject({
      state: "diverged",
      result: { diverged: { step: 3, layer: "fc2", reason: "toy: gradient is Infinity" } },
    });
    await store.close();
  });

  test("retry runs exactly the failed one again, and heals it once the cause is gone", async () => {
    const cure = join(folder, "cure");
    const { run, store, records } = await begin({ settings: { fault: "throw", cure }, seeds: 3 });
    await run();
    writeFileSync(cure, "");
    expect(await retryTrials(store)).toBe(1);
    const started: number[] = [];
    const onEvent = (event: RunEvent) => event.kind === "started" && started.push(event.trial.index);
    expect((await run({ onEvent })).counts).toMatchObject({ done: 6, failed: 0 });
    expect(started).toEqual([2]);
    expect((await records())[2].failure).toBeNull();
    await store.close();
  });

  test("a module that does not load ends the run at once and leaves every trial queued", async () => {
    const { run, store } = await begin({ seeds: 3 }, brokenKind);
    await expect(run()).rejects.toThrow(
      /^workers: a worker thread could not start \(this module never loads\)\. Where memory is short, fewer workers help\. No trial was lost$/,
    );
    await store.close();
    const again = await openStore(store.location.replace(/\/study\.sqlite$/, ""));
    expect((await again.counts(Date.now())).queued).toBe(6);
    await again.close();
  });

  test("no workers are refused", async () => {
    const { run, store } = await begin({});
    await expect(run({ workers: 0 })).rejects.toThrow(/^workers: must be an integer in \[1, 1024\], got 0$/);
    await expect(run({ workers: 1.5 })).rejects.toThrow(InputError);
    await store.close();
  });
});

describe("interruption", () => {
  test("the first signal finishes what runs and starts nothing more; resuming runs the rest", async () => {
    const { run, store, records } = await begin({ settings: { sleep_ms: 30 }, seeds: 5 });
    const stop = new AbortController();
    const started: number[] = [];
    const onEvent = (event: RunEvent) => {
      if (event.kind !== "started") return;
      started.push(event.trial.index);
      if (started.length === 2) stop.abort();
    };
    const { counts, interrupted } = await run({ stop: stop.signal, onEvent });
    expect(interrupted).toBe(true);
    expect(counts).toMatchObject({ done: 2, queued: 8, running: 0, stale: 0 });
    expect((await run()).counts).toMatchObject({ done: 10 });
    expect((await records()).every((record) => record.attempts === 1)).toBe(true);
    await store.close();
  });

  test("the second signal ends the workers and queues their trials again, unmarked", async () => {
    const { run, store, records } = await begin({ settings: { sleep_ms: 60_000 }, seeds: 2 });
    const abort = new AbortController();
    const onEvent = (event: RunEvent) => event.kind === "started" && event.worker === 1 && abort.abort();
    const { counts, interrupted } = await run({ abort: abort.signal, onEvent });
    expect(interrupted).toBe(true);
    expect(counts).toMatchObject({ queued: 4, running: 0, failed: 0 });
    expect((await records()).every((record) => record.attempts === 0 && record.owner === null)).toBe(true);
    await store.close();
  });
});

describe("leases", () => {
  test("a trial whose holder fell silent is taken over once its lease ends, by the injected clock", async () => {
    const { run, store, records } = await begin({});
    let now = 1000;
    await store.claim("elsewhere:1:x", now, now + 100);
    const finished: number[] = [];
    const onEvent = (event: RunEvent) => {
      if (event.kind === "finished") finished.push(event.trial.index);
      // The clock jumps beyond the lease only after the other trial is done, so that the runner has to wait for it.
      if (event.kind === "finished" && event.trial.index === 1) now += 200;
    };
    expect((await run({ clock: () => now, onEvent })).counts).toMatchObject({ done: 2 });
    expect(finished).toEqual([1, 0]);
    expect((await records())[0].attempts).toBe(2);
    await store.close();
  });

  test("heartbeats keep a trial that takes far longer than its lease: a second runner does not take it", async () => {
    const { run, store, place, records } = await begin({ settings: { sleep_ms: 1200, epochs: 2 } });
    const other = await openStore(place);
    const options = { workers: 1, leaseMs: 1200, pollMs: 10 };
    const first = run(options);
    const second = runTrials(other, toyKind, options);
    await Promise.all([first, second]);
    expect((await records()).map((record) => [record.state, record.attempts])).toEqual([
      ["done", 1],
      ["done", 1],
    ]);
    await other.close();
    await store.close();
  });

  test("a result that comes after its trial was taken over is dropped, and the other's stands", async () => {
    const { run, store, records } = await begin({ settings: { sleep_ms: 50 } });
    const events: string[] = [];
    const onEvent = async (event: RunEvent) => {
      if ("trial" in event && event.trial.index === 0) events.push(event.kind);
      if (event.kind !== "started" || event.trial.index !== 0) return;
      await store.sweep(Date.now() + 1e9, () => false, 3);
      await store.claim("elsewhere:1:x", Date.now(), Date.now() + 1e9);
      await store.finish(0, "elsewhere:1:x", 1, { status: "done", columns: { loss: 42 }, epochs: [], wallMs: 1 });
    };
    await run({ workers: 1, onEvent });
    expect(events.filter((kind) => kind !== "progress")).toEqual(["started", "dropped"]);
    expect((await records())[0].result?.columns).toEqual({ loss: 42 });
    await store.close();
  });

  test("a process of this machine that is gone is dead at once; one elsewhere or alive is not", () => {
    const self = newOwner();
    expect(isDeadOwner(`${hostname()}:4194305:x`, self)).toBe(true);
    expect(isDeadOwner(`${hostname()}:1:x`, self)).toBe(false);
    expect(isDeadOwner(`another-${hostname()}:4194305:x`, self)).toBe(false);
    expect(isDeadOwner(self, self)).toBe(false);
    expect(isDeadOwner(`${hostname()}:${process.pid}:before`, self)).toBe(true);
  });
});

describe("a store that fails", () => {
  test("a full database ends the run with one paragraph; finished trials are kept and the rest resumes", async () => {
    const { run, store, place, records } = await begin({ settings: { epochs: 400 }, seeds: 30 });
    // Stands in for a full disk: the connection may add no page. SQLite answers with the same SQLITE_FULL.
    const limited = await limitPages(place, 12);
    await expect(runTrials(limited, toyKind, { workers: 2 })).rejects.toThrow(
      /^[^\n]*study\.sqlite: the study's store cannot grow: the disk is full\. Free some space\. Results of finished trials are kept; when it is mended, continue with `gradientflow study resume`$/,
    );
    await expect(runTrials(limited, toyKind, { workers: 2 })).rejects.toThrow(EnvironmentError);
    await limited.close();
    const kept = (await records()).filter((record) => record.state === "done").length;
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(60);
    expect((await run()).counts).toMatchObject({ done: 60, failed: 0 });
    await store.close();
  });
});

/** A second connection that may grow the file by some pages only. */
async function limitPages(place: string, pages: number): Promise<Store> {
  const { DatabaseSync } = await import("node:sqlite");
  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function (text: string) {
    exec.call(this, text);
    const { page_count } = this.prepare("pragma page_count").get() as { page_count: number };
    exec.call(this, `pragma max_page_count = ${page_count + pages}`);
  };
  try {
    return await openStore(place);
  } finally {
    DatabaseSync.prototype.exec = exec;
  }
}

test("a run over an empty queue ends by itself, with the study's counts", async () => {
  const { run, store } = await begin({});
  await run();
  expect(await run()).toMatchObject({ counts: { done: 2, queued: 0 }, interrupted: false });
  await store.close();
});
