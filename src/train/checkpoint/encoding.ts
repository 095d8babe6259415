/**
 * Checkpoints as safetensors files: numbers as arrays, everything else as JSON in the file's metadata.
 *
 *     layer1.weight                        F32 [O, I], or the active weights of a sparse one, [active]
 *     mask/layer1.weight/rowPointers       I32 [O + 1]
 *     mask/layer1.weight/columnIndices     I32 [active]
 *     layer1.batchNorm.running_mean        F32 [F]
 *     optimizer/layer1.weight/velocity     F32, as its parameter
 *     attached/rewound                     U8 [bytes], the file of another checkpoint
 *
 * An engine in float64 writes F64. Equal checkpoints are equal bytes.
 */

import { InputError, sizeOf } from "../../base/index.ts";
import type { Safetensors, SafetensorsTensor, WritableTensor } from "../../data/index.ts";
import { parseSafetensors, writeSafetensors } from "../../data/index.ts";
import { type Mask, parseArchitecture } from "../../nn/index.ts";
import type { TrainingSettings } from "../training-settings.ts";
import type { Checkpoint, WeightDescription } from "./checkpoint.ts";
import { Metadata, toJson } from "./metadata.ts";
import type { NamedTensor } from "./network-tensors.ts";

/** What a checkpoint's file is known by: the text of its version. */
export const versionKey = "gradientflow.checkpoint";
const version = "1";
const maskPrefix = "mask/";
const optimizerPrefix = "optimizer/";
const attachedPrefix = "attached/";
const takenPrefixes = [maskPrefix, optimizerPrefix, attachedPrefix];

/** The bytes of a checkpoint's file. @throws InputError for notes that JSON cannot hold, or a parameter named "mask/..." */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const { model, notes, writtenBy, architecture, settings, data, position, optimizer, weights } = checkpoint;
  const json = Object.entries({
    model,
    notes,
    architecture,
    settings,
    data,
    position,
    optimizer: { name: optimizer.name, steps: optimizer.steps, powers: optimizer.powers, numbers: optimizer.numbers },
    weights,
  }).map(([key, value]) => [key, toJson(`checkpoint ${key}`, value)] as const);
  const tensors = new Map<string, WritableTensor>();
  for (const [name, tensor] of checkpoint.tensors) {
    if (takenPrefixes.some((prefix) => name.startsWith(prefix))) {
      throw new InputError(
        `checkpoint: names beginning with ${takenPrefixes.join(" or ")} are taken, got ${name}; rename it`,
      );
    }
    tensors.set(name, tensor);
  }
  for (const [name, { rowPointers, columnIndices }] of checkpoint.masks) {
    tensors.set(`${maskPrefix}${name}/rowPointers`, vector(rowPointers));
    tensors.set(`${maskPrefix}${name}/columnIndices`, vector(columnIndices));
  }
  for (const [name, slots] of optimizer.slots) {
    const parameter = checkpoint.tensors.get(name) as NamedTensor;
    // Both engines keep slots in the type of the parameter, so that nothing is rounded here.
    const round = (values: ArrayLike<number>) =>
      parameter.values instanceof Float64Array ? Float64Array.from(values) : Float32Array.from(values);
    for (const [slot, values] of slots) {
      tensors.set(`${optimizerPrefix}${name}/${slot}`, { shape: parameter.shape, values: round(values) });
    }
  }
  for (const [name, other] of checkpoint.attached) {
    if (other.attached.size > 0) {
      throw new InputError(
        `checkpoint: what is attached must have nothing attached itself, got ${name}; attach it beside`,
      );
    }
    const bytes = encodeCheckpoint(other);
    tensors.set(`${attachedPrefix}${name}`, { shape: [bytes.length], values: bytes });
  }
  return writeSafetensors(tensors, new Map([[versionKey, version], ["writtenBy", writtenBy], ...json]));
}

function vector(values: Int32Array): WritableTensor {
  return { shape: [values.length], values };
}

/**
 * Reads a checkpoint's file.
 *
 * @param bytes  the whole file
 * @param file   its name, for messages
 * @throws InputError  for a file that is no checkpoint, of another version, or damaged; the message says where
 */
export function decodeCheckpoint(bytes: Uint8Array, file: string): Checkpoint {
  return checkpointOf(parseSafetensors(bytes, file), file);
}

/** The same of a file that is parsed. */
export function checkpointOf({ metadata: texts, tensors: stored }: Safetensors, file: string): Checkpoint {
  const metadata = new Metadata(texts, file);
  if (!metadata.has(versionKey)) {
    throw new InputError(`${file}: must be a checkpoint of gradientflow, got another safetensors file; check its name`);
  }
  if (metadata.text(versionKey) !== version) {
    throw new InputError(
      `${file}: checkpoints of version ${version} are read, got version ${metadata.text(versionKey)} ` +
        `written by ${metadata.text("writtenBy")}; use that program`,
    );
  }
  const weights = readWeights(metadata);
  const tensors = new Map<string, NamedTensor>();
  const slots = new Map<string, Map<string, ArrayLike<number>>>();
  const attached = new Map<string, Checkpoint>();
  for (const [name, { shape, values }] of stored) {
    if (name.startsWith(maskPrefix)) continue;
    if (name.startsWith(attachedPrefix)) {
      attached.set(name.slice(attachedPrefix.length), readAttached(values, `${file}: ${name}`));
      continue;
    }
    const numbers = floats(values, file, name);
    if (!name.startsWith(optimizerPrefix)) tensors.set(name, { shape, values: numbers });
    else {
      const end = name.lastIndexOf("/");
      const parameter = name.slice(optimizerPrefix.length, end);
      slots.set(parameter, (slots.get(parameter) ?? new Map()).set(name.slice(end + 1), numbers));
    }
  }
  return {
    source: file,
    model: metadata.json("model"),
    notes: metadata.json("notes"),
    writtenBy: metadata.text("writtenBy"),
    attached,
    architecture: parseArchitecture(metadata.json("architecture"), `${file}: architecture`),
    settings: metadata.table("settings") as TrainingSettings,
    data: { name: metadata.string("data", "name"), sha256: metadata.string("data", "sha256") },
    position: readPosition(metadata),
    optimizer: { ...readOptimizer(metadata), slots },
    weights,
    masks: new Map(
      weights.filter(({ sparse }) => sparse).map((weight) => [weight.name, readMask(weight, stored, file)]),
    ),
    tensors,
  };
}

/** One level deep: a file that nests further is not one of ours. */
function readAttached(values: SafetensorsTensor["values"], where: string): Checkpoint {
  if (!(values instanceof Uint8Array))
    throw new InputError(`${where}: must be U8, got another type; use another checkpoint`);
  const parsed = parseSafetensors(values, where);
  if ([...parsed.tensors.keys()].some((name) => name.startsWith(attachedPrefix))) {
    throw new InputError(`${where}: must have nothing attached itself; use another checkpoint`);
  }
  return checkpointOf(parsed, where);
}

function readPosition(metadata: Metadata): Checkpoint["position"] {
  return {
    step: metadata.number("position", "step", "count"),
    epoch: metadata.number("position", "epoch", "count"),
    stepInEpoch: metadata.number("position", "stepInEpoch", "count"),
    lossSum: metadata.number("position", "lossSum", "finite"),
  };
}

function readOptimizer(metadata: Metadata): Omit<Checkpoint["optimizer"], "slots"> {
  const { powers, numbers } = metadata.table("optimizer");
  if (!Array.isArray(powers) || powers.length !== 2 || !powers.every(Number.isFinite)) {
    return metadata.refuse("optimizer", "powers must be two numbers", JSON.stringify(powers) ?? "nothing");
  }
  const steps = metadata.number("optimizer", "steps", "count");
  if (steps !== metadata.number("position", "step", "count")) {
    metadata.refuse("optimizer", "steps must be the position's step", String(steps));
  }
  const lists = typeof numbers === "object" && numbers !== null ? Object.values(numbers) : [];
  if (numbers !== undefined && (lists.length === 0 || !lists.every(isNumbers))) {
    metadata.refuse("optimizer", "numbers must be lists of finite numbers", JSON.stringify(numbers).slice(0, 40));
  }
  return {
    name: metadata.string("optimizer", "name"),
    steps,
    powers: [powers[0], powers[1]],
    ...(numbers === undefined ? {} : { numbers: numbers as Readonly<Record<string, readonly number[]>> }),
  };
}

function isNumbers(list: unknown): list is readonly number[] {
  return Array.isArray(list) && list.every(Number.isFinite);
}

function readWeights(metadata: Metadata): WeightDescription[] {
  const list = metadata.json("weights");
  const isLength = (length: unknown) => Number.isSafeInteger(length) && (length as number) >= 0;
  const isWeight = (one: Partial<WeightDescription> | null) =>
    typeof one?.name === "string" &&
    typeof one.sparse === "boolean" &&
    Array.isArray(one.shape) &&
    one.shape.every(isLength) &&
    (!one.sparse || one.shape.length >= 2);
  if (!Array.isArray(list) || !list.every(isWeight)) {
    return metadata.refuse("weights", "must be a list of name, shape and sparse", JSON.stringify(list).slice(0, 80));
  }
  return list;
}

/** The CSR index of a weight. @throws InputError unless it is one, which is what lets others walk along it unchecked */
function readMask(
  { name, shape: [fanOut, ...ofUnit] }: WeightDescription,
  stored: ReadonlyMap<string, SafetensorsTensor>,
  file: string,
): Mask {
  const fanIn = sizeOf(ofUnit);
  const index = (part: string): Int32Array => {
    const values = stored.get(`${maskPrefix}${name}/${part}`)?.values;
    if (values instanceof Int32Array) return values;
    throw new InputError(
      `${file}: mask of ${name}: ${part} must be I32, got ${values === undefined ? "nothing" : "another type"}; use another checkpoint`,
    );
  };
  const rowPointers = index("rowPointers");
  const columnIndices = index("columnIndices");
  let good = rowPointers.length === fanOut + 1 && rowPointers[0] === 0 && rowPointers[fanOut] === columnIndices.length;
  for (let row = 0; good && row < fanOut; row++) good = rowPointers[row] <= rowPointers[row + 1];
  for (let row = 0; good && row < fanOut; row++) {
    for (let k = rowPointers[row]; good && k < rowPointers[row + 1]; k++) {
      const before = k === rowPointers[row] ? -1 : columnIndices[k - 1];
      good = columnIndices[k] > before && columnIndices[k] < fanIn;
    }
  }
  if (!good) {
    throw new InputError(
      `${file}: mask of ${name}: must be a CSR index of [${fanOut}, ${fanIn}], columns increasing in each row, got another; ` +
        "the file is damaged: use another checkpoint",
    );
  }
  return { fanOut, fanIn, rowPointers, columnIndices };
}

function floats(values: SafetensorsTensor["values"], file: string, name: string): NamedTensor["values"] {
  if (values instanceof Float32Array || values instanceof Float64Array || values instanceof Int32Array) return values;
  throw new InputError(`${file}: ${name}: must be F32, F64 or I32, got another type; use another checkpoint`);
}
