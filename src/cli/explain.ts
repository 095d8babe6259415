/** `explain`: maps of test images by a trained network, as pictures and numbers, and whether they can be trusted. */

import { mkdir } from "node:fs/promises";
import { InputError, unknownName } from "../base/index.ts";
import { type Dataset, type Normalisation, normalisation, normalisations } from "../data/index.ts";
import { toText } from "../experiment/index.ts";
import type { Network } from "../nn/index.ts";
import { Explainer, type MethodName, type SaliencyResult, saliencyMethodNames } from "../saliency/index.ts";
import { trialDataset } from "../studies/index.ts";
import { type Engine, openEngine } from "../tensor/index.ts";
import { loadNetwork, type OpenedNetwork } from "../train/index.ts";
import { writeMaps, writeSheet } from "./explain-files.ts";
import { type Checked, type CheckSource, checkMethods } from "./explain-sanity.ts";
import { trainOnShuffledLabels } from "./explain-shuffled.ts";
import { canStyle, counted, note, say, sayJson } from "./output.ts";

export interface ExplainOptions {
  readonly data?: string;
  readonly dataFolder?: string;
  readonly normalisation?: string;
  readonly method?: readonly string[];
  readonly images: number;
  readonly target?: number;
  readonly out: string;
  readonly sanity?: boolean;
  readonly labelRandomisation?: boolean;
  readonly seed: number;
  readonly fetch?: boolean;
  readonly json?: boolean;
}

/** What is shown where no method is named: references, and the much used ones that fail the checks beside them. */
const usual: readonly MethodName[] = [
  "gradient",
  "input-x-gradient",
  "integrated-gradients",
  "smoothgrad",
  "guided-backprop",
  "lrp-epsilon",
  "lrp-z-plus",
  "grad-cam",
  "grad-cam-plus-plus",
  "full-grad",
];

/** The images that are explained. */
export interface Examples {
  readonly name: string;
  readonly count: number;
  /** Channels, height and width. */
  readonly shape: readonly number[];
  /** [count, features], as the data set has them. */
  readonly raw: Float64Array;
  /** The same as the network reads them. */
  readonly images: Float64Array;
  readonly labels: readonly number[];
  /** What the labels stand for, where the data set says it. */
  readonly classNames: readonly string[] | undefined;
}

export interface Explained {
  readonly method: MethodName;
  readonly result: SaliencyResult;
}

export async function explain(path: string, options: ExplainOptions): Promise<void> {
  using engine = await openEngine();
  const opened = await loadNetwork(engine, path);
  const { network } = opened;
  const examples = await testExamples(path, opened, options);
  const explained: Explained[] = [];
  const left: { readonly method: MethodName; readonly why: string }[] = [];
  for (const method of methodsOf(options.method)) {
    try {
      explained.push({ method, result: mapsBy(engine, network, method, examples, options) });
    } catch (error) {
      // Asked for by name it is a mistake; one of many that does not fit the network is left out.
      if (!(error instanceof InputError) || !leavesOut(options.method)) throw error;
      left.push({ method, why: error.message });
    }
  }
  if (explained.length === 0) throw new InputError(left[0].why);
  await mkdir(options.out, { recursive: true });
  const files = [await writeSheet(options.out, examples, explained)];
  for (const one of explained) files.push(...(await writeMaps(options.out, examples, one)));
  const checked = await checkedBy(engine, path, { network, examples, explained }, options);
  if (checked !== undefined) files.push(...checked.files);
  if (options.json === true) {
    sayJson({ files, methods: explained.map(summary), left, verdicts: checked?.verdicts });
    return;
  }
  for (const { method, why } of left) note(`${method} left out: ${why}`);
  for (const one of explained) for (const line of warnings(one)) note(line);
  if (checked !== undefined) say(`${toText(checked.table, { styled: canStyle() }).trimEnd()}\n\nSee ${checked.page}`);
  say(`${counted(explained.length, "method")} on ${counted(examples.count, "image")}: ${files[0]}`);
}

/** The checks that were asked for; undefined for none. */
async function checkedBy(
  engine: Engine,
  path: string,
  found: Pick<CheckSource, "network" | "examples" | "explained">,
  options: ExplainOptions,
): Promise<Checked | undefined> {
  const { sanity, labelRandomisation, seed, fetch } = options;
  if (sanity !== true && labelRandomisation !== true) return undefined;
  const missing = { fetchMissing: fetch !== false, announce: note };
  using shuffled =
    labelRandomisation === true ? await trainOnShuffledLabels(engine, path, { seed, missing }) : undefined;
  return await checkMethods(engine, { path, ...found, shuffled }, options);
}

function mapsBy(
  engine: Engine,
  network: Network,
  method: MethodName,
  { images }: Examples,
  { target, seed }: ExplainOptions,
): SaliencyResult {
  using _ = engine.scope();
  const noisy = ["smoothgrad", "smoothgrad-squared", "vargrad", "smooth-full-grad"].includes(method);
  return new Explainer(engine, network, { method, options: noisy ? { seed } : {} }).maps({ images, targets: target });
}

const leavesOut = (asked: readonly string[] | undefined) => asked === undefined || asked.includes("all");

function methodsOf(asked: readonly string[] | undefined): readonly MethodName[] {
  if (asked === undefined) return usual;
  if (asked.includes("all")) return saliencyMethodNames;
  return asked.map((name) => {
    const known = saliencyMethodNames.find((method) => method === name);
    if (known === undefined) throw unknownName("--method", "method", name, [...saliencyMethodNames, "all"]);
    return known;
  });
}

/** Settings of the training, where the file is of one. */
function trainedWith({
  checkpoint,
  metadata,
}: OpenedNetwork): Partial<Record<"data" | "data_folder" | "normalisation", string>> {
  const { settings } = (metadata.notes ?? {}) as { settings?: object };
  return { data: checkpoint?.data.name, ...settings };
}

async function testExamples(path: string, opened: OpenedNetwork, options: ExplainOptions): Promise<Examples> {
  const trained = trainedWith(opened);
  const data = options.data ?? trained.data;
  const kind = options.normalisation ?? trained.normalisation;
  if (data === undefined) throw new InputError(`${path}: does not say what it was trained on; name it: --data`);
  if (kind === undefined) {
    throw new InputError(`${path}: does not say how its inputs were normalised; name it: --normalisation`);
  }
  if (!(normalisations as readonly string[]).includes(kind)) {
    throw unknownName("--normalisation", "kind", kind, normalisations);
  }
  const folder = options.dataFolder ?? (options.data === undefined ? trained.data_folder : undefined);
  const settings = {
    data,
    data_folder: folder ?? null,
    normalisation: kind as Normalisation,
    train_examples: null,
  };
  const dataset = await trialDataset(settings, { fetchMissing: options.fetch !== false, announce: note });
  return examplesOf(dataset, kind as Normalisation, opened.network, options.images);
}

function examplesOf(dataset: Dataset, kind: Normalisation, network: Network, wanted: number): Examples {
  const { features, featureShape, name, test, classNames } = dataset;
  if (features !== network.inputs) {
    throw new InputError(
      `explain: ${name} has ${features} features, the network reads ${network.inputs}; use the data it was trained on: --data`,
    );
  }
  const count = Math.min(wanted, test.count);
  const { scale, shift } = normalisation(dataset, kind);
  const raw = Float64Array.from({ length: count * features }, (_, i) => test.values[i]);
  const images = raw.map((value, i) => value * scale[i % features] + shift[i % features]);
  const shape = featureShape.length === 3 ? featureShape : [1, 1, features];
  return { name, count, shape, raw, images, labels: [...test.labels.subarray(0, count)], classNames };
}

function warnings({ method, result: { flags } }: Explained): string[] {
  const words = { nan: "no numbers", zero: "0 everywhere", constant: "one number everywhere" } as const;
  return (["nan", "zero", "constant"] as const).flatMap((flag) => {
    const found = flags.filter((one) => one === flag).length;
    return found === 0 ? [] : [`${method}: ${found} of ${flags.length} maps are ${words[flag]} and are not drawn`];
  });
}

function summary({ method, result: { shape, targets, flags, completeness } }: Explained): object {
  const worst = completeness === undefined ? undefined : Math.max(...completeness.relativeError);
  return { method, shape, targets: [...targets], flags: flags.map((flag) => flag ?? null), completenessError: worst };
}
