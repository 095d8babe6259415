/**
 * Safetensors: named arrays in one file that nothing in it can make run, and texts about them.
 *
 *     <u64 LE header length> {"__metadata__": {...}, name: {"dtype", "shape", "data_offsets"}, ...} <numbers of all arrays>
 *
 * Numbers are little-endian and row-major; they cover what follows the header without holes or overlaps.
 *
 * @see https://huggingface.co/docs/safetensors: the format, version 0.8; tested against files of the Python package
 */

import { formatShape, InputError, type Shape, sizeOf } from "../../base/index.ts";
import { type HeaderEntry, metadataName, parseHeader } from "./safetensors-header.ts";
import { elementBytes, readValues, type SafetensorsType, type SafetensorsValues } from "./safetensors-values.ts";

export type { SafetensorsType, SafetensorsValues } from "./safetensors-values.ts";

/** An array as read, row-major. */
export interface SafetensorsTensor {
  /** As stored. */
  readonly dtype: SafetensorsType;
  readonly shape: Shape;
  readonly values: SafetensorsValues;
}

export interface Safetensors {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
}

/** The Python package's own bound on headers, in bytes. */
const maxHeader = 100_000_000;

/**
 * Reads a safetensors file.
 *
 * @param bytes  the whole file
 * @param file   its name, for messages
 * @returns      every array, its numbers copied; F16 and BF16 as float32, I64 as float64
 * @throws InputError  for another format, a name given twice, offsets that leave holes, overlap or do not fit the shape, a
 *                     type that is not read, an I64 beyond 2^53
 */
export function parseSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const { text, dataStart } = readHeaderText(bytes, file);
  const { metadata, entries } = parseHeader(text, file);
  const data = bytes.subarray(dataStart);
  checkCover(entries, data.length, file);
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, entry] of entries) {
    const where = `${file}: ${JSON.stringify(name)}`;
    const dtype = checkEntry(entry, where);
    const values = readValues(dtype, data.subarray(...entry.offsets), where);
    tensors.set(name, { dtype, shape: entry.shape, values });
  }
  return { metadata, tensors };
}

function readHeaderText(bytes: Uint8Array, file: string): { text: string; dataStart: number } {
  const cure = "the file is truncated or no safetensors file: save it again";
  if (bytes.length < 8) {
    throw new InputError(`${file}: a safetensors file has at least 8 bytes, got ${bytes.length}; ${cure}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  const most = Math.min(maxHeader, bytes.length - 8);
  if (length > BigInt(most)) {
    throw new InputError(
      `${file}: byte 0: the header must have at most ${most} bytes in a file of ${bytes.length}, got ${length}; ${cure}`,
    );
  }
  const dataStart = 8 + Number(length);
  const header = bytes.subarray(8, dataStart);
  if (header[0] !== 0x7b) {
    throw new InputError(`${file}: byte 8: the header must begin with {, got byte ${header[0] ?? "none"}; ${cure}`);
  }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header), dataStart };
  } catch {
    throw new InputError(`${file}: the header must be UTF-8, got other bytes; ${cure}`);
  }
}

/** Where every byte after the header belongs to exactly one array. */
function checkCover(entries: ReadonlyMap<string, HeaderEntry>, length: number, file: string): void {
  const cure = "the file is truncated, overlong or damaged: save it again";
  const sorted = [...entries].sort(([, { offsets: a }], [, { offsets: b }]) => a[0] - b[0] || a[1] - b[1]);
  let covered = 0;
  for (const [name, { offsets }] of sorted) {
    const [begin, end] = offsets;
    if (begin !== covered || end < begin || end > length) {
      throw new InputError(
        `${file}: ${JSON.stringify(name)}: data_offsets must begin at ${covered}, where the array before ends, and lie ` +
          `within the ${length} bytes that follow the header, got [${begin}, ${end}]; ${cure}`,
      );
    }
    covered = end;
  }
  if (covered !== length) {
    throw new InputError(`${file}: the arrays take ${covered} bytes, and ${length} follow the header; ${cure}`);
  }
}

/** @returns the type, where it is one that is read and its shape takes the bytes that the offsets give it */
function checkEntry({ dtype, shape, offsets: [begin, end] }: HeaderEntry, where: string): SafetensorsType {
  if (!Object.hasOwn(elementBytes, dtype)) {
    throw new InputError(
      `${where}: the type must be one of ${Object.keys(elementBytes).join(" ")}, got ${JSON.stringify(dtype)}; ` +
        "convert it first: tensor.float()",
    );
  }
  const type = dtype as SafetensorsType;
  const expected = sizeOf(shape) * elementBytes[type];
  // A product of lengths beyond 2^53 is rounded, and yet larger than any file.
  if (expected !== end - begin || !Number.isSafeInteger(expected)) {
    throw new InputError(
      `${where}: ${formatShape(shape)} of ${type} takes ${expected} bytes, its data_offsets give it ${end - begin}; ` +
        "the file is damaged: save it again",
    );
  }
  return type;
}

/** Arrays that can be written: F32, F64, I32 and U8. */
export interface WritableTensor {
  readonly shape: Shape;
  readonly values: Float32Array | Float64Array | Int32Array | Uint8Array;
}

/**
 * Writes a safetensors file: the same bytes for the same arrays and texts, in whatever order they are given. Eight-byte
 * numbers come first, single bytes last, and equal sizes by name, so that every array is aligned.
 *
 * @returns  the whole file
 * @throws InputError  for a number of values other than the shape's, values of another type, a text that is not well-formed
 *                     Unicode, an array named "__metadata__"
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, WritableTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const sorted = [...tensors].sort(
    ([a, { values: of }], [b, { values: than }]) => than.BYTES_PER_ELEMENT - of.BYTES_PER_ELEMENT || byCodeUnits(a, b),
  );
  const parts: string[] = [];
  if (metadata.size > 0) {
    const texts = [...metadata].sort(([a], [b]) => byCodeUnits(a, b));
    parts.push(`"${metadataName}":{${texts.map(([key, text]) => `${quoted(key)}:${quoted(text)}`).join(",")}}`);
  }
  let length = 0;
  for (const [name, { shape, values }] of sorted) {
    const dtype = checkWritable(name, shape, values);
    const end = length + values.byteLength;
    parts.push(`${quoted(name)}:{"dtype":"${dtype}","shape":[${shape.join(",")}],"data_offsets":[${length},${end}]}`);
    length = end;
  }
  const text = new TextEncoder().encode(`{${parts.join(",")}}`);
  const header = 8 * Math.ceil(text.length / 8);
  if (header > maxHeader) {
    throw new InputError(
      `writeSafetensors: names and metadata must fit ${maxHeader} bytes, got ${header}; keep long texts in a file of their own`,
    );
  }
  const bytes = new Uint8Array(8 + header + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header), true);
  bytes.fill(0x20, 8, 8 + header).set(text, 8);
  let at = 8 + header;
  for (const [, { values }] of sorted) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}

function checkWritable(name: string, shape: Shape, values: WritableTensor["values"]): SafetensorsType {
  const where = `writeSafetensors: ${JSON.stringify(name)}`;
  if (name === metadataName) throw new InputError(`${where} names the texts of the file; name the array otherwise`);
  if (sizeOf(shape) !== values.length) {
    throw new InputError(
      `${where}: ${formatShape(shape)} takes ${sizeOf(shape)} values, got ${values.length}; give the shape of the values`,
    );
  }
  if (values instanceof Float32Array) return "F32";
  if (values instanceof Float64Array) return "F64";
  if (values instanceof Int32Array) return "I32";
  if (values instanceof Uint8Array) return "U8";
  throw new InputError(
    `${where}: values must be a Float32Array, Float64Array, Int32Array or Uint8Array, got ${Object.prototype.toString.call(values)}; convert them`,
  );
}

function quoted(text: string): string {
  if (!text.isWellFormed()) {
    throw new InputError(
      `writeSafetensors: names and metadata must be well-formed Unicode, got ${JSON.stringify(text.slice(0, 100))}; leave out lone surrogates`,
    );
  }
  return JSON.stringify(text);
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
