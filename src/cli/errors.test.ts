/** What is said when something is wrong, and with which exit code: one paragraph each, in a process of its own. */

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DivergedError, EnvironmentError, InputError, ShapeError } from "../base/index.ts";
import { errorText, exitCodeOf } from "./errors.ts";
import { run, runWith, temporaryFolder, tinyStudy, writeStudy } from "./fixtures/run-command.ts";
import { runStudy } from "./study-run.ts";

describe("exit codes", () => {
  test("2 for the user's mistake, 1 for the surroundings and for bugs, 0 for a divergence", () => {
    const at = { step: 3, layer: "layer1" };
    const errors = [new InputError("x"), new ShapeError("x"), new EnvironmentError("x"), new TypeError("x"), "x"];
    expect(errors.map(exitCodeOf)).toEqual([2, 2, 1, 1, 1]);
    expect(exitCodeOf(new DivergedError("x", at))).toBe(0);
  });

  test("a bug shows its stack and asks for a report; an error of the system does not", () => {
    expect(errorText(new TypeError("x is undefined"))).toMatch(
      /^internal error.*please report.*\nTypeError: x is undefined\n +at /s,
    );
    const full = Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC", syscall: "write", path: "/a" });
    expect(errorText(full)).toBe("/a: ENOSPC: no space left");
  });

  test("a message loses the name of the function that it opens with, and its line ends", () => {
    expect(errorText(new InputError("loadDataset: unknown data set\nknown: digits"))).toBe(
      "unknown data set known: digits",
    );
    expect(errorText(new InputError("x.yaml:3:1: unknown key"))).toBe("x.yaml:3:1: unknown key");
  });
});

/** [what, study file, further words, message]; each is found before anything is written. */
const mistakes: [string, string, string[], RegExp][] = [
  [
    "a misspelt setting",
    tinyStudy.replace("epochs", "epocs"),
    [],
    /tiny\.yaml:3:\d+: unknown setting of sc-sdc "epocs".*Did you mean epochs\?/,
  ],
  [
    "a misspelt key",
    tinyStudy.replace("seeds", "seed"),
    [],
    /tiny\.yaml:6:1: unknown key of a study file "seed".*Did you mean seeds\?/,
  ],
  [
    "a dense network wider than its sparse partner",
    tinyStudy.replace("dense_width: 4", "dense_width: 9"),
    [],
    /dense_width must not exceed sparse_width, got 9 and 8/,
  ],
  [
    "a negative learning rate",
    tinyStudy.replace("epochs: 1", "learning_rate: -0.1"),
    [],
    /tiny\.yaml:3:\d+: settings\.learning_rate must be a number > 0 or null.*got -0\.1/,
  ],
  [
    "a factor given twice",
    tinyStudy.replace("seeds", "  optimizer: [sgd]\nseeds"),
    [],
    /tiny\.yaml:6:3: the key "optimizer" is given twice/,
  ],
  [
    "a factor that is a setting too",
    tinyStudy.replace("epochs: 1", "optimizer: sgd"),
    [],
    /tiny\.yaml:3:\d+: optimizer is a factor too; take it out of settings/,
  ],
  [
    "ten million trials",
    tinyStudy,
    ["seeds=2500000"],
    /the study has 10,000,000 trials \(optimizer 2 × seeds 2,500,000 × 2 trials per cell\); the limit is 100,000\..*--max-trials 10000000/,
  ],
  [
    "an unknown optimizer",
    tinyStudy,
    ["optimizer=adma"],
    /override "optimizer=adma": .*must be one of sgd, momentum.*got "adma"\. Did you mean adam\?/,
  ],
  [
    "an unknown data set",
    tinyStudy,
    ["data=digit"],
    /unknown data set "digit"; known: digits, .*Did you mean digits\?/,
  ],
  ["an override without a value", tinyStudy, ["seeds="], /override "seeds=": has no value after the =/],
  ["a second file", tinyStudy, ["other.yaml"], /override "other\.yaml": must be key=value/],
];

describe("study run refuses, with exit code 2, one paragraph and nothing written,", () => {
  test.each(mistakes)("%s", async (_, text, words, message) => {
    const folder = temporaryFolder();
    const options = { out: join(folder, "out"), maxTrials: 100_000 };
    const error = await runStudy(writeStudy(folder, text), words, options).catch((thrown: unknown) => thrown);
    expect(errorText(error)).toMatch(message);
    expect([errorText(error).includes("\n"), exitCodeOf(error), existsSync(options.out)]).toEqual([false, 2, false]);
  });

  test.concurrent("and the process says and does the same", async () => {
    const folder = temporaryFolder();
    const file = writeStudy(folder, mistakes[0][1]);
    const { code, stdout, stderr } = await run("study", "run", file, "--out", join(folder, "out"));
    expect(stderr).toMatch(mistakes[0][3]);
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect([code, stdout, existsSync(join(folder, "out"))]).toEqual([2, "", false]);
  });

  test.concurrent("a data set that is not here, saying how to get it", async () => {
    const folder = temporaryFolder();
    const env = { GRADIENTFLOW_DATA: join(folder, "data"), XDG_CACHE_HOME: join(folder, "cache") };
    const words = [
      "study",
      "run",
      writeStudy(folder, tinyStudy),
      "--out",
      join(folder, "out"),
      "--no-fetch",
      "data=mnist",
    ];
    const { code, stderr } = await runWith({ env }, ...words);
    expect(stderr).toMatch(
      /^error: mnist: its files must be in one of .*\/data\/mnist.*Run "gradientflow data fetch mnist"\. By hand: put [^\n]+\n$/,
    );
    expect([code, existsSync(join(folder, "out"))]).toEqual([2, false]);
  });

  test.concurrent("a file that is not there", async () => {
    const { code, stderr } = await run("study", "run", "no/such.yaml");
    expect([code, stderr]).toEqual([2, "error: no/such.yaml: no such file; give the path of a study file\n"]);
  });
});

describe("the surroundings", () => {
  test.concurrent("a folder that may not be written ends a run with exit code 1 and says what to do", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "locked"), { mode: 0o555 });
    // Root may write anywhere, so it looks on as another user.
    const uid = process.getuid?.() === 0 ? 65534 : undefined;
    const file = new URL("../../studies/quickstart.yaml", import.meta.url).pathname;
    const { code, stderr } = await runWith(
      { uid, cwd: "/" },
      "study",
      "run",
      file,
      "seeds=1",
      "--out",
      join(folder, "locked", "x"),
    );
    expect(stderr).toMatch(
      /^error: .*locked\/x: cannot be written: no permission.*Choose another folder with --out[^\n]*\n$/,
    );
    expect(code).toBe(1);
  });

  test.concurrent("a file where the folder should be ends a run with exit code 1", async () => {
    const folder = temporaryFolder();
    const file = writeStudy(folder, tinyStudy);
    const { code, stderr } = await run("study", "run", file, "--out", join(file, "x"));
    expect(stderr).toMatch(/^error: .*tiny\.yaml\/x: a file stands where a folder is needed/);
    expect(code).toBe(1);
  });
});

describe("words that are no command line", () => {
  const usage: [string[], string][] = [
    [["studdy"], "unknown command 'studdy'. Did you mean study? See gradientflow --help"],
    [["study", "rum"], "unknown command 'rum'. Did you mean run? See gradientflow study --help"],
    [["study", "run"], "missing required argument 'file'. See gradientflow study run --help"],
    [["train", "--epochs", "3"], "unknown option '--epochs'. Settings are written without dashes: epochs=VALUE"],
    [["doctor", "--jsno"], "unknown option '--jsno'. Did you mean --json? See gradientflow doctor --help"],
    [["study", "status", "x", "--workers", "2"], "unknown option '--workers'. See gradientflow study status --help"],
    [
      ["study", "run", "x.yaml", "--workers", "0"],
      "option '-w, --workers <n>' argument '0' is invalid. It must be an integer from 1 to 1024. See gradientflow study run --help",
    ],
  ];

  test.concurrent.each(usage)("%j", async (words, message) => {
    expect(await run(...words)).toEqual({ code: 2, stdout: "", stderr: `error: ${message}\n` });
  });

  test.concurrent("a group without a command shows its help, with exit code 2", async () => {
    const { code, stderr } = await run("study");
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Usage: gradientflow study .*Commands:\n {2}run /s);
  });

  test.concurrent("--help and --version answer on standard output with exit code 0", async () => {
    const [help, version] = await Promise.all([run("study", "run", "--help"), run("--version")]);
    expect([help.code, version.code, help.stderr, version.stderr]).toEqual([0, 0, "", ""]);
    expect(help.stdout).toContain("--workers");
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
