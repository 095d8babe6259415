/** The caller's own files: a folder with files of known names, each packed (.gz) or not, or one text file. */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../base/index.ts";
import { readContent } from "./read.ts";

/** The path of `name` in `folder`, with or without .gz; undefined where there is neither. */
export async function findFile(folder: string, name: string): Promise<string | undefined> {
  for (const candidate of [join(folder, name), join(folder, `${name}.gz`)]) {
    const facts = await stat(candidate).catch(() => undefined);
    if (facts?.isFile()) return candidate;
  }
  return undefined;
}

/** True where at least one of the names is there: half a pair is then an error rather than silence. */
export async function hasAnyFile(folder: string, names: readonly string[]): Promise<boolean> {
  const found = await Promise.all(names.map((name) => findFile(folder, name)));
  return found.some((path) => path !== undefined);
}

/**
 * The content of every named file in a folder, unpacked.
 *
 * @throws InputError  naming the first file that is not there
 */
export async function readFolder(
  folder: string,
  names: readonly string[],
  maxBytes: number,
): Promise<Map<string, Uint8Array>> {
  const content = new Map<string, Uint8Array>();
  for (const name of names) {
    const path = await findFile(folder, name);
    if (path === undefined) {
      throw new InputError(`${folder}: must have a file ${name} or ${name}.gz, got neither; check the folder`);
    }
    content.set(name, await readContent(path, maxBytes));
  }
  return content;
}

/** A text file in UTF-8, a byte order mark left out. */
export async function readText(path: string, maxBytes: number): Promise<string> {
  // V8's longest string has 2^29 - 24 characters.
  const bytes = await readContent(path, Math.min(maxBytes, 2 ** 28));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InputError(`${path}: must be text in UTF-8, got other bytes; save it as UTF-8`, { cause });
  }
}
