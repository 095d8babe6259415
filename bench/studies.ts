/**
 * Trials per minute of a study, beside the same trials in PyTorch: the quickstart with one seed of its five, and a reduced
 * Fashion-MNIST study.
 *
 *     npm run bench:studies
 *     npm run bench:studies -- --only quickstart --seeds 5 --json
 *
 * Ours is the whole command, from its start to its report. The peer is one Python process that runs the trials one after
 * another (peer_study.py), timed from the first trial on: same widths, active weights, optimizers, epochs, steps and data, both
 * splits evaluated and gradients measured at the same epochs. Its batches are slices of tensors in memory, the fastest way there
 * is; with --loader they come from a DataLoader, as in most research code.
 */

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { InputError, unknownName } from "../src/base/index.ts";
import { type Dataset, datasetInfo, normalisation, type Split } from "../src/data/index.ts";
import { applyOverrides, type Design, designStudy, readStudyFile } from "../src/experiment/index.ts";
import { defaultLearningRates, type OptimizerName } from "../src/optim/index.ts";
import { capacityOf, isMeasured, type ScSdcSettings, studyKinds, trialDataset } from "../src/studies/index.ts";
import { note, positive, print, rounded, run } from "./print.ts";

const execute = promisify(execFile);
const root = join(import.meta.dirname, "..");

/** What of each study is run. */
const overridesOf: Readonly<Record<string, readonly string[]>> = {
  quickstart: [],
  "fashion-mnist": ["train_examples=10000", "dense_width=79,394", "epochs=2"],
};

interface Throughput {
  readonly study: string;
  readonly overrides: readonly string[];
  readonly trials: number;
  readonly steps: number;
  readonly workers: number;
  readonly seconds: number;
  readonly trials_per_minute: number;
  readonly peer?: string;
  readonly peer_threads?: number;
  readonly peer_loader?: boolean;
  readonly peer_seconds?: number;
  readonly peer_trials_per_minute?: number;
  readonly ratio?: number;
}

/** Version 1.0 of NumPy's format: a header of one line, padded to 64 bytes, then the numbers. */
function npy(values: Float32Array | BigInt64Array, shape: readonly number[]): Uint8Array {
  const type = values instanceof Float32Array ? "<f4" : "<i8";
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`;
  const header = `${text.padEnd(64 * Math.ceil((text.length + 11) / 64) - 11)}\n`;
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  return Buffer.concat([start, Buffer.from(header, "latin1"), Buffer.from(values.buffer)]);
}

/** Writes the data as the networks see them, normalised. */
function exportData(folder: string, dataset: Dataset, settings: ScSdcSettings): void {
  const { features } = dataset;
  const { scale, shift } = normalisation(dataset, settings.normalisation);
  const write = (name: string, { count, values, labels }: Split) => {
    const x = Float32Array.from(
      { length: count * features },
      (_, i) => values[i] * scale[i % features] + shift[i % features],
    );
    writeFileSync(join(folder, `${name}_x.npy`), npy(x, [count, features]));
    writeFileSync(join(folder, `${name}_y.npy`), npy(BigInt64Array.from(labels, BigInt), [count]));
  };
  write("train", dataset.train);
  write("test", dataset.test);
}

/** A trial in the peer's words. */
function peerTrial(kind: string, seed: number, settings: ScSdcSettings, dataset: Dataset) {
  const { layers } = capacityOf(settings, dataset);
  const shapes = layers.map((layer) => (kind === "sparse" ? layer.sparseShape : layer.denseShape));
  const { epochs, measure_every: every, batch_norm, optimizer, momentum, batch_size, measure_examples } = settings;
  return {
    ...{ kind, seed, batch_norm, optimizer, momentum, epochs, batch_size, measure_examples },
    widths: [dataset.features, ...shapes.map(([fanOut]) => fanOut)],
    active: layers.map(({ active }) => active),
    learning_rate: settings.learning_rate ?? defaultLearningRates[optimizer as OptimizerName],
    measured: Array.from({ length: epochs + 1 }, (_, epoch) => epoch).filter((e) => isMeasured(e, { epochs, every })),
  };
}

interface Asked {
  readonly seeds: number;
  readonly workers: number;
  readonly torchThreads: number;
  readonly loader: boolean;
}

interface PeerRun {
  readonly peer: string;
  readonly seconds: number;
  readonly steps: number;
}

/** Runs the trials in PyTorch; undefined where python3 or torch is missing. */
async function runPeer(
  design: Design,
  folder: string,
  { torchThreads: threads, loader }: Asked,
): Promise<PeerRun | undefined> {
  const first = design.trials[0].payload as ScSdcSettings;
  const dataset = await trialDataset(first);
  exportData(folder, dataset, first);
  const trials = design.trials.map(({ kind, seed, payload }) =>
    peerTrial(kind, seed, payload as ScSdcSettings, dataset),
  );
  const request = join(folder, "request.json");
  writeFileSync(request, JSON.stringify({ folder, threads, loader, trials }));
  const said = await execute("python3", [join(import.meta.dirname, "peer_study.py"), request]).catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  const lines = said?.stdout.trim().split("\n") ?? [];
  const answers = lines.map((line) => JSON.parse(line));
  const last = answers.at(-1);
  if (last === undefined || last.error !== undefined) return undefined;
  const steps = answers.reduce((sum: number, { steps = 0 }) => sum + steps, 0);
  return { peer: last.peer, seconds: last.seconds, steps };
}

async function measureStudy(name: string, asked: Asked): Promise<Throughput> {
  const { seeds, workers, torchThreads, loader } = asked;
  const file = join(root, "studies", `${name}.yaml`);
  const overrides = [...overridesOf[name], `seeds=${seeds}`];
  const design = designStudy(applyOverrides(readStudyFile(file, studyKinds), overrides));
  const { data } = design.trials[0].payload as ScSdcSettings;
  if (!(await datasetInfo(data)).found) {
    throw new InputError(`bench: ${data} is not here; run npx gradientflow data fetch ${data}`);
  }
  const folder = mkdtempSync(join(tmpdir(), "gradientflow-bench-"));
  try {
    const bin = join(root, "bin/gradientflow.js");
    const command = ["study", "run", file, ...overrides, "--out", join(folder, "out"), "--quiet"];
    const started = performance.now();
    await execute(process.execPath, [bin, ...command, "--workers", String(workers)]);
    const seconds = (performance.now() - started) / 1000;
    note(`${name}: ${design.trials.length} trials in ${seconds.toFixed(1)} s`);
    mkdirSync(join(folder, "peer"));
    const peer = await runPeer(design, join(folder, "peer"), asked);
    const perMinute = (of: number) => rounded((60 * design.trials.length) / of, 4);
    return {
      study: name,
      overrides,
      trials: design.trials.length,
      steps: peer?.steps ?? Number.NaN,
      workers,
      seconds: rounded(seconds),
      trials_per_minute: perMinute(seconds),
      ...(peer === undefined
        ? {}
        : {
            peer: peer.peer,
            peer_threads: torchThreads,
            peer_loader: loader,
            peer_seconds: rounded(peer.seconds),
            peer_trials_per_minute: perMinute(peer.seconds),
            ratio: rounded(peer.seconds / seconds, 4),
          }),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await run(async () => {
  const { values: options } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: Object.keys(overridesOf) },
      seeds: { type: "string", default: "1" },
      workers: { type: "string", default: String(availableParallelism()) },
      "torch-threads": { type: "string", default: "2" },
      loader: { type: "boolean", default: false },
    },
  });
  const rows: Throughput[] = [];
  for (const name of options.only) {
    if (!Object.hasOwn(overridesOf, name)) throw unknownName("bench", "study", name, Object.keys(overridesOf));
    rows.push(
      await measureStudy(name, {
        seeds: positive("seeds", options.seeds),
        workers: positive("workers", options.workers),
        torchThreads: positive("torch-threads", options["torch-threads"]),
        loader: options.loader,
      }),
    );
  }
  const peer = rows.find((row) => row.peer !== undefined);
  const number = (key: string, title: string, decimals: number, unit?: string) =>
    ({ key, title, format: "number", decimals, unit }) as const;
  print(
    {
      name: "studies",
      caption: "Trials per minute of whole studies",
      columns: [
        { key: "study", title: "study" },
        { key: "trials", title: "trials", format: "integer" },
        { key: "steps", title: "steps", format: "integer" },
        number("seconds", "ours", 1, "s"),
        number("trials_per_minute", "per minute", 1),
        number("peer_seconds", "PyTorch", 1, "s"),
        number("peer_trials_per_minute", "per minute", 1),
        number("ratio", "ratio", 2, "×"),
      ],
      rows: rows.map((row) => ({ ...row, overrides: row.overrides.join(" ") })),
      notes: [
        ...rows.map((row) => `${row.study}: ${row.overrides.join(" ")}, ${row.workers} workers.`),
        peer === undefined
          ? "PyTorch is not here (python3 has no torch): our times alone."
          : `Beside ${peer.peer}, ${peer.peer_threads} threads, trials one after another, masked where sparse${options.loader ? ", batches by DataLoader" : ""}.`,
      ],
    },
    rows.length === 1 ? rows[0] : rows,
    options.json,
  );
});
