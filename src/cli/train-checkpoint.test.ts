/** `train --checkpoint` and `--resume` at the terminal: stopped trainings end with the file of those that never stopped. */

import type { ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../base/index.ts";
import { parseSafetensors, type WritableTensor, writeSafetensors } from "../data/index.ts";
import { loadCheckpoint } from "../train/index.ts";
import { run, runWith, temporaryFolder } from "./fixtures/run-command.ts";
import { type TrainOptions, train } from "./train.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

describe("2 epochs, then --resume to 4, leave the checkpoint of 4, byte by byte:", () => {
  test.each([
    [
      "dense-adam",
      ["data=digits", "dense_width=16", "batch_norm=true", "dropout=0.2", "optimizer=adam", "augmentation=true"],
    ],
    [
      "sparse-momentum",
      ["--kind", "sparse", "--seed", "3", "data=moons", "sparse_width=32", "dense_width=8", "unmasked=false"],
    ],
  ])("%s", async (name, words) => {
    const [whole, stopped] = [at(`${name}-whole`), at(`${name}-stopped`)];
    const [straight, first] = await Promise.all([
      run("train", ...words, "epochs=4", "--checkpoint", whole),
      run("train", ...words, "epochs=2", "--checkpoint", stopped),
    ]);
    expect([straight.code, first.code, first.stderr]).toEqual([0, 0, ""]);
    const second = await run("train", "--resume", stopped, "epochs=4");
    expect([second.code, second.stderr]).toEqual([0, ""]);
    expect(readFileSync(stopped).equals(readFileSync(whole))).toBe(true);
    // The rows and the end are those of the whole, times apart.
    const rows = (text: string) =>
      text
        .replaceAll(/, in [\d.]+ s/g, "")
        .split("\n")
        .slice(-6);
    expect(rows(second.stdout)).toEqual(rows(straight.stdout));
    expect(second.stdout).toContain("\ngoes on after 2 epochs\n");
  });
});

test.each(["rigl", "gmp", "snip", "lottery"])(
  "%s, its training refused where it is another one, goes on from its checkpoint to the bytes of one run",
  async (method) => {
    const [whole, stopped] = [at(`${method}-whole`), at(`${method}-stopped`)];
    const words = [`method=${method}`, "data=digits", "width=24", "density=0.2", "update_every=10", "batch_size=8"];
    expect((await run("train", ...words, "epochs=3", "--checkpoint", whole)).code).toBe(0);
    const stopAtEpoch1 = (child: ChildProcess) => {
      let text = "";
      child.stdout?.on("data", (piece) => {
        const before = /^ +1\/3 /m.test(text);
        text += piece;
        if (!before && /^ +1\/3 /m.test(text)) child.kill("SIGINT");
      });
    };
    const first = await runWith({ onStart: stopAtEpoch1 }, "train", ...words, "epochs=3", "--checkpoint", stopped);
    expect(first.code).toBe(130);
    const other = await run("train", "--resume", stopped, "density=0.3");
    expect([other.code, other.stderr]).toEqual([2, expect.stringMatching(/is a training with density=0\.2, not 0\.3/)]);
    const second = await run("train", "--resume", stopped);
    expect([second.code, second.stderr]).toEqual([0, ""]);
    expect(readFileSync(stopped).equals(readFileSync(whole))).toBe(true);
  },
);

test("Ctrl-C in the middle saves, says how to go on and exits with 130; gone on with, it ends as if never stopped", async () => {
  const words = ["train", "data=digits", "measure_every=1", "dense_width=16", "sparse_width=32", "batch_size=8"];
  const stopAtEpoch2 = (child: ChildProcess) => {
    let text = "";
    child.stdout?.on("data", (piece: string) => {
      if (text !== "done" && / 2\/500 /.test((text += piece))) {
        text = "done";
        child.kill("SIGINT");
      }
    });
  };
  const file = at("stopped");
  const stopped = await runWith({ onStart: stopAtEpoch2 }, ...words, "epochs=500", "--checkpoint", file);
  expect([stopped.code, stopped.stderr]).toEqual([
    130,
    `Stopped, and saved in ${file}. Go on with gradientflow train --resume ${file}\n`,
  ]);
  const { epoch, stepInEpoch } = (await loadCheckpoint(file)).position;
  expect(stopped.stdout).toMatch(/\nstopped after \d+ epochs( and \d+ steps?)?\n$/);
  const epochs = `epochs=${epoch + 1}`;
  const resumed = await run("train", "--resume", file, epochs, "--json");
  const events = resumed.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events.map(({ event }) => event)).toEqual(["begin", "epoch", "end"]);
  expect(events[0].resumed_at_step).toBe(epoch * 180 + stepInEpoch);
  await run(...words, epochs, "--checkpoint", at("unstopped"));
  expect(readFileSync(file).equals(readFileSync(at("unstopped")))).toBe(true);
});

describe("what is asked for is held against the checkpoint:", () => {
  const file = at("moons");
  const words = ["train", "data=moons", "dense_width=4", "sparse_width=8", "epochs=2"];
  beforeAll(async () => {
    await Promise.all([
      run(...words, "--checkpoint", file),
      run(...words, "schedule=cosine", "--checkpoint", at("cosine")),
    ]);
  }, 60_000);

  const refusals: [string, string[], TrainOptions, string][] = [
    [
      "other settings, by name and value",
      ["optimizer=adam", "epochs=9"],
      { resume: file, seed: 1 },
      `train: ${file} is a training with optimizer=momentum, not adam, --seed 0, not 1; leave that out to go on with it, or start another without --resume`,
    ],
    ["the other network", [], { resume: file, kind: "sparse" }, "is a training with --kind dense, not sparse;"],
    [
      "fewer epochs than are done",
      ["epochs=1"],
      { resume: file },
      `train: ${file} has done 2 epochs, which is more than epochs=1; ask for more epochs`,
    ],
    [
      "other epochs under a cosine, whose rates would be others from the start",
      ["epochs=4"],
      { resume: at("cosine") },
      "with epochs=2, not 4 (a cosine schedule falls to its end at the last epoch, so that the number of epochs is part",
    ],
    [
      "a checkpoint that is not there",
      [],
      { resume: at("none") },
      `${at("none")}: there is no such file; check the path`,
    ],
    [
      "to overwrite another training",
      [],
      { checkpoint: file },
      `there must be no such file yet, and there is; go on with it by --resume ${file}, or choose another name`,
    ],
    [
      "a folder that is not there",
      [],
      { checkpoint: at("none/run") },
      "its folder must be there, and is not; make it first",
    ],
  ];
  test.each(refusals)("refused: %s", async (_, overrides, options, message) => {
    const before = readFileSync(file);
    await expect(train(overrides, options)).rejects.toThrow(message);
    await expect(train(overrides, options)).rejects.toThrow(InputError);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("a checkpoint that another program has written is told from one of this command", async () => {
    const { metadata, tensors } = parseSafetensors(readFileSync(file), file);
    const texts = new Map([...metadata, ["notes", "null"], ["writtenBy", "script 1"]]);
    writeFileSync(at("other"), writeSafetensors(tensors as ReadonlyMap<string, WritableTensor>, texts));
    await expect(train([], { resume: at("other") })).rejects.toThrow(
      `${at("other")}: must be a checkpoint of gradientflow train, got one written by script 1 with other notes`,
    );
  });

  test("one whose epochs are all done is said to be, with its results, and stays as it is", async () => {
    const before = readFileSync(file);
    const done = await run("train", "--resume", file);
    expect([done.code, done.stderr]).toEqual([0, "all 2 epochs are done; epochs=N goes on to N\n"]);
    expect(done.stdout).toMatch(/\ntest accuracy /);
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});
