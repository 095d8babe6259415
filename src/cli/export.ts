/** `export`: a trained network as a file of another format, checked before it is written. */

import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { InputError } from "../base/index.ts";
import {
  type BundleOptions,
  encodeModule,
  encodeOnnx,
  inferenceNetwork,
  moduleTypes,
  networkBundle,
} from "../exchange/index.ts";
import { encodeBundle } from "../infer/index.ts";
import { countsOf } from "../nn/index.ts";
import { type Engine, openEngine } from "../tensor/index.ts";
import {
  encodeWeights,
  type NetworkValues,
  networkFromValues,
  networkValues,
  type OpenedNetwork,
} from "../train/index.ts";
import { type Check, checkExport } from "./export-check.ts";
import { type ExportFormat, targetOf, typesPath, writeExport } from "./export-file.ts";
import { inputNormalisation } from "./export-inputs.ts";
import { openSource } from "./export-source.ts";
import { facts, grouped, paint, say, sayJson } from "./output.ts";
import { packageVersion } from "./program.ts";

export interface ExportNetworkOptions {
  readonly format?: string;
  readonly output?: string;
  readonly rawInputs?: boolean;
  /** Undefined where neither --fold nor --no-fold is given. */
  readonly fold?: boolean;
  readonly precision: string;
  readonly sparseInitializers?: boolean;
  readonly data?: string;
  readonly dataFolder?: string;
  readonly fetch?: boolean;
  readonly json?: boolean;
}

/** What one export is made from. */
export interface Exported {
  readonly format: ExportFormat;
  /** As it was trained. */
  readonly values: NetworkValues;
  /** As it is written. */
  readonly written: NetworkValues;
  readonly float16: boolean;
  readonly normalisation: BundleOptions["normalisation"];
  readonly bytes: Uint8Array;
}

/** Exports and says what was written. */
export async function exportNetwork(checkpoint: string, options: ExportNetworkOptions): Promise<void> {
  const about = await writeNetwork(checkpoint, options);
  if (options.json === true) sayJson(about);
  else sayAbout(about);
}

/** @throws InputError, EnvironmentError  before anything is written */
export async function writeNetwork(checkpoint: string, options: ExportNetworkOptions): Promise<About> {
  const { format, path } = targetOf(checkpoint, options.format, options.output);
  checkOptions(format, options);
  using engine = await openEngine();
  const opened = await openSource(engine, checkpoint);
  const normalisation = options.rawInputs === true ? await inputNormalisation(checkpoint, opened, options) : undefined;
  const exported = encode(engine, opened, format, normalisation, options);
  const check = await checkExport(engine, exported);
  await writeExport(path, exported.bytes);
  const types = format === "module" ? typesPath(path) : undefined;
  if (types !== undefined) await writeExport(types, new TextEncoder().encode(moduleTypes));
  return { ...(await describe(exported, check, path)), ...(types !== undefined && { types }) };
}

/** @throws InputError for an option that the format does not have */
function checkOptions(
  format: ExportFormat,
  { rawInputs, precision, sparseInitializers, data, dataFolder }: ExportNetworkOptions,
) {
  if (precision !== "float32" && precision !== "float16") {
    throw new InputError(`export: --precision must be float32 or float16, got ${precision}`);
  }
  const only = (given: boolean, option: string, formats: readonly ExportFormat[]) => {
    if (!given || formats.includes(format)) return;
    throw new InputError(`export: ${option} is for ${formats.join(" and ")}, got --format ${format}; leave it out`);
  };
  only(precision === "float16", "--precision float16", ["module", "gfm"]);
  only(sparseInitializers === true, "--sparse-initializers", ["onnx"]);
  only(rawInputs === true, "--raw-inputs", ["onnx", "module", "gfm"]);
  if ((data !== undefined || dataFolder !== undefined) && rawInputs !== true) {
    throw new InputError("export: --data and --data-folder say what --raw-inputs are; add that, or leave them out");
  }
}

function encode(
  engine: Engine,
  opened: OpenedNetwork,
  format: ExportFormat,
  normalisation: BundleOptions["normalisation"],
  { fold = format !== "safetensors", precision, sparseInitializers }: ExportNetworkOptions,
): Exported {
  const values = networkValues(opened.network);
  const float16 = precision === "float16";
  const written = format === "safetensors" && !fold ? values : inferenceNetwork(values, { fold });
  const base = { format, values, written, float16, normalisation };
  const { classNames, metadata } = describedBy(opened, normalisation !== undefined);
  const writtenBy = `gradientflow ${packageVersion()}`;
  switch (format) {
    case "safetensors": {
      using _ = engine.scope();
      const network = fold ? networkFromValues(engine, written) : opened.network;
      const { model, notes } = opened.metadata;
      return { ...base, bytes: encodeWeights(network, { model, notes, writtenBy }) };
    }
    case "onnx": {
      const texts = { ...metadata, ...(classNames === undefined ? {} : { classNames: JSON.stringify(classNames) }) };
      const producer = { name: "gradientflow", version: packageVersion() };
      return {
        ...base,
        bytes: encodeOnnx(values, { fold, sparseInitializers, metadata: texts, normalisation, producer }),
      };
    }
    case "gfm":
    case "module": {
      const bundle = networkBundle(values, { fold, classNames, normalisation, metadata: { ...metadata, writtenBy } });
      const bytes = encodeBundle(bundle, { precision: float16 ? "float16" : "float32" });
      return { ...base, bytes: format === "gfm" ? bytes : encodeModule(bytes) };
    }
    default:
      format satisfies never;
      throw new Error("internal: export: no such format");
  }
}

/** What the training knew of its data. */
function describedBy({ metadata: { model }, network }: OpenedNetwork, raw: boolean) {
  const { classNames, normalisation } = (model ?? {}) as { classNames?: unknown; normalisation?: unknown };
  const names =
    Array.isArray(classNames) &&
    classNames.length === network.outputs &&
    classNames.every((one) => typeof one === "string")
      ? (classNames as string[])
      : undefined;
  const inputs = raw ? "as the data set has them" : typeof normalisation === "string" ? normalisation : "as trained";
  return { classNames: names, metadata: { inputs } };
}

/** What is told of an export, and printed as JSON. */
export interface About {
  readonly file: string;
  /** Declarations for TypeScript, beside a module. */
  readonly types?: string;
  readonly format: ExportFormat;
  readonly bytes: number;
  readonly gzipBytes: number;
  readonly parameters: number;
  readonly activeParameters: number;
  readonly macs: number;
  readonly activeMacs: number;
  readonly check: Check;
}

async function describe({ format, written, bytes }: Exported, check: Check, file: string): Promise<About> {
  const active = Object.fromEntries([...written.masks].map(([name, mask]) => [name, mask.columnIndices.length]));
  const { parameters, activeParameters, macs, activeMacs } = countsOf(written.architecture, { active }).total;
  const gzipBytes = (await promisify(gzip)(bytes, { level: 9 })).length;
  return { file, format, bytes: bytes.length, gzipBytes, parameters, activeParameters, macs, activeMacs, check };
}

const runsIn: Readonly<Record<ExportFormat, string>> = {
  onnx: "onnxruntime and other programs that read ONNX, opset 17",
  safetensors: "PyTorch, and this program again",
  module: "Node and browsers, by itself",
  gfm: "gradientflow/infer, in Node and browsers",
};

function sayAbout({
  file,
  format,
  bytes,
  gzipBytes,
  parameters,
  activeParameters,
  macs,
  activeMacs,
  check,
  types,
}: About): void {
  const share = (active: number, all: number) =>
    active === all
      ? grouped(all)
      : `${grouped(active)} of ${grouped(all)} (${((100 * active) / all).toPrecision(3)} %)`;
  const rows: [string, string][] = [
    ["runs in", runsIn[format]],
    ["size", `${grouped(bytes)} bytes, ${grouped(gzipBytes)} gzipped`],
    ["parameters", share(activeParameters, parameters)],
    ["multiply-accumulates", share(activeMacs, macs)],
    ["checked", check.text],
    ...(types === undefined ? [] : [["types", types] satisfies [string, string]]),
  ];
  say(`${paint("bold", file)}\n${facts(rows)}`);
}
