/**
 * Whole training steps beside PyTorch's, round by round in turn, so that both meet the same machine.
 *
 *     npm run bench
 *     npm run bench -- --json --only 784-2048-2048-10@0.05 --threads 1
 */

import { parseArgs } from "node:util";
import { median } from "../src/base/index.ts";
import type { Table } from "../src/experiment/index.ts";
import { openEngine } from "../src/tensor/index.ts";
import { ourStep } from "./our-step.ts";
import { openPeer, type Peer } from "./peer.ts";
import { note, positive, print, rounded, run } from "./print.ts";
import { caseName, parseCase, type StepCase, stepCases } from "./step-cases.ts";

interface Timed {
  readonly mode: string;
  readonly median_ms: number;
  readonly min_ms: number;
}

interface Row {
  readonly net: string;
  readonly density: number;
  readonly threads: number;
  readonly batch: number;
  readonly batch_norm: boolean;
  readonly optimizer: string;
  readonly active_weights: number;
  readonly median_ms: number;
  readonly min_ms: number;
  readonly peers: readonly Timed[];
}

interface Rounds {
  readonly rounds: number;
  readonly steps: number;
}

async function timeCase(
  stepCase: StepCase,
  threads: number,
  { rounds, steps, peer }: Rounds & { readonly peer: Peer | undefined },
): Promise<Row> {
  const engine = await openEngine({ threads });
  const ours = await ourStep(engine, stepCase);
  const modes = peer === undefined ? [] : peerModes(stepCase);
  const times = new Map<string, number[]>(["ours", ...modes].map((mode) => [mode, []]));
  for (let turn = 0; turn < rounds; turn++) {
    times.get("ours")?.push(...ours.time(steps));
    for (const mode of modes) {
      const answer = await peer?.step({ ...stepCase, mode, threads, steps });
      if (answer !== undefined) times.get(mode)?.push(...answer.times);
    }
  }
  await engine.close();
  const of = (mode: string): Timed => {
    const list = times.get(mode) as number[];
    return { mode, median_ms: rounded(median(list)), min_ms: rounded(Math.min(...list)) };
  };
  const { median_ms, min_ms } = of("ours");
  return {
    net: stepCase.widths.join("-"),
    density: stepCase.density,
    threads,
    batch: stepCase.batch,
    batch_norm: stepCase.batchNorm,
    optimizer: stepCase.optimizer,
    active_weights: ours.activeWeights,
    median_ms,
    min_ms,
    peers: modes.map(of),
  };
}

/** PyTorch's sparse kernels are timed without batch norm and Adam only, which they were not written for. */
function peerModes({ density, batchNorm, optimizer }: StepCase): string[] {
  if (density === 1) return ["dense"];
  return batchNorm || optimizer !== "momentum" ? ["masked"] : ["masked", "csr"];
}

function tableOf(rows: readonly Row[], peer: Peer | undefined): Table {
  const ratio = (row: Row, mode: string) => {
    const other = row.peers.find((timed) => timed.mode === mode);
    return other === undefined ? Number.NaN : other.median_ms / row.median_ms;
  };
  const nameOf = (row: Row) =>
    caseName({
      widths: row.net.split("-").map(Number),
      density: row.density,
      batch: row.batch,
      batchNorm: row.batch_norm,
      optimizer: row.optimizer as StepCase["optimizer"],
    });
  const times = (key: string) => ({ key, title: key, format: "number", decimals: 2, unit: "×" }) as const;
  return {
    name: "steps",
    caption: "Median milliseconds per training step, and how many times as long PyTorch takes",
    columns: [
      { key: "net", title: "network" },
      { key: "threads", title: "threads", format: "integer" },
      { key: "active", title: "active weights", format: "integer" },
      { key: "ms", title: "ours", format: "number", decimals: 3, unit: "ms" },
      times("dense"),
      times("masked"),
      times("csr"),
    ],
    rows: rows.map((row) => ({
      net: nameOf(row),
      threads: row.threads,
      active: row.active_weights,
      ms: row.median_ms,
      dense: ratio(row, "dense"),
      masked: ratio(row, "masked"),
      csr: ratio(row, "csr"),
    })),
    notes: [
      peer === undefined
        ? "PyTorch is not here (python3 has no torch): our times alone."
        : `Beside ${peer.name} at the same number of threads.`,
    ],
  };
}

await run(async () => {
  const { values: options } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      only: { type: "string", multiple: true },
      threads: { type: "string", multiple: true, default: ["1", "2"] },
      rounds: { type: "string", default: "5" },
      steps: { type: "string", default: "12" },
      "no-peers": { type: "boolean", default: false },
    },
  });
  const cases = options.only === undefined ? stepCases : options.only.map(parseCase);
  const threadCounts = options.threads.map((text) => positive("threads", text));
  const rounds = { rounds: positive("rounds", options.rounds), steps: positive("steps", options.steps) };
  const peer = options["no-peers"] ? undefined : await openPeer();
  if (peer === undefined && !options["no-peers"]) note("python3 has no torch here: our times alone");
  const rows: Row[] = [];
  for (const threads of threadCounts) {
    for (const stepCase of cases) {
      const row = await timeCase(stepCase, threads, { ...rounds, peer });
      rows.push(row);
      if (!options.json) note(`${caseName(stepCase)}, threads ${threads}: ${row.median_ms} ms`);
    }
  }
  print(tableOf(rows, peer), rows.length === 1 ? rows[0] : rows, options.json);
  peer?.close();
});
