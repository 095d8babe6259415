/**
 * What an exported module is: a bundle and the program that runs it, in one file. `scripts/build-infer-module.ts` puts this file and all
 * that it imports into one text, in which `encodeModule` then writes a network's bundle.
 */

import { loadModel, type Model } from "../../infer/index.ts";

/** Stands where the bundle's base64 comes to stand. */
const bundle = "@gradientflow-bundle@";

let loading: Promise<Model> | undefined;

/** The network, ready to run; the same one at each call. */
export function load(): Promise<Model> {
  loading ??= loadModel(Uint8Array.from(atob(bundle), (letter) => letter.charCodeAt(0)));
  return loading;
}
