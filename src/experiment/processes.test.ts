/** What only whole processes can show: being killed, sharing a store, signals, disks that refuse. */

import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Rng } from "../base/index.ts";
import { findPostgres, startPostgres } from "./fixtures/postgres.ts";
import { studyStatus } from "./status.ts";
import { openStore } from "./store/index.ts";

const program = fileURLToPath(new URL("./fixtures/toy-main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "gradientflow-processes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
// Other users of the machine are let in: the tests of permissions run as one of them.
chmodSync(folder, 0o755);

const study = join(folder, "study.json");
const slowly = join(folder, "slowly.json");
for (const [file, sleep_ms] of [
  [study, 4],
  [slowly, 25],
] as const) {
  const factors = { width: [4, 8], optimizer: ["sgd", "adam"] };
  const settings = { sleep_ms, epochs: 3 };
  writeFileSync(file, JSON.stringify({ study: "toy", settings, factors, seeds: 6, order: "shuffled" }));
}

let made = 0;
const freshFolder = () => {
  const path = join(folder, `out-${made++}`);
  mkdirSync(path);
  return path;
};

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Starts the toy program. `seen` resolves when its output has a word so many times. */
function start(words: string[], options: SpawnOptions = {}) {
  const child: ChildProcess = spawn(process.execPath, [program, ...words], {
    ...options,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stderr?.on("data", (data) => (errors += data));
  const waiting: { word: string; times: number; resolve: () => void }[] = [];
  child.stdout?.on("data", (data) => {
    output += data;
    for (const { word, times, resolve } of waiting) if (output.split(`${word}\n`).length > times) resolve();
  });
  const ended = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, output, errors })));
  const seen = (word: string, times = 1) =>
    Promise.race([new Promise<void>((resolve) => waiting.push({ word, times, resolve })), ended]);
  return { child, ended, seen };
}

const exported = (out: string) => ({
  trials: readFileSync(join(out, "trials.csv"), "utf8").replace(/,[^,\n]*\n/g, "\n"),
  epochs: readFileSync(join(out, "epochs.csv"), "utf8"),
});

let uninterrupted: { trials: string; epochs: string };
beforeAll(async () => {
  const out = freshFolder();
  expect(await start([out, out, study, "2"]).ended).toMatchObject({ code: 0, errors: "" });
  uninterrupted = exported(out);
});

const postgres = findPostgres();
let server: { address: string; stop: () => Promise<void> } | undefined;
beforeAll(async () => {
  if ("bin" in postgres) server = await startPostgres(postgres.bin);
});
afterAll(async () => server?.stop());

const engines = [
  { engine: "SQLite", skip: undefined, place: (out: string) => out },
  {
    engine: "PostgreSQL",
    skip: "missing" in postgres ? postgres.missing : undefined,
    place: () => `${server?.address}?schema=processes_${made++}`,
  },
];

describe.for(engines)("$engine", ({ skip, place: placeOf }) => {
  test("killed (-9) again and again at random moments and resumed, it ends with the bytes of an uninterrupted run", async (context) => {
    if (skip !== undefined) context.skip(skip);
    const out = freshFolder();
    const place = placeOf(out);
    const rng = new Rng(2026, "test");
    let kills = 0;
    for (let attempt = 0; ; attempt++) {
      expect(attempt).toBeLessThan(60);
      const { child, ended, seen } = start([place, out, study, "2"]);
      // The first kills fall anywhere, opening the store included; later ones after some trials, so that the end is reached.
      if (attempt < 4) await setTimeout(50 + rng.integer(350));
      else {
        await seen("finished", 1 + rng.integer(8));
        await setTimeout(rng.integer(20));
      }
      child.kill("SIGKILL");
      const { code } = await ended;
      if (code === 0) break;
      kills++;
    }
    expect(kills).toBeGreaterThan(4);
    expect(exported(out)).toEqual(uninterrupted);
  }, 180_000);

  test("two processes share one store: each runs some trials, none twice, and both export the same bytes", async (context) => {
    if (skip !== undefined) context.skip(skip);
    const [out, other] = [freshFolder(), freshFolder()];
    const place = placeOf(out);
    // Slow enough for the second to find work left; how long a trial sleeps is in no column.
    const first = start([place, out, slowly, "1"]);
    await first.seen("begin");
    const ends = await Promise.all([first.ended, start([place, other, slowly, "1"]).ended]);
    const ran = ends.map(({ output }) => output.split("finished\n").length - 1);
    expect(ends.map(({ code, errors }) => [code, errors])).toEqual([
      [0, ""],
      [0, ""],
    ]);
    expect(ran[0] + ran[1]).toBe(48);
    expect(Math.min(...ran)).toBeGreaterThan(0);
    expect(exported(out)).toEqual(uninterrupted);
    expect(exported(other)).toEqual(uninterrupted);
  });
});

test("a script given to node on the command line can run a study: workers do not inherit its --input-type", () => {
  const at = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const place = JSON.stringify(freshFolder());
  const script = `const lab = await import(${at("./index.ts")});
    const { toyKind } = await import(${at("./fixtures/toy-kind.ts")});
    const design = lab.designStudy(lab.parseStudy('{"study":"toy","seeds":2}', "study.json", [toyKind]));
    const store = await lab.openStore(${place});
    await lab.beginStudy(store, design, lab.gatherProvenance({ version: "test" }));
    const { counts } = await lab.runTrials(store, toyKind, { workers: 1 });
    console.log(counts.done, counts.failed);
    await store.close();`;
  const options = { encoding: "utf8" as const, timeout: 30_000 };
  expect(execFileSync(process.execPath, ["--input-type=module", "-e", script], options)).toMatch(/^[1-9]\d* 0\n$/);
});

describe("signals", () => {
  const slow = join(folder, "slow.yaml");
  writeFileSync(slow, "study: toy\nsettings: { sleep_ms: 150, epochs: 2 }\nseeds: 4\n");

  test("SIGINT finishes the trial that runs, exports, and exits with 130; the store holds the rest in the queue", async () => {
    const out = freshFolder();
    const { child, ended, seen } = start([out, out, slow, "1"]);
    await seen("started");
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 130, errors: "" });
    const store = await openStore(out, { readOnly: true });
    expect(await store.counts(Date.now())).toMatchObject({ done: 1, queued: 7, running: 0, stale: 0 });
    await store.close();
    expect(readFileSync(join(out, "trials.csv"), "utf8").split("\n")).toHaveLength(10);
  });

  test("SIGTERM gives running trials back at once", async () => {
    const out = freshFolder();
    const endless = join(out, "endless.yaml");
    writeFileSync(endless, "study: toy\nsettings: { sleep_ms: 100000 }\n");
    const { child, ended, seen } = start([out, out, endless, "2"]);
    await seen("started", 2);
    child.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 130, errors: "" });
    const store = await openStore(out, { readOnly: true });
    expect(await store.counts(Date.now())).toMatchObject({ queued: 2, running: 0, stale: 0 });
    await store.close();
  });

  test("status looks on from another process while it runs", async () => {
    const out = freshFolder();
    const { child, ended, seen } = start([out, out, slow, "2"]);
    await seen("finished", 2);
    const store = await openStore(out, { readOnly: true });
    const status = await studyStatus(store);
    await store.close();
    child.kill("SIGKILL");
    await ended;
    expect(status.total).toBe(8);
    expect(status.counts.done).toBeGreaterThanOrEqual(2);
    expect(status.counts.done + status.counts.running + status.counts.queued).toBe(8);
  });
});

/** How to run as someone who may not write: as root, by another user; else by permissions alone. */
const asOther: SpawnOptions =
  process.getuid?.() === 0 ? { uid: 65534, gid: 65534, env: { ...process.env, HOME: "/nonexistent" } } : {};

describe("disks that refuse", () => {
  test("a folder that may not be written: one paragraph, exit 1, nothing made", async () => {
    const out = freshFolder();
    chmodSync(out, 0o555);
    const { code, errors } = await start([out, out, study], asOther).ended;
    expect(errors).toBe(
      `${out}/study.sqlite: the study's store cannot be opened: the folder is not there or may not be written. Choose another folder with --out, or change its permissions\n`,
    );
    expect(code).toBe(1);
    expect(existsSync(join(out, "study.sqlite"))).toBe(false);
  });

  test("a folder in one that may not be written", async () => {
    const out = freshFolder();
    chmodSync(out, 0o555);
    const { code, errors } = await start([join(out, "deeper"), out, study], asOther).ended;
    expect(errors).toMatch(
      /\/deeper: cannot be written: no permission, or the disk is read-only\. Choose another folder/,
    );
    expect(code).toBe(1);
  });

  test("a finished study in a read-only folder can still be read", async (context) => {
    if (asOther.uid === undefined) context.skip("needs root, to look on as another user");
    const out = freshFolder();
    await start([out, out, study, "2"]).ended;
    chmodSync(out, 0o555);
    const url = new URL("./index.ts", import.meta.url).href;
    const script = `const { openStore } = await import(${JSON.stringify(url)});
      const store = await openStore(${JSON.stringify(out)}, { readOnly: true });
      console.log((await store.counts(0)).done);`;
    const options = { uid: asOther.uid, gid: asOther.gid, encoding: "utf8" as const };
    expect(execFileSync(process.execPath, ["--input-type=module", "-e", script], options)).toBe("48\n");
  });

  test("a disk that is full: one paragraph, exit 1; with space again it ends with the same bytes", async (context) => {
    const disk = freshFolder();
    const size = "512k";
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=755`, "tmpfs", disk], { stdio: "ignore" });
    } catch {
      context.skip("needs the right to mount a small disk");
    }
    try {
      const long = join(folder, "long.yaml");
      writeFileSync(long, "study: toy\nsettings: { epochs: 300 }\nseeds: 40\n");
      const { code, errors } = await start([disk, disk, long, "2"]).ended;
      expect(errors).toMatch(
        /^[^\n]*(the disk is full|disk reports an error)[^\n]*Results of finished trials are kept; when it is mended, continue with `gradientflow study resume`\n$/,
      );
      expect(code).toBe(1);
      execFileSync("mount", ["-o", "remount,size=16m", disk]);
      expect(await start([disk, disk, long, "2"]).ended).toMatchObject({ code: 0, errors: "" });
      const out = freshFolder();
      await start([out, out, long, "2"]).ended;
      expect(exported(disk)).toEqual(exported(out));
    } finally {
      execFileSync("umount", [disk]);
    }
  });

  test("a disk that fills while the study is being written down: the same paragraph, and no study left behind", async (context) => {
    const disk = freshFolder();
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=300k,mode=755", "tmpfs", disk], { stdio: "ignore" });
    } catch {
      context.skip("needs the right to mount a small disk");
    }
    try {
      const large = join(folder, "large.yaml");
      writeFileSync(large, "study: toy\nseeds: 5000\n");
      const { code, errors } = await start([disk, disk, large, "2"]).ended;
      expect(errors).toMatch(
        /^[^\n]*study\.sqlite: the study's store cannot grow: the disk is full\. Free some space\.[^\n]*\n$/,
      );
      expect(code).toBe(1);
    } finally {
      execFileSync("umount", [disk]);
    }
  });

  test("exports onto a full disk leave the old ones as they were", async (context) => {
    const disk = freshFolder();
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=8k,mode=755", "tmpfs", disk], { stdio: "ignore" });
    } catch {
      context.skip("needs the right to mount a small disk");
    }
    try {
      writeFileSync(join(disk, "trials.csv"), "old\n");
      const place = freshFolder();
      const { code, errors } = await start([place, disk, study, "2"]).ended;
      expect(errors).toMatch(/trials\.csv: cannot be written: the disk is full\. Results of finished trials are kept/);
      expect(code).toBe(1);
      expect(readFileSync(join(disk, "trials.csv"), "utf8")).toBe("old\n");
      expect(execFileSync("ls", [disk], { encoding: "utf8" })).toBe("trials.csv\n");
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});
