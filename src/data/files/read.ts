/** Reading files in Node with a bound, and saying in whose hands it lies when one cannot be read. */

import { open } from "node:fs/promises";
import { EnvironmentError, InputError } from "../../base/index.ts";
import { gunzip, isGzip, largestPacked } from "../formats/gzip.ts";

/**
 * A file's bytes, unpacked where they are gzip.
 *
 * @param maxBytes  bound on the content's size, packed or not
 * @throws InputError        if there is no such file, it is no regular file, or it is larger than the bound
 * @throws EnvironmentError  if the system refuses to read it
 */
export async function readContent(path: string, maxBytes: number): Promise<Uint8Array> {
  const bytes = await readBytes(path, largestPacked(maxBytes));
  if (isGzip(bytes)) return gunzip(bytes, path, maxBytes);
  if (bytes.length > maxBytes) throw tooLarge(path, bytes.length, maxBytes);
  return bytes;
}

function tooLarge(path: string, sizeBytes: number, maxBytes: number): InputError {
  return new InputError(
    `${path}: must have at most ${maxBytes} bytes, got ${sizeBytes}; check the file, or raise maxBytes`,
  );
}

/** A file's bytes as they are; errors as in `readContent`. */
export async function readBytes(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    await using handle = await open(path, "r");
    const facts = await handle.stat();
    if (!facts.isFile()) throw new InputError(`${path}: must be a regular file; give the path of a file`);
    if (facts.size > maxBytes) throw tooLarge(path, facts.size, maxBytes);
    const bytes = new Uint8Array(facts.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } catch (error) {
    throw fileError(path, "read", error);
  }
}

/** A system error in the words of this project; errors of ours pass through. */
export function fileError(path: string, doing: string, error: unknown): Error {
  if (error instanceof InputError || error instanceof EnvironmentError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  if (code === "ENOENT" || code === "ENOTDIR")
    return new InputError(`${path}: there is no such file; check the path`, { cause: error });
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
