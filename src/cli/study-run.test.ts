/** A study's life at the terminal: run, looked at, stopped, resumed, retried, reported, exported. */

import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { beginStudy, designStudy, openStore, parseStudy } from "../experiment/index.ts";
import { studyDataHash, studyKinds } from "../studies/index.ts";
import { type Outcome, run, runWith, temporaryFolder, tinyStudy, writeStudy } from "./fixtures/run-command.ts";
import { defaultFolder } from "./study-run.ts";
import { provenance } from "./study-session.ts";

/** trials.csv without its last column, the wall time, the one number that may differ. */
function withoutTimes(folder: string): string {
  return readFileSync(join(folder, "trials.csv"), "utf8").replace(/,[^,\n]*$/gm, "");
}

describe("a tiny study of 8 trials", () => {
  const folder = temporaryFolder();
  const file = writeStudy(folder, tinyStudy);
  const out = join(folder, "out");
  let first: Outcome;
  beforeAll(async () => {
    first = await run("study", "run", file, "--out", out, "--workers", "1");
  });

  test("leaves the store, the tables, the summary and the report, and says where they are", () => {
    expect([first.code, first.stdout.includes("One-sided p-values")]).toEqual([0, true]);
    expect(first.stdout).toContain(`report  ${join(out, "report", "index.html")}`);
    expect(first.stdout).toContain(pathToFileURL(join(out, "report", "index.html")).href);
    for (const name of ["study.sqlite", "trials.csv", "epochs.csv", "summary.json", "report/index.html"]) {
      expect(existsSync(join(out, name)), name).toBe(true);
    }
    expect(readFileSync(join(out, "trials.csv"), "utf8").split("\n")).toHaveLength(10);
  });

  test("in a pipe the answer is on standard output and plain progress lines are on standard error, neither with escapes", () => {
    expect(first.stderr).toMatch(
      /^tiny: 8 trials, kept in .*\ntiny {2}0\/8\n(.*\n)*tiny {2}8\/8.*\nwriting the report \.\.\.\n/,
    );
    expect(first.stdout + first.stderr).not.toContain("\x1b");
  });

  test("run again it is found done, and run with another setting it is refused and left as it was", async () => {
    const before = readFileSync(join(out, "trials.csv"), "utf8");
    const again = await run("study", "run", file, "--out", out);
    expect([again.code, again.stderr]).toEqual([
      0,
      `${out} holds this study already, with 8 trials: all of them are done, so only the report is written\nwriting the report ...\n`,
    ]);
    const other = await run("study", "run", file, "--out", out, "epochs=2");
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(
      /holds another study \(settings\.epochs: 1 in the store, 2 asked for\); choose another folder/,
    );
    expect(readFileSync(join(out, "trials.csv"), "utf8")).toBe(before);
  });

  test("gives the same trials.csv but for wall times with 2 workers and without the 256-bit pass", async () => {
    const other = join(folder, "other");
    const words = ["study", "run", file, "--out", other, "--workers", "2", "--no-revectorize", "--quiet"];
    expect(await run(...words)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(withoutTimes(other)).toBe(withoutTimes(out));
  });

  test("status counts its trials, as text and as JSON", async () => {
    const [text, json] = await Promise.all([run("study", "status", out), run("study", "status", out, "--json")]);
    expect(text.stdout).toMatch(/^tiny \(sc-sdc\)\n {2}trials {2}8 of 8 ended: 8 done\n/);
    expect(JSON.parse(json.stdout)).toMatchObject({ name: "tiny", total: 8, counts: { done: 8, queued: 0 } });
  });

  test("export writes what run wrote, prints it with --out -, and refuses a format that there is not", async () => {
    const trials = readFileSync(join(out, "trials.csv"), "utf8");
    const other = join(folder, "exported", "deeper");
    const [printed, json, wrong] = await Promise.all([
      run("study", "export", out, "--out", "-"),
      run("study", "export", out, "--format", "json", "--out", other),
      run("study", "export", out, "--format", "xml"),
    ]);
    expect(printed).toEqual({ code: 0, stdout: trials, stderr: "" });
    expect(json.stdout).toBe(`${join(other, "trials.json")}\n`);
    expect(JSON.parse(readFileSync(join(other, "trials.json"), "utf8")).trials).toHaveLength(8);
    expect([wrong.code, wrong.stderr]).toEqual([2, 'error: --format: unknown format "xml"; known: csv, json\n']);
  });

  test("report writes it all again and prints the same tables; with --json, the summary", async () => {
    const [text, json] = await Promise.all([run("study", "report", out), run("study", "report", out, "--json")]);
    expect([text.code, text.stdout]).toEqual([0, first.stdout]);
    const { report, cells } = JSON.parse(json.stdout);
    expect(report).toBe(pathToFileURL(join(out, "report", "index.html")).href);
    expect(cells.map((cell: { n: number }) => cell.n)).toEqual([2, 2]);
  });

  test("retry has nothing to do and says so", async () => {
    const { code, stderr } = await run("study", "retry", out);
    expect([code, stderr]).toEqual([0, "no trial failed, so none is run again\n"]);
  });

  test("resume of a folder without a study is refused and leaves no folder behind", async () => {
    const nowhere = join(folder, "nowhere");
    const { code, stderr } = await run("study", "resume", nowhere);
    expect(stderr).toMatch(
      /^error: .*nowhere: no study here \(no study\.sqlite\); start one with gradientflow study run/,
    );
    expect([code, existsSync(nowhere)]).toEqual([2, false]);
  });
});

describe("what is not done", () => {
  const slow = tinyStudy.replace("epochs: 1", "epochs: 120");

  test("Ctrl-C finishes the running trials, writes what there is and exits with 130; resumed, it ends as if never stopped", async () => {
    const folder = temporaryFolder();
    const file = writeStudy(folder, slow);
    const out = join(folder, "out");
    // When the first result is in, some trials are done and most are not.
    const words = ["study", "run", file, "--out", out, "--workers", "1", "--json"];
    const stopped = await runWith({ onStart: (child) => interruptAtFirstResult(child, 1) }, ...words);
    expect(stopped.stderr).toMatch(
      /Stopped\. \d of 8 trials are done and kept\. Go on with gradientflow study resume .*out\n$/,
    );
    expect([stopped.code, existsSync(join(out, "report", "index.html"))]).toEqual([130, true]);
    const events = stopped.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.map(({ event }) => event)).toContain("stopping");
    expect(events.at(-1)).toMatchObject({ event: "summary", counts: { running: 0, failed: 0 } });

    const whole = join(folder, "whole");
    const [resumed, run8] = await Promise.all([
      run("study", "resume", out, "--quiet"),
      run("study", "run", file, "--out", whole, "--quiet"),
    ]);
    expect([resumed, run8].map(({ code, stdout }) => [code, stdout])).toEqual(Array(2).fill([0, ""]));
    expect(withoutTimes(out)).toBe(withoutTimes(whole));
  });

  test("Ctrl-C twice stops at once, exits with 130 and loses only the trials that ran", async () => {
    const folder = temporaryFolder();
    const out = join(folder, "out");
    const words = ["study", "run", writeStudy(folder, slow), "--out", out, "--workers", "1", "--json", "epochs=2000"];
    const { code, stderr } = await runWith({ onStart: (child) => interruptAtFirstResult(child, 2) }, ...words);
    expect(stderr).toMatch(
      /^Stopped at once: trials that were running will run again\. 1 of 8 trials are done and kept\./,
    );
    const { stdout } = await run("study", "status", out);
    expect([code, stdout]).toEqual([130, expect.stringMatching(/1 of 8 ended: 1 done, 7 queued/)]);
  });

  test("a failed trial makes resume exit with 1 and name the reason; retry runs it and exits with 0", async () => {
    const folder = temporaryFolder();
    const out = join(folder, "out");
    await studyWithFailure(out);
    const resumed = await run("study", "resume", out);
    expect(resumed.code).toBe(1);
    expect(resumed.stderr).toContain(
      "1 trial failed: the lights went out (1x). Run them again with gradientflow study retry",
    );
    const status = await run("study", "status", out);
    expect(status.stdout).toMatch(
      /7 done, 1 failed.*next +gradientflow study retry .*failed\n {2}trial 0: the lights went out/s,
    );
    const retried = await run("study", "retry", out);
    expect(retried.stderr).toContain("1 trial that failed will run again\n");
    expect(retried.code).toBe(0);
    expect(readFileSync(join(out, "trials.csv"), "utf8")).not.toContain("failed");
  });

  test("diverged trials are a result: exit code 0, a warning, a table", async () => {
    const folder = temporaryFolder();
    const file = writeStudy(folder, tinyStudy.replace("epochs: 1", "epochs: 1, learning_rate: 1.0e+30"));
    const { code, stdout, stderr } = await run("study", "run", file, "--out", join(folder, "out"), "optimizer=sgd");
    expect(code).toBe(0);
    expect(stderr).toContain("warning: 4 trials diverged, which is a result");
    expect(stdout).toContain("Trials that diverged");
  });
});

/** Presses Ctrl-C so many times when the first trial is done. */
function interruptAtFirstResult(child: ChildProcess, times: number): void {
  let left = times;
  child.stdout?.on("data", (text: string) => {
    // The second only after the first was heard, or the system would make one of them.
    if (left > 0 && (text.includes('"finished"') || (left < times && text.includes('"stopping"')))) {
      left--;
      child.kill("SIGINT");
    }
  });
}

/** A store whose first trial has failed, the others waiting. */
async function studyWithFailure(folder: string): Promise<void> {
  const design = designStudy(parseStudy(tinyStudy, "tiny.yaml", studyKinds));
  const store = await openStore(folder);
  const dataHash = await studyDataHash(design);
  const { owner } = await beginStudy(store, design, provenance(dataHash));
  const now = Date.now();
  const claim = await store.claim(owner, now, now + 1e6);
  await store.fail(claim!.spec.index, owner, now, { name: "Error", message: "the lights went out" });
  await store.close();
}

test("a study's default folder is runs/NAME, with what no file system takes replaced", () => {
  expect(defaultFolder("quickstart")).toBe("runs/quickstart");
  expect(defaultFolder("my first: a/b")).toBe("runs/my-first-a-b");
  expect(defaultFolder("../..")).toBe("runs/study");
});
