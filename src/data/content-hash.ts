/**
 * The provenance of a data set in 64 characters: SHA-256 over a text that names every array by its own SHA-256.
 *
 *     gradientflow dataset 1
 *     features [1, 8, 8], classes 10
 *     train values uint8 [1437] <sha256 of the bytes>
 *     train labels uint8 [1437] <sha256>
 *     test values ...
 *
 * Hashing in two steps needs no second copy of the data, and anyone with `sha256sum` can follow it. Numbers of more than
 * one byte are little-endian, as every engine that runs WebAssembly stores them.
 */

import { EnvironmentError, formatShape, type Shape } from "../base/index.ts";
import type { Split } from "./dataset.ts";

/** SHA-256 of an array's bytes as 64 hexadecimal digits. Works in Node and on pages served from https or localhost. */
export async function sha256(data: ArrayBufferView): Promise<string> {
  if (globalThis.crypto?.subtle === undefined) {
    throw new EnvironmentError("sha256: the page must come from https or localhost for crypto.subtle to exist");
  }
  // The arrays of this room are never shared memory, which the digest would refuse.
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength) as Uint8Array<ArrayBuffer>;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The hash described at the head of this file. Class names, source and licence are not part of it. */
export async function contentHash(featureShape: Shape, classes: number, train: Split, test: Split): Promise<string> {
  const lines = ["gradientflow dataset 1", `features ${formatShape(featureShape)}, classes ${classes}`];
  for (const [name, split] of [
    ["train", train],
    ["test", test],
  ] as const) {
    lines.push(`${name} values ${elementName(split.values)} [${split.count}] ${await sha256(split.values)}`);
    lines.push(`${name} labels ${elementName(split.labels)} [${split.count}] ${await sha256(split.labels)}`);
  }
  return sha256(new TextEncoder().encode(`${lines.join("\n")}\n`));
}

function elementName(values: Split["values"] | Split["labels"]): string {
  if (values instanceof Uint8Array) return "uint8";
  if (values instanceof Uint16Array) return "uint16";
  return values instanceof Int32Array ? "int32" : "float32";
}
