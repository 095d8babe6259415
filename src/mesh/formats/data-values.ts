/** The number types of data arrays: their names in files, and their values between typed arrays, bytes and text. */

import type { DataArray, DataValues } from "../mesh.ts";
import { latin1 } from "./byte-text.ts";
import type { Scanner } from "./scanner.ts";
import { quoted } from "./scanner.ts";

const arrays = {
  Float64: Float64Array,
  Float32: Float32Array,
  Int64: BigInt64Array,
  UInt64: BigUint64Array,
  Int32: Int32Array,
  UInt32: Uint32Array,
  Int16: Int16Array,
  UInt16: Uint16Array,
  Int8: Int8Array,
  UInt8: Uint8Array,
} as const;

/** Names as VTU writes them. */
export type ValueType = keyof typeof arrays;

export const valueTypes = Object.keys(arrays) as readonly ValueType[];

export function bytesPer(type: ValueType): number {
  return arrays[type].BYTES_PER_ELEMENT;
}

export function typeOfValues(values: DataValues): ValueType {
  const found = valueTypes.find((type) => values instanceof arrays[type]);
  if (found === undefined) throw new Error("internal: data values of an unknown type");
  return found;
}

export function newValues(type: ValueType, length: number): DataValues {
  return new arrays[type](length);
}

/** Values as they lie in a file; `bytes` must be a whole number of them. The result is a copy. */
export function decodeValues(type: ValueType, bytes: Uint8Array, littleEndian: boolean): DataValues {
  const copy = bytes.slice();
  const size = bytesPer(type);
  if (!littleEndian) swapBytes(copy, size);
  return new arrays[type](copy.buffer, 0, copy.length / size);
}

/** The bytes of values as a file has them; little-endian ones are shared with `values`. */
export function encodeValues(values: DataValues, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (littleEndian) return bytes;
  const copy = bytes.slice();
  swapBytes(copy, values.BYTES_PER_ELEMENT);
  return copy;
}

// Typed arrays lie in memory as the machine has them; every engine that runs this is little-endian.
function swapBytes(bytes: Uint8Array, size: number): void {
  if (size === 1) return;
  for (let start = 0; start + size <= bytes.length; start += size) {
    for (let i = start, j = start + size - 1; i < j; i++, j--) {
      const byte = bytes[i];
      bytes[i] = bytes[j];
      bytes[j] = byte;
    }
  }
}

/** Reads the values of an array from text; integers must be whole and fit their type. */
export function scanValues(scanner: Scanner, type: ValueType, length: number, what: string): DataValues {
  const values = newValues(type, length);
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    for (let i = 0; i < length; i++) values[i] = scanBigInt(scanner, values, what);
  } else if (values instanceof Float64Array || values instanceof Float32Array) {
    for (let i = 0; i < length; i++) values[i] = scanner.number(what);
  } else {
    const [least, most] = rangeOf(type);
    for (let i = 0; i < length; i++) values[i] = scanner.integer(what, least, most);
  }
  return values;
}

function rangeOf(type: ValueType): [number, number] {
  const bits = 8 * bytesPer(type);
  return type.startsWith("U") ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

function scanBigInt(scanner: Scanner, values: BigInt64Array | BigUint64Array, what: string): bigint {
  scanner.skipSpace();
  const start = scanner.at;
  while (scanner.at < scanner.bytes.length && scanner.bytes[scanner.at] > 32) scanner.at++;
  const word = latin1(scanner.bytes, start, Math.min(scanner.at, start + 40));
  const value = /^[+-]?\d{1,20}$/.test(word) ? BigInt(word.replace(/^\+/, "")) : undefined;
  const wrapped = values instanceof BigInt64Array ? BigInt.asIntN : BigInt.asUintN;
  if (value === undefined || wrapped(64, value) !== value) {
    throw scanner.error(`${what} must be a whole number of 64 bits, got ${quoted(word)}; mend or remove it`, start);
  }
  return value;
}

/** Values as doubles or shorter; 64-bit integers beyond 2^53 are rounded. */
export function asNumbers(values: DataValues): Exclude<DataValues, BigInt64Array | BigUint64Array> {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return Float64Array.from(values, Number);
  return values;
}

/** The values of an array that is fit for tags: one whole number of 32 bits for each point or cell. */
export function integersOf(array: DataArray | undefined): ArrayLike<number> | undefined {
  if (array === undefined || array.components !== 1) return undefined;
  const values = asNumbers(array.values);
  return values.every((value) => Number.isInteger(value) && Math.abs(value) < 2 ** 31) ? values : undefined;
}

/** The numbers that a file gave its points or cells, kept by this name, or 1, 2, 3, ... where there are none or they are not fit. */
export function fileNumbers(list: readonly DataArray[], name: string, count: number): ArrayLike<number> {
  const given = integersOf(list.find((array) => array.name === name));
  const taken = new Set<number>();
  if (given !== undefined) {
    for (let i = 0; i < given.length && given[i] > 0; i++) taken.add(given[i]);
    if (taken.size === count) return given;
  }
  return Int32Array.from({ length: count }, (_, i) => i + 1);
}
