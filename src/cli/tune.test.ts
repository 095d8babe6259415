/** `tune` as it is typed: rounds are shown and kept, Ctrl-C loses none, and what it writes is a train file. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { designStudy } from "../experiment/index.ts";
import { searchNames, type TuningSettings } from "../studies/index.ts";
import { tuneCommand } from "./commands/tune.ts";
import { run, runWith, temporaryFolder, tinyStudy, writeStudy } from "./fixtures/run-command.ts";
import { type TuneOptions, tune } from "./tune.ts";
import { tuneStudy } from "./tune-study.ts";

const small = ["hidden_layers=1", "dense_width=8", "epochs=2"];

describe("tune", () => {
  test("shows two lines per round, and its train file trains to the test accuracy that it told", async () => {
    const out = join(temporaryFolder(), "search");
    const words = ["tune", ...small, "--rates", "2", "--rounds", "3", "--surface", "3", "--out", out];
    const { code, stdout, stderr } = await run(...words);
    expect([code, stderr]).toEqual([0, "writing the report ...\n"]);
    expect(stdout).toMatch(
      /^forward {2}3 rounds of 20 steps for 2 learning rates, 1 momentum, 1 weight decay; forward mode/,
    );
    const rows = [...stdout.matchAll(/^ +(\d)\/3 +[\d.]+ +[\d.]+ % {2}(.*)\n +step {2}(.*)$/gm)];
    expect(rows.map(([, round]) => round)).toEqual(["1", "2", "3"]);
    expect(rows[0][2].split(/ +/)).toEqual(["0↑", "0↑", "0·", "0·"]);
    expect(rows[0][3].split(/ +/)).toEqual(["0.050", "0.050", "0.200", "4e-4"]);
    const told = /trained on everything ([\d.]+ %)/.exec(stdout)?.[1];
    const file = join(out, "schedules", "forward-seed-0.yaml");
    expect(stdout).toContain(`gradientflow train --config ${file}`);
    expect((await run("train", "--config", file)).stdout).toContain(`test accuracy ${told}`);
    // The report has its figures, the surface among them, and the search keeps nothing that is done.
    expect(readdirSync(join(out, "report", "figures")).filter((name) => name.endsWith(".svg"))).toEqual([
      "progress.svg",
      "schedules.svg",
      "signs.svg",
      "surface.svg",
    ]);
    expect(readdirSync(join(out, "rounds"))).toEqual([]);
    const status = await run("study", "status", out, "--json");
    expect(JSON.parse(status.stdout)).toMatchObject({ counts: { done: 1 } });
  });

  test("stopped with Ctrl-C and gone on with, it ends with the tables of one that never was; a file's cell is tuned in its place", async () => {
    const folder = temporaryFolder();
    const file = writeStudy(
      folder,
      tinyStudy.replace("optimizer: [sgd, adam]", "optimizer: [momentum, adam]").replace("moons", "digits"),
    );
    const words = [
      "tune",
      file,
      "optimizer=momentum",
      "--search",
      "forward,random",
      "search_steps=100",
      "--rounds",
      "20",
      "seeds=1",
    ];
    const [one, other] = [join(folder, "one"), join(folder, "other")];
    expect((await run(...words, "--out", one)).code).toBe(0);
    const stopped = await runWith(
      {
        onStart: (child) => {
          let text = "";
          child.stdout?.on("data", (piece: string) => {
            text += piece;
            // Once: a third signal ends the process where it stands.
            if (/ 3\/20 /.test(text) && !child.killed) child.kill("SIGINT");
          });
        },
      },
      ...words,
      "--out",
      other,
    );
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toBe(
      `Stopped; every round that was done is kept. Go on with gradientflow tune --resume ${other}\n`,
    );
    expect(existsSync(join(other, "trials.csv"))).toBe(false);
    const resumed = await run("tune", "--resume", other);
    expect(resumed.code).toBe(0);
    // How many, depends on when the signal is heard.
    const kept = Number(/goes on after (\d+) trainings/.exec(resumed.stdout)?.[1]);
    expect(kept).toBeGreaterThanOrEqual(3);
    const table = (of: string, name: string) => readFileSync(join(of, name), "utf8").replace(/,\d+$/gm, "");
    for (const name of ["trials.csv", "epochs.csv"]) expect(table(other, name)).toBe(table(one, name));
    expect(table(one, "trials.csv").split("\n")).toHaveLength(4);
  });

  test("--json tells of the plan, of each round and of the end, a line each", async () => {
    const out = join(temporaryFolder(), "search");
    const { stdout } = await run("tune", "data=moons", ...small, "--rounds", "2", "--json", "--out", out);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ event }) => event)).toEqual(["begin", "round", "round", "end", "summary"]);
    expect(lines[0]).toMatchObject({ search: "forward", network: "dense", trainings: 2, mode: "forward" });
    expect(lines[1]).toMatchObject({
      learning_rates: [0, 0, 0, 0, 0],
      signs: { momenta: [0] },
      step_sizes: { momenta: [0.2] },
    });
    expect(lines[3]).toMatchObject({ status: "done", trainings: 2, cost: lines[0].cost });
  });

  test("the command's searches are those there are", () => {
    const option = tuneCommand().options.find(({ long }) => long === "--search");
    expect(option?.description).toContain(searchNames.join(", "));
    expect(option?.parseArg?.("cosine, forward", undefined)).toEqual(["cosine", "forward"]);
    expect(() => option?.parseArg?.("forward,forward", undefined)).toThrow(
      "Searches are forward, random, halving, cosine, given",
    );
  });

  test.each<[string, readonly string[], TuneOptions, RegExp]>([
    ["a folder without a search", [], { resume: "runs/none" }, /runs\/none holds no search to go on with/],
    ["settings beside --resume", ["epochs=2"], { resume: "x" }, /takes no file and no settings, got epochs=2/],
    [
      "a study of several cells",
      ["studies/quickstart.yaml"],
      {},
      /crosses dense_width \(5 levels\), .*; choose one of each, as in dense_width=26, or tune every cell with --each/,
    ],
    [
      "a method that changes its mask",
      ["studies/evci-2022/lenet-5-mnist.yaml"],
      {},
      /masks stay: .*take method=static, or method=dense/,
    ],
  ])("%s is refused", async (_, words, options, message) => {
    await expect(tune(words, options)).rejects.toThrow(message);
  });

  test("of a study of static masks the width, density and allocation are taken over, and every cell with --each", () => {
    const text =
      "study: sparse-training\nsettings: { method: static, density: 0.05, width: 32, keep_dense: last }\nfactors: { gain: [1, 2] }\n";
    const file = writeStudy(temporaryFolder(), text);
    const { trials } = designStudy(tuneStudy([file, "epochs=3"], { each: true, rates: 7 }));
    expect(trials.map(({ payload }) => (payload as TuningSettings).gain)).toEqual([1, 2]);
    const taken = {
      network: "static",
      sparse_width: 32,
      density: 0.05,
      keep_dense: "last",
      epochs: 3,
      learned_rates: 7,
    };
    expect(trials[0].payload).toMatchObject(taken);
  });

  test.each<[string, string[], RegExp]>([
    [
      "an optimizer without momentum's rule",
      ["optimizer=adam"],
      /^error: tune: schedules are searched for SGD with momentum: .* got adam\n$/,
    ],
    ["more windows than steps", ["epochs=1", "--rates", "50"], /got 50 windows of 10 steps; take fewer windows/],
  ])("%s is a mistake, told before anything is written", async (_, words, message) => {
    const { code, stdout, stderr } = await run("tune", ...words);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
  });
});
