/** `compress` at the terminal: the small network it writes, where it goes on, and what it refuses. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openEngine } from "../tensor/index.ts";
import { loadNetwork, loadNetworkValues } from "../train/index.ts";
import { compressPlan } from "./compress-settings.ts";
import { run, runWith, temporaryFolder, writeStudy } from "./fixtures/run-command.ts";

const folder = temporaryFolder();
const words = ["data=digits", "width=32", "epochs=4", "learning_rate=0.1"];

interface Line {
  readonly event: string;
  readonly part: string;
  readonly epoch: number;
  readonly epochs: number;
  readonly full: { readonly test_accuracy: number; readonly macs: number };
  readonly targets: readonly { readonly macs: number; readonly test_accuracy: number; readonly file: string }[];
}
const linesOf = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

test("two targets are two small networks, which open, cost what is said, and stand in the report", async () => {
  const out = join(folder, "two");
  const { code, stdout, stderr } = await run("compress", ...words, "--targets", "0.5,0.25", "--out", out, "--json");
  expect([code, stderr]).toEqual([0, ""]);
  const lines = linesOf(stdout);
  const end = lines.at(-1) ?? expect.fail("no end");
  expect(lines[0]).toMatchObject({ event: "begin", epochs: 2 + 2 + 2 * 2, macs: 64 * 32 + 32 * 32 + 320 });
  expect(end.targets.map(({ macs }) => macs / end.full.macs <= 0.5)).toEqual([true, true]);
  expect(end.targets[1].macs / end.full.macs).toBeLessThanOrEqual(0.25);
  const engine = await openEngine();
  const { network, metadata } = await loadNetwork(engine, join(out, "small-0.25.safetensors"));
  expect(network.architecture.name).toBe("mlp");
  expect(metadata.notes).toMatchObject({ command: "compress", testAccuracy: end.targets[1].test_accuracy });
  const page = readFileSync(join(out, "report", "index.html"), "utf8");
  expect(page).toContain("Layers at 25 % of the MACs");
  expect(page).toContain("layer3 keeps its channels: its channels are the network&#39;s output.");
});

test("stopped by Ctrl-C, the same command goes on to the numbers of one that never was", async () => {
  const [whole, stopped] = [join(folder, "whole"), join(folder, "stopped")];
  const long = [...words, "epochs=30", "--no-baseline", "--json"];
  const first = runWith(
    {
      onStart: (child) => {
        child.stdout?.on("data", (text: string) => {
          if (String(text).includes('"epoch":3') && !child.killed) child.kill("SIGINT");
        });
      },
    },
    "compress",
    ...long,
    "--out",
    stopped,
  );
  const [straight, { code, stderr }] = await Promise.all([run("compress", ...long, "--out", whole), first]);
  expect([straight.code, code]).toEqual([0, 130]);
  expect(stderr).toContain("Stopped; every epoch that was done is kept.");
  expect(existsSync(join(stopped, "small-0.3.safetensors"))).toBe(false);
  const again = await run("compress", ...long, "--out", stopped);
  expect(again.code).toBe(0);
  expect(linesOf(again.stdout).map(({ event }) => event)).toContain("resumed");
  const file = (of: string) => readFileSync(join(of, "small-0.3.safetensors"));
  expect(file(stopped).equals(file(whole))).toBe(true);
});

test("--from begins with a network that train has trained, and keeps its settings", async () => {
  const checkpoint = join(folder, "trained.safetensors");
  await run("train", "data=digits", "dense_width=24", "epochs=2", "--seed", "7", "--checkpoint", checkpoint);
  const { settings, seed } = await compressPlan(["epochs=3"], { from: checkpoint });
  expect([settings.width, settings.epochs, settings.dense_share, seed]).toEqual([24, 3, 0, 7]);
  const out = join(folder, "from");
  const { code, stdout } = await run(
    "compress",
    "--from",
    checkpoint,
    "epochs=2",
    "--targets",
    "0.8",
    "--keep",
    "layer1",
    "--out",
    out,
  );
  expect(code).toBe(0);
  expect(stdout).toContain("layer1 keeps its channels: it is marked to be kept");
  expect(stdout).toContain("The full network is the given one.");
  const { tensors } = await loadNetworkValues(join(out, "small-0.8.safetensors")).catch(() =>
    expect.fail("not written"),
  );
  expect(tensors.get("layer1.weight")?.shape).toEqual([24, 64]);
}, 60_000);

test("--only-cut cuts out the zeros of train optimizer=hesso, once", async () => {
  const checkpoint = join(folder, "zeros.safetensors");
  const zeros = ["optimizer=hesso", "target_sparsity=0.5", "epochs=4", "dense_width=20"];
  await run("train", "data=digits", ...zeros, "--checkpoint", checkpoint);
  const out = join(folder, "cut");
  const { code, stdout } = await run("compress", "--from", checkpoint, "--only-cut", "--out", out, "--json");
  expect(code).toBe(0);
  const { full, targets } = linesOf(stdout).at(-1) ?? expect.fail("no end");
  expect(targets[0].test_accuracy).toBe(full.test_accuracy);
  const small = await loadNetworkValues(targets[0].file);
  const widths = ["layer1", "layer2"].map((name) => small.tensors.get(`${name}.bias`)?.shape[0] ?? 0);
  expect(widths[0] + widths[1]).toBe(20);
  const again = await run("compress", "--from", targets[0].file, "--only-cut", "--out", join(folder, "cut again"));
  expect([again.code, again.stderr]).toEqual([
    2,
    "error: mlp: no channel can be cut out as it is, got a network without channels of zeros; train it with an optimizer that makes " +
      "them, hesso say, or let compress do it\n",
  ]);
  const without = await run("compress", "--only-cut", "--out", join(folder, "cut nothing"));
  expect(without.stderr).toContain(
    "--only-cut cuts the zeros out of a trained network, got none; name its file by --from",
  );
}, 60_000);

describe("a file", () => {
  test("of one training lends its settings, the dense width as the width, and its schedule is named as left", async () => {
    const file = writeStudy(
      folder,
      "study: sc-sdc\nname: a\nsettings: { dense_width: 48, epochs: 6, schedule: cosine }\n",
      "one.yaml",
    );
    const { settings } = await compressPlan([file, "epochs=8"], { targetParameters: 0.5 });
    expect([settings.width, settings.epochs, settings.target, settings.target_of]).toEqual([48, 8, 0.5, "parameters"]);
  });

  test("of several is refused, with the choice to make", async () => {
    const file = writeStudy(folder, "study: compression\nname: b\nfactors: { target: [0.2, 0.4] }\n", "two.yaml");
    await expect(compressPlan([file], {})).rejects.toThrow(
      "compress: one network needs one value of every setting, but " +
        `${file} crosses target (2 levels); choose one of each, as in target=0.2`,
    );
  });
});

describe("refuses before anything is trained", () => {
  test.each([
    [
      ["--target-macs", "0.00001"],
      /mlp keeps [\d.]+ % of its MACs with a twentieth .*; ask for more\. Layers that stay whole: layer3 \(its channels are the network's output\)/,
    ],
    [
      ["activation=sigmoid"],
      /mlp: no layer can lose channels: layer1 \(its channels pass layer1\.activation, sigmoid, which gives 0\.5 for 0\)/,
    ],
    [["--keep", "layr1"], /unknown weight layer "layr1"; .*Did you mean layer1\?/],
  ])("%j", async (more, message) => {
    const out = join(folder, "refused");
    const { code, stdout, stderr } = await run("compress", ...words, ...more, "--out", out);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(existsSync(out)).toBe(false);
  });

  test("a method that removes no channels, and targets of two costs", async () => {
    await expect(compressPlan(["method=rigl"], {})).rejects.toThrow(
      "compress: method must be one that removes channels, hesso, dhspg, hspg, magnitude, got rigl; studies of compression hold them against it",
    );
    await expect(compressPlan([], { targetMacs: 0.5, groupSparsity: 0.5 })).rejects.toThrow(
      "compress: a target is of one cost, got --target-macs and --group-sparsity; give one of them",
    );
  });

  test("a folder that holds another compression", async () => {
    const out = join(folder, "other");
    mkdirSync(out);
    writeFileSync(join(out, "plan.json"), "{}\n");
    const { code, stderr } = await run("compress", ...words, "--out", out);
    expect([code, stderr]).toEqual([
      2,
      `error: compress: ${out} holds a compression of other settings (plan.json); choose another folder by --out, or remove it\n`,
    ]);
  });
});
