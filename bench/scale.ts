/**
 * How a step grows with the network: milliseconds and bytes of sparse networks from 10⁴ active weights up, until the memory of
 * 4 GiB is full.
 *
 *     npm run bench:scale
 *     npm run bench:scale -- --to 1e6 --svg scale.svg
 *
 * Networks 784-W-W-10 whose hidden units have as many active weights each at every width, in columns drawn evenly: only the
 * number of units grows. Batch 128, momentum.
 */

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as Plot from "@observablehq/plot";
import { EnvironmentError, InputError, mean, median, Rng } from "../src/base/index.ts";
import { countParameters, type Mask, mlp } from "../src/nn/index.ts";
import { Optimizer } from "../src/optim/index.ts";
import { figure } from "../src/plot/index.ts";
import { openEngine } from "../src/tensor/index.ts";
import { randomData } from "./our-step.ts";
import { note, positive, print, rounded, run } from "./print.ts";
import { stepProgram } from "./step-program.ts";

const [inputs, outputs] = [784, 10];

interface Rung {
  readonly width: number;
  readonly active_weights: number;
  readonly median_ms: number;
  readonly ns_per_weight: number;
  readonly bytes: number;
  readonly bytes_per_weight: number;
}

/** `perRow` active weights in every row, one from each of as many stretches of columns: exact, increasing, quick to draw. */
function evenMask(fanOut: number, fanIn: number, perRow: number, layer: number): Mask {
  const count = Math.min(perRow, fanIn);
  const rowPointers = Int32Array.from({ length: fanOut + 1 }, (_, row) => row * count);
  const columnIndices = new Int32Array(fanOut * count);
  const words = new Rng(0, "mask", layer);
  let state = words.integer(2 ** 32);
  for (let k = 0; k < columnIndices.length; k++) {
    // A linear congruential step (Numerical Recipes): 10⁸ columns in a second, and evenness is all that is asked of them.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const stretch = k % count;
    const from = Math.floor((stretch * fanIn) / count);
    const to = Math.floor(((stretch + 1) * fanIn) / count);
    columnIndices[k] = from + Math.floor((state / 2 ** 32) * (to - from));
  }
  return { fanOut, fanIn, rowPointers, columnIndices };
}

interface RungOptions {
  readonly batch: number;
  readonly perUnit: number;
  readonly threads: number;
  readonly seconds: number;
}

/** Times the network of that width. @throws EnvironmentError  where it does not fit in the memory */
async function timeWidth(width: number, { batch, perUnit, threads, seconds }: RungOptions): Promise<Rung> {
  const engine = await openEngine({ threads });
  try {
    const { memory } = engine.backend;
    const data = await randomData(engine, { features: inputs, classes: outputs, count: 2 * batch });
    const before = memory.usedBytes;
    const widths = [inputs, width, width, outputs];
    const masks = widths.slice(1).map((fanOut, l) => {
      // The output layer has as few rows as classes: each takes a tenth of the units.
      const perRow = fanOut === outputs ? Math.ceil(width / outputs) : perUnit;
      return evenMask(fanOut, widths[l], perRow, l + 1);
    });
    const network = mlp(engine, { inputs, hidden: [width, width], outputs, seed: 0, masks });
    const optimizer = new Optimizer(engine, "momentum");
    const { step } = stepProgram(engine, { network, data, optimizer, learningRate: 1e-3, batch });
    const examples = Int32Array.from({ length: batch }, (_, b) => b);
    const times: number[] = [];
    step(examples);
    for (const start = performance.now(); performance.now() - start < 1000 * seconds || times.length < 3; ) {
      const began = performance.now();
      step(examples);
      times.push(performance.now() - began);
    }
    const active = countParameters(network.parameters).weight;
    const bytes = memory.peakBytes - before;
    return {
      width,
      active_weights: active,
      median_ms: rounded(median(times)),
      ns_per_weight: rounded((1e6 * median(times)) / active),
      bytes,
      bytes_per_weight: rounded(bytes / active),
    };
  } finally {
    await engine.close();
  }
}

/** Slope of log time over log weights, by least squares: 1 where the cost follows the active weights. */
function slope(rungs: readonly Rung[]): number {
  if (rungs.length < 2) return Number.NaN;
  const x = rungs.map((rung) => Math.log10(rung.active_weights));
  const y = rungs.map((rung) => Math.log10(rung.median_ms));
  const [mx, my] = [mean(x), mean(y)];
  const sum = (of: (i: number) => number) => x.reduce((total, _, i) => total + of(i), 0);
  return sum((i) => (x[i] - mx) * (y[i] - my)) / sum((i) => (x[i] - mx) ** 2);
}

function draw(rungs: readonly Rung[], subtitle: string): Promise<string> {
  const rows = rungs.map((rung) => ({ x: rung.active_weights, y: rung.median_ms }));
  // A line of slope 1 through the largest network.
  const last = rows[rows.length - 1];
  const line = rows.map(({ x }) => ({ x, y: (last.y * x) / last.x }));
  return figure({
    title: "Time of a training step against active weights",
    subtitle,
    description: "Milliseconds per step over active weights, both logarithmic, with a line of slope 1.",
    plot: {
      height: 360,
      x: { type: "log", label: "active weights", grid: true, tickFormat: "~s" },
      y: { type: "log", label: "ms per step", grid: true, tickFormat: "~g" },
      marks: [
        Plot.line(line, { x: "x", y: "y", strokeDasharray: "4 4", strokeOpacity: 0.5 }),
        Plot.line(rows, { x: "x", y: "y" }),
        Plot.dot(rows, { x: "x", y: "y", fill: "currentColor", r: 3 }),
      ],
    },
  });
}

await run(async () => {
  const { values: options } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      from: { type: "string", default: "1e4" },
      to: { type: "string", default: "1e8" },
      "per-unit": { type: "string", default: "64" },
      batch: { type: "string", default: "128" },
      threads: { type: "string", default: "1" },
      seconds: { type: "string", default: "2" },
      svg: { type: "string" },
    },
  });
  const [from, to] = [positive("from", options.from), positive("to", options.to)];
  const perUnit = positive("per-unit", options["per-unit"]);
  const settings = {
    ...{ perUnit, batch: positive("batch", options.batch) },
    ...{ threads: positive("threads", options.threads), seconds: positive("seconds", options.seconds) },
  };
  if (perUnit > inputs) throw new InputError(`bench: --per-unit must be at most ${inputs}, got ${perUnit}`);
  const rungs: Rung[] = [];
  let stopped = "";
  for (let wanted = from; wanted <= to * 1.01 && stopped === ""; wanted *= Math.sqrt(10)) {
    // Two hidden layers of `perUnit` and an output layer of one weight per unit.
    const width = Math.max(perUnit, Math.round(wanted / (2 * perUnit + 1)));
    try {
      const rung = await timeWidth(width, settings);
      rungs.push(rung);
      if (!options.json) note(`${rung.active_weights} active weights: ${rung.median_ms} ms`);
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      stopped = `Stopped before ${Math.round(wanted)} active weights (width ${width}): ${error.message}.`;
    }
  }
  const fit = slope(rungs);
  const caption = `Steps of 784-W-W-10 with ${perUnit} active weights per hidden unit, batch ${settings.batch}`;
  if (options.svg !== undefined) writeFileSync(options.svg, await draw(rungs, `${caption}; slope ${fit.toFixed(3)}`));
  print(
    {
      name: "scale",
      caption,
      columns: [
        { key: "active_weights", title: "active weights", format: "integer" },
        { key: "width", title: "width", format: "integer" },
        { key: "median_ms", title: "step", format: "number", decimals: 2, unit: "ms" },
        { key: "ns_per_weight", title: "per active weight", format: "number", decimals: 2, unit: "ns" },
        { key: "megabytes", title: "memory", format: "number", decimals: 1, unit: "MB" },
        { key: "bytes_per_weight", title: "per active weight", format: "number", decimals: 1, unit: "bytes" },
      ],
      rows: rungs.map((rung) => ({ ...rung, megabytes: rung.bytes / 1e6 })),
      notes: [
        ...(Number.isNaN(fit)
          ? []
          : [`Time grows as active weights to the power ${fit.toFixed(3)} (least squares over logarithms).`]),
        ...(stopped === "" ? [] : [stopped]),
      ],
    },
    {
      per_unit: perUnit,
      batch: settings.batch,
      threads: settings.threads,
      slope: rounded(fit),
      stopped: stopped === "" ? null : stopped,
      rungs,
    },
    options.json,
  );
});
