/**
 * A study of every method of sparse training gives the same bytes with one worker and with two that are killed on the way and
 * taken up again: whole processes, as in reproducibility.test.ts.
 */

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { methodNames } from "../src/studies/index.ts";

const program = fileURLToPath(new URL("./fixtures/run-study.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "gradientflow-sparse-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const study = join(folder, "study.yaml");
writeFileSync(
  study,
  `study: sparse-training
name: every-method
settings:
  data: digits
  train_examples: 450
  width: 40
  density: 0.15
  epochs: 3
  batch_size: 100 # a last batch of 50
  update_every: 3
  dropout: 0.2
  measure_examples: 90
  prune_rounds: 5
factors:
  method: [${methodNames.join(", ")}]
  optimizer: [momentum, adam]
seeds: 1
`,
);

/** Runs the study, killed (-9) after so many trials where that is given. @returns the exit code */
function run(out: string, workers: number, killAfter = Number.POSITIVE_INFINITY): Promise<number | null> {
  const child = spawn(process.execPath, [program, study, out, String(workers)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (data) => {
    output += data;
    if (output.split("finished\n").length - 1 >= killAfter) child.kill("SIGKILL");
  });
  return new Promise((resolve) => child.once("close", resolve));
}

const exported = (out: string) => ({
  trials: readFileSync(join(out, "trials.csv"), "utf8").replace(/,[^,\n]*\n/g, "\n"),
  epochs: readFileSync(join(out, "epochs.csv"), "utf8"),
});

test("every method by momentum and Adam: one worker, and two killed after 9 trials and resumed, leave the same bytes", async () => {
  const [one, two] = [join(folder, "one"), join(folder, "two")];
  mkdirSync(one);
  mkdirSync(two);
  expect(await run(one, 1)).toBe(0);
  expect(await run(two, 2, 9)).toBeNull();
  expect(await run(two, 2)).toBe(0);
  expect(exported(two)).toEqual(exported(one));
  const [header, ...rows] = exported(one).trials.trimEnd().split("\n");
  expect(rows).toHaveLength(2 * methodNames.length);
  expect(rows.every((row) => row.endsWith(",done"))).toBe(true);
  const accuracy = header.split(",").indexOf("test_loss");
  expect(new Set(rows.map((row) => row.split(",")[accuracy])).size).toBe(rows.length);
});
