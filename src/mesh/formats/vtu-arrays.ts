/**
 * The values of a <DataArray> of a VTU file, however they are kept:
 *
 *     ascii               numbers as text of the element
 *     binary              base64 of the element's text: size in bytes, values
 *     binary, compressed  base64 of: blocks n, size of a block, size of the last, n packed sizes; then the zlib blocks
 *     appended            one of the two above at an offset after the `_` of <AppendedData>, as base64 or as they are
 *
 * Sizes are UInt32 or UInt64 as the file's header_type says.
 */

import type { DataValues } from "../mesh.ts";
import { decodeBase64 } from "./base64.ts";
import { bytesPer, decodeValues, scanValues, type ValueType, valueTypes } from "./data-values.ts";
import { quoted, Scanner } from "./scanner.ts";
import type { XmlElement } from "./xml.ts";
import { inflate } from "./zlib.ts";

/** What the head of the file says about its numbers. */
export interface VtuEncoding {
  readonly littleEndian: boolean;
  readonly headerBytes: 4 | 8;
  readonly compressed: boolean;
  /** Where appended data begin, after the `_`; undefined without any. */
  readonly appended: { readonly base64: boolean; readonly start: number } | undefined;
}

/** Gives the first `length` bytes of a run, or undefined if it is shorter. */
type Run = (length: number) => Uint8Array | undefined;

export function valueTypeOf(scanner: Scanner, array: XmlElement): ValueType {
  const name = array.attributes.get("type") ?? "";
  const type = valueTypes.find((known) => known === name);
  if (type !== undefined) return type;
  throw scanner.error(
    `a DataArray's type must be one of ${valueTypes.join(", ")}, got ${quoted(name)}; write it as one`,
    array.at,
  );
}

/** All values of a <DataArray>, as many as its data hold. */
export async function vtuValues(scanner: Scanner, array: XmlElement, encoding: VtuEncoding): Promise<DataValues> {
  const type = valueTypeOf(scanner, array);
  const format = array.attributes.get("format") ?? "ascii";
  if (format === "ascii") return asciiValues(scanner, array, type);
  let run: Run;
  if (format === "binary") run = base64Run(scanner.bytes, ...onlyText(scanner, array));
  else if (format === "appended") run = appendedRun(scanner, array, encoding);
  else {
    throw scanner.error(`a DataArray's format must be ascii, binary or appended, got ${quoted(format)}`, array.at);
  }
  const refuse = (message: string) =>
    scanner.error(`DataArray ${nameOf(array)}: ${message}; the file is damaged or truncated: write it again`, array.at);
  const unpack = encoding.compressed ? unpackBlocks : unpackPlain;
  const bytes = await unpack(run, encoding, refuse);
  if (bytes.length % bytesPer(type) !== 0) {
    throw refuse(`must hold whole ${type} of ${bytesPer(type)} bytes, got ${bytes.length} bytes`);
  }
  return decodeValues(type, bytes, encoding.littleEndian);
}

export function nameOf(array: XmlElement): string {
  return quoted(array.attributes.get("Name") ?? "without a name");
}

function asciiValues(scanner: Scanner, array: XmlElement, type: ValueType): DataValues {
  const [start, end] = onlyText(scanner, array);
  const text = new Scanner(scanner.bytes.subarray(0, end), scanner.file);
  text.at = start;
  return scanValues(text, type, countWords(scanner.bytes, start, end), `a value of ${nameOf(array)}`);
}

function countWords(bytes: Uint8Array, start: number, end: number): number {
  let words = 0;
  for (let at = start; at < end; at++) if (bytes[at] > 32 && (at === start || bytes[at - 1] <= 32)) words++;
  return words;
}

function onlyText(scanner: Scanner, array: XmlElement): [number, number] {
  if (array.text.length <= 2) return [array.text[0] ?? 0, array.text[1] ?? 0];
  throw scanner.error(
    `DataArray ${nameOf(array)} must hold its values in one piece, no comment between them; write it again`,
    array.at,
  );
}

function base64Run(bytes: Uint8Array, start: number, end: number): Run {
  return (length) => decodeBase64(bytes, start, end, length);
}

function appendedRun(scanner: Scanner, array: XmlElement, { appended }: VtuEncoding): Run {
  const word = array.attributes.get("offset") ?? "";
  const offset = /^\s*\d{1,15}\s*$/.test(word) ? Number(word) : Number.NaN;
  const start = (appended?.start ?? Number.NaN) + offset;
  if (appended === undefined || !(start <= scanner.bytes.length)) {
    throw scanner.error(
      `DataArray ${nameOf(array)} must have an offset into AppendedData, got ${quoted(word)}; the file is damaged or truncated`,
      array.at,
    );
  }
  if (appended.base64) return base64Run(scanner.bytes, start, scanner.bytes.length);
  return (length) =>
    length <= scanner.bytes.length - start ? scanner.bytes.subarray(start, start + length) : undefined;
}

type Unpack = (run: Run, encoding: VtuEncoding, refuse: (message: string) => Error) => Promise<Uint8Array>;

const unpackPlain: Unpack = async (run, encoding, refuse) => {
  const { headerBytes } = encoding;
  const [size] = header(run, 1, encoding) ?? [];
  if (size === undefined) throw refuse("must begin with its size in bytes");
  const whole = run(headerBytes + size);
  if (whole === undefined) throw refuse(`states ${size} bytes and holds fewer`);
  return whole.subarray(headerBytes);
};

const unpackBlocks: Unpack = async (run, encoding, refuse) => {
  const [blocks, blockSize, lastSize] = header(run, 3, encoding) ?? header(run, 1, encoding) ?? [];
  if (blocks === 0) return new Uint8Array();
  if (lastSize === undefined) throw refuse("must begin with the number and sizes of its blocks");
  const sizes = header(run, 3 + blocks, encoding)?.slice(3);
  if (sizes === undefined) throw refuse(`states ${blocks} blocks and holds the sizes of fewer`);
  let at = (3 + blocks) * encoding.headerBytes;
  const packed = run(sizes.reduce((total, size) => total + size, at));
  if (packed === undefined) throw refuse("its blocks are shorter than stated");
  const length = (blocks - 1) * blockSize + (lastSize || blockSize);
  // Deflate cannot do better than 1032:1 (zlib's technical notes).
  if (length > 1032 * packed.length) throw refuse(`states ${length} bytes, which its blocks cannot hold`);
  const unpacked = new Uint8Array(length);
  for (let block = 0; block < blocks; block++) {
    const size = block === blocks - 1 ? lastSize || blockSize : blockSize;
    const piece = await inflate(packed.subarray(at, at + sizes[block]), size);
    if (typeof piece === "string") throw refuse(`block ${block} of ${blocks}: ${piece}`);
    unpacked.set(piece, block * blockSize);
    at += sizes[block];
  }
  return unpacked;
};

/** The first `count` sizes of a header, or undefined if the run is shorter or a size is beyond 2^53. */
function header(run: Run, count: number, { headerBytes, littleEndian }: VtuEncoding): number[] | undefined {
  const bytes = run(count * headerBytes);
  if (bytes === undefined) return undefined;
  const values = decodeValues(headerBytes === 4 ? "UInt32" : "UInt64", bytes, littleEndian);
  const sizes = Array.from(values as ArrayLike<number | bigint>, Number);
  return sizes.every(Number.isSafeInteger) ? sizes : undefined;
}
