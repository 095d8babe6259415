/**
 * Latency of exported networks in `gradientflow/infer`, onnxruntime-web and tfjs-wasm, in turns: milliseconds from an array of
 * numbers in to an array of numbers out.
 *
 *     npm run bench:inference
 *     npm run bench:inference -- --only lenet-5 --density 0.05 --batch 1 --json
 *
 * Ours keeps sparse weights sparse; the peers have only dense products and run the same weights with their zeros. Before anything is
 * timed, all outputs are held against the network's own.
 */

import { parseArgs } from "node:util";
import { EnvironmentError, InputError, median, unknownName } from "../src/base/index.ts";
import type { Table } from "../src/experiment/index.ts";
import { findChromium, inChromium } from "./browser/chromium.ts";
import { type Case, networks, type Times, type TimingOptions, timeCase, tolerance } from "./inference-cases.ts";
import { type ProgramName, programNames, programTitles } from "./inference-programs.ts";
import { note, positive, print, rounded, run } from "./print.ts";

interface Row extends Case {
  readonly threads: number;
  readonly where: string;
  readonly median_ms: Readonly<Partial<Record<ProgramName, number>>>;
  readonly min_ms: Readonly<Partial<Record<ProgramName, number>>>;
}

/** Times cases one after another, here or in a page. @returns where */
async function timeCases(
  cases: readonly Case[],
  options: Omit<TimingOptions, "packages">,
  browser: boolean,
  each: (one: Case, times: Times) => void,
): Promise<string> {
  if (!browser) {
    const packages = new URL("../node_modules/", import.meta.url).pathname;
    for (const one of cases) each(one, await timeCase(one, { ...options, packages }));
    return "Node";
  }
  const chromium = findChromium();
  if (chromium === undefined) throw new EnvironmentError("bench: Chromium is not here; set CHROMIUM_PATH to its place");
  return inChromium(chromium, async (page, version) => {
    const there = JSON.stringify({ ...options, packages: "/node_modules/" });
    for (const one of cases) {
      const call = `timeCase(${JSON.stringify(one)}, ${there})`;
      each(one, await page.evaluate<Times>(`import("/bench/inference-cases.ts").then(({ timeCase }) => ${call})`));
    }
    return `Chromium ${version}`;
  });
}

function tableOf(
  rows: readonly Row[],
  { programs: [first, ...others], threads }: Omit<TimingOptions, "packages">,
): Table {
  return {
    name: "inference",
    caption: `Median milliseconds per batch in ${programTitles[first]}, and how many times as long the others take`,
    columns: [
      { key: "network", title: "network" },
      { key: "density", title: "density", format: "number", decimals: 2 },
      { key: "batch", title: "batch", format: "integer" },
      { key: "ms", title: programTitles[first], format: "number", decimals: 4, unit: "ms" },
      ...others.map(
        (name) => ({ key: name, title: programTitles[name], format: "number", decimals: 2, unit: "×" }) as const,
      ),
    ],
    rows: rows.map(({ network, density, batch, median_ms }) => ({
      network,
      density,
      batch,
      ms: median_ms[first],
      ...Object.fromEntries(others.map((name) => [name, (median_ms[name] ?? 0) / (median_ms[first] ?? 0)])),
    })),
    notes: [
      "Peers run sparse networks with their zeros: they have dense products alone.",
      `Outputs agree with the network's own to ${tolerance} of the greatest. In ${rows[0].where}; threads of onnxruntime-web: ${threads}.`,
    ],
  };
}

/** Options that are lists of numbers with a rule. */
function numbers(name: string, texts: readonly string[], isRight: (value: number) => boolean, rule: string): number[] {
  const values = texts.map(Number);
  const wrong = values.findIndex((value) => !isRight(value));
  if (wrong >= 0) throw new InputError(`bench: --${name} must be ${rule}, got ${texts[wrong]}`);
  return values;
}

await run(async () => {
  const { values: options } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      only: { type: "string", multiple: true },
      density: { type: "string", multiple: true, default: ["1", "0.1", "0.05", "0.01"] },
      batch: { type: "string", multiple: true, default: ["1", "32"] },
      program: { type: "string", multiple: true },
      threads: { type: "string", default: "1" },
      rounds: { type: "string", default: "5" },
      turn: { type: "string", default: "60" },
      browser: { type: "boolean", default: false },
    },
  });
  const names = Object.keys(networks).filter((name) => options.only?.some((part) => name.includes(part)) ?? true);
  if (names.length === 0) {
    throw new InputError(`bench: --only must be part of ${Object.keys(networks).join(", ")}, got ${options.only}`);
  }
  const densities = numbers("density", options.density, (d) => d > 0 && d <= 1, "in (0, 1]");
  const batches = numbers("batch", options.batch, (b) => Number.isInteger(b) && b >= 1, "an integer ≥ 1");
  const [threads, rounds, turn] = (["threads", "rounds", "turn"] as const).map((key) => positive(key, options[key]));
  const programs = (options.program ?? programNames) as readonly ProgramName[];
  const unknown = programs.find((name) => !programNames.includes(name));
  if (unknown !== undefined) throw unknownName("bench: --program", "program", unknown, programNames);
  const cases = names.flatMap((network) =>
    densities.flatMap((density) => batches.map((batch): Case => ({ network, density, batch }))),
  );
  const timing = { rounds, turn, threads, programs };
  const timed: [Case, Times][] = [];
  const where = await timeCases(cases, timing, options.browser, (one, times) => {
    timed.push([one, times]);
    if (!options.json)
      note(`${one.network} at ${one.density}, batch ${one.batch}: ${JSON.stringify(each(times, median))}`);
  });
  const rows = timed.map(([one, times]): Row => {
    return { ...one, threads, where, median_ms: each(times, median), min_ms: each(times, (list) => Math.min(...list)) };
  });
  print(tableOf(rows, timing), rows.length === 1 ? rows[0] : rows, options.json);
});

/** One number of each program's times. */
function each(times: Times, of: (list: number[]) => number): Row["median_ms"] {
  return Object.fromEntries(Object.entries(times).map(([name, list]) => [name, rounded(of([...list]))]));
}
