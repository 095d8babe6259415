/**
 * The same study gives the same bytes: with one worker or two, with V8's 256-bit pass or without, killed and resumed. Whole
 * processes on real networks; what is compared is trials.csv but for its last column, the wall times, and epochs.csv.
 */

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Rng } from "../src/base/index.ts";

const program = fileURLToPath(new URL("./fixtures/run-study.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "gradientflow-reproducibility-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const study = join(folder, "study.yaml");
writeFileSync(
  study,
  `study: sc-sdc
name: reproducibility
settings:
  data: digits
  train_examples: 450
  sparse_width: 72
  epochs: 3
  batch_size: 100 # no multiple of 16, and a last batch of 50
  measure_examples: 90
factors:
  dense_width: [9, 40]
  batch_norm: [false, true]
  optimizer: [momentum, adam]
seeds: 2
order: shuffled
`,
);

let made = 0;
function freshFolder(): string {
  const path = join(folder, `out-${made++}`);
  mkdirSync(path);
  return path;
}

interface Run {
  readonly out: string;
  readonly workers: number;
  readonly environment?: Record<string, string>;
}

/** Starts a run. `finished(n)` resolves when n trials of this process are done, or it has ended. */
function start({ out, workers, environment = {} }: Run) {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, [program, study, out, String(workers)], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stderr.on("data", (data) => (errors += data));
  const ended = new Promise<{ code: number | null; output: string; errors: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, output, errors })),
  );
  const count = () => output.split("finished\n").length - 1;
  const finished = (trials: number) =>
    Promise.race([
      ended,
      new Promise<void>((resolve) =>
        child.stdout.on("data", () => {
          if (count() >= trials) resolve();
        }),
      ),
    ]);
  child.stdout.on("data", (data) => (output += data));
  return { child, ended, finished };
}

const exported = (out: string) => ({
  trials: readFileSync(join(out, "trials.csv"), "utf8").replace(/,[^,\n]*\n/g, "\n"),
  epochs: readFileSync(join(out, "epochs.csv"), "utf8"),
});

let expected: ReturnType<typeof exported>;
beforeAll(async () => {
  const out = freshFolder();
  expect(await start({ out, workers: 1 }).ended).toMatchObject({ code: 0, errors: "" });
  expected = exported(out);
});

test("one worker finishes all 32 trials, no two of them alike, with rows for 4 epochs of 1 + 3 layers each", () => {
  const [header, ...rows] = expected.trials.trimEnd().split("\n");
  expect(rows).toHaveLength(32);
  expect(rows.every((row) => row.endsWith(",done"))).toBe(true);
  const loss = header.split(",").indexOf("test_loss");
  expect(new Set(rows.map((row) => row.split(",")[loss])).size).toBe(32);
  expect(expected.epochs.trimEnd().split("\n")).toHaveLength(1 + 32 * 4 * 4);
});

test("two workers: the same bytes", async () => {
  const out = freshFolder();
  expect(await start({ out, workers: 2 }).ended).toMatchObject({ code: 0, errors: "" });
  expect(exported(out)).toEqual(expected);
});

test("GRADIENTFLOW_REVECTORIZE=off: 128-bit code, the same bytes", async () => {
  const out = freshFolder();
  const { code, output, errors } = await start({ out, workers: 2, environment: { GRADIENTFLOW_REVECTORIZE: "off" } })
    .ended;
  expect({ code, errors, first: output.split("\n")[0] }).toEqual({ code: 0, errors: "", first: "revectorized false" });
  expect(exported(out)).toEqual(expected);
});

test("killed (-9) at three random moments between and within trials, and resumed: the same bytes", async () => {
  const out = freshFolder();
  const rng = new Rng(2027, "test");
  for (let kill = 0; kill < 3; kill++) {
    const { child, ended, finished } = start({ out, workers: 2 });
    await finished(1 + rng.integer(6));
    await setTimeout(rng.integer(30));
    child.kill("SIGKILL");
    // Null: it did not come to its end.
    expect((await ended).code).toBeNull();
  }
  expect(await start({ out, workers: 2 }).ended).toMatchObject({ code: 0, errors: "" });
  expect(exported(out)).toEqual(expected);
});
