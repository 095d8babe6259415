/** Looking before running: check and capacity. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run, runWith, temporaryFolder, tinyStudy, writeStudy } from "./fixtures/run-command.ts";

describe("study check", () => {
  test("counts 2 x 3 x 2 = 12 trials less 4 excluded, shows settings, capacity and time, and writes nothing", async () => {
    const folder = temporaryFolder();
    const file = writeStudy(
      folder,
      `${tinyStudy}exclude:\n  - { optimizer: adam, seed: 0 }\n`.replace(", seed: 0", ", dropout: 0.5"),
    );
    const { code, stdout } = await runWith(
      { cwd: folder },
      "study",
      "check",
      file,
      "seeds=3",
      "factors.dropout=0,0.5",
      "-w",
      "1",
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /trials +18 = 2 optimizer × 2 dropout × 3 seeds × 2\s+networks \(sparse and\s+dense\) less 6 excluded/,
    );
    expect(stdout).toMatch(/time +about \d+s with 1 worker/);
    expect(stdout).toMatch(/given +data=moons {2}hidden_layers=1 {2}dense_width=4/);
    expect(stdout).toMatch(/moons, 1 hidden: dense 4, sparse 8\n.*\n.*\nlayer1 +4 × 2 +8 × 2 +8 +0\.50000\n/);
    expect(stdout).toContain(`gradientflow study run ${file} seeds=3 factors.dropout=0,0.5`);
    expect(existsSync(join(folder, "runs"))).toBe(false);
  });

  test("says the same in JSON", async () => {
    const { stdout } = await run(
      "study",
      "check",
      writeStudy(temporaryFolder(), tinyStudy),
      "--json",
      "--workers",
      "4",
    );
    expect(JSON.parse(stdout)).toMatchObject({
      name: "tiny",
      trials: 8,
      factors: [{ name: "optimizer", levels: 2 }],
      seeds: [0, 1],
      excluded: 0,
      settings: { epochs: 1, activation: "relu" },
      workers: 4,
    });
  });

  test("finds what run would find, with exit code 2", async () => {
    const { code, stderr } = await run("study", "check", writeStudy(temporaryFolder(), tinyStudy), "dense_width=9");
    expect([code, stderr.split("\n")]).toEqual([
      2,
      [expect.stringMatching(/dense_width must not exceed sparse_width/), ""],
    ]);
  });
});

describe("study capacity", () => {
  /** CIFAR-100, four hidden layers of 308 against 3076: 1,261,568 weights in both, derived by hand. */
  const words = "study capacity --inputs 3072 --outputs 100 --hidden 4 --dense-width 308 --sparse-width 3076".split(
    " ",
  );

  test("--json gives 946,176, three times 94,864 and 30,800 active weights, 1,261,568 in all", async () => {
    const { layers, active_weights } = JSON.parse((await run(...words, "--json")).stdout);
    expect(layers.map((layer: { active_weights: number }) => layer.active_weights)).toEqual([
      946176, 94864, 94864, 94864, 30800,
    ]);
    expect(active_weights).toBe(1261568);
  });

  test("biases are counted apart unless left out, batch norm if asked for", async () => {
    const totals = async (...more: string[]) => {
      const { dense, sparse } = JSON.parse((await run(...words, "--json", ...more)).stdout);
      return [dense, sparse].map(({ total, active_weights }) => total - active_weights);
    };
    // Biases: 4 x width + 100. Batch norm: 2 x 4 x width.
    expect(await totals()).toEqual([4 * 308 + 100, 4 * 3076 + 100]);
    expect(await totals("--no-bias", "--batch-norm")).toEqual([8 * 308, 8 * 3076]);
  });

  test("a sparse network narrower than the dense one is refused in the words of the options", async () => {
    const { code, stderr } = await run(...words.slice(0, -1), "300");
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: --sparse-width: must be at least --dense-width 308, .*, got 300\n$/);
  });
});
