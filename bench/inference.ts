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
import { InputError, median, sizeOf, unknownName } from "../src/base/index.ts";
import { differenceOf, drawnInputs, networkOutputs } from "../src/exchange/index.ts";
import type { Table } from "../src/experiment/index.ts";
import { type Architecture, architectureNamed, buildNetwork, weightLayers } from "../src/nn/index.ts";
import { randomMask } from "../src/sparsity/index.ts";
import { type Engine, openEngine } from "../src/tensor/index.ts";
import { type NetworkValues, networkValues } from "../src/train/index.ts";
import { openPrograms, type Program, type ProgramName, type RunBatch } from "./inference-programs.ts";
import { note, positive, print, rounded, run } from "./print.ts";

const gray = { input: [1, 28, 28], classes: 10 };

/** The networks of the table by the name they are chosen by. */
const networks: Readonly<Record<string, Architecture>> = {
  "784-300-100-10": architectureNamed("mlp", { input: [784], hidden: [300, 100], classes: 10 }),
  "784-1024-1024-10": architectureNamed("mlp", { input: [784], hidden: [1024, 1024], classes: 10 }),
  "lenet-5": architectureNamed("lenet-5", gray),
  "simple-cnn": architectureNamed("simple-cnn", gray),
  "vgg-small": architectureNamed("vgg-small", gray),
};
/** As a share of the greatest output. */
const tolerance = 1e-5;

type Times = Readonly<Record<ProgramName, number>>;

interface Row {
  readonly network: string;
  readonly density: number;
  readonly batch: number;
  readonly threads: number;
  readonly median_ms: Times;
  readonly min_ms: Times;
}

interface Options {
  readonly rounds: number;
  /** Milliseconds of a program's turn. */
  readonly turn: number;
  readonly programs: ReadonlyMap<ProgramName, Program>;
}

/** A network with drawn weights, of about the scale that training starts from. */
function drawnNetwork(engine: Engine, architecture: Architecture, density: number): NetworkValues {
  using _ = engine.scope();
  const masks = weightLayers(architecture).map(({ layer, shape: [fanOut, ...ofUnit] }) => {
    const fanIn = sizeOf(ofUnit);
    const active = Math.max(1, Math.round(density * fanOut * fanIn));
    return density === 1 ? undefined : randomMask({ fanOut, fanIn, active, seed: 0, layer });
  });
  const network = buildNetwork(engine, architecture, { seed: 0, masks });
  for (const { role, variable } of network.parameters) {
    if (role === "weight") variable.set(variable.get().map((value) => value / Math.sqrt(density)));
  }
  return networkValues(network);
}

/** Every program's loaded network, after its outputs were found right. */
async function loadAll(
  engine: Engine,
  values: NetworkValues,
  batch: number,
  programs: Options["programs"],
): Promise<Map<ProgramName, RunBatch>> {
  const inputs = drawnInputs(values.architecture, batch);
  const expected = networkOutputs(engine, values, inputs, batch);
  const loaded = new Map<ProgramName, RunBatch>();
  for (const [name, { title, load }] of programs) {
    const runBatch = await load(values, inputs, batch);
    const { relative } = differenceOf(await runBatch(), expected);
    if (!(relative <= tolerance)) {
      throw new Error(
        `${title} gives other outputs for ${values.architecture.name}: ${relative} of the greatest apart`,
      );
    }
    loaded.set(name, runBatch);
  }
  return loaded;
}

/** Takes turns; each turn is as many runs as fit into its time, at least three. */
async function timeAll(loaded: ReadonlyMap<ProgramName, RunBatch>, { rounds, turn }: Options) {
  const times = new Map([...loaded.keys()].map((name) => [name, [] as number[]]));
  // The first round warms up: compilers of the engine and of WebAssembly.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, runBatch] of loaded) {
      const taken: number[] = [];
      const end = performance.now() + turn;
      while (taken.length < 3 || performance.now() < end) {
        const start = performance.now();
        const answer = runBatch();
        // A promise costs a turn of the event loop, which is not asked of who needs none.
        if (answer instanceof Promise) await answer;
        taken.push(performance.now() - start);
      }
      if (round > 0) times.get(name)?.push(...taken);
    }
  }
  return times;
}

function tableOf(rows: readonly Row[], { programs }: Options, threads: number): Table {
  const [first, ...others] = [...programs];
  return {
    name: "inference",
    caption: `Median milliseconds per batch in ${first[1].title}, and how many times as long the others take`,
    columns: [
      { key: "network", title: "network" },
      { key: "density", title: "density", format: "number", decimals: 2 },
      { key: "batch", title: "batch", format: "integer" },
      { key: "ms", title: first[1].title, format: "number", decimals: 4, unit: "ms" },
      ...others.map(([name, { title }]) => ({ key: name, title, format: "number", decimals: 2, unit: "×" }) as const),
    ],
    rows: rows.map(({ network, density, batch, median_ms }) => ({
      network,
      density,
      batch,
      ms: median_ms[first[0]],
      ...Object.fromEntries(others.map(([name]) => [name, median_ms[name] / median_ms[first[0]]])),
    })),
    notes: [
      "Peers run sparse networks with their zeros: they have dense products alone.",
      `Outputs agree with the network's own to ${tolerance} of the greatest. Threads of onnxruntime-web: ${threads}.`,
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
    },
  });
  const names = Object.keys(networks).filter((name) => options.only?.some((part) => name.includes(part)) ?? true);
  if (names.length === 0) {
    throw new InputError(`bench: --only must be part of ${Object.keys(networks).join(", ")}, got ${options.only}`);
  }
  const densities = numbers("density", options.density, (d) => d > 0 && d <= 1, "in (0, 1]");
  const batches = numbers("batch", options.batch, (b) => Number.isInteger(b) && b >= 1, "an integer ≥ 1");
  const [threads, rounds, turn] = (["threads", "rounds", "turn"] as const).map((key) => positive(key, options[key]));
  const known = Object.entries(await openPrograms(threads)) as [ProgramName, Program][];
  const asked = options.program ?? known.map(([name]) => name);
  const unknown = asked.find((name) => !known.some(([one]) => one === name));
  if (unknown !== undefined) {
    throw unknownName(
      "bench: --program",
      "program",
      unknown,
      known.map(([name]) => name),
    );
  }
  const programs = new Map(known.filter(([name]) => asked.includes(name)));
  using engine = await openEngine();
  const rows: Row[] = [];
  for (const network of names) {
    for (const density of densities) {
      for (const batch of batches) {
        const values = drawnNetwork(engine, networks[network], density);
        const times = await timeAll(await loadAll(engine, values, batch, programs), { rounds, turn, programs });
        const timesBy = (of: (list: number[]) => number) =>
          Object.fromEntries([...times].map(([name, list]) => [name, rounded(of(list))])) as Times;
        const row: Row = {
          network,
          density,
          batch,
          threads,
          median_ms: timesBy(median),
          min_ms: timesBy((list) => Math.min(...list)),
        };
        rows.push(row);
        if (!options.json) note(`${network} at ${density}, batch ${batch}: ${JSON.stringify(row.median_ms)}`);
      }
    }
  }
  print(tableOf(rows, { rounds, turn, programs }, threads), rows.length === 1 ? rows[0] : rows, options.json);
});
