/** The part of fetching that touches the disk: what is there already, what is to come, and writing it whole or not at all. */

import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { EnvironmentError, InputError } from "../../base/index.ts";
import { sha256 } from "../content-hash.ts";
import { addressesOf, download } from "../download.ts";
import type { FetchOptions, FetchReport } from "../fetch.ts";
import { gunzip, largestPacked } from "../formats/gzip.ts";
import type { ContentFile, PublishedSet } from "../sources/published.ts";
import { targetFolder } from "./folders.ts";
import { findFile } from "./own-files.ts";
import { checkContent, howToGetByHand, unpackArchive } from "./published-files.ts";
import { fileError, readContent } from "./read.ts";

/** As `fetchDataset`. */
export async function fetchSet(set: PublishedSet, options: FetchOptions): Promise<FetchReport> {
  const folder = targetFolder(set.name, options.folder);
  const report: { name: string; action: "kept" | "fetched"; sizeBytes: number }[] = [];
  const missing: ContentFile[] = [];
  for (const file of set.files) {
    if (await isRight(file, folder)) report.push({ name: file.name, action: "kept", sizeBytes: file.sizeBytes });
    else missing.push(file);
  }
  if (missing.length > 0) await makeFolder(folder);
  if (set.download.kind === "archive" && missing.length > 0) {
    const content = await fetchArchive(set, options);
    for (const file of missing) await writeWhole(join(folder, file.name), content.get(file.name) ?? new Uint8Array());
  } else {
    for (const file of missing)
      await writeWhole(join(folder, `${file.name}.gz`), await fetchPacked(set, file, options));
  }
  for (const file of missing) report.push({ name: file.name, action: "fetched", sizeBytes: file.sizeBytes });
  return { name: set.name, folder, files: report };
}

async function isRight(file: ContentFile, folder: string): Promise<boolean> {
  const path = await findFile(folder, file.name);
  if (path === undefined) return false;
  try {
    await checkContent(file, await readContent(path, file.sizeBytes), path);
    return true;
  } catch (error) {
    // A damaged file is what fetching is there to replace.
    if (error instanceof InputError) return false;
    throw error;
  }
}

/** One .gz file, checked by what it unpacks to: distributors pack alike content differently. */
function fetchPacked(set: PublishedSet, file: ContentFile, options: FetchOptions): Promise<Uint8Array> {
  const maxBytes = largestPacked(file.sizeBytes);
  return firstRight(set, addressesOf(set, file.name, options.mirror), maxBytes, options, async (bytes, url) => {
    await checkContent(file, await gunzip(bytes, url, file.sizeBytes), url);
    return bytes;
  });
}

function fetchArchive(set: PublishedSet, options: FetchOptions): Promise<Map<string, Uint8Array>> {
  const { download: archive } = set;
  if (archive.kind !== "archive") throw new Error(`internal: ${set.name} is not published as an archive`);
  return firstRight(set, addressesOf(set, "", options.mirror), archive.sizeBytes, options, async (bytes, url) => {
    const hash = await sha256(bytes);
    if (hash !== archive.sha256)
      throw new InputError(`${url}: must have SHA-256 ${archive.sha256}, got ${hash} of ${bytes.length} bytes`);
    const contentBytes = set.files.reduce((total, file) => total + file.sizeBytes, 0);
    return unpackArchive(set, bytes, url, { allowModified: false, maxBytes: contentBytes + 2 ** 20 });
  });
}

/** What `accept` makes of the first address that has the right thing. */
async function firstRight<T>(
  set: PublishedSet,
  urls: readonly string[],
  maxBytes: number,
  options: FetchOptions,
  accept: (bytes: Uint8Array, url: string) => Promise<T>,
): Promise<T> {
  const failures: string[] = [];
  for (const url of urls) {
    options.signal?.throwIfAborted();
    try {
      return await accept(await download(url, maxBytes, options), url);
    } catch (error) {
      if (!(error instanceof EnvironmentError || error instanceof InputError)) throw error;
      failures.push(error.message);
    }
  }
  options.signal?.throwIfAborted();
  throw new EnvironmentError(`fetch ${set.name}: ${failures.join("; ")}. ${howToGetByHand(set, options.folder)}`);
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new EnvironmentError(`${folder}: cannot make this folder (${String(error)}); choose another folder`, {
      cause: error,
    });
  }
}

/** Writes beside the path, flushes, and renames: a reader sees the old file or the new one, never half of it. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  // Worker threads share a process id, so only chance tells two writers apart.
  const partial = `${path}.${crypto.randomUUID()}.partial`;
  try {
    {
      await using handle = await open(partial, "wx");
      await handle.writeFile(bytes);
      await handle.sync();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw fileError(path, "write", error);
  }
}
