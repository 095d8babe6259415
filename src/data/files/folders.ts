/**
 * Where published data are looked for, in this order:
 *
 * 1. the folder the caller names, and then nowhere else: FOLDER/NAME or FOLDER itself;
 * 2. $GRADIENTFLOW_DATA/NAME;
 * 3. the user's cache: $XDG_CACHE_HOME/gradientflow/NAME, by default ~/.cache/gradientflow/NAME;
 * 4. where a distribution's package puts them (Debian's dataset-fashion-mnist: /usr/share/datasets/fashion-mnist).
 */

import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { archiveName, type PublishedSet } from "../sources/published.ts";
import { findFile } from "./own-files.ts";

/** A complete set found: the path of each file, or that of the archive that holds them all. */
export interface FoundSet {
  readonly folder: string;
  readonly paths: ReadonlyMap<string, string>;
  readonly archive: string | undefined;
}

/** Every folder that is searched for a set, first to last. */
export function searchFolders(set: PublishedSet, folder: string | undefined): string[] {
  const roots = folder === undefined ? [process.env.GRADIENTFLOW_DATA, cacheFolder()] : [folder];
  const folders: string[] = [];
  for (const root of roots) {
    if (root === undefined || root === "") continue;
    folders.push(join(root, set.name));
    if (set.download.kind === "archive") folders.push(join(root, set.name, set.download.inside));
  }
  if (folder !== undefined) {
    folders.push(folder);
    if (set.download.kind === "archive") folders.push(join(folder, set.download.inside));
  } else if (set.system !== undefined) folders.push(set.system.folder);
  return folders;
}

/** The folder a set is fetched to. */
export function targetFolder(name: string, folder: string | undefined): string {
  const fromEnvironment = process.env.GRADIENTFLOW_DATA;
  const root = folder ?? (fromEnvironment === undefined || fromEnvironment === "" ? cacheFolder() : fromEnvironment);
  return join(root, name);
}

/** The first folder that holds the whole set, or undefined. */
export async function findSet(set: PublishedSet, folder: string | undefined): Promise<FoundSet | undefined> {
  for (const candidate of searchFolders(set, folder)) {
    const paths = new Map<string, string>();
    for (const { name } of set.files) {
      const path = await findFile(candidate, name);
      if (path === undefined) break;
      paths.set(name, path);
    }
    if (paths.size === set.files.length) return { folder: candidate, paths, archive: undefined };
    if (set.download.kind === "archive") {
      const archive = join(candidate, archiveName(set.download));
      if ((await stat(archive).catch(() => undefined))?.isFile())
        return { folder: candidate, paths: new Map(), archive };
    }
  }
  return undefined;
}

function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME;
  return join(base === undefined || base === "" ? join(homedir(), ".cache") : base, "gradientflow");
}
