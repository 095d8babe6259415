/** Meshes between files and memory: errors of the file system in words, and what a format could not hold as notes. */

import { statSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { EnvironmentError, InputError } from "../base/index.ts";
import { formatOfName, type Mesh, meshFormats, readMesh, writeMesh } from "../mesh/index.ts";
import { note } from "./output.ts";

export interface InputOptions {
  readonly inputFormat?: string;
  readonly wedgeOrder?: "auto" | "vtk-legacy" | "gmsh";
  readonly linearise?: boolean;
}

export interface OutputOptions {
  readonly output?: string;
  readonly outputFormat?: string;
  readonly outputVersion?: string;
  readonly binary?: boolean;
  readonly compress?: boolean;
}

/**
 * Reads a mesh from a file.
 *
 * @throws InputError  for a file that is not there or is none of the formats
 */
export async function openMesh(file: string, options: InputOptions): Promise<Mesh> {
  const { inputFormat, wedgeOrder, linearise } = options;
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw unreadable(file, error as NodeJS.ErrnoException);
  }
  if (bytes.length === 0) throw new InputError(`${file}: the file must be a mesh, it is empty`);
  const onNote = (text: string) => note(`${basename(file)}: ${text}`);
  try {
    return await readMesh(bytes, { name: file, format: inputFormat, wedgeOrder, linearise, onNote });
  } catch (error) {
    if (error instanceof InputError) throw new InputError(asOptions(error.message));
    throw error;
  }
}

/** The cures of the library's messages, as they are written here. */
function asOptions(message: string): string {
  return message
    .replace("read it with linearise: true", "add --linearise")
    .replace("; say format, one of", "; add --input-format, one of");
}

function unreadable(file: string, error: NodeJS.ErrnoException): Error {
  switch (error.code) {
    case "ENOENT":
      return new InputError(`${file}: there is no such file; give the path of a mesh, such as part.msh`);
    case "EISDIR":
      return new InputError(`${file}: it must be a file, it is a folder; give the path of a mesh in it`);
    case "ERR_FS_FILE_TOO_LARGE":
      return new InputError(`${file}: the file must be below 2 GiB; write it in a binary format`);
    default:
      return new EnvironmentError(`${file}: cannot be read: ${error.message}`, { cause: error });
  }
}

/**
 * Refuses an output that could not be written, before any work is done.
 *
 * @throws InputError  for an ending of no format where none is named, a folder that is not there, and options that the
 *                     format does not have or that need a file to write
 */
export function checkOutput({ output, outputFormat, outputVersion, binary, compress }: OutputOptions): void {
  if (output === undefined) {
    const idle = Object.entries({
      "--output-format": outputFormat,
      "--output-version": outputVersion,
      "--binary": binary,
      "--compress": compress,
    })
      .filter(([, value]) => value !== undefined)
      .map(([name]) => name);
    if (idle.length > 0) throw new InputError(`${idle[0]}: it is for the mesh that is written; add -o FILE`);
    return;
  }
  checkPlace(output);
  const format = meshFormats.find(({ name }) => name === outputFormat) ?? formatOfName(output);
  if (format === undefined) {
    const endings = meshFormats.flatMap(({ extensions }) => extensions).join(", ");
    throw new InputError(
      `--output: its ending must be that of a format, ${endings}, got ${output}; or add --output-format NAME`,
    );
  }
  if (outputVersion !== undefined && !format.versions.includes(outputVersion)) {
    const known = format.versions.length > 0 ? format.versions.join(", ") : "none, leave it out";
    throw new InputError(`--output-version: unknown version ${outputVersion} of ${format.name}; known: ${known}`);
  }
  if (binary === true && !format.hasBinary) {
    throw new InputError(`--binary: ${format.name} is text only; leave --binary out or write .vtu`);
  }
  if (compress === true && !(format.hasCompression && binary === true)) {
    throw new InputError(
      `--compress: only vtu with --binary is packed, got ${format.name}${binary === true ? "" : " without --binary"}`,
    );
  }
}

/** Said before the work is done rather than after it. */
function checkPlace(output: string): void {
  const folder = dirname(output);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new InputError(`--output: there is no folder ${folder}; make it or choose another place, got ${output}`);
  }
  if (statSync(output, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new InputError(`--output: it must be a file, ${output} is a folder; add a name to it`);
  }
}

/** Writes a mesh whole: under another name first, so that a file that was there is not half lost. */
export async function saveMesh(mesh: Mesh, options: OutputOptions & { readonly output: string }): Promise<void> {
  const { output, outputFormat: format, outputVersion: version, binary, compress } = options;
  const onNote = (text: string) => note(`${basename(output)}: ${text}`);
  const bytes = await writeMesh(mesh, { name: output, format, version, binary, compress, onNote });
  const unfinished = `${output}.${process.pid}.part`;
  try {
    await writeFile(unfinished, bytes);
    await rename(unfinished, output);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw new EnvironmentError(
      `${output}: cannot be written: ${(error as Error).message}; choose another place with -o`,
      {
        cause: error,
      },
    );
  }
}
