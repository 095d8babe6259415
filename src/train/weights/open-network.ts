/** A network out of one file, a checkpoint or saved weights: built as it was, masks included, and filled. */

import { InputError, sizeOf } from "../../base/index.ts";
import { parseSafetensors, type Safetensors } from "../../data/index.ts";
import { type Architecture, buildNetwork, type Mask, type Network, weightLayers } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import { type Checkpoint, type CheckpointNotes, masksOf } from "../checkpoint/checkpoint.ts";
import { checkpointOf, versionKey } from "../checkpoint/encoding.ts";
import { restoreNetwork } from "../checkpoint/restore.ts";
import { loadWeights } from "./load-weights.ts";
import { weightsFileOf, weightsKey } from "./weights-file.ts";

export interface OpenedNetwork {
  readonly network: Network;
  readonly architecture: Architecture;
  /** The caller's notes, and the program that wrote them. */
  readonly metadata: Required<CheckpointNotes>;
  /** Where the file is one: its settings, data and position. */
  readonly checkpoint?: Checkpoint;
}

/**
 * Builds the network of a checkpoint or of saved weights on an engine and fills it. Dropout masks, where it is trained
 * further, are those of seed 0.
 *
 * @param bytes  the whole file
 * @param file   its name, for messages
 * @throws InputError  for a file that is neither, damaged, or whose arrays are not its architecture's
 */
export function openNetwork(engine: Engine, bytes: Uint8Array, file: string): OpenedNetwork {
  const parsed = parseSafetensors(bytes, file);
  if (parsed.metadata.has(versionKey)) return openCheckpoint(engine, parsed, file);
  if (parsed.metadata.has(weightsKey)) {
    const { architecture, masks, ...metadata } = weightsFileOf(parsed, file);
    const network = buildNetwork(engine, architecture, { seed: 0, masks });
    loadWeights(network, parsed.tensors, { source: file });
    return { network, architecture, metadata };
  }
  throw new InputError(
    `${file}: must be a checkpoint or weights of gradientflow, got a safetensors file that does not say what network it is of; ` +
      "build the network and fill it: loadWeights",
  );
}

/** The same from a path. @throws InputError, EnvironmentError where it cannot be read */
export async function loadNetwork(engine: Engine, path: string): Promise<OpenedNetwork> {
  const { readWhole } = await import("../checkpoint/files.ts");
  return openNetwork(engine, await readWhole(path), path);
}

function openCheckpoint(engine: Engine, parsed: Safetensors, file: string): OpenedNetwork {
  const checkpoint = checkpointOf(parsed, file);
  const { architecture, model, notes, writtenBy } = checkpoint;
  const masks = masksOf(checkpoint);
  checkSizes(checkpoint, masks);
  const network = buildNetwork(engine, architecture, { seed: 0, masks });
  restoreNetwork(network, checkpoint);
  return { network, architecture, metadata: { model, notes, writtenBy }, checkpoint };
}

/** Before memory is taken for an architecture: the file has an array of its size for each weight. */
function checkSizes({ source, architecture, tensors }: Checkpoint, masks: readonly (Mask | undefined)[]): void {
  for (const [index, { name, shape }] of weightLayers(architecture).entries()) {
    const wanted = masks[index]?.columnIndices.length ?? sizeOf(shape);
    const count = tensors.get(`${name}.weight`)?.values.length ?? 0;
    if (wanted === count) continue;
    throw new InputError(
      `${source}: ${name}.weight: the architecture and its mask take ${wanted} numbers, got ${count}; use another checkpoint`,
    );
  }
}
