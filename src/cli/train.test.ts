/** One network at the terminal: its epochs, its end, and settings that are checked as a study's are. */

import { describe, expect, test } from "vitest";
import { InputError } from "../base/index.ts";
import { scSdcSettings } from "../studies/index.ts";
import { run, temporaryFolder, tinyStudy, writeStudy } from "./fixtures/run-command.ts";
import { readSettings } from "./train.ts";

const one = { kind: "dense", seed: 0 } as const;

describe("train", () => {
  test("shows a row per epoch, the start included, and ends with the test accuracy of the last", async () => {
    const { code, stdout, stderr } = await run("train", "data=digits", "dense_width=16", "epochs=2");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^dense 64-16-16-10 {2}1,440 active weights, 1,482 parameters\n/);
    const rows = [...stdout.matchAll(/^ +(\d)\/2 .* ([\d.]+ %) +[\d.]+ +[\d.]+$/gm)];
    expect(rows.map(([, epoch]) => epoch)).toEqual(["0", "1", "2"]);
    expect(stdout).toContain(`test accuracy ${rows[2][2]}, test loss`);
  });

  test("the sparse network has the same number of active weights, and --json tells as much by lines", async () => {
    const words = ["train", "--kind", "sparse", "--json", "data=moons", "dense_width=4", "sparse_width=16", "epochs=1"];
    const lines = (await run(...words)).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ event }) => event)).toEqual(["begin", "epoch", "epoch", "end"]);
    // 2 x 4 + 4 x 4 + 4 x 2
    expect(lines[3]).toMatchObject({ status: "done", active_weights: 32, test_accuracy: lines[2].test_accuracy });
    expect(lines[0].settings).toEqual(
      scSdcSettings.parse({ data: "moons", dense_width: 4, sparse_width: 16, epochs: 1 }),
    );
  });

  test("divergence is a result: exit code 0, said with where it began and what may help", async () => {
    const { code, stdout, stderr } = await run("train", "data=moons", "learning_rate=1e30", "epochs=2");
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: the training diverged: .*layer\d.*\. A lower learning_rate.*may help\n$/);
    expect(stdout).toMatch(/\ndiverged after [\d.]+ s\n$/);
  });

  test("an optimizer that sets channels to zero tells how many are, epoch by epoch and layer by layer, and warns where none is", async () => {
    const words = ["train", "dense_width=16", "epochs=2"];
    const hesso = await run(...words, "optimizer=hesso", "target_sparsity=0.25");
    expect([hesso.code, hesso.stderr]).toEqual([0, ""]);
    const shares = [...hesso.stdout.matchAll(/^ +\d\/2 .* ([\d.]+) %$/gm)].map(([, share]) => share);
    expect(shares).toEqual(["0.00", "25.00", "25.00"]);
    expect(hesso.stdout).toMatch(/\nzero groups: 8 of 32 \(25\.00 %\): layer1 \d+\/16, layer2 \d+\/16\n/);
    const hspg = await run(...words, "optimizer=hspg", "--json");
    expect(JSON.parse(hspg.stdout.trim().split("\n")[4])).toMatchObject({
      event: "end",
      group_sparsity: 0,
      lambda: 1e-3,
    });
    expect((await run(...words, "optimizer=hspg")).stderr).toMatch(/^warning: none of 32 groups is zero, .* lambda/);
  });

  test("method=, or sparsity.method=, trains by a method of sparse training; --kind is refused", async () => {
    const { code, stdout } = await run("train", "sparsity.method=rigl", "density=0.1", "width=16", "epochs=1");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^rigl 64-16-16-10 {2}145 active weights of 1,440 \(10\.07 %\)\n/);
    expect(stdout).toMatch(/\nlayer1 +16 × 64 +\d+ +0\.\d{4} /);
    const gathered = await run("train", "sparsity=rigl");
    expect([gathered.code, gathered.stderr]).toEqual([
      2,
      expect.stringMatching(/give one of them, as in sparsity\.method=/),
    ]);
    const pair = await run("train", "method=rigl", "--kind", "sparse");
    expect([pair.code, pair.stderr]).toEqual([2, expect.stringMatching(/--kind chooses a network of a pair/)]);
  });

  test("--settings lists every setting with its value in force and its rule", async () => {
    const { stdout } = await run("train", "--settings", "epochs=7");
    for (const name of Object.keys(scSdcSettings.shape)) expect(stdout).toMatch(new RegExp(`^${name}=\\S`, "m"));
    expect(stdout).toMatch(/^epochs=7 +Passes over the training split: an integer ≥ 1/m);
  });
});

describe("the settings of train", () => {
  test("come from a study file, once every factor has one value", () => {
    const config = writeStudy(temporaryFolder(), tinyStudy);
    expect(readSettings(["optimizer=adam"], { ...one, config })).toMatchObject({
      data: "moons",
      sparse_width: 8,
      optimizer: "adam",
    });
    expect(() => readSettings([], { ...one, config })).toThrow(
      /^train: one network needs one value of every setting, but .*tiny\.yaml crosses optimizer \(2 levels\); choose one of each, as in optimizer=sgd$/,
    );
  });

  test("are refused in words that fit a single training", () => {
    const refusal = (...words: string[]) => {
      try {
        readSettings(words, one);
      } catch (error) {
        if (error instanceof InputError) return error.message;
      }
      return "accepted";
    };
    expect(refusal("dense_width=300")).toMatch(/^train: dense_width must not exceed sparse_width, got 300 and 256/);
    expect(refusal("epoch=3")).toMatch(/unknown factor or setting "epoch".*Did you mean epochs\?$/);
    expect(refusal("epochs=3,4")).toMatch(/got "3,4"\. One training takes one value of each setting$/);
    expect(refusal("seeds=3")).toBe(
      'train: expected settings, got "seeds=3", which belongs to studies; the seed is --seed N',
    );
    expect(refusal("learning_rate=-1")).toMatch(/settings\.learning_rate must be a number > 0 or null/);
  });
});
