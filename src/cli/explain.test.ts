/** The command as a process: train a network of digits for an epoch, and ask what it looks at. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parseNpy } from "../data/index.ts";
import { runWith, temporaryFolder } from "./fixtures/run-command.ts";

const cwd = temporaryFolder();
const inFolder = (...words: string[]) => runWith({ cwd }, ...words);
beforeAll(async () => {
  const train = (model: string, ...more: string[]) =>
    inFolder("train", "data=digits", `model=${model}`, "epochs=1", ...more, "--checkpoint", `${model}.safetensors`);
  await train("saliency-cnn", "dense_width=4");
  await train("mlp", "dense_width=8");
}, 60_000);

describe("explain", () => {
  test("writes a sheet, an overlay per image and maps as numbers, of as many images as asked for", async () => {
    const { code, stdout } = await inFolder(
      ...["explain", "saliency-cnn.safetensors", "--images", "3", "-o", "some", "--method", "grad-cam", "gradient"],
    );
    expect(stdout).toBe(`2 methods on 3 images: ${join("some", "maps.png")}\n`);
    expect(code).toBe(0);
    const folder = join(cwd, "some", "grad-cam");
    const about = JSON.parse(readFileSync(join(folder, "maps.json"), "utf8"));
    const { type, shape, values } = parseNpy(readFileSync(join(folder, "maps.npy")), "maps.npy");
    expect([type, shape, about.shape]).toEqual(["f8", [3, 1, 8, 8], [3, 1, 8, 8]]);
    expect(values.some((value) => value !== 0)).toBe(true);
    expect(about.targets.length).toBe(3);
    const drawn = about.flags.filter((flag: string | null) => flag === null).length;
    expect(readdirSync(folder).filter((name) => name.endsWith(".png")).length).toBe(drawn);
    const signature = readFileSync(join(cwd, "some", "maps.png"))
      .subarray(1, 4)
      .toString("latin1");
    expect(signature).toBe("PNG");
  });

  test("--sanity gives every method a verdict, as a table and as JSON", async () => {
    const asked = ["explain", "saliency-cnn.safetensors", "--images", "6", "--sanity", "-o", "checked", "--json"];
    const { code, stdout } = await inFolder(...asked, "--method", "lrp-z-plus", "lrp-epsilon");
    expect(code).toBe(0);
    const { verdicts } = JSON.parse(stdout);
    expect(verdicts.map(({ method }: { method: string }) => method)).toEqual(["lrp-z-plus", "lrp-epsilon"]);
    expect(verdicts[0].verdict).toBe("insensitive");
    expect(verdicts[0].signed).toEqual({ method: "lrp-epsilon", verdict: verdicts[1].verdict });
    expect(readFileSync(join(cwd, "checked", "sanity.md"), "utf8")).toMatch(
      /\| lrp-z-plus \| \*\*insensitive\*\* \| lrp-epsilon \| /,
    );
    expect(JSON.parse(readFileSync(join(cwd, "checked", "sanity.json"), "utf8")).randomisation[0].steps.length).toBe(9);
  });

  test("--label-randomisation trains once more as the checkpoint was trained; the page shows maps of every state", async () => {
    const asked = ["explain", "saliency-cnn.safetensors", "--images", "4", "--label-randomisation", "-o", "labels"];
    const { code, stdout, stderr } = await inFolder(...asked, "--method", "grad-cam-absolute");
    expect(code).toBe(0);
    expect(stderr).toContain("shuffled labels: epoch 1 of 1, training loss ");
    expect(stdout).toContain(`See ${join("labels", "sanity", "index.html")}`);
    const { verdicts, labels } = JSON.parse(readFileSync(join(cwd, "labels", "sanity.json"), "utf8"));
    // The counterpart comes along unasked.
    expect(verdicts.map(({ method }: { method: string }) => method)).toEqual(["grad-cam-absolute", "grad-cam"]);
    expect(labels[0].similarity.absoluteSpearman.mean).toBeLessThan(1);
    const page = readFileSync(join(cwd, "labels", "sanity", "index.html"), "utf8");
    // Two images, each once, and two methods in 11 states: trained, another class, 8 layers, shuffled labels.
    expect(page.match(/<image /g)?.length).toBeGreaterThan(2 * (1 + 2 * 8));
    expect(page).toMatch(/shuffled labels<\/dt><dd>seed 1; the network learned \d+\.\d % of them/);
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
  });

  test("--label-randomisation of a sparse training trains by its method, and does so alike for one seed", async () => {
    const sparse = ["data=digits", "model=saliency-cnn", "method=rigl", "width=4", "density=0.4", "update_every=3"];
    await inFolder("train", ...sparse, "epochs=1", "--checkpoint", "rigl.safetensors");
    const labels = async (out: string, seed: string) => {
      const asked = ["explain", "rigl.safetensors", "--images", "4", "--label-randomisation", "--seed", seed];
      const { code } = await inFolder(...asked, "-o", out, "--method", "gradient");
      expect(code).toBe(0);
      return JSON.parse(readFileSync(join(cwd, out, "sanity.json"), "utf8")).labels;
    };
    const first = await labels("rigl-1", "1");
    expect(Math.abs(first[0].similarity.spearman.mean)).toBeLessThan(0.5);
    expect(await labels("rigl-2", "1")).toEqual(first);
    expect(await labels("rigl-3", "2")).not.toEqual(first);
  });

  test("--label-randomisation needs a checkpoint that tells how it was trained", async () => {
    const network = join(cwd, "network.safetensors");
    await inFolder("train", "data=digits", "dense_width=4", "epochs=1", "--checkpoint", network);
    const bytes = readFileSync(network, "latin1").replaceAll(/(kind\W+)dense/g, "$1dance");
    writeFileSync(network, bytes, "latin1");
    const { code, stderr } = await inFolder("explain", network, "--method", "gradient", "--label-randomisation");
    expect(code).toBe(2);
    expect(stderr).toContain("must be a checkpoint of gradientflow train, got one written by gradientflow");
  });

  test("a perceptron has no layer for class activation maps: left out of the usual ones, refused by name", async () => {
    const usual = await inFolder("explain", "mlp.safetensors", "--images", "2", "-o", "mlp");
    expect(usual.code).toBe(0);
    expect(usual.stderr).toContain("grad-cam left out: class activation map: ");
    expect(existsSync(join(cwd, "mlp", "gradient", "maps.npy"))).toBe(true);
    const named = await inFolder("explain", "mlp.safetensors", "--method", "grad-cam");
    expect(named.code).toBe(2);
    expect(named.stderr).toContain("has no hidden layer whose output is an image");
  });

  test("a method that is none is refused with the nearest one", async () => {
    const { code, stderr } = await inFolder("explain", "mlp.safetensors", "--method", "gradcam");
    expect(code).toBe(2);
    expect(stderr).toContain('--method: unknown method "gradcam"');
    expect(stderr).toContain("Did you mean grad-cam?");
  });
});
