/** Loading a published set from the files found: every file's size and SHA-256 must be the published ones. */

import { InputError } from "../../base/index.ts";
import { sha256 } from "../content-hash.ts";
import type { DatasetParts } from "../dataset.ts";
import { gunzip } from "../formats/gzip.ts";
import { readTar } from "../formats/tar.ts";
import type { LoadRequest } from "../source.ts";
import { archiveName, type ContentFile, type PublishedSet } from "../sources/published.ts";
import { findSet, searchFolders, targetFolder } from "./folders.ts";
import { readBytes, readContent } from "./read.ts";

/**
 * Finds, reads and checks a set.
 *
 * @throws InputError  if it is nowhere (the message lists the places and says how to get it), or a file is not the
 *                     published one and `allowModified` is false
 */
export async function loadPublished(set: PublishedSet, request: LoadRequest): Promise<DatasetParts> {
  const found = await findSet(set, request.folder);
  if (found === undefined) throw new InputError(notFound(set, request.folder));
  if (found.archive !== undefined) {
    return set.parse(
      await unpackArchive(set, await readBytes(found.archive, request.maxBytes), found.archive, request),
    );
  }
  const content = new Map<string, Uint8Array>();
  for (const file of set.files) {
    const path = found.paths.get(file.name) ?? "";
    // A published file's size is known, so nothing larger is ever unpacked; a modified one has the general bound.
    const bytes = await readContent(path, request.allowModified ? request.maxBytes : file.sizeBytes);
    if (!request.allowModified) await checkContent(file, bytes, path);
    content.set(file.name, bytes);
  }
  return set.parse(content);
}

/** @throws InputError  unless the bytes are the published ones */
export async function checkContent(file: ContentFile, bytes: Uint8Array, path: string): Promise<void> {
  const hash = bytes.length === file.sizeBytes ? await sha256(bytes) : "";
  if (hash === file.sha256) return;
  const came = hash === "" ? `${bytes.length} bytes` : `SHA-256 ${hash}`;
  throw new InputError(
    `${path}: must be the published ${file.name} of ${file.sizeBytes} bytes with SHA-256 ${file.sha256}, got ${came}; ` +
      "fetch it again, or set allowModified to use it as it is",
  );
}

/** The files of a set out of its .tar.gz. */
export async function unpackArchive(
  set: PublishedSet,
  packed: Uint8Array,
  path: string,
  { allowModified, maxBytes }: { readonly allowModified: boolean; readonly maxBytes: number },
): Promise<Map<string, Uint8Array>> {
  if (set.download.kind !== "archive") throw new Error(`internal: ${set.name} is not published as an archive`);
  const entries = readTar(await gunzip(packed, path, maxBytes), path);
  const content = new Map<string, Uint8Array>();
  for (const file of set.files) {
    const name = `${set.download.inside}/${file.name}`;
    const bytes = entries.get(name);
    if (bytes === undefined) {
      throw new InputError(
        `${path}: must hold ${name}, got ${[...entries.keys()].slice(0, 8).join(", ") || "no files"}; fetch it again`,
      );
    }
    if (!allowModified) await checkContent(file, bytes, `${path}: ${name}`);
    content.set(file.name, bytes);
  }
  return content;
}

/** How to get a set: by the command, or by hand. */
export function howToGet(set: PublishedSet, folder: string | undefined): string {
  return `Run "gradientflow data fetch ${set.name}". ${howToGetByHand(set, folder)}`;
}

/** The addresses and the folder, and the package where there is one. */
export function howToGetByHand(set: PublishedSet, folder: string | undefined): string {
  const target = targetFolder(set.name, folder);
  const { download } = set;
  const [files, from] =
    download.kind === "archive"
      ? [archiveName(download), download.url.slice(0, download.url.lastIndexOf("/"))]
      : [set.files.map((file) => `${file.name}.gz`).join(", "), download.bases.join(" or ")];
  const byPackage = set.system === undefined ? "" : ` On Debian or Ubuntu: ${set.system.install}.`;
  return `By hand: put ${files} from ${from} into ${target}.${byPackage}`;
}

function notFound(set: PublishedSet, folder: string | undefined): string {
  return `${set.name}: its files must be in one of ${searchFolders(set, folder).join(", ")}; none has them. ${howToGet(set, folder)}`;
}
