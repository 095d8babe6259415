/**
 * Fetching a published set from where it is published. What arrives is kept only when its SHA-256 is the published one,
 * and appears under its name at once, whole: it is written beside and renamed.
 */

import { InputError } from "../base/index.ts";
import { findSource } from "./registry.ts";
import { cifar10Files, cifar100Files } from "./sources/cifar.ts";
import { fashionMnistFiles, mnistFiles } from "./sources/mnist.ts";
import type { PublishedSet } from "./sources/published.ts";

/** Every set that can be fetched. */
export const publishedSets: readonly PublishedSet[] = [fashionMnistFiles, mnistFiles, cifar10Files, cifar100Files];

/** How far a download has come. */
export interface FetchProgress {
  readonly file: string;
  readonly receivedBytes: number;
  /** As the server states it; undefined where it does not. */
  readonly totalBytes: number | undefined;
}

export interface FetchOptions {
  /** The set goes to FOLDER/NAME; unless told otherwise to $GRADIENTFLOW_DATA or the user's cache. */
  readonly folder?: string;
  readonly onProgress?: (progress: FetchProgress) => void;
  /** An address to use instead of the published ones: the same files under it, held to the same SHA-256. */
  readonly mirror?: string;
  readonly fetch?: typeof globalThis.fetch;
  readonly signal?: AbortSignal;
}

/** What was done: `kept` were there already and right. */
export interface FetchReport {
  readonly name: string;
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly action: "kept" | "fetched"; readonly sizeBytes: number }[];
}

/**
 * Fetches a set's files that are not yet in its folder.
 *
 * @throws InputError        for a name that is not published in files
 * @throws EnvironmentError  where no address gives the right files, or the folder cannot be written; the message says
 *                           how to get them otherwise
 */
export async function fetchDataset(name: string, options: FetchOptions = {}): Promise<FetchReport> {
  const { source } = findSource("fetchDataset", name);
  const set = publishedSets.find((candidate) => candidate.name === source.name);
  if (set === undefined) {
    const known = publishedSets.map((candidate) => candidate.name).join(", ");
    throw new InputError(`fetchDataset: ${name} needs no fetching; sets to fetch are ${known}`);
  }
  // Node's file system is loaded here, so that a page that never fetches can leave it out.
  const { fetchSet } = await import("./files/fetch-set.ts");
  return fetchSet(set, options);
}
