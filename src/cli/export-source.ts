/** Opening what is to be exported, with a word about files of other formats that are often given in its place. */

import { open } from "node:fs/promises";
import { InputError } from "../base/index.ts";
import type { Engine } from "../tensor/index.ts";
import { loadNetwork, type OpenedNetwork } from "../train/index.ts";

/** First bytes of other formats, and what to do with such a file. */
const others: readonly { readonly bytes: readonly number[]; readonly is: string; readonly cure: string }[] = [
  { bytes: [0x89, 0x47, 0x46, 0x4d], is: "a .gfm bundle", cure: "export the checkpoint that it was made from" },
  { bytes: [0x08, 0x08, 0x12], is: "an ONNX file", cure: "export the checkpoint that it was made from" },
  {
    bytes: [0x50, 0x4b, 0x03, 0x04],
    is: "a zip archive, as PyTorch's .pt files are",
    cure: "save safetensors in Python and take them up by loadWeights and saveWeights",
  },
  {
    bytes: [0x89, 0x48, 0x44, 0x46],
    is: "an HDF5 file, as Keras writes them",
    cure: "save its weights as safetensors",
  },
];

/**
 * The network of a checkpoint or of saved weights.
 *
 * @throws InputError, EnvironmentError  as `loadNetwork`, naming the format where the file is of another one
 */
export async function openSource(engine: Engine, path: string): Promise<OpenedNetwork> {
  try {
    return await loadNetwork(engine, path);
  } catch (error) {
    const other = error instanceof InputError ? await otherFormat(path) : undefined;
    if (other === undefined) throw error;
    const rule = "must be a checkpoint of gradientflow train or a file of saveWeights";
    throw new InputError(`${path}: ${rule}, got ${other.is}; ${other.cure}`, { cause: error });
  }
}

async function otherFormat(path: string): Promise<(typeof others)[number] | undefined> {
  try {
    await using file = await open(path, "r");
    const { buffer, bytesRead } = await file.read(new Uint8Array(8), 0, 8, 0);
    return others.find(({ bytes }) => bytesRead >= bytes.length && bytes.every((byte, at) => buffer[at] === byte));
  } catch {
    // Not readable: the first error says why.
    return undefined;
  }
}
