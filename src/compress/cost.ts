/**
 * What a network costs as it is stored and run: parameters, multiply-accumulates, bytes and bytes after gzip, layer by layer.
 *
 *     dense weight     4 bytes a number
 *     sparse weight    4 bytes a value, 2 its column (4 beyond 65,536 columns), 4 a row: the smaller of the two is stored
 *     all other        4 bytes a number, running statistics included
 *
 * Bytes are of float32, whatever the engine computes in; gzip is of those very bytes.
 */

import { type Counts, countsOf, type LayerCounts, type Mask, weightLayers } from "../nn/index.ts";
import type { NetworkValues } from "../train/index.ts";

/** Bytes of a layer, or of a whole network. */
export interface StoredBytes {
  readonly bytes: number;
  /** Of the whole after gzip; a layer's are of the layer alone, so that they need not add up. */
  readonly gzipBytes: number;
}

export interface LayerCost extends LayerCounts, StoredBytes {
  /** Whether its weight is stored as values and places. */
  readonly sparse: boolean;
}

export interface NetworkCost {
  /** The layers that learn something, in order. */
  readonly layers: readonly LayerCost[];
  readonly total: Counts & StoredBytes;
}

/** The cost of a network. Weights of a sparse layer are active whether or not they are 0. */
export async function costOf(network: NetworkValues): Promise<NetworkCost> {
  const { architecture, masks, tensors } = network;
  const active = Object.fromEntries([...masks].map(([name, mask]) => [name, mask.columnIndices.length]));
  const counts = countsOf(architecture, { active });
  const stored = new Map<string, Uint8Array[]>();
  for (const [name, { values }] of tensors) {
    const layer = name.slice(0, name.lastIndexOf("."));
    const mask = name.endsWith(".weight") ? masks.get(layer) : undefined;
    stored.set(layer, [...(stored.get(layer) ?? []), mask === undefined ? floats(values) : smaller(values, mask)]);
  }
  const weights = new Map(weightLayers(architecture).map(({ name, shape }) => [name, shape]));
  const layers = await Promise.all(
    counts.layers
      .filter(({ name }) => stored.has(name))
      .map(async (layer): Promise<LayerCost> => {
        const mask = masks.get(layer.name);
        const sparse = weights.has(layer.name) && mask !== undefined && isStoredSparse(mask);
        return { ...layer, sparse, ...(await bytesOf(stored.get(layer.name) as Uint8Array[])) };
      }),
  );
  return { layers, total: { ...counts.total, ...(await bytesOf([...stored.values()].flat())) } };
}

/** Bytes of a sparse weight as values, columns and rows. @param active  its active weights */
export function sparseBytes({ fanOut, fanIn }: Pick<Mask, "fanOut" | "fanIn">, active: number): number {
  return active * (4 + columnBytes(fanIn)) + 4 * (fanOut + 1);
}

/** Whether a weight takes fewer bytes as values and places. */
function isStoredSparse(mask: Mask): boolean {
  return sparseBytes(mask, mask.columnIndices.length) < 4 * mask.fanOut * mask.fanIn;
}

const columnBytes = (fanIn: number) => (fanIn <= 2 ** 16 ? 2 : 4);

function floats(values: ArrayLike<number>): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

function smaller(values: ArrayLike<number>, mask: Mask): Uint8Array {
  const { fanOut, fanIn, rowPointers, columnIndices } = mask;
  if (isStoredSparse(mask)) {
    const columns = columnBytes(fanIn) === 2 ? Uint16Array.from(columnIndices) : Uint32Array.from(columnIndices);
    return joined([
      floats(values),
      new Uint8Array(columns.buffer),
      new Uint8Array(Uint32Array.from(rowPointers).buffer),
    ]);
  }
  const dense = new Float32Array(fanOut * fanIn);
  for (let row = 0; row < fanOut; row++) {
    for (let k = rowPointers[row]; k < rowPointers[row + 1]; k++) dense[row * fanIn + columnIndices[k]] = values[k];
  }
  return new Uint8Array(dense.buffer);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function bytesOf(parts: readonly Uint8Array[]): Promise<StoredBytes> {
  const all = joined(parts);
  return { bytes: all.length, gzipBytes: await gzipLength(all) };
}

/** Length after gzip, by the platform's own compressor at its default level. */
async function gzipLength(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).arrayBuffer()).byteLength;
}
