/**
 * Meshes between bytes and memory: a table of formats, by name, by ending and by how their files begin.
 *
 * Pure functions on bytes, in Node and in browsers alike; files are the caller's to open.
 */

import { InputError, unknownName } from "../../base/index.ts";
import { checkMesh, type Mesh } from "../mesh.ts";
import { readAbaqus } from "./abaqus-read.ts";
import { writeAbaqus } from "./abaqus-write.ts";
import { latin1 } from "./byte-text.ts";
import type { ReadOptions } from "./cell-collector.ts";
import { readMedit } from "./medit-read.ts";
import { writeMedit } from "./medit-write.ts";
import { readMsh } from "./msh-read.ts";
import { writeMsh } from "./msh-write.ts";
import { writeObj } from "./obj-write.ts";
import { writePly } from "./ply-write.ts";
import { writeStl } from "./stl-write.ts";
import { readVtk } from "./vtk-legacy-read.ts";
import { writeVtk } from "./vtk-legacy-write.ts";
import { readVtu } from "./vtu-read.ts";
import { writeVtu } from "./vtu-write.ts";

export interface ReadMeshOptions extends ReadOptions {
  /** Name of the file, for messages and for its ending. Default "mesh". */
  readonly name?: string;
  /** Name of a format of `meshFormats`. Default: by how the bytes begin, or else by the ending of `name`. */
  readonly format?: string;
}

export interface WriteMeshOptions {
  /** Name of a format of `meshFormats`. Default: by the ending of `name`. */
  readonly format?: string;
  readonly name?: string;
  /** Version of the format, where it has several; see `meshFormats`. */
  readonly version?: string;
  /** Binary numbers, exact and smaller; default false but for `.meshb`. */
  readonly binary?: boolean;
  /** Pack with zlib; VTU with `binary` only. */
  readonly compress?: boolean;
  /** Order of the nodes of wedges in VTK files. Default "vtk-legacy", which gmsh, meshio and older ParaView expect. */
  readonly wedgeOrder?: "vtk-legacy" | "gmsh";
  /** Called with one sentence for each thing that the format cannot hold. */
  readonly onNote?: (note: string) => void;
}

interface Settings {
  readonly version: string;
  readonly binary: boolean;
  readonly compress: boolean;
  readonly wedgeOrder: "vtk-legacy" | "gmsh";
  readonly onNote: ((note: string) => void) | undefined;
}

export interface MeshFormat {
  readonly name: string;
  readonly title: string;
  /** Endings of file names, with the dot. */
  readonly extensions: readonly string[];
  /** Versions that can be written, the default first; empty if there is but one. */
  readonly versions: readonly string[];
  readonly canRead: boolean;
  readonly canWrite: boolean;
  /** Whether binary numbers can be written, and whether they can be packed. */
  readonly hasBinary: boolean;
  readonly hasCompression: boolean;
  /** Whether it holds only the surface of a mesh. */
  readonly surfaceOnly: boolean;
}

interface Implementation extends MeshFormat {
  /** Whether a file begins so, by its first 1024 bytes as Latin-1. */
  readonly begins: (text: string) => boolean;
  readonly read?: (bytes: Uint8Array, name: string, options: ReadOptions) => Mesh | Promise<Mesh>;
  readonly write: (mesh: Mesh, settings: Settings) => Uint8Array | Promise<Uint8Array>;
}

const volume = {
  canRead: true,
  canWrite: true,
  hasBinary: true,
  hasCompression: false,
  surfaceOnly: false,
  versions: [],
};
const surface = { ...volume, canRead: false, surfaceOnly: true, begins: () => false };

const formats: readonly Implementation[] = [
  {
    ...volume,
    name: "vtk",
    title: "VTK legacy",
    extensions: [".vtk"],
    versions: ["4.2", "2.0", "3.0", "5.1"],
    begins: (text) => /^# vtk DataFile/i.test(text),
    read: readVtk,
    write: (mesh, settings) => writeVtk(mesh, { ...settings, version: settings.version as "4.2" }),
  },
  {
    ...volume,
    name: "vtu",
    title: "VTK XML unstructured grid",
    extensions: [".vtu"],
    hasCompression: true,
    begins: (text) => /<VTKFile\b/.test(text),
    read: readVtu,
    write: writeVtu,
  },
  {
    ...volume,
    name: "msh",
    title: "Gmsh",
    extensions: [".msh"],
    versions: ["4.1", "2.2"],
    begins: (text) => /^\s*\$(?:MeshFormat|Comments|NOD)\b/.test(text),
    read: readMsh,
    write: (mesh, settings) => writeMsh(mesh, { ...settings, version: settings.version as "4.1" }),
  },
  {
    ...volume,
    name: "medit",
    title: "Medit",
    extensions: [".mesh", ".meshb"],
    begins: (text) =>
      /^\s*(?:#.*\n\s*)*MeshVersionFormatted\b/.test(text) ||
      text.startsWith("\u0001\0\0\0") ||
      text.startsWith("\0\0\0\u0001"),
    read: readMedit,
    write: writeMedit,
  },
  {
    ...volume,
    name: "abaqus",
    title: "Abaqus input",
    extensions: [".inp"],
    hasBinary: false,
    begins: (text) => /^(?:\s*\*\*.*\n)*\s*\*(?:heading|part|node|preprint)\b/i.test(text),
    read: readAbaqus,
    write: (mesh, { onNote }) => writeAbaqus(mesh, onNote),
  },
  {
    ...surface,
    name: "stl",
    title: "STL, surface only",
    extensions: [".stl"],
    write: (mesh, { binary }) => writeStl(mesh, binary),
  },
  {
    ...surface,
    name: "obj",
    title: "Wavefront OBJ, surface only",
    extensions: [".obj"],
    hasBinary: false,
    write: writeObj,
  },
  {
    ...surface,
    name: "ply",
    title: "PLY, surface only",
    extensions: [".ply"],
    write: (mesh, { binary }) => writePly(mesh, binary),
  },
];

/** Every format that is read or written. */
export const meshFormats: readonly MeshFormat[] = formats.map(({ begins: _, read: __, write: ___, ...known }) => known);

/**
 * Reads a mesh from the bytes of a file.
 *
 * Cells keep their order, and so do points; numbers of other programs (tags, references, sets) become data and groups.
 *
 * @throws InputError  with the line or byte, for a file that is damaged, of another format, or holds what a mesh cannot
 */
export async function readMesh(bytes: Uint8Array, options: ReadMeshOptions = {}): Promise<Mesh> {
  const { name = "mesh", format } = options;
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    throw new InputError(`${name}: the file must be a mesh, got gzip; unpack it first`);
  }
  const chosen =
    format === undefined ? (byBeginning(bytes) ?? byExtension(name, true)) : byName("readMesh", format, true);
  if (chosen?.read === undefined) {
    throw new InputError(`${name}: the format cannot be told by ending or content; say format, one of ${names(true)}`);
  }
  return chosen.read(bytes, name, options);
}

/**
 * Writes a mesh as the bytes of a file.
 *
 * @throws InputError  for a mesh whose parts do not fit together, an unknown format, version or combination, and cells or
 *                     names that the format does not have
 */
export async function writeMesh(mesh: Mesh, options: WriteMeshOptions): Promise<Uint8Array> {
  const { format, name = "", onNote } = options;
  const chosen = format === undefined ? byExtension(name, false) : byName("writeMesh", format, false);
  if (chosen === undefined) {
    throw new InputError(
      `writeMesh: the format must be said or be told by the ending of name, got ${JSON.stringify(name)}; formats: ${names(false)}`,
    );
  }
  const { binary = /\.meshb$/i.test(name), compress = false, wedgeOrder = "vtk-legacy" } = options;
  const version = options.version ?? chosen.versions[0] ?? "";
  if (options.version !== undefined && !chosen.versions.includes(version)) {
    const known = chosen.versions.length > 0 ? chosen.versions.join(", ") : "none, leave it out";
    throw new InputError(`writeMesh: unknown version ${JSON.stringify(version)} of ${chosen.name}; known: ${known}`);
  }
  if (binary && !chosen.hasBinary) {
    throw new InputError(`writeMesh: ${chosen.name} is text only, got binary: true; leave it out or write vtu`);
  }
  if (compress && !(chosen.hasCompression && binary)) {
    throw new InputError(`writeMesh: only vtu with binary: true is packed, got compress: true for ${chosen.name}`);
  }
  checkMesh("writeMesh", mesh);
  if (chosen.surfaceOnly)
    onNote?.(`${chosen.name} holds the surface only: data, groups and inner cells are not written`);
  return chosen.write(mesh, { version, binary, compress, wedgeOrder, onNote });
}

/** The format that the ending of a name says, or undefined. */
export function formatOfName(name: string): MeshFormat | undefined {
  const format = formats.find(({ extensions }) => extensions.some((ending) => name.toLowerCase().endsWith(ending)));
  return meshFormats.find((known) => known.name === format?.name);
}

function byExtension(name: string, reading: boolean): Implementation | undefined {
  const format = formats.find((one) => one.name === formatOfName(name)?.name);
  return reading && format?.read === undefined ? undefined : format;
}

function byBeginning(bytes: Uint8Array): Implementation | undefined {
  const text = latin1(bytes, 0, Math.min(bytes.length, 1024));
  return formats.find(({ begins }) => begins(text));
}

function byName(where: string, name: string, reading: boolean): Implementation {
  const format = formats.find((one) => one.name === name);
  if (format === undefined) throw unknownName(where, "format", name, names(reading).split(", "));
  if (reading && format.read === undefined) {
    throw new InputError(`${where}: ${name} is written only, it holds no volume; formats to read: ${names(true)}`);
  }
  return format;
}

function names(reading: boolean): string {
  return formats
    .filter(({ canRead }) => canRead || !reading)
    .map(({ name }) => name)
    .join(", ");
}
