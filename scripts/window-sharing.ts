/**
 * The second experiment on learned schedules, kept beside the study: how the width of a window trades the noise of hypergradients
 * against their bias. A perceptron 784-32-10 on 20,000 examples of Fashion-MNIST for 100 steps, 20 seeds; half a minute.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadDataset } from "../src/data/index.ts";
import { type Table, toCsv, toMarkdown } from "../src/experiment/index.ts";
import { PerceptronSetting, windowSharing } from "../src/hyperopt/index.ts";
import { errorByWindow, type WindowPoint } from "../src/plot/index.ts";
import { openEngine } from "../src/tensor/index.ts";
import { residentDataset } from "../src/train/index.ts";

const seeds = 20;

/** Measures, writes a table and a figure into the folder. @returns blocks of the page */
export async function keepWindowSharing(target: string): Promise<string[]> {
  const engine = await openEngine();
  const data = residentDataset(engine, await loadDataset("fashion-mnist"), "standard");
  const measured = [0.1, 0.01].map((learningRate) => {
    using _scope = engine.scope();
    const setting = new PerceptronSetting(engine, data, { seed: 0, train: 20_000 });
    return { learningRate, ...windowSharing(setting, { learningRate, seeds, greedySeeds: 2 }) };
  });
  const rows = measured.flatMap(({ learningRate, windows, greedy = Number.NaN }) => [
    ...windows.map(({ width, error }) => ({
      rate: learningRate,
      width: String(width),
      error,
      share: error / windows[0].error,
    })),
    { rate: learningRate, width: "greedy", error: greedy, share: greedy / windows[0].error },
  ]);
  const table: Table = {
    name: "window-sharing",
    caption: "Mean squared error of a step's hypergradient by its learning rate, shared by windows of so many steps",
    columns: [
      { key: "rate", title: "cosine from", format: "number" },
      { key: "width", title: "steps that share", align: "right" },
      { key: "error", title: "error", format: "number" },
      { key: "share", title: "of the unshared", format: "number", decimals: 2 },
    ],
    rows,
    notes: [`${seeds} seeds, each against the mean of all; greedy, which sees one step only, on two of them.`],
  };
  const points = measured.flatMap(({ learningRate, windows }) =>
    windows.map(({ width, error }): WindowPoint => ({ series: `cosine from ${learningRate}`, width, error })),
  );
  writeFileSync(join(target, "window-sharing.csv"), toCsv(table));
  writeFileSync(join(target, "figures", "window-sharing.svg"), await errorByWindow(points));
  const least = measured.map(({ learningRate, windows }) => {
    const best = windows.reduce((a, b) => (b.error < a.error ? b : a));
    const ends = windows.at(-1)?.error ?? Number.NaN;
    return `from ${learningRate} least at ${best.width} steps, ${(best.error / windows[0].error).toFixed(2)} of the unshared error and ${(best.error / ends).toFixed(2)} of one window for all`;
  });
  return [
    "## How many steps should share a value?",
    `Of a cosine ${least.join("; ")}.`,
    toMarkdown(table),
    "![Error of shared hypergradients against the width of the window](figures/window-sharing.svg)",
  ];
}
