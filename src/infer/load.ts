/** From bytes, a path or an address to a model that runs. */

import { EnvironmentError, InputError } from "../base/index.ts";
import type { Bundle } from "./bundle.ts";
import type { CheckedBundle } from "./bundle-file.ts";
import { decodeChecked } from "./bundle-file.ts";
import { checkBundle } from "./bundle-shapes.ts";
import { compiledKernels } from "./compile.ts";
import { Model } from "./model.ts";
import { nodeProcess } from "./node-process.ts";

/** Bytes of a `.gfm` file, a path (Node) or an address, or a bundle already decoded. */
export type ModelSource = Uint8Array | ArrayBuffer | string | URL | Bundle;

/**
 * Loads a network.
 *
 * @throws InputError        where the file is no valid bundle, or a network too large for 2 GB
 * @throws EnvironmentError  where it cannot be read, or the engine lacks WebAssembly SIMD
 */
export async function loadModel(source: ModelSource): Promise<Model> {
  const checked = await bundleOf(source);
  return new Model(checked, await compiledKernels());
}

async function bundleOf(source: ModelSource): Promise<CheckedBundle> {
  if (source instanceof Uint8Array) return decodeChecked(source, "bundle");
  if (source instanceof ArrayBuffer) return decodeChecked(new Uint8Array(source), "bundle");
  if (typeof source === "string" || source instanceof URL) return decodeChecked(await read(source), String(source));
  if (typeof source === "object" && source !== null && "operations" in source) {
    return { bundle: source, shapes: checkBundle(source, `bundle "${source.name}"`) };
  }
  throw new InputError(
    `loadModel: expected the bytes of a bundle, its path or address, got ${source === null ? "null" : typeof source}; see docs/inference.md`,
  );
}

async function read(place: string | URL): Promise<Uint8Array> {
  const node = nodeProcess();
  const remote = place instanceof URL ? place.protocol !== "file:" : /^(https?|data|blob):/.test(place);
  try {
    if (node !== undefined && !remote) {
      const { readFile } = node.getBuiltinModule("node:fs/promises") as {
        readFile(path: string | URL): Promise<Uint8Array>;
      };
      const path = typeof place === "string" && place.startsWith("file:") ? new URL(place) : place;
      return await readFile(path);
    }
    const response = await fetch(place);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`.trim());
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new EnvironmentError(`${place}: cannot be read: ${(error as Error).message}; check the path or address`);
  }
}
