/** Exported files: which format and name, and writing them. */

import { existsSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { EnvironmentError, InputError, unknownName } from "../base/index.ts";

/** Each format with the endings of its files, the usual one first. */
export const exportFormats = {
  onnx: [".onnx"],
  safetensors: [".safetensors"],
  module: [".js", ".mjs"],
  gfm: [".gfm"],
} as const;
export type ExportFormat = keyof typeof exportFormats;

export interface Target {
  readonly format: ExportFormat;
  readonly path: string;
}

/**
 * What is written where.
 *
 * @throws InputError  for an unknown format, none, an ending of another format, the checkpoint itself, or a folder that is not there
 */
export function targetOf(checkpoint: string, format: string | undefined, output: string | undefined): Target {
  const known = Object.keys(exportFormats) as ExportFormat[];
  const ending = output === undefined ? "" : extname(output).toLowerCase();
  const byEnding = known.find((one) => (exportFormats[one] as readonly string[]).includes(ending));
  if (format !== undefined && !known.includes(format as ExportFormat)) {
    throw unknownName("--format", "format", format, known);
  }
  const chosen = (format as ExportFormat | undefined) ?? byEnding;
  if (chosen === undefined) {
    const asked = output === undefined ? "nothing says it" : `the ending of ${output} does not say it`;
    throw new InputError(`export: the format must be one of ${known.join(", ")}, and ${asked}; add --format`);
  }
  if (byEnding !== undefined && byEnding !== chosen) {
    throw new InputError(
      `export: --format ${chosen} writes files that end in ${exportFormats[chosen].join(" or ")}, got -o ${output}; drop one of the two`,
    );
  }
  const path = output ?? defaultName(checkpoint, chosen);
  if (resolve(path) === resolve(checkpoint)) {
    throw new InputError(`export: -o ${path} is the checkpoint itself; choose another name`);
  }
  if (!existsSync(dirname(path))) {
    throw new InputError(`export: -o ${path}: its folder must be there, and is not; make it first`);
  }
  return { format: chosen, path };
}

/** In the folder one is in, as other commands write. */
function defaultName(checkpoint: string, format: ExportFormat): string {
  const stem = basename(checkpoint).replace(/\.(safetensors|ckpt|checkpoint)$/i, "");
  return `${stem}${format === "safetensors" ? ".weights" : ""}${exportFormats[format][0]}`;
}

/** Where TypeScript looks for the declarations of a module: cnn.d.ts for cnn.js, cnn.d.mts for cnn.mjs. */
export function typesPath(path: string): string {
  return path.replace(/\.(m?)js$/i, ".d.$1ts");
}

/** Writes beside the file, then takes its place. @throws EnvironmentError where the system refuses */
export async function writeExport(path: string, bytes: Uint8Array): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    await writeFile(partial, bytes);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw new EnvironmentError(`${path}: cannot be written: ${(error as Error).message}; choose another place`, {
      cause: error,
    });
  }
}
