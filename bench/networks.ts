/**
 * Whole training steps of convolutional networks beside PyTorch's, dense and sparse, round by round in turn.
 *
 *     npm run bench:networks
 *     npm run bench:networks -- --only lenet-5 --threads 1 --json
 */

import { parseArgs } from "node:util";
import { InputError, median, sizeOf } from "../src/base/index.ts";
import type { Table } from "../src/experiment/index.ts";
import { type Architecture, architectureNamed, buildNetwork, weightLayers } from "../src/nn/index.ts";
import { randomMask } from "../src/sparsity/index.ts";
import { openEngine } from "../src/tensor/index.ts";
import { timedStep } from "./our-step.ts";
import { openPeer, type Peer } from "./peer.ts";
import { note, positive, print, rounded, run } from "./print.ts";

const images = (channels: number, side: number) => ({ input: [channels, side, side], classes: 10 });

/** The networks of the table by the name they are chosen by. */
const networks: Readonly<Record<string, Architecture>> = {
  "lenet-5": architectureNamed("lenet-5", images(1, 28)),
  "simple-cnn 28 x 28": architectureNamed("simple-cnn", images(1, 28)),
  "simple-cnn 32 x 32": architectureNamed("simple-cnn", images(3, 32)),
  "wrn-16-2": architectureNamed("wide-resnet", { ...images(3, 32), depth: 16, k: 2 }),
};
const densities = [1, 0.1, 0.05, 0.01];
const optimizer = "momentum";

interface Row {
  readonly network: string;
  readonly density: number;
  readonly threads: number;
  readonly batch: number;
  readonly active_weights: number;
  readonly median_ms: number;
  readonly min_ms: number;
  /** PyTorch's dense network, its weights and gradients multiplied by masks where ours is sparse. */
  readonly peer_median_ms: number;
  readonly peer_min_ms: number;
}

interface Options {
  readonly rounds: number;
  readonly steps: number;
  readonly batch: number;
  readonly peer: Peer | undefined;
}

async function timeNetwork(name: string, density: number, threads: number, options: Options): Promise<Row> {
  const { rounds, steps, batch, peer } = options;
  const architecture = networks[name];
  const engine = await openEngine({ threads });
  const masks = weightLayers(architecture).map(({ layer, shape: [fanOut, ...ofUnit] }) => {
    const fanIn = sizeOf(ofUnit);
    const active = Math.max(1, Math.round(density * fanOut * fanIn));
    return density === 1 ? undefined : randomMask({ fanOut, fanIn, active, seed: 0, layer });
  });
  const ours = await timedStep(engine, buildNetwork(engine, architecture, { seed: 0, masks }), { batch, optimizer });
  const times: number[] = [];
  const peerTimes: number[] = [];
  const mode = density === 1 ? "dense" : "masked";
  for (let turn = 0; turn < rounds; turn++) {
    times.push(...ours.time(steps));
    const answer = await peer?.step({ architecture, density, batch, optimizer, mode, threads, steps });
    peerTimes.push(...(answer?.times ?? []));
  }
  await engine.close();
  const smallest = (list: readonly number[]) => (list.length === 0 ? Number.NaN : rounded(Math.min(...list)));
  const middle = (list: readonly number[]) => (list.length === 0 ? Number.NaN : rounded(median(list)));
  return {
    network: name,
    density,
    threads,
    batch,
    active_weights: ours.activeWeights,
    median_ms: middle(times),
    min_ms: smallest(times),
    peer_median_ms: middle(peerTimes),
    peer_min_ms: smallest(peerTimes),
  };
}

function tableOf(rows: readonly Row[], peer: Peer | undefined): Table {
  return {
    name: "networks",
    caption: "Median milliseconds per training step, and how many times as long PyTorch takes",
    columns: [
      { key: "network", title: "network" },
      { key: "density", title: "density", format: "number", decimals: 2 },
      { key: "threads", title: "threads", format: "integer" },
      { key: "active", title: "active weights", format: "integer" },
      { key: "ms", title: "ours", format: "number", decimals: 2, unit: "ms" },
      { key: "ratio", title: "PyTorch", format: "number", decimals: 2, unit: "×" },
    ],
    rows: rows.map((row) => ({
      network: row.network,
      density: row.density,
      threads: row.threads,
      active: row.active_weights,
      ms: row.median_ms,
      ratio: row.peer_median_ms / row.median_ms,
    })),
    notes: [
      peer === undefined
        ? "PyTorch is not here (python3 has no torch): our times alone."
        : `Beside ${peer.name} at the same number of threads: dense, or dense with masks where ours is sparse.`,
    ],
  };
}

await run(async () => {
  const { values: options } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      only: { type: "string", multiple: true },
      density: { type: "string", multiple: true },
      threads: { type: "string", multiple: true, default: ["1", "2"] },
      batch: { type: "string", default: "128" },
      rounds: { type: "string", default: "3" },
      steps: { type: "string", default: "6" },
      "no-peers": { type: "boolean", default: false },
    },
  });
  const names = Object.keys(networks).filter((name) => options.only?.some((part) => name.includes(part)) ?? true);
  if (names.length === 0) {
    throw new InputError(`bench: --only must be part of ${Object.keys(networks).join(", ")}, got ${options.only}`);
  }
  const wanted = options.density?.map(Number) ?? densities;
  const wrong = wanted.find((density) => !(density > 0 && density <= 1));
  if (wrong !== undefined) throw new InputError(`bench: --density must be in (0, 1], got ${wrong}`);
  const peer = options["no-peers"] ? undefined : await openPeer();
  if (peer === undefined && !options["no-peers"]) note("python3 has no torch here: our times alone");
  const [rounds, steps, batch] = (["rounds", "steps", "batch"] as const).map((name) => positive(name, options[name]));
  const rows: Row[] = [];
  for (const threads of options.threads.map((text) => positive("threads", text))) {
    for (const name of names) {
      for (const density of wanted) {
        const row = await timeNetwork(name, density, threads, { rounds, steps, batch, peer });
        rows.push(row);
        if (!options.json) note(`${name} at ${density}, threads ${threads}: ${row.median_ms} ms`);
      }
    }
  }
  print(tableOf(rows, peer), rows.length === 1 ? rows[0] : rows, options.json);
  peer?.close();
});
