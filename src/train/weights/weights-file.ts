/**
 * A network in one file that PyTorch loads as it is: its numbers as PyTorch names and shapes them, and in the metadata, as
 * JSON, what it takes to build the network again.
 *
 *     layer1.weight              F32 [O, I], zeros where a sparse one is masked
 *     layer1.bias                F32 [O]
 *     architecture               the layers, as `parseArchitecture` reads them
 *     sparse                     {"layer1.weight": [17, 240]}: the sparse weights, each with the places of active weights
 *                                that are 0; all that are not 0 are active
 *     model, notes               the caller's
 *
 * An engine in float64 writes F64. Equal networks are equal bytes.
 */

import { InputError } from "../../base/index.ts";
import { type Safetensors, writeSafetensors } from "../../data/index.ts";
import { type Architecture, type Mask, type Network, parseArchitecture } from "../../nn/index.ts";
import type { CheckpointNotes } from "../checkpoint/checkpoint.ts";
import { Metadata, toJson } from "../checkpoint/metadata.ts";
import type { CheckpointWriter } from "../checkpoint/save.ts";
import { activePlaces } from "./load-weights.ts";
import { denseWeights, maskOf } from "./masks-from-weights.ts";
import { weightPlaces, weightTensors } from "./weight-places.ts";

/** What a file of weights is known by: the text of its version. */
export const weightsKey = "gradientflow.weights";
const version = "1";

/** The bytes of a network's file. @throws InputError for notes that JSON cannot hold, or numbers that are not finite */
export function encodeWeights(network: Network, notes: CheckpointNotes = {}): Uint8Array {
  const { model = null, notes: rest = null, writtenBy = "gradientflow" } = notes;
  const sparse = weightPlaces(network).flatMap(({ name, variable, pattern }) => {
    if (pattern === undefined) return [];
    const values = variable.get();
    return [[name, [...activePlaces(pattern).filter((_, k) => values[k] === 0)]] as const];
  });
  const json = { architecture: network.architecture, sparse: Object.fromEntries(sparse), model, notes: rest };
  const tensors = weightTensors(network);
  for (const [name, { values }] of tensors) {
    const wrong = values.findIndex((value: number) => !Number.isFinite(value));
    if (wrong >= 0) {
      throw new InputError(
        `encodeWeights: ${name}: numbers must be finite, got ${values[wrong]} at place ${wrong}; save weights of a step before it`,
      );
    }
  }
  const texts = Object.entries(json).map(([key, value]) => [key, toJson(`weights ${key}`, value)] as const);
  return writeSafetensors(weightTensors(network), new Map([[weightsKey, version], ["writtenBy", writtenBy], ...texts]));
}

/**
 * Saves a network for PyTorch and for `loadNetwork`; a file is replaced as a whole.
 *
 * @param target  path of a `.safetensors` file, or a function that takes its bytes
 * @throws InputError        for notes that JSON cannot hold, or numbers that are not finite
 * @throws EnvironmentError  where the file cannot be written; one that was there before still is
 */
export async function saveWeights(
  target: string | CheckpointWriter,
  network: Network,
  notes: CheckpointNotes = {},
): Promise<void> {
  const bytes = encodeWeights(network, notes);
  if (typeof target !== "string") return target(bytes);
  const { replaceFile } = await import("../checkpoint/files.ts");
  await replaceFile(target, bytes);
}

/** A file of weights, read: all but the numbers, which are the file's arrays. */
export interface WeightsFile extends Required<CheckpointNotes> {
  readonly architecture: Architecture;
  /** One per weight layer, undefined where it is dense. */
  readonly masks: readonly (Mask | undefined)[];
}

/** Reads the metadata of a file of weights. @throws InputError where it is of another version or damaged */
export function weightsFileOf({ metadata: texts, tensors }: Safetensors, file: string): WeightsFile {
  const metadata = new Metadata(texts, file);
  const writtenBy = metadata.text("writtenBy");
  if (metadata.text(weightsKey) !== version) {
    throw new InputError(
      `${file}: weights of version ${version} are read, got version ${metadata.text(weightsKey)} written by ${writtenBy}; ` +
        "use that program",
    );
  }
  const architecture = parseArchitecture(metadata.json("architecture"), `${file}: architecture`);
  const weights = denseWeights(architecture, tensors, { source: file, prefix: "" });
  const sparse = new Map(Object.entries(metadata.table("sparse")));
  const masks = weights.map(({ name, shape, values }) => {
    const places = sparse.get(name);
    sparse.delete(name);
    if (places === undefined) return undefined;
    const isPlace = (at: unknown) => Number.isSafeInteger(at) && (at as number) >= 0 && (at as number) < values.length;
    if (!Array.isArray(places) || !places.every(isPlace)) {
      return metadata.refuse(
        "sparse",
        `${name} must be a list of places in [0, ${values.length})`,
        JSON.stringify(places).slice(0, 40),
      );
    }
    const zeros = new Set<number>(places);
    return maskOf(shape, (at) => values[at] !== 0 || zeros.has(at));
  });
  for (const name of sparse.keys()) metadata.refuse("sparse", "must name weights of the architecture", name);
  return { architecture, masks, model: metadata.json("model"), notes: metadata.json("notes"), writtenBy };
}
