/**
 * The cases of the inference benchmark: a network, a density and a batch, timed in every program by turns. No Node module is reached from
 * here, so that a page can load it as it is.
 */

import { sizeOf, unknownName } from "../src/base/index.ts";
import { differenceOf, drawnInputs, networkOutputs } from "../src/exchange/index.ts";
import { type Architecture, architectureNamed, buildNetwork, weightLayers } from "../src/nn/index.ts";
import { randomMask } from "../src/sparsity/index.ts";
import { type Engine, openEngine } from "../src/tensor/index.ts";
import { type NetworkValues, networkValues } from "../src/train/index.ts";
import { openPrograms, type Program, type ProgramName, programTitles, type RunBatch } from "./inference-programs.ts";

const gray = { input: [1, 28, 28], classes: 10 };

/** The networks of the table by the name they are chosen by. */
export const networks: Readonly<Record<string, Architecture>> = {
  "784-300-100-10": architectureNamed("mlp", { input: [784], hidden: [300, 100], classes: 10 }),
  "784-1024-1024-10": architectureNamed("mlp", { input: [784], hidden: [1024, 1024], classes: 10 }),
  "lenet-5": architectureNamed("lenet-5", gray),
  "simple-cnn": architectureNamed("simple-cnn", gray),
  "vgg-small": architectureNamed("vgg-small", gray),
};
/** As a share of the greatest output. */
export const tolerance = 1e-5;

export interface Case {
  /** One of `networks`. */
  readonly network: string;
  readonly density: number;
  readonly batch: number;
}

export interface TimingOptions {
  /** Turns of each program, besides the first, which warms up. */
  readonly rounds: number;
  /** Milliseconds of a turn. */
  readonly turn: number;
  /** Of onnxruntime-web. */
  readonly threads: number;
  readonly programs: readonly ProgramName[];
  /** Where the packages lie: a path, or an address that ends in a slash. */
  readonly packages: string;
}

/** Milliseconds of each run, by program. */
export type Times = Readonly<Partial<Record<ProgramName, readonly number[]>>>;

let opened: Promise<{ readonly engine: Engine; readonly all: Readonly<Record<ProgramName, Program>> }> | undefined;

/** Times a case. @throws Error where a program's outputs are not the network's */
export async function timeCase({ network, density, batch }: Case, options: TimingOptions): Promise<Times> {
  const { threads, packages, programs: wanted } = options;
  opened ??= Promise.all([openEngine(), openPrograms({ threads, packages })]).then(([engine, all]) => ({
    engine,
    all,
  }));
  const { engine, all } = await opened;
  const architecture: Architecture | undefined = Object.hasOwn(networks, network) ? networks[network] : undefined;
  if (architecture === undefined) throw unknownName("bench", "network", network, Object.keys(networks));
  const programs = new Map(wanted.map((name) => [name, all[name]]));
  return timeAll(await loadAll(engine, drawnNetwork(engine, architecture, density), batch, programs), options);
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
  programs: ReadonlyMap<ProgramName, Program>,
): Promise<Map<ProgramName, RunBatch>> {
  const inputs = drawnInputs(values.architecture, batch);
  const expected = networkOutputs(engine, values, inputs, batch);
  const loaded = new Map<ProgramName, RunBatch>();
  for (const [name, { load }] of programs) {
    const runBatch = await load(values, inputs, batch);
    const { relative } = differenceOf(await runBatch(), expected);
    if (!(relative <= tolerance)) {
      throw new Error(
        `${programTitles[name]} gives other outputs for ${values.architecture.name}: ${relative} of the greatest apart`,
      );
    }
    loaded.set(name, runBatch);
  }
  return loaded;
}

/** The clock of a page has steps of 5 µs: short runs are timed several at a time, for so many milliseconds at least. */
const leastSample = 0.5;
/** Milliseconds of each program's first turn. */
const warmUp = 250;

/** Takes turns; each turn is as many samples as fit into its time, at least three. A sample is one run or the mean of several. */
async function timeAll(loaded: ReadonlyMap<ProgramName, RunBatch>, { rounds, turn }: TimingOptions): Promise<Times> {
  const times = new Map([...loaded.keys()].map((name) => [name, [] as number[]]));
  const runsOfSample = new Map<ProgramName, number>();
  for (let round = 0; round <= rounds; round++) {
    for (const [name, runBatch] of loaded) {
      const runs = runsOfSample.get(name) ?? 1;
      const taken: number[] = [];
      // The first round warms up, until the engine's optimising compiler is done.
      const end = performance.now() + (round === 0 ? Math.max(turn, warmUp) : turn);
      while (taken.length < 3 || performance.now() < end) {
        const start = performance.now();
        for (let k = 0; k < runs; k++) {
          const answer = runBatch();
          // A promise costs a turn of the event loop, which is not asked of who needs none.
          if (answer instanceof Promise) await answer;
        }
        taken.push((performance.now() - start) / runs);
      }
      if (round > 0) times.get(name)?.push(...taken);
      else runsOfSample.set(name, Math.ceil(leastSample / Math.max(0.001, Math.min(...taken))));
    }
  }
  return Object.fromEntries(times) as Times;
}
