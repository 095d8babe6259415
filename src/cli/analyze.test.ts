/** The anatomy of trained networks at the terminal: what is shown, what is written, and what is refused. */

import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { mlp } from "../nn/index.ts";
import { openEngine } from "../tensor/index.ts";
import { saveWeights } from "../train/index.ts";
import { partsOf } from "./analyze.ts";
import { analysisProgress, progressText } from "./analyze-progress.ts";
import { run, temporaryFolder } from "./fixtures/run-command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, `${name}.safetensors`);
const settings = ["data=moons", "dense_width=4", "hidden_layers=1"];

beforeAll(async () => {
  await run("train", ...settings, "epochs=1", "--checkpoint", at("start"));
  copyFileSync(at("start"), at("end"));
  await run("train", "--resume", at("end"), "epochs=3");
  await run("train", ...settings, "epochs=3", "--seed", "1", "--checkpoint", at("other"));
  const sparse = ["--kind", "sparse", "sparse_width=8"];
  await run("train", ...sparse, ...settings, "epochs=1", "--checkpoint", at("sparse"));
}, 60_000);

describe("analyze", () => {
  test("of one network shows norm, signal and spectrum on the data it was trained on, its 22 numbers exactly", async () => {
    const { code, stdout, stderr } = await run("analyze", at("end"));
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Gradient norm of all trained numbers on the first \d+ training examples\n/);
    expect(stdout).toMatch(/\nend +layer2 +[\d.]+ +-?[\d.e-]+\n/);
    expect(stdout).toMatch(/\nend +22 +exact +-?[\d.e-]+ +[\d.]+ +[\d.]+ +[\d.]+$/m);
    expect(stdout).not.toContain("Pairs of networks");
  });

  test("of three writes a page, CSV, five figures as SVG and PNG, and the same numbers as --json", async () => {
    const out = join(folder, "out");
    const words = ["analyze", at("start"), at("end"), at("other"), "--examples", "100", "--json", "-o", out];
    const { code, stdout } = await run(...words);
    expect(code).toBe(0);
    const said = JSON.parse(stdout);
    expect(said.networks.map(({ name }: { name: string }) => name)).toEqual(["start", "end", "other"]);
    const [start, end, other] = said.networks;
    expect([start.training === end.training, end.training === other.training]).toEqual([true, false]);
    expect(end.step).toBe(3 * start.step);
    expect(said.examples).toBe(100);
    expect(said.spectra.map(({ values }: { values: number[] }) => values.length)).toEqual([22, 22, 22]);
    expect(said.lines.map(({ points }: { points: unknown[] }) => points.length)).toEqual([29, 29]);
    expect(said.distances.l2[0][1]).toBeLessThan(said.distances.l2[0][2]);
    expect(said.report).toBe(join(out, "index.html"));
    const written = JSON.parse(readFileSync(join(out, "analysis.json"), "utf8"));
    expect(written.distances).toEqual(said.distances);
    const figures = ["gradient-norm", "interpolation", "map", "signal-propagation", "spectrum"];
    expect(readdirSync(join(out, "figures"))).toEqual(figures.flatMap((name) => [`${name}.png`, `${name}.svg`]));
    expect(readFileSync(join(out, "tables", "barriers.csv"), "utf8")).toMatch(/^start,end,at0,half,at1,barrier\r\n/);
  });

  test("of a checkpoint whose training measured its updates draws them, once for all checkpoints of a training", async () => {
    const file = at("rigl");
    const words = ["method=rigl", "density=0.3", "width=8", "update_every=5", "measure_updates=true", "data=moons"];
    await run("train", ...words, "epochs=2", "--checkpoint", file);
    copyFileSync(file, at("rigl-copy"));
    const out = join(folder, "updates");
    const { code, stdout } = await run("analyze", file, at("rigl-copy"), "--what", "norms", "--json", "-o", out);
    expect(code).toBe(0);
    const [{ updates }, copy] = JSON.parse(stdout).networks;
    expect(updates.length).toBeGreaterThan(1);
    expect(copy.updates).toEqual(updates);
    expect(readdirSync(join(out, "figures")).filter((name) => name.endsWith(".svg"))).toEqual([
      ...["gradient-norm.svg", "topology-updates.svg"],
    ]);
    const rows = readFileSync(join(out, "tables", "updates.csv"), "utf8")
      .trim()
      .split("\r\n");
    expect(rows[0]).toBe("series,step,before,after,delta");
    expect(rows).toHaveLength(1 + updates.length);
  });

  test("the same words give the same numbers, and another seed others by Lanczos", async () => {
    const words = ["analyze", at("end"), "--what", "spectrum", "--spectrum", "lanczos", "--json"];
    const [first, again, other] = await Promise.all([run(...words), run(...words), run(...words, "--seed", "1")]);
    expect(again.stdout).toBe(first.stdout);
    const weights = (text: string) => JSON.parse(text).spectra[0].weights as number[];
    expect(weights(other.stdout)).not.toEqual(weights(first.stdout));
    expect(weights(first.stdout).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 10);
  });

  test.each([
    [
      "networks of different architectures",
      () => [at("end"), at("sparse")],
      /^error: analyze: solutions must be of one architecture, but where end \(mlp\) has layer1\.weight \[4, 2\], sparse \(mlp\) has layer1\.weight \[8, 2\]/,
    ],
    [
      "data of another shape",
      () => [at("end"), "--data", "digits"],
      /^error: analyze: digits has 64 features and 10 classes, end takes 2 and tells 2 apart; give the data set it was trained on: --data NAME\n$/,
    ],
    [
      "a part that is none, with what may be meant",
      () => [at("end"), "--what", "spectra"],
      /^error: analyze: --what: unknown part "spectra"; known: norms, signal, distances, interpolation, spectrum\. Did you mean spectrum\?\n$/,
    ],
    [
      "a line with one end",
      () => [at("end"), "--what", "interpolation"],
      /^error: analyze: interpolation takes two networks or more, got 1; name another, or leave that part out\n$/,
    ],
    ["one file twice", () => [at("end"), at("end")], /every file must be named once, got .*end\.safetensors twice\n$/],
    ["a file that is not there", () => [at("none")], /none\.safetensors: there is no such file; check the path\n$/],
  ])("refuses %s with exit code 2", async (_, words, message) => {
    const { code, stdout, stderr } = await run("analyze", ...words());
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
  });

  test("of saved weights, which do not say what they were trained on, asks for the data set", async () => {
    const engine = await openEngine();
    const file = at("weights");
    await saveWeights(file, mlp(engine, { inputs: 2, hidden: [3], outputs: 2, seed: 1 }));
    const { code, stderr } = await run("analyze", file);
    expect([code, stderr]).toEqual([
      2,
      `error: analyze: ${file} does not say what it was trained on; give the data set: --data NAME\n`,
    ]);
    const { stdout } = await run("analyze", file, "--data", "moons", "--what", "norms");
    expect(stdout).toMatch(/\nweights +– +[\d.]+ +[\d.]+\n$/);
  });

  test("warns where the data are of another content than those trained on", async () => {
    const { code, stderr } = await run("analyze", at("end"), "--data", "spirals", "--what", "norms");
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: .*end\.safetensors was trained on moons of another content than spirals/);
  });
});

test("all parts are looked at where none is asked for; those of pairs only with two networks", () => {
  expect(partsOf(undefined, 1)).toEqual(["norms", "signal", "spectrum"]);
  expect(partsOf(undefined, 2)).toHaveLength(5);
  expect(partsOf("spectrum, norms", 1)).toEqual(["norms", "spectrum"]);
});

test("progress says how far it is and the time left, and writes nothing into a pipe", () => {
  expect(progressText("spectrum of run", { done: 120, total: 320, elapsedMs: 12_000 })).toBe(
    "spectrum of run: 120 of 320, 20s left",
  );
  expect(progressText("spectrum of run", { done: 0, total: 320, elapsedMs: 0 })).toBe("spectrum of run: 0 of 320");
  const written: string[] = [];
  const pipe = { isTTY: false, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
  const progress = analysisProgress(pipe);
  progress.tell("x", 1, 2);
  progress.end();
  expect(written).toEqual([]);
});
