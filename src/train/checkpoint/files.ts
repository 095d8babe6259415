/** Whole files in Node: replaced at once, and read whatever their size. Loaded when first needed, since pages have no files. */

import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { EnvironmentError, InputError } from "../../base/index.ts";

/** Calls of the system take less than 2 GiB each. */
const piece = 2 ** 28;

/**
 * Replaces a file: the bytes are written beside it, brought to the disk, and then take its name.
 *
 * @throws InputError        where the folder is not there
 * @throws EnvironmentError  where the system refuses; the file that was there still is
 */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await writeToDisk(partial, bytes);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw fileError(path, "write", error);
  }
  await syncFolder(dirname(path));
}

async function writeToDisk(path: string, bytes: Uint8Array): Promise<void> {
  await using handle = await open(path, "w");
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at, Math.min(piece, bytes.length - at));
    at += bytesWritten;
  }
  await handle.sync();
}

/** The name's change too is brought to the disk. Where folders cannot be opened, as on Windows, the system does so in time. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, "r");
    await handle.sync();
  } catch {
    // The file is whole either way.
  } finally {
    await handle?.close();
  }
}

/** A file's bytes. @throws InputError where there is no such file or it is no regular one, EnvironmentError where the system refuses */
export async function readWhole(path: string): Promise<Uint8Array> {
  try {
    await using handle = await open(path, "r");
    const facts = await handle.stat();
    if (!facts.isFile()) throw new InputError(`${path}: must be a regular file; give the path of a checkpoint`);
    const bytes = new Uint8Array(facts.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, Math.min(piece, bytes.length - length));
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } catch (error) {
    throw fileError(path, "read", error);
  }
}

function fileError(path: string, doing: "read" | "write", error: unknown): Error {
  if (error instanceof InputError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  if (code === "ENOENT" || code === "ENOTDIR") {
    const what = doing === "read" ? "there is no such file; check the path" : "its folder is not there; make it first";
    return new InputError(`${path}: ${what}`, { cause: error });
  }
  if (code === "EISDIR") {
    return new InputError(`${path}: must be a file, got a folder; give the path of a file in it`, { cause: error });
  }
  return new EnvironmentError(`${path}: cannot ${doing} it (${code}); ${cure(code)}`, { cause: error });
}

function cure(code: string): string {
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return "free space on the disk or choose another folder";
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "change its permissions or choose another folder";
    default:
      return "check the disk and the path";
  }
}
