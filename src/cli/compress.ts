/**
 * `compress`: trains a network, takes channels out of it on the way, and writes the small network that is left, once per target;
 * with `--from` it begins with a network that is trained. Every epoch is saved, so that a run that is stopped goes on.
 */

import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { formatShape, InputError, sameShape } from "../base/index.ts";
import {
  type CostTarget,
  costOf,
  groupsForTarget,
  latenciesOf,
  type NetworkCost,
  pruningGroups,
} from "../compress/index.ts";
import type { Dataset } from "../data/index.ts";
import { type Interrupt, listenForInterrupt, writeReport } from "../experiment/index.ts";
import { countsOf } from "../nn/index.ts";
import {
  type CompressedNetwork,
  compressStepwise,
  cutZeros,
  drawnNetwork,
  evaluateValues,
  fullArchitecture,
  type StretchProgress,
  stretchEpochs,
  trainDense,
  trainedValues,
  trialDataset,
} from "../studies/index.ts";
import { type Engine, openEngine } from "../tensor/index.ts";
import {
  type Evaluation,
  loadNetworkValues,
  type NetworkValues,
  networkFromValues,
  type ResidentDataset,
  residentDataset,
  saveWeights,
} from "../train/index.ts";
import { type CompressDisplay, jsonCompressDisplay, textCompressDisplay } from "./compress-display.ts";
import { CompressFolder } from "./compress-folder.ts";
import { type CompressPlan, type CompressWords, compressPlan } from "./compress-settings.ts";
import { exitCodes } from "./errors.ts";
import { note } from "./output.ts";
import { packageVersion } from "./program.ts";

export interface CompressOptions extends CompressWords {
  readonly out: string;
  /** Whether the full network is trained to the end too. Default true. */
  readonly baseline?: boolean;
  /** Whether the given network is only cut: its zeros are there. */
  readonly onlyCut?: boolean;
  readonly fetch?: boolean;
  readonly json?: boolean;
}

/** One network of the answer. */
export interface NetworkResult {
  readonly values: NetworkValues;
  readonly cost: NetworkCost;
  readonly test: Evaluation;
  /** Medians, in milliseconds, for one example and for 32. */
  readonly latencyMs: { readonly one: number; readonly thirtyTwo: number };
}

export interface TargetResult extends NetworkResult {
  readonly target: CostTarget;
  readonly compressed: CompressedNetwork;
  /** Where the small network was written. */
  readonly file: string;
}

export interface CompressResult {
  readonly plan: CompressPlan;
  readonly dataset: Dataset;
  /** The full network, and how it came to be. */
  readonly full: NetworkResult;
  readonly fullIs: "trained as long" | "as it was when channels began to go" | "the given one";
  readonly targets: readonly TargetResult[];
}

/** Milliseconds between two looks for Ctrl-C. */
const attentiveMs = 20;

export async function compress(words: readonly string[], options: CompressOptions): Promise<void> {
  if (options.onlyCut === true && options.from === undefined) {
    throw new InputError(
      "compress: --only-cut cuts the zeros out of a trained network, got none; name its file by --from",
    );
  }
  const plan = await compressPlan(words, options);
  const { settings, targets, seed } = plan;
  const dataset = await trialDataset(settings, { fetchMissing: options.fetch !== false, announce: note });
  using engine = await openEngine();
  const given = options.from === undefined ? undefined : await loadNetworkValues(options.from);
  if (given !== undefined) checkInputs(options.from as string, given, dataset);
  const start = given ?? drawnNetwork(engine, fullArchitecture(settings, dataset), settings, seed);
  // What cannot be met is refused before anything is trained: how much can go does not depend on the weights.
  const groups = pruningGroups(start.architecture, { keep: settings.keep, multipleOf: settings.multiple_of });
  const onlyCut = options.onlyCut === true;
  for (const share of onlyCut ? [] : targets) groupsForTarget(start, groups, { of: settings.target_of, share });
  const data = residentDataset(engine, dataset, settings.normalisation);
  const from = options.from === undefined ? undefined : weightsHash(start);
  const baseline = options.baseline !== false && given === undefined;
  const folder = await CompressFolder.open(options.out, {
    settings,
    targets,
    seed,
    from,
    baseline,
    onlyCut,
    data: dataset.sha256,
  });
  const display = options.json === true ? jsonCompressDisplay() : textCompressDisplay();
  display.begin({
    plan,
    dataset,
    architecture: start.architecture,
    epochs: onlyCut ? 0 : epochsOf(plan, given !== undefined, baseline),
    folder,
  });
  using interrupt = listenForInterrupt();
  const session: Session = { engine, plan, data, folder, display, interrupt };
  const result = await runAll(session, { start, given: given !== undefined, baseline, onlyCut, dataset });
  if (result === undefined) {
    note(`Stopped; every epoch that was done is kept. The same command goes on with ${options.out}`);
    process.exitCode = exitCodes.interrupted;
    return;
  }
  const { compressReport } = await import("./compress-report.ts");
  const { index } = await writeReport(await compressReport(result), join(folder.path, "report"));
  display.end(result, index);
}

interface Session {
  readonly engine: Engine;
  readonly plan: CompressPlan;
  readonly data: ResidentDataset;
  readonly folder: CompressFolder;
  readonly display: CompressDisplay;
  readonly interrupt: Interrupt;
}

/** Epochs of the whole run. */
function epochsOf({ settings, targets }: CompressPlan, given: boolean, baseline: boolean): number {
  const epochs = stretchEpochs(settings);
  const each = epochs.compress + epochs["fine-tune"];
  return (given ? 0 : epochs.dense) + (baseline ? epochs.compress : 0) + targets.length * each;
}

interface Beginning {
  readonly start: NetworkValues;
  /** Whether the start is a trained network. */
  readonly given: boolean;
  readonly baseline: boolean;
  readonly onlyCut: boolean;
  readonly dataset: Dataset;
}

/** @returns undefined where Ctrl-C ended it */
async function runAll(
  session: Session,
  { start, given, baseline, onlyCut, dataset }: Beginning,
): Promise<CompressResult | undefined> {
  const { engine, plan, data, folder } = session;
  const { settings, targets, seed } = plan;
  const resume = await folder.checkpoints("full");
  let dense: NetworkValues | undefined = start;
  if (!given)
    dense = await run(
      session,
      "full",
      trainDense(engine, settings, start, { seed, data, whole: false, resume, pauseEvery: 1 }),
    );
  if (dense === undefined) return undefined;
  const toTheEnd = { name: "compress", epochs: stretchEpochs(settings).compress, schedule: "cosine" } as const;
  const full = baseline
    ? await run(
        session,
        "full",
        trainedValues(engine, settings, dense, toTheEnd, { seed, data, resume, pauseEvery: 1 }),
      )
    : dense;
  if (full === undefined) return undefined;
  const made: { readonly target: CostTarget; readonly compressed: CompressedNetwork }[] = [];
  if (onlyCut) {
    const compressed = cutZeros(engine, settings, full);
    const share = shareOfMacs(compressed.network, full);
    made.push({ target: { of: "macs", share }, compressed });
  }
  for (const share of onlyCut ? [] : targets) {
    const target = { of: settings.target_of, share };
    const part = `target-${share}`;
    const pauses = compressStepwise(engine, settings, {
      ...{ dense, method: settings.method, target, seed, data, pauseEvery: 1 },
      resume: await folder.checkpoints(part),
    });
    const compressed = await run(session, part, pauses);
    if (compressed === undefined) return undefined;
    made.push({ target, compressed });
  }
  const networks = [full, ...made.map(({ compressed }) => compressed.network)];
  session.display.measuring();
  const one = latenciesOf(engine, networks, { batch: 1 });
  const thirtyTwo = latenciesOf(engine, networks, { batch: 32 });
  const results = await Promise.all(
    networks.map(async (values, i): Promise<NetworkResult> => {
      const latencyMs = { one: one[i], thirtyTwo: thirtyTwo[i] };
      return { values, cost: await costOf(values), test: evaluateValues(engine, values, data), latencyMs };
    }),
  );
  const written: TargetResult[] = [];
  for (const [i, { target, compressed }] of made.entries()) {
    const file = join(folder.path, `small-${target.share}.safetensors`);
    await saveSmall(session, dataset, results[i + 1], file, target);
    written.push({ ...results[i + 1], target, compressed, file });
  }
  const fullIs = given ? "the given one" : baseline ? "trained as long" : "as it was when channels began to go";
  return { plan, dataset, full: results[0], fullIs, targets: written };
}

/** To three figures, for a name. */
function shareOfMacs(small: NetworkValues, full: NetworkValues): number {
  const macs = ({ architecture }: NetworkValues) => countsOf(architecture).total.macs;
  return Number((macs(small) / macs(full)).toPrecision(3));
}

/** Runs stretches to their end, saving after each epoch, or to Ctrl-C, saving there. @returns undefined where it was stopped */
async function run<Result>(
  { folder, display, interrupt }: Session,
  part: string,
  pauses: Generator<StretchProgress, Result, void>,
): Promise<Result | undefined> {
  let lookedMs = performance.now();
  for (;;) {
    const { done, value } = pauses.next();
    if (done === true) return value;
    const { trainer, stretch, loss } = value;
    const ended = trainer.stepInEpoch === 0;
    // A stretch that goes on pauses before its first step, where it is as it was saved.
    const moved = !Number.isNaN(loss);
    if (ended && moved) {
      await folder.save(part, stretch.name, trainer);
      display.epoch({ part, stretch: stretch.name, epoch: trainer.epoch, of: stretch.epochs, loss });
    } else if (!moved && trainer.epoch > 0) {
      display.skipped(trainer.epoch);
    }
    if (performance.now() - lookedMs > attentiveMs) {
      // Signals are told between two turns of the event loop.
      await setImmediate();
      lookedMs = performance.now();
    }
    if (!interrupt.stop.aborted) continue;
    if (!ended) await folder.save(part, stretch.name, trainer);
    pauses.return(undefined as never);
    return undefined;
  }
}

async function saveSmall(
  { engine, plan: { settings, seed } }: Session,
  { featureShape, classes, classNames }: Dataset,
  { values, test }: NetworkResult,
  file: string,
  target: CostTarget,
): Promise<void> {
  using _ = engine.scope();
  const network = networkFromValues(engine, values);
  await saveWeights(file, network, {
    model: { kind: settings.method, featureShape, normalisation: settings.normalisation, classes, classNames },
    notes: { command: "compress", seed, target, testAccuracy: test.accuracy, settings },
    writtenBy: `gradientflow ${packageVersion()}`,
  });
}

function checkInputs(path: string, { architecture }: NetworkValues, dataset: Dataset): void {
  const { input } = architecture;
  const fits = sameShape(input, dataset.featureShape) || (input.length === 1 && input[0] === dataset.features);
  if (fits) return;
  throw new InputError(
    `compress: ${path} reads ${formatShape(input)}, but the data set ${dataset.name} has ${formatShape(dataset.featureShape)}; ` +
      "name the data it was trained on, as in data=fashion-mnist",
  );
}

/** A short name for a network's numbers: FNV-1a of their bytes. */
function weightsHash({ tensors }: NetworkValues): string {
  let hash = 0x811c9dc5;
  for (const { values } of tensors.values()) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, "0");
}
