/**
 * A parsed document that remembers where everything stands: every later complaint about a value can name `file:line:column`.
 *
 * YAML and JSON (a part of YAML) are parsed by `yaml` with its syntax tree kept; TOML by `smol-toml`, whose tree has no
 * positions, so `toml-places.ts` finds them again in the text.
 */

import { parse as parseToml, TomlError } from "smol-toml";
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { InputError } from "../base/index.ts";
import { tomlPlaces } from "./toml-places.ts";

/** Keys and indices from the root of a document to a value in it. */
export type Path = readonly (string | number)[];

export interface LocatedDocument {
  /** The file as messages name it. */
  readonly file: string;
  /** The parsed value: plain objects, arrays and scalars. */
  readonly value: unknown;
  /** `file:line:column` of the value at a path, or of its key; of the nearest ancestor where the path leads nowhere. */
  where(path: Path, part?: "key" | "value"): string;
}

/** A study file is written by hand; one over a mebibyte is something else. */
export const largestFileBytes = 1024 * 1024;

/** Aliases beyond this many resolutions are refused, so that ten lines cannot unfold into gigabytes. */
const largestAliasCount = 100;

export type DocumentFormat = "yaml" | "json" | "toml";

/** The format told by a file's ending. @throws InputError for any other ending. */
export function formatOf(file: string): DocumentFormat {
  const ending = /\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase();
  if (ending === "yaml" || ending === "yml") return "yaml";
  if (ending === "json" || ending === "toml") return ending;
  throw new InputError(`${file}: a study file ends in .yaml, .yml, .toml or .json; rename it to say which it is`);
}

/**
 * Parses a document and keeps its positions.
 *
 * @param text    the whole file, at most 1 MiB
 * @param file    its name, for messages and, unless `format` is given, for the format
 * @throws InputError  naming line and column: for bad syntax, duplicate keys, several documents, alias bombs, an empty file
 */
export function parseLocated(text: string, file: string, format: DocumentFormat = formatOf(file)): LocatedDocument {
  const bytes = Buffer.byteLength(text);
  if (bytes > largestFileBytes) {
    throw new InputError(`${file}: a study file has at most ${largestFileBytes} bytes, this one has ${bytes}`);
  }
  return format === "toml" ? parseTomlLocated(text, file) : parseYamlLocated(text, file, format);
}

function parseTomlLocated(text: string, file: string): LocatedDocument {
  const find = tomlPlaces(text);
  let value: unknown;
  try {
    value = parseToml(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split("\n")[0].replace(/^Invalid TOML document: /, "");
    throw new InputError(`${file}:${error.line}:${error.column}: not valid TOML: ${reason}`);
  }
  return {
    file,
    value,
    where: (path) => {
      const place = find(path);
      return place === undefined ? file : `${file}:${place.line}:${place.column}`;
    },
  };
}

function parseYamlLocated(text: string, file: string, format: DocumentFormat): LocatedDocument {
  const counter = new LineCounter();
  const place = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const name = format.toUpperCase();
  if (document.errors.length > 0) {
    const error = document.errors[0];
    if (error.code === "DUPLICATE_KEY") {
      const key = /^[^:\s"]*/.exec(text.slice(error.pos[0]).replace(/^"/, ""))?.[0];
      throw new InputError(`${place(error.pos[0])}: the key "${key}" is given twice; keep one of the two`);
    }
    throw new InputError(`${place(error.pos[0])}: not valid ${name}: ${error.message.split("\n")[0]}`);
  }
  if (document.warnings.length > 0) {
    throw new InputError(`${place(document.warnings[0].pos[0])}: not valid ${name}: ${document.warnings[0].message}`);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: largestAliasCount });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new InputError(
      `${file}: its aliases unfold into more than ${largestAliasCount} copies; write the values out`,
    );
  }
  if (value === null || value === undefined) throw new InputError(`${file}: the file is empty; it must hold a study`);
  return { file, value, where: (path, part) => place(yamlOffset(document, path, part ?? "value")) };
}

/** Offset of a value, or of its key, in the text; of the deepest ancestor that exists. */
function yamlOffset(document: Document.Parsed, path: Path, part: "key" | "value"): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) return offset;
      const keyOffset = (pair.key as { range?: [number, number, number] }).range?.[0] ?? offset;
      if (part === "key" && depth === path.length - 1) return keyOffset;
      next = pair.value;
      offset = keyOffset;
    } else if (isSeq(node)) {
      next = node.items[Number(step)];
    } else return offset;
    if (next === undefined || next === null) return offset;
    node = next;
    // A block map starts at its first key; where a line has `key: {...}` or `key: value` the value's own place is the better one.
    offset = (node as { range?: [number, number, number] }).range?.[0] ?? offset;
  }
  return offset;
}
