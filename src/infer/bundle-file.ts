/**
 * `.gfm`: a bundle as bytes.
 *
 *     0   8 bytes   89 47 46 4d 0d 0a 1a 0a: "GFM" between marks that a transfer as text would spoil, as PNG has them
 *     8   uint32    version, 1
 *     12  uint32    length of the description
 *     16            the description: JSON in UTF-8, each tensor as { "tensor": type, "length": elements }
 *         ...       the tensors in the order in which the description names them, each on the next multiple of 16
 *
 * Numbers are little-endian, what lies between is zero, the file ends where its last tensor ends. Since places follow from
 * lengths, nothing can point outside the file or at two things at once. Types are float32, float16 (read as float32), uint16
 * and uint32.
 */

import { InputError } from "../base/index.ts";
import type { Bundle } from "./bundle.ts";
import { isRecord, refuse } from "./bundle-rules.ts";
import type { ExampleShape } from "./bundle-shapes.ts";
import { checkBundle } from "./bundle-shapes.ts";
import { float16Bits, float16Value } from "./float16.ts";

const magic = [0x89, 0x47, 0x46, 0x4d, 0x0d, 0x0a, 0x1a, 0x0a];
const version = 1;
const headerBytes = 16;
const longestDescription = 2 ** 24;
/** operations > operation > weight > tensor. */
const deepest = 6;

const tensorTypes = {
  float32: { bytes: 4, from: (buffer: ArrayBuffer) => new Float32Array(buffer) },
  float16: { bytes: 2, from: (buffer: ArrayBuffer) => Float32Array.from(new Uint16Array(buffer), float16Value) },
  uint16: { bytes: 2, from: (buffer: ArrayBuffer) => new Uint16Array(buffer) },
  uint32: { bytes: 4, from: (buffer: ArrayBuffer) => new Uint32Array(buffer) },
};
type TensorType = keyof typeof tensorTypes;

const aligned = (at: number): number => Math.ceil(at / 16) * 16;

/**
 * Reads a bundle. Nothing in the file is run, and nothing is allocated that the file does not hold.
 *
 * @param file   what messages call it
 * @throws InputError  `file: rule, value, cure` for anything that is not a whole, valid bundle
 */
export function decodeBundle(bytes: Uint8Array, file = "bundle"): Bundle {
  return decodeChecked(bytes, file).bundle;
}

/** A bundle that has been checked, and the shapes that came of it. */
export interface CheckedBundle {
  readonly bundle: Bundle;
  readonly shapes: ReadonlyMap<string, ExampleShape>;
}

/** `decodeBundle`, with the shape of every value. */
export function decodeChecked(bytes: Uint8Array, file: string): CheckedBundle {
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headerBytes || magic.some((byte, i) => bytes[i] !== byte)) {
    throw new InputError(
      `${file}: expected a .gfm bundle, whose first bytes are 89 47 46 4d, got ${hex(bytes.subarray(0, 4))}; export the network as gfm`,
    );
  }
  if (header.getUint32(8, true) !== version) {
    refuse(file, `version ${version} of the format`, header.getUint32(8, true), "use a package of the same age");
  }
  const length = header.getUint32(12, true);
  if (length > longestDescription || headerBytes + length > bytes.length) {
    refuse(
      file,
      `a description within the file's ${bytes.length} bytes`,
      length,
      "the file is cut short: copy it again",
    );
  }
  const description = parse(bytes.subarray(headerBytes, headerBytes + length), file);
  let at = headerBytes + length;
  const tensor = (type: unknown, count: unknown): ArrayBufferView => {
    if (typeof type !== "string" || !Object.hasOwn(tensorTypes, type)) {
      refuse(file, `a tensor of ${Object.keys(tensorTypes).join(", ")}`, type);
    }
    const { bytes: width, from } = tensorTypes[type as TensorType];
    const begin = aligned(at);
    if (!(Number.isSafeInteger(count) && (count as number) >= 0 && begin + (count as number) * width <= bytes.length)) {
      const left = Math.max(0, bytes.length - begin);
      refuse(file, `a tensor within the ${left} bytes left`, count, "the file is cut short: copy it again");
    }
    at = begin + (count as number) * width;
    // A copy, and not by `slice`, which in a Buffer of Node makes a view.
    return from(new Uint8Array(bytes.subarray(begin, at)).buffer);
  };
  const revive = (value: unknown, depth: number): unknown => {
    if (depth > deepest) refuse(file, `a description of at most ${deepest} levels`, value);
    if (Array.isArray(value)) return value.map((one) => revive(one, depth + 1));
    if (!isRecord(value)) return value;
    // Metadata may have such a key too, but texts only.
    if (Object.hasOwn(value, "tensor") && typeof value.length === "number") return tensor(value.tensor, value.length);
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, revive(one, depth + 1)]));
  };
  const bundle = revive(description, 0) as Bundle;
  if (at !== bytes.length) refuse(file, `${at} bytes, as described`, bytes.length, "copy the file again");
  return { bundle, shapes: checkBundle(bundle, file) };
}

function parse(bytes: Uint8Array, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new InputError(
      `${file}: expected a description in JSON, got ${(error as Error).message}; the file is damaged: copy or export it again`,
    );
  }
}

const hex = (bytes: Uint8Array): string =>
  bytes.length === 0 ? "nothing" : [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

export interface EncodeOptions {
  /** How weights, biases and other numbers are stored; float16 halves them and rounds to 11 bits. Default float32. */
  readonly precision?: "float32" | "float16";
}

/**
 * Writes a bundle.
 *
 * @throws InputError  where the bundle is none, as `checkBundle` says, or a number is too large for float16
 */
export function encodeBundle(bundle: Bundle, { precision = "float32" }: EncodeOptions = {}): Uint8Array<ArrayBuffer> {
  checkBundle(bundle, `bundle "${bundle.name}"`);
  const tensors: Uint8Array[] = [];
  const replace = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replace);
    if (value instanceof Float32Array) {
      const stored = precision === "float16" ? Uint16Array.from(value, float16Bits) : value;
      if (stored !== value && stored.some((bits) => (bits & 0x7c00) === 0x7c00)) {
        refuse(
          `bundle "${bundle.name}"`,
          "numbers below 65520 for float16",
          Math.max(...value.map(Math.abs)),
          "use float32",
        );
      }
      tensors.push(new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength));
      return { tensor: precision, length: value.length };
    }
    if (value instanceof Uint16Array || value instanceof Uint32Array) {
      tensors.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
      return { tensor: value instanceof Uint16Array ? "uint16" : "uint32", length: value.length };
    }
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, replace(one)]));
  };
  const description = new TextEncoder().encode(JSON.stringify(replace(bundle)));
  const size = tensors.reduce((end, { length }) => aligned(end) + length, headerBytes + description.length);
  const bytes = new Uint8Array(size);
  bytes.set(magic);
  const header = new DataView(bytes.buffer);
  header.setUint32(8, version, true);
  header.setUint32(12, description.length, true);
  bytes.set(description, headerBytes);
  let at = headerBytes + description.length;
  for (const one of tensors) {
    bytes.set(one, aligned(at));
    at = aligned(at) + one.length;
  }
  return bytes;
}
