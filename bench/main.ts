/**
 * Whole training steps beside PyTorch's, round by round in turn, so that both meet the same machine.
 *
 *     npm run bench
 *     npm run bench -- --json --only 784-2048-2048-10@0.05 --threads 1
 */

import { parseArgs } from "node:util";
import { median } from "../src/base/index.ts";
import { toText } from "../src/experiment/index.ts";
import { openEngine } from "../src/tensor/index.ts";
import { ourStep } from "./our-step.ts";
import { openPeer } from "./peer.ts";
import { caseName, parseCase, type StepCase, stepCases } from "./step-cases.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
    threads: { type: "string", multiple: true },
    rounds: { type: "string", default: "5" },
    steps: { type: "string", default: "12" },
    "no-peers": { type: "boolean", default: false },
  },
});

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

const cases = options.only === undefined ? stepCases : options.only.map(parseCase);
const threadCounts = (options.threads ?? ["1"]).map(Number);
const rounds = Number(options.rounds);
const steps = Number(options.steps);
const peer = options["no-peers"] ? undefined : await openPeer();
const round = (value: number) => Math.round(value * 1e4) / 1e4;

async function timeCase(stepCase: StepCase, threads: number): Promise<Row> {
  using engine = await openEngine({ threads });
  const ours = await ourStep(engine, stepCase);
  const modes = peer === undefined ? [] : stepCase.density === 1 ? ["dense"] : peerModes(stepCase);
  const times = new Map<string, number[]>([["ours", []], ...modes.map((mode): [string, number[]] => [mode, []])]);
  for (let turn = 0; turn < rounds; turn++) {
    times.get("ours")?.push(...ours.time(steps));
    for (const mode of modes) {
      const answer = await peer?.step({ ...stepCase, mode, threads, steps });
      if (answer !== undefined) times.get(mode)?.push(...answer.times);
    }
  }
  const of = (mode: string): Timed => {
    const list = times.get(mode) as number[];
    return { mode, median_ms: round(median(list)), min_ms: round(Math.min(...list)) };
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
function peerModes({ batchNorm, optimizer }: StepCase): string[] {
  return batchNorm || optimizer !== "momentum" ? ["masked"] : ["masked", "csr"];
}

const rows: Row[] = [];
for (const threads of threadCounts) {
  for (const stepCase of cases) {
    const row = await timeCase(stepCase, threads);
    rows.push(row);
    if (!options.json) process.stderr.write(`${caseName(stepCase)}, ${threads} thread(s): ${row.median_ms} ms\n`);
  }
}
if (options.json) {
  process.stdout.write(`${JSON.stringify(rows.length === 1 ? rows[0] : rows, null, 2)}\n`);
} else {
  const ratio = (row: Row, mode: string) => {
    const other = row.peers.find((timed) => timed.mode === mode);
    return other === undefined ? Number.NaN : other.median_ms / row.median_ms;
  };
  const table = toText({
    name: "steps",
    caption: "Median milliseconds per training step, and how many times as long PyTorch takes",
    columns: [
      { key: "net", title: "network" },
      { key: "threads", title: "threads", format: "integer" },
      { key: "active", title: "active weights", format: "integer" },
      { key: "ms", title: "ours", format: "number", decimals: 3, unit: "ms" },
      { key: "dense", title: "dense", format: "number", decimals: 2, unit: "×" },
      { key: "masked", title: "masked", format: "number", decimals: 2, unit: "×" },
      { key: "csr", title: "csr", format: "number", decimals: 2, unit: "×" },
    ],
    rows: rows.map((row) => ({
      net: caseName({
        ...row,
        widths: row.net.split("-").map(Number),
        batchNorm: row.batch_norm,
      } as unknown as StepCase),
      threads: row.threads,
      active: row.active_weights,
      ms: row.median_ms,
      dense: ratio(row, "dense"),
      masked: ratio(row, "masked"),
      csr: ratio(row, "csr"),
    })),
    notes: [
      peer === undefined ? "PyTorch is not here (python3 has no torch): our times alone." : `Peer: ${peer.name}.`,
    ],
  });
  process.stdout.write(`${table}\n`);
}
peer?.close();
